//! Whether people and things are in the room: nothing is seen through its walls.

use super::error::SceneError;
use super::objects::{ObjectDraw, ObjectSpec};
use super::person::PersonDraw;
use super::radar::RadarPoseSpec;
use super::spec::PersonSpec;
use crate::base::Vec3;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::geometry::MovingMesh;
use crate::propagation::{Room, Wall};

/// Less behind a wall is rounding, or a carpet that lies on the floor, m.
const SLACK_M: f64 = 1e-3;
/// How often people on the move are looked at, s.
const EVERY_S: f64 = 0.2;
/// Directions that are tried between two bounds.
const DIRECTIONS: u32 = 16;

/// A place that is behind a wall.
struct Behind {
    wall: String,
    depth_m: f64,
}

/// The wall in words, with its side of the box: walls of rooms stand square to the axes, their fronts look inwards.
fn words(wall: &Wall) -> String {
    let normal = wall.normal();
    let (axis, names) = match normal.iamax() {
        0 => ("x", ["the left wall", "the right wall"]),
        1 => ("y", ["the back wall", "the front wall"]),
        _ => ("z", ["the floor", "the ceiling"]),
    };
    let low = normal[normal.iamax()] > 0.0;
    format!("{} ({axis} = {} m)", names[usize::from(!low)], wall.centre[normal.iamax()])
}

/// The wall that a place is furthest behind, if it is behind one.
fn behind<'a>(walls: impl IntoIterator<Item = &'a Wall>, place: Vec3) -> Option<Behind> {
    let (wall, depth_m) = walls
        .into_iter()
        .map(|wall| (wall, -wall.height(place)))
        .filter(|(_, depth)| *depth > SLACK_M)
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Behind { wall: words(wall), depth_m })
}

fn upright(room: &Room) -> impl Iterator<Item = &Wall> {
    room.walls.iter().filter(|wall| wall.normal().z.abs() < 0.5)
}

/// What is wrong with where somebody may be put, as far as it is typed; without an azimuth straight ahead is asked for.
pub(super) fn person_problem(room: &Room, pose: &RadarPoseSpec, person: &PersonSpec) -> Option<Problem> {
    if let Some((i, found)) = person
        .waypoints
        .iter()
        .flatten()
        .enumerate()
        .find_map(|(i, waypoint)| Some((i, behind(upright(room), Vec3::new(waypoint.x_m, waypoint.y_m, 0.0))?)))
    {
        let message = format!("is {:.2} m behind {}; nothing is seen through a wall", found.depth_m, found.wall);
        return Some(Problem::new(format!("waypoints.{i}"), message));
    }
    let range = person.range_m?.bounds();
    let (turn, azimuth) = (pose.azimuth_deg.bounds(), person.azimuth_deg.unwrap_or(Span::Fixed(0.0)).bounds());
    let (first, last) = (turn.0 + azimuth.0, turn.1 + azimuth.1);
    let directions = (0..=DIRECTIONS).map(|i| first + (last - first) * f64::from(i) / f64::from(DIRECTIONS));
    let ends = |(low, high): (f64, f64)| [low, high];
    let (x, y) = (ends(pose.x_m.bounds()), ends(pose.y_m.bounds()));
    let mut worst: Option<(Behind, Vec3)> = None;
    for degrees in directions {
        let (sin, cos) = degrees.to_radians().sin_cos();
        for (x, y, range) in
            x.iter().flat_map(|x| y.iter().map(move |y| (x, y))).flat_map(|(x, y)| ends(range).map(|r| (x, y, r)))
        {
            let place = Vec3::new(x + range * sin, y + range * cos, 0.0);
            if let Some(found) = behind(upright(room), place)
                && worst.as_ref().is_none_or(|(most, _)| most.depth_m < found.depth_m)
            {
                worst = Some((found, place));
            }
        }
    }
    let (found, place) = worst?;
    let who = person.motion.as_deref().map_or_else(String::new, |motion| format!(" (`{motion}`)"));
    let message = format!(
        "the person{who} may stand at x = {:.2}, y = {:.2} m, {:.2} m behind {}; nothing is seen through a wall",
        place.x, place.y, found.depth_m, found.wall
    );
    Some(Problem::new("range_m", message))
}

/// What is wrong with where the middle of a box, a point or a corner that stands still may be put.
pub(super) fn object_problem(room: &Room, object: &ObjectSpec) -> Option<Problem> {
    if object.mesh.is_some() || object.motion.is_some() {
        return None;
    }
    let lift = object.box_m.map_or(0.0, |edges| 0.5 * edges[2]);
    let ends = |span: Option<Span>, offset: f64| {
        let (low, high) = span.unwrap_or(Span::Fixed(0.0)).bounds();
        [low + offset, high + offset]
    };
    let (x, y, z) = (ends(object.x_m, 0.0), ends(object.y_m, 0.0), ends(Some(object.z_m), lift));
    let (y, z) = (&y, &z);
    let places = x.iter().flat_map(|x| y.iter().flat_map(move |y| z.iter().map(move |z| Vec3::new(*x, *y, *z))));
    let found = places.filter_map(|place| behind(&room.walls, place)).max_by(|a, b| a.depth_m.total_cmp(&b.depth_m))?;
    let message =
        format!("its middle may be {:.2} m behind {}; nothing is seen through a wall", found.depth_m, found.wall);
    Some(Problem::new("", message))
}

