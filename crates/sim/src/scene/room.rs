//! A room in the form of a box.

use super::radar::{RadarPoseSpec, TrackKeySpec};
use crate::base::Vec3;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::propagation::room::{Sides, shell};
use crate::propagation::{Material, Polarisation, Room};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A room as typed: a box whose sides mirror. A side without a material is open, and at least one has a material.
///
/// Walls mirror perfectly flat, thick half-spaces of their material; a body in the room is seen straight and over the walls, with
/// at most `order` reflections there and back together. Waves that a body throws on other bodies or things are left out. People and
/// things are in front of the walls; nothing is seen through one.
///
/// With `order` 1 or 2 walls give an echo of their own: the radar sees its mirror image at twice their distance, with the power
/// `P G_t G_r (λ / 4π 2d)² |Γ|²`, weighed by the antennas' patterns. So do all walls at whose foot of the perpendicular the antennas
/// look, from straight ahead to exactly sideways, upwards and downwards; not those behind the antenna plane, whither patch antennas
/// radiate nothing (`simulation: {drop_behind: false}` has them too). Flat walls send back no other wave: away from the foot of the
/// perpendicular real ones scatter a little, by their roughness, and this is left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomSpec {
    /// Left and right wall, m to the right of the world's origin; 0.5 to 200 m apart.
    pub x_m: [f64; 2],
    /// Back and front wall, m away from the world's origin; 0.5 to 200 m apart.
    pub y_m: [f64; 2],
    /// Floor and ceiling, m; 0.5 to 200 m apart.
    #[serde(default = "usual_height")]
    pub z_m: [f64; 2],
    /// Reflections at walls, at most; 0 to 2. With six walls, 12 ways at order 1 and 108 at order 2 are added to the straight one.
    #[serde(default = "once")]
    pub order: usize,
    /// Polarisation of the antennas.
    #[serde(default)]
    pub polarisation: Polarisation,
    /// Material of the floor.
    #[serde(default)]
    pub floor: Option<Material>,
    /// Material of the ceiling.
    #[serde(default)]
    pub ceiling: Option<Material>,
    /// Material of the left wall.
    #[serde(default)]
    pub left: Option<Material>,
    /// Material of the right wall.
    #[serde(default)]
    pub right: Option<Material>,
    /// Material of the wall behind a radar that looks along +y.
    #[serde(default)]
    pub back: Option<Material>,
    /// Material of the wall in front of it.
    #[serde(default)]
    pub front: Option<Material>,
}

fn usual_height() -> [f64; 2] {
    [0.0, 2.7]
}

fn once() -> usize {
    1
}

impl RoomSpec {
    /// Everything that is wrong with it; `pose` and the keys of its track must lie inside.
    pub(super) fn problems(&self, pose: &RadarPoseSpec) -> Vec<Problem> {
        let mut problems = Vec::new();
        let way = |of: fn(&TrackKeySpec) -> f64, start: Span| {
            let offsets = pose.track.iter().map(of).chain([0.0]);
            let (least, most) = offsets.fold((0.0_f64, 0.0_f64), |(a, b), x| (a.min(x), b.max(x)));
            (start.bounds().0 + least, start.bounds().1 + most)
        };
        let axes = [
            ("x_m", self.x_m, way(|key| key.x_m, pose.x_m)),
            ("y_m", self.y_m, way(|key| key.y_m, pose.y_m)),
            ("z_m", self.z_m, way(|key| key.z_m, pose.height_m)),
        ];
        for (key, [low, high], (a, b)) in axes {
            if !((0.5..=200.0).contains(&(high - low)) && low.abs() <= 200.0 && high.abs() <= 200.0) {
                let message = format!("[{low}, {high}]; expected two walls 0.5 to 200 m apart, the lower one first");
                problems.push(Problem::new(key, message));
            } else if a <= low || b >= high {
                let message = format!("the radar at {a} to {b} m is not between the walls at {low} and {high} m");
                problems.push(Problem::new(key, message));
            }
        }
        let sides = [self.floor, self.ceiling, self.left, self.right, self.back, self.front];
        if sides.iter().all(Option::is_none) {
            let message = "none of its sides has a material, so that there would be no wall; expected at least one, for example \
                           `floor: concrete, ceiling: ceiling_board, left: plasterboard, right: plasterboard, back: plasterboard, \
                           front: plasterboard`, or no room";
            problems.push(Problem::new("", message));
        }
        if self.order > 2 {
            problems.push(Problem::new("order", format!("{}; expected 0, 1 or 2", self.order)));
        }
        problems
    }

    /// The room for the simulator.
    pub(super) fn room(&self) -> Room {
        let corner = |side: usize| Vec3::new(self.x_m[side], self.y_m[side], self.z_m[side]);
        let sides = Sides { z: [self.floor, self.ceiling], x: [self.left, self.right], y: [self.back, self.front] };
        let walls = shell(corner(0), corner(1), &sides);
        Room { walls, order: self.order, polarisation: self.polarisation }
    }
}
