//! Whether places are in the room.

use crate::base::Vec3;
use crate::base::yaml::Problem;
use crate::propagation::Room;

/// What is wrong with places of which one is behind a wall.
pub(super) fn outside(room: &Room, places: impl Iterator<Item = Vec3>) -> Option<Problem> {
    let found = places.filter_map(|place| {
        let depth = room.walls.iter().map(|wall| -wall.height(place)).fold(f64::NEG_INFINITY, f64::max);
        (depth >= 0.0).then_some((place, depth))
    });
    let (place, depth) = found.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let [x, y, z] = [place.x, place.y, place.z];
    let message =
        format!("({x:.2}, {y:.2}, {z:.2}) m is {depth:.2} m behind a wall of the room; expected a place inside");
    Some(Problem::new("", message))
}
