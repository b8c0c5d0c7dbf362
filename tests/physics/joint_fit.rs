//! Poses out of joint positions: a body put into the posture whose joints were given.

use kinecho::base::Vec3;
use kinecho::body::{BodyModel, BodyShape, Pose, Skeleton};
use kinecho::motion::joint_fit::{Joints, pose, stature};
use kinecho::motion::score::{Rendition, ScoreBook};

fn joints(skeleton: &Skeleton, posture: &Pose) -> Joints {
    let frames = skeleton.frames(posture);
    Joints::of(|joint| frames[joint as usize].position)
}

#[test]
fn played_motions_are_found_again_from_their_joints() {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let skeleton = &body.skeleton;
    let book = ScoreBook::with_data_sets();
    for slug in ["squat", "raise_left_arm_side", "extend_right_arm_and_leg", "side_lunge_left", "front_lunge_right"] {
        let score = book.get(slug).unwrap();
        let clip = score.play(skeleton, &Rendition::plain(score), 3.0, 20.0).unwrap();
        for (i, posture) in clip.poses().iter().enumerate() {
            let given = joints(skeleton, posture);
            let found = joints(skeleton, &pose(&given, skeleton, i).unwrap());
            // Hips are put where they were; the bend of the spine is shared out among its joints in another way than scores do.
            let hips = 0.5 * (given.hip[0] + given.hip[1]) - 0.5 * (found.hip[0] + found.hip[1]);
            assert!(hips.norm() < 1e-9, "{slug} {i}: hips {hips:?}");
            for side in 0..2 {
                let leg = (given.ankle[side] - found.ankle[side]).norm();
                let arm = (given.wrist[side] - found.wrist[side]).norm();
                assert!(leg < 0.01, "{slug} {i}: ankle off by {leg} m");
                assert!(arm < 0.05, "{slug} {i}: wrist off by {arm} m");
            }
        }
    }
}

#[test]
fn a_turned_and_shifted_person_is_found_where_he_is() {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let skeleton = &body.skeleton;
    let turn = kinecho::base::Rotation::from_scaled_axis(Vec3::z() * 0.7);
    let mut posture = Pose::rest(skeleton.rest.len());
    posture.rotations[0] = turn;
    posture.translation = Vec3::new(0.4, 1.9, -0.9);
    let found = pose(&joints(skeleton, &posture), skeleton, 0).unwrap();
    assert!(found.rotations[0].angle_to(&turn) < 1e-6);
    assert!((found.translation - posture.translation).norm() < 1e-6);
}

#[test]
fn stature_follows_the_chain_of_bones() {
    let usual = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    for stature_m in [1.55, 1.75, 1.95] {
        let body = BodyModel::cc0().shaped(&BodyShape { stature_m, ..BodyShape::default() }).unwrap();
        let given = joints(&body.skeleton, &Pose::rest(body.skeleton.rest.len()));
        let found = stature(&[given], &usual.skeleton, 1.75);
        assert!((found - stature_m).abs() < 0.02, "{found} for {stature_m} m");
    }
    let given = joints(&usual.skeleton, &Pose::rest(usual.skeleton.rest.len()));
    let message = pose(&Joints { elbow: given.shoulder, ..given }, &usual.skeleton, 4).unwrap_err().to_string();
    assert!(message.contains("frame 4: shoulder and elbow coincide"), "{message}");
}
