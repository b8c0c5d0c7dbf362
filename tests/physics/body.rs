//! The CC0 body: size against real people, and what skinning must and must not move.

use kinecho::base::random::RandomTree;
use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BODY_DENSITY, BodyError, BodyModel, BodyShape, Joint, Pose, ShapedBody};
use kinecho::geometry::mesh::is_watertight;
use kinecho::geometry::{Mesh, measure};
use rand::RngExt;

fn default_body() -> ShapedBody {
    BodyModel::cc0().shaped(&BodyShape::default()).unwrap()
}

fn rotation(rng: &mut impl rand::Rng, largest: f64) -> Rotation {
    let axis = Vec3::from_fn(|_, _| rng.random_range(-1.0..1.0));
    Rotation::new(axis.normalize() * rng.random_range(0.0..largest))
}

/// A posture that a person can hold: moderate turns of all joints.
fn random_pose(joints: usize, item: u64) -> Pose {
    let mut rng = RandomTree::new(11).stream(item, "pose");
    let mut pose = Pose::rest(joints);
    pose.translation = Vec3::from_fn(|_, _| rng.random_range(-2.0..2.0));
    for (joint, r) in pose.rotations.iter_mut().enumerate() {
        *r = rotation(&mut rng, if joint == 0 { 3.0 } else { 0.5 });
    }
    pose
}

#[test]
fn body_stands_as_the_frame_says() {
    for sex in [0.0, 1.0] {
        let body = BodyModel::cc0().shaped(&BodyShape { sex, ..Default::default() }).unwrap();
        let joint = |j: Joint| body.skeleton.rest[j as usize];
        let (low, high) = measure::bounding_box(body.rest_vertices()).unwrap();
        assert!(low.z.abs() < 1e-12 && (high.z - 1.75).abs() < 1e-9, "soles on the floor, crown at the stature");
        let pelvis = joint(Joint::Pelvis);
        assert!(pelvis.x.abs() < 1e-9 && pelvis.y.abs() < 1e-9);
        for (left, right) in [
            (Joint::LeftHip, Joint::RightHip),
            (Joint::LeftKnee, Joint::RightKnee),
            (Joint::LeftFoot, Joint::RightFoot),
            (Joint::LeftShoulder, Joint::RightShoulder),
            (Joint::LeftWrist, Joint::RightWrist),
        ] {
            let (l, r) = (joint(left), joint(right));
            assert!(l.x > 0.05 && r.x < -0.05, "left is +x");
            assert!((l + Vec3::new(r.x, -r.y, -r.z)).norm() < 2e-3, "mirrored: {l} {r}");
        }
        assert!(joint(Joint::LeftFoot).y < joint(Joint::LeftAnkle).y - 0.08, "toes point to −y");
        let toe = body.rest_vertices().iter().filter(|v| v.z < 0.05).map(|v| v.y).fold(f64::INFINITY, f64::min);
        assert!(toe < joint(Joint::LeftFoot).y, "toes reach beyond the ball: {toe}");
        let nose = body.rest_vertices().iter().filter(|v| v.z > 1.55).min_by(|a, b| a.y.total_cmp(&b.y)).unwrap();
        assert!(nose.x.abs() < 0.02 && nose.y < joint(Joint::Head).y - 0.08, "the nose points to −y: {nose}");
        assert!(joint(Joint::Head).z > joint(Joint::Neck).z && joint(Joint::Neck).z > pelvis.z);
    }
}

/// Issue figures: volume = mass / density, and area within 5 % of Du Bois.
#[test]
fn volume_and_area_are_those_of_real_people() {
    let mut worst = (0.0, String::new());
    for sex in [0.0, 0.5, 1.0] {
        for stature_m in [1.5, 1.65, 1.8, 1.95] {
            for body_mass_index in [17.0, 21.0, 25.0, 30.0, 35.0] {
                let muscle = 0.5;
                let shape = BodyShape { sex, stature_m, body_mass_index, muscle };
                let body = BodyModel::cc0().shaped(&shape).unwrap();
                let volume = body.volume_m3() * BODY_DENSITY / shape.mass_kg() - 1.0;
                assert!(volume.abs() < 1e-4, "{shape:?}: volume off by {volume}");
                assert!((body.stature_m() - stature_m).abs() < 1e-9);
                let area = body.area_m2() / shape.du_bois_area_m2() - 1.0;
                if f64::abs(area) > worst.0 {
                    worst = (area.abs(), format!("{shape:?}: {area:+.4}"));
                }
            }
        }
    }
    assert!(worst.0 < 0.05, "largest difference of area to Du Bois: {}", worst.1);
}