/// Refuses people and things whose middle is behind a wall at some time of the recording; `meshes` are the people, then the
/// surfaces among the things. Limbs that reach through one are left out of the signal and counted.
pub(super) fn all_inside(
    room: &Room,
    (people, objects): (&[PersonDraw], &[ObjectDraw]),
    meshes: &[Box<dyn MovingMesh>],
    duration_s: f64,
) -> Result<(), SceneError> {
    let look = |what: String, moves: bool, middle: &mut dyn FnMut(f64) -> Vec3| {
        let last = if moves { (duration_s / EVERY_S).ceil() as u32 } else { 0 };
        for step in 0..=last {
            let time_s = (f64::from(step) * EVERY_S).min(duration_s);
            if let Some(Behind { wall, depth_m }) = behind(&room.walls, middle(time_s)) {
                return Err(SceneError::OutsideRoom { what, wall, depth_m, time_s });
            }
        }
        Ok(())
    };
    let mut meshes = meshes.iter();
    let middle_of = |mesh: &dyn MovingMesh, time_s: f64| {
        let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
        mesh.vertices_at(time_s, &mut vertices);
        vertices.iter().sum::<Vec3>() / vertices.len().max(1) as f64
    };
    for ((i, person), mesh) in people.iter().enumerate().zip(meshes.by_ref()) {
        look(format!("people.{i} (`{}`)", person.motion), true, &mut |time_s| middle_of(&**mesh, time_s))?;
    }
    for (i, object) in objects.iter().enumerate() {
        let (what, movement) = (format!("objects.{i}"), object.movement()?);
        match if object.object.is_surface() { meshes.next() } else { None } {
            Some(mesh) => look(what, !movement.is_still(), &mut |time_s| middle_of(&**mesh, time_s))?,
            None => look(what, !movement.is_still(), &mut |time_s| movement.at(time_s).0)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propagation::room::{Sides, shell};
    use crate::propagation::{Material, Polarisation};

    fn room() -> Room {
        let all = [Some(Material::Concrete); 2];
        let walls = shell(Vec3::new(-2.0, -1.0, 0.0), Vec3::new(3.0, 5.0, 2.7), &Sides { z: all, x: all, y: all });
        Room { walls, order: 1, polarisation: Polarisation::Vertical }
    }

    #[test]
    fn walls_are_called_by_their_side() {
        let of = |place: Vec3| behind(&room().walls, place).map(|b| (b.wall, (1e6 * b.depth_m).round() / 1e6));
        let named = |name: &str, depth: f64| Some((name.to_owned(), depth));
        assert_eq!(of(Vec3::new(0.0, 5.5, 1.0)), named("the front wall (y = 5 m)", 0.5));
        assert_eq!(of(Vec3::new(0.0, -1.2, 1.0)), named("the back wall (y = -1 m)", 0.2));
        assert_eq!(of(Vec3::new(-2.3, 0.0, 1.0)), named("the left wall (x = -2 m)", 0.3));
        assert_eq!(of(Vec3::new(3.4, 0.0, 1.0)), named("the right wall (x = 3 m)", 0.4));
        assert_eq!(of(Vec3::new(0.0, 0.0, -0.1)), named("the floor (z = 0 m)", 0.1));
        assert_eq!(of(Vec3::new(0.0, 0.0, 3.0)), named("the ceiling (z = 2.7 m)", 0.3));
        assert_eq!(of(Vec3::new(0.0, 2.0, 0.0)), None);
    }

    #[test]
    fn ranges_are_held_against_the_walls_at_their_worst() {
        let pose = RadarPoseSpec::default();
        let person = |range_m, azimuth_deg| PersonSpec { range_m, azimuth_deg, ..PersonSpec::default() };
        let said = |range, azimuth| person_problem(&room(), &pose, &person(range, azimuth)).map(|p| p.message);
        assert_eq!(said(Some(Span::Range([1.0, 4.9])), None), None);
        assert_eq!(said(None, Some(Span::Fixed(80.0))), None, "the range is not known yet");
        let front = said(Some(Span::Range([1.0, 5.25])), None).unwrap();
        assert!(front.contains("y = 5.25 m, 0.25 m behind the front wall"), "{front}");
        // 4 sin 40° = 2.57: behind the left wall, not the right one.
        let left = said(Some(Span::Fixed(4.0)), Some(Span::Range([-40.0, 40.0]))).unwrap();
        assert!(left.contains("0.57 m behind the left wall (x = -2 m)"), "{left}");
    }
}
