//! Where tags are: at places, in grids on walls, on people.

use super::outside::outside;
use crate::base::Vec3;
use crate::base::yaml::Problem;
use crate::body::{Joint, ShapedBody};
use crate::geometry::measure;
use crate::propagation::Room;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A tag on a body stands off its skin by this, m: cloth and the tag's own foam.
const HEIGHT_M: f64 = 0.01;
/// Tags of a grid, at most.
const MOST: usize = 1000;

/// Some tags as typed: exactly one of `at_m`, `grid` and `person`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TagsSpec {
    /// One tag at a place, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_m: Option<[f64; 3]>,
    /// Tags in rows and columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<GridSpec>,
    /// Tags on somebody, by their place in the list of people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<usize>,
    /// Joints of that person near which there is a tag each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joints: Vec<Joint>,
    /// On which side of the joint in a T-pose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<TagSide>,
}

/// Tags in rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridSpec {
    /// The first one, m.
    pub first_m: [f64; 3],
    /// The last one of the first row, m.
    pub row_end_m: [f64; 3],
    /// The last one of all, m.
    pub last_m: [f64; 3],
    /// Tags of a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// A side of somebody who stands in a T-pose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TagSide {
    /// Where the chest looks.
    #[default]
    Front,
    /// Where the back looks.
    Back,
    /// To the person's left.
    Left,
    /// To the person's right.
    Right,
    /// Upwards: the back of a hand.
    Up,
}

impl TagSide {
    /// In the frame of bodies: x left, y backward, z up.
    fn direction(self) -> Vec3 {
        match self {
            Self::Front => -Vec3::y(),
            Self::Back => Vec3::y(),
            Self::Left => Vec3::x(),
            Self::Right => -Vec3::x(),
            Self::Up => Vec3::z(),
        }
    }
}

/// Where a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagPlace {
    /// It hangs there, m.
    At(Vec3),
    /// Somebody wears it.
    Worn {
        /// Who.
        person: usize,
        /// Near which joint.
        joint: Joint,
        /// On which side.
        side: TagSide,
    },
}

/// A tag with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedTag {
    /// Its name in the reads.
    pub name: String,
    /// Where it is.
    pub place: TagPlace,
}

impl TagsSpec {
    pub(super) fn problems(&self, room: Option<&Room>, people: usize) -> Vec<Problem> {
        let given = [self.at_m.is_some(), self.grid.is_some(), self.person.is_some()];
        if given.iter().filter(|g| **g).count() != 1 {
            return vec![Problem::new("", "expected exactly one of `at_m`, `grid` and `person`")];
        }
        let mut out = Vec::new();
        if let Some(person) = self.person {
            if person >= people {
                out.push(Problem::new("person", format!("{person}; the scene has {people} people, counted from 0")));
            }
            if self.joints.is_empty() {
                out.push(Problem::new(
                    "joints",
                    "are missing; expected names of joints, for example [left_wrist, spine3]",
                ));
            }
        } else {
            if !self.joints.is_empty() || self.side.is_some() {
                out.push(Problem::new("joints", "and `side` go with `person`"));
            }
        }
        if let Some(grid) = &self.grid
            && !(1..=MOST).contains(&grid.columns.saturating_mul(grid.rows))
        {
            let message = format!("{} rows of {} tags; expected 1 to {MOST} tags", grid.rows, grid.columns);
            out.push(Problem::new("grid", message));
            return out;
        }
        let places = self.places();
        if places.iter().any(|p| !p.iter().all(|x| x.abs() <= 100.0)) {
            out.push(Problem::new("", "has a coordinate outside −100 to 100 m"));
        } else if let Some(room) = room {
            out.extend(outside(room, places.into_iter()));
        }
        out
    }

    /// Places of those that hang.
    fn places(&self) -> Vec<Vec3> {
        let mut places: Vec<Vec3> = self.at_m.into_iter().map(Vec3::from).collect();
        if let Some(grid) = &self.grid {
            let [first, row, last] = [grid.first_m, grid.row_end_m, grid.last_m].map(Vec3::from);
            let share = |i: usize, n: usize| if n > 1 { i as f64 / (n - 1) as f64 } else { 0.0 };
            for r in 0..grid.rows {
                for c in 0..grid.columns {
                    places.push(first + (row - first) * share(c, grid.columns) + (last - row) * share(r, grid.rows));
                }
            }
        }
        places
    }

    /// The tags, named by their numbers from `first` on, or by who wears them where.
    pub(super) fn placed(&self, first: usize) -> Vec<PlacedTag> {
        let hung = self
            .places()
            .into_iter()
            .enumerate()
            .map(|(i, place)| PlacedTag { name: format!("tag_{:02}", first + i), place: TagPlace::At(place) });
        let person = self.person.unwrap_or_default();
        let side = self.side.unwrap_or_default();
        let worn = self.joints.iter().map(|joint| {
            let name = serde_json::to_value(joint).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            let side_name =
                serde_json::to_value(side).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            PlacedTag {
                name: format!("person_{person}_{name}_{side_name}"),
                place: TagPlace::Worn { person, joint: *joint, side },
            }
        });
        hung.chain(worn).collect()
    }
}

/// The face of a body next to a joint on one side, and the height of a tag over it, m.
pub(in crate::scene) fn face_at(body: &ShapedBody, joint: Joint, side: TagSide) -> (usize, f64) {
    let vertices = body.rest_vertices();
    let number = Joint::ALL.iter().position(|j| *j == joint).unwrap_or_default();
    let place = body.skeleton.rest[number.min(body.skeleton.rest.len() - 1)];
    let direction = side.direction();
    let score = |face: &[u32; 3]| {
        let corners = measure::corners(vertices, face);
        let arm = measure::centre(&corners) - place;
        // As near to the line from the joint to that side as can be, of what looks there.
        let off = (arm - direction * arm.dot(&direction)).norm();
        let behind = if arm.dot(&direction) > 0.0 { 0.0 } else { 1.0 };
        off + behind + (1.0 - measure::unit_normal(&corners).dot(&direction)) * 0.05
    };
    let faces = body.faces().iter().enumerate().map(|(i, face)| (i, score(face)));
    let best = faces.min_by(|a, b| a.1.total_cmp(&b.1));
    (best.map_or(0, |(i, _)| i), HEIGHT_M)
}