#[test]
fn every_admissible_shape_can_be_made() {
    for sex in [0.0, 1.0] {
        for muscle in [0.0, 1.0] {
            for stature_m in [1.40, 2.10] {
                for body_mass_index in [15.0, 40.0] {
                    let shape = BodyShape { sex, stature_m, body_mass_index, muscle };
                    let body = BodyModel::cc0().shaped(&shape).unwrap_or_else(|e| panic!("{shape:?}: {e}"));
                    assert!((body.volume_m3() / shape.volume_m3() - 1.0).abs() < 1e-4, "{shape:?}");
                }
            }
        }
    }
}

#[test]
fn sex_and_muscle_do_what_they_say() {
    let make = |sex, muscle| {
        let shape = BodyShape { sex, muscle, ..Default::default() };
        BodyModel::cc0().shaped(&shape).unwrap()
    };
    let width = |body: &ShapedBody, joint: Joint| {
        let z = body.skeleton.rest[joint as usize].z;
        let reach = |v: &&Vec3| (v.z - z).abs() < 0.03 && v.x.abs() < 0.35;
        body.rest_vertices().iter().filter(reach).map(|v| v.x).fold(0.0, f64::max)
    };
    let (woman, man) = (make(0.0, 0.5), make(1.0, 0.5));
    let ratio = |b: &ShapedBody| b.skeleton.rest[Joint::LeftShoulder as usize].x / width(b, Joint::LeftHip);
    assert!(ratio(&man) > 1.1 * ratio(&woman), "shoulders to hips: man {}, woman {}", ratio(&man), ratio(&woman));
    // At the same mass the muscular body has more chest and less belly.
    let depth = |b: &ShapedBody, joint: Joint, above: f64| {
        let z = b.skeleton.rest[joint as usize].z + above;
        let near = |v: &&Vec3| (v.z - z).abs() < 0.04 && v.x.abs() < 0.1;
        let (low, high) =
            b.rest_vertices().iter().filter(near).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v.y), h.max(v.y)));
        high - low
    };
    let chest_to_belly = |b: &ShapedBody| depth(b, Joint::Spine3, 0.12) / depth(b, Joint::Spine1, 0.04);
    let (weak, strong) = (chest_to_belly(&make(1.0, 0.0)), chest_to_belly(&make(1.0, 1.0)));
    assert!(strong > weak * 1.05, "chest over belly: strong {strong}, weak {weak}");
}

#[test]
fn shapes_outside_their_range_are_refused() {
    let wrong = |shape: BodyShape, name: &str| match BodyModel::cc0().shaped(&shape) {
        Err(BodyError::OutOfRange { parameter, .. }) => assert_eq!(parameter, name),
        other => panic!("{shape:?}: {other:?}"),
    };
    let good = BodyShape::default();
    wrong(BodyShape { stature_m: 3.0, ..good }, "stature_m");
    wrong(BodyShape { stature_m: f64::NAN, ..good }, "stature_m");
    wrong(BodyShape { body_mass_index: 14.0, ..good }, "body_mass_index");
    wrong(BodyShape { sex: -0.1, ..good }, "sex");
    wrong(BodyShape { muscle: f64::INFINITY, ..good }, "muscle");
}

#[test]
fn rest_pose_gives_the_rest_vertices() {
    let body = default_body();
    let mesh = body.mesh(&Pose::rest(24));
    for (a, b) in mesh.vertices.iter().zip(body.rest_vertices()) {
        assert!((a - b).norm() < 1e-12);
    }
}

#[test]
fn weights_sum_to_one() {
    let body = default_body();
    assert_eq!(body.weights().len(), body.vertex_count());
    for vertex in 0..body.vertex_count() {
        let sum: f64 = body.weights().of(vertex).map(|(_, w)| w).sum();
        assert!((sum - 1.0).abs() < 1e-12, "vertex {vertex}: {sum}");
        assert!(body.weights().of(vertex).all(|(j, w)| w > 0.0 && j < 24));
    }
}

#[test]
fn root_moves_the_whole_body_rigidly() {
    let body = default_body();
    let mut rng = RandomTree::new(3).stream(0, "root");
    let turn = rotation(&mut rng, 3.0);
    let mut pose = Pose::rest(24);
    pose.rotations[0] = turn;
    pose.translation = Vec3::new(0.7, 4.0, -0.2);
    let mesh = body.mesh(&pose);
    let pelvis = body.skeleton.rest[0];
    for (v, rest) in mesh.vertices.iter().zip(body.rest_vertices()) {
        let expected = turn * (rest - pelvis) + pelvis + pose.translation;
        assert!((v - expected).norm() < 1e-12);
    }
    assert!((mesh.signed_volume() / body.volume_m3() - 1.0).abs() < 1e-9);
}

