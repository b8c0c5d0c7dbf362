//! What samples say of people against geometry by hand.

use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::base::yaml::Document;
use kinecho::scene::{SEEN_JOINTS, Scene, SceneDraw, SceneSpec};
use std::path::Path;

fn drawn(yaml: &str) -> (Scene, SceneDraw) {
    let document = Document::parse(yaml, Path::new("scene.yaml")).unwrap();
    let spec: SceneSpec = document.typed().unwrap();
    let scene = Scene::check(&spec, false).unwrap();
    let draw = scene.draw(&RandomTree::new(5), 0, &[], &[]).unwrap();
    (scene, draw)
}

/// Two who stand, seen from a radar that is turned and stands beside the origin.
const STANDING: &str = "
radar_pose: {x_m: 0.5, y_m: -0.4, height_m: 1.1, azimuth_deg: 35}
people:
  - {motion: stand_still, range_m: 3, azimuth_deg: 20, facing_deg: 0, stature_m: 1.8, ways: false}
  - {motion: stand_still, range_m: 2, azimuth_deg: -40, facing_deg: 0, stature_m: 1.6, ways: false}
duration_s: 0.4
";

#[test]
fn people_are_seen_where_they_were_put() {
    let (scene, draw) = drawn(STANDING);
    let people = draw.people_seen(scene.frames()).unwrap();
    assert_eq!(people.len(), 2);
    for (person, (range, azimuth_deg, stature)) in people.iter().zip([(3.0, 20.0_f64, 1.8), (2.0, -40.0, 1.6)]) {
        assert_eq!((person.motion.as_str(), person.joints_m.len()), ("stand_still", SEEN_JOINTS));
        // The pelvis is above the place where the person stands, in the frame of the radar: x = r sin a, y = r cos a.
        let [x, y, z] = person.joints_m[0].map(f64::from);
        let (sin, cos) = azimuth_deg.to_radians().sin_cos();
        assert!((x - range * sin).hypot(y - range * cos) < 0.1, "{x} {y}: {range} m at {azimuth_deg} degrees");
        assert!((z + 1.1 - 0.53 * stature).abs() < 0.08, "{z} m of {stature} m");
        // The left hip is to the left of somebody who looks at the radar: to the right, seen from it.
        assert!(person.joints_m[1][0] > person.joints_m[2][0]);
        // Where they stand lies in the box, and the box is a body wide and a body deep.
        let [near, far] = person.range_m.map(f64::from);
        let [left, right] = person.azimuth_rad.map(f64::from);
        assert!(near < range && range < far.max(range + 0.01) && far - near < 0.9, "{near} to {far} m");
        assert!(left < azimuth_deg.to_radians() && azimuth_deg.to_radians() < right);
        let wide = (right - left) * range * cos;
        assert!((0.3..1.0).contains(&wide), "{wide} m wide");
    }
}

#[test]
fn boxes_are_those_of_the_skin_and_grow_with_the_way() {
    let yaml = "
radar_pose: {height_m: 1.0}
people: [{motion: walk_forward_turn_around, range_m: 3, azimuth_deg: -10, facing_deg: 30, ways: false}]
duration_s: 1.5
";
    let (scene, draw) = drawn(yaml);
    let person = &draw.people_seen(scene.frames()).unwrap()[0];
    // The same from the mesh that is simulated, by loops; the antennas are millimetres apart.
    let set = draw.set().unwrap();
    let mut skin = vec![Vec3::zeros(); set.meshes[0].vertex_count()];
    let (mut range, mut side) = ([f64::INFINITY, 0.0_f64], [f64::INFINITY, f64::NEG_INFINITY]);
    let period = draw.radar.device().sounding(true).period_s;
    let mut at_first = [0.0; 2];
    for frame in 0..scene.frames() {
        set.meshes[0].vertices_at(frame as f64 * period, &mut skin);
        for p in &skin {
            let seen = p - Vec3::new(0.0, 0.0, 1.0);
            let azimuth = (seen.x / seen.norm()).asin();
            range = [range[0].min(seen.norm()), range[1].max(seen.norm())];
            side = [side[0].min(azimuth), side[1].max(azimuth)];
        }
        if frame == 0 {
            at_first = range;
        }
    }
    for i in 0..2 {
        assert!((f64::from(person.range_m[i]) - range[i]).abs() < 6e-3, "{:?} {range:?}", person.range_m);
        assert!((f64::from(person.azimuth_rad[i]) - side[i]).abs() < 1e-4, "{:?} {side:?}", person.azimuth_rad);
    }
    assert!(range[1] - range[0] > 0.3 + at_first[1] - at_first[0], "{range:?} {at_first:?}");
}
