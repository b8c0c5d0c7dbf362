//! A room as the simulator needs it: walls that mirror, how often, and how the antennas are polarised.

use super::image_method::Wall;
use super::material::Material;
use crate::base::Vec3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Direction of the antennas' electric field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Polarisation {
    /// Along the sensor's z axis.
    #[default]
    Vertical,
    /// Along the sensor's x axis.
    Horizontal,
}

/// Walls around a scene.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Walls whose fronts look into the room.
    pub walls: Vec<Wall>,
    /// Reflections at walls on the way there and back together, at most: 0 (walls only hide what is behind them), 1 or 2.
    pub order: usize,
    /// Polarisation of all antennas.
    pub polarisation: Polarisation,
}

impl Room {
    /// What keeps the room from being one, if anything: more than 32 walls, an order above 2, walls that are no rectangles.
    pub fn problem(&self) -> Option<String> {
        if self.walls.len() > 32 || self.order > 2 {
            return Some(format!("{} walls and order {}; at most 32 and 2", self.walls.len(), self.order));
        }
        let wrong = self.walls.iter().position(|w| {
            let (u, v) = (w.half_u.norm(), w.half_v.norm());
            // Written so that NaN fails as well.
            !(w.centre.norm().is_finite() && u > 0.0 && v > 0.0 && w.half_u.dot(&w.half_v).abs() <= 1e-9 * u * v)
        });
        wrong.map(|i| format!("wall {i} is no rectangle: expected finite half edges of some length, at a right angle"))
    }
}

/// Materials of a box's six sides; `None` for a side that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// z low and high: floor and ceiling.
    pub z: [Option<Material>; 2],
    /// x low and high: left and right.
    pub x: [Option<Material>; 2],
    /// y low and high: back (behind a radar that looks along +y) and front.
    pub y: [Option<Material>; 2],
}

/// The walls of the box between the corners `low` and `high`, m, in the order floor, ceiling, left, right, back, front.
pub fn shell(low: Vec3, high: Vec3, sides: &Sides) -> Vec<Wall> {
    let (middle, half) = ((low + high) * 0.5, (high - low) * 0.5);
    let axes = [Vec3::x(), Vec3::y(), Vec3::z()];
    let mut walls = Vec::new();
    for (axis, materials) in [(2, sides.z), (0, sides.x), (1, sides.y)] {
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        for (side, material) in materials.into_iter().enumerate() {
            let Some(material) = material else { continue };
            let sign = if side == 0 { 1.0 } else { -1.0 };
            let centre = middle - axes[axis] * (sign * half[axis]);
            // u × v is the axis; the front of the high side looks the other way.
            walls.push(Wall { centre, half_u: axes[u] * (sign * half[u]), half_v: axes[v] * half[v], material });
        }
    }
    walls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fronts_look_into_the_box() {
        let all = [Some(Material::Concrete); 2];
        let (low, high) = (Vec3::new(-2.0, -1.0, 0.0), Vec3::new(3.0, 5.0, 2.7));
        let walls = shell(low, high, &Sides { z: all, x: all, y: all });
        let inside = Vec3::new(0.4, 1.0, 1.2);
        let heights: Vec<f64> = walls.iter().map(|w| w.height(inside)).collect();
        let want = [1.2, 1.5, 2.4, 2.6, 2.0, 4.0];
        assert!(heights.iter().zip(want).all(|(h, w)| (h - w).abs() < 1e-12), "{heights:?}");
    }
}