#[test]
fn a_joint_moves_only_its_own_branch() {
    let body = default_body();
    let branch = |joint: usize| {
        let mut inside = [false; 24];
        inside[joint] = true;
        for (j, parent) in body.skeleton.parents.iter().enumerate() {
            inside[j] |= parent.is_some_and(|p| inside[p]);
        }
        inside
    };
    for joint in 1..24 {
        let mut pose = Pose::rest(24);
        pose.rotations[joint] = Rotation::from_euler_angles(0.4, 0.3, -0.5);
        let (mesh, inside) = (body.mesh(&pose), branch(joint));
        let mut moved = 0;
        for (vertex, (v, rest)) in mesh.vertices.iter().zip(body.rest_vertices()).enumerate() {
            let share: f64 = body.weights().of(vertex).filter(|(j, _)| inside[*j]).map(|(_, w)| w).sum();
            if share == 0.0 {
                assert!((v - rest).norm() < 1e-12, "joint {joint} moved vertex {vertex} of another branch");
            } else if (v - rest).norm() > 1e-6 {
                moved += 1;
            }
        }
        assert!(moved > 10, "joint {joint} moved only {moved} vertices");
    }
}

#[test]
fn vertices_bound_to_one_joint_follow_its_frame() {
    let body = default_body();
    for item in 0..5 {
        let pose = random_pose(24, item);
        let (frames, mesh) = (body.skeleton.frames(&pose), body.mesh(&pose));
        let mut followed = [false; 24];
        for (vertex, v) in mesh.vertices.iter().enumerate() {
            let Some((joint, _)) = body.weights().of(vertex).find(|(_, w)| *w == 1.0) else { continue };
            let local = body.rest_vertices()[vertex] - body.skeleton.rest[joint];
            let expected = frames[joint].position + frames[joint].rotation * local;
            assert!((v - expected).norm() < 1e-12);
            followed[joint] = true;
        }
        assert!(followed.iter().filter(|f| **f).count() >= 15, "{followed:?}");
    }
}

/// The formula written out with 4×4 matrices (SMPL, eq. 2–4), against the compact skinning.
#[test]
fn skinning_is_the_published_formula() {
    use nalgebra::{Matrix4, Vector4};
    let body = default_body();
    let pose = random_pose(24, 9);
    let rest = &body.skeleton.rest;
    let mut world = vec![Matrix4::identity(); 24];
    for joint in 0..24 {
        let parent = body.skeleton.parents[joint];
        let offset = rest[joint] - parent.map_or(Vec3::zeros(), |p| rest[p])
            + if parent.is_none() { pose.translation } else { Vec3::zeros() };
        let local = Matrix4::new_translation(&offset) * pose.rotations[joint].to_homogeneous();
        world[joint] = parent.map_or(local, |p| world[p] * local);
    }
    let mesh = body.mesh(&pose);
    for vertex in (0..body.vertex_count()).step_by(7) {
        let v = body.rest_vertices()[vertex];
        let mut sum = Vector4::zeros();
        for (joint, w) in body.weights().of(vertex) {
            sum += world[joint] * Matrix4::new_translation(&-rest[joint]) * v.push(1.0) * w;
        }
        assert!((mesh.vertices[vertex] - sum.xyz()).norm() < 1e-12);
    }
}

#[test]
fn body_stays_closed_and_outward_in_many_postures() {
    for (item, shape) in [
        BodyShape::default(),
        BodyShape { sex: 0.0, stature_m: 1.55, body_mass_index: 34.0, muscle: 0.2 },
        BodyShape { sex: 0.5, stature_m: 1.9, body_mass_index: 17.0, muscle: 0.8 },
    ]
    .iter()
    .enumerate()
    {
        let body = BodyModel::cc0().shaped(shape).unwrap();
        assert!(is_watertight(body.faces()));
        for turn in 0..8 {
            let mesh: Mesh = body.mesh(&random_pose(24, (10 * item + turn) as u64));
            mesh.check().unwrap();
            let ratio = mesh.signed_volume() / body.volume_m3();
            // Linear blending loses and folds some volume at bent joints.
            assert!((0.85..1.15).contains(&ratio), "{shape:?} pose {turn}: volume times {ratio}");
        }
    }
}
