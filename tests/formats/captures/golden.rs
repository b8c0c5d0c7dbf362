//! Where bones point, against forward kinematics in NumPy (`tests/golden/make_motion.py`), and in files of one's own.

use super::{body, bone};
use kinecho::base::Vec3;
use kinecho::body::Joint;
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook, Poses};
use serde_json::Value;
use std::path::Path;

/// The limbs of the golden file, by our joints.
const LIMBS: [(Joint, Joint); 8] = [
    (Joint::LeftHip, Joint::LeftKnee),
    (Joint::LeftKnee, Joint::LeftAnkle),
    (Joint::RightHip, Joint::RightKnee),
    (Joint::RightKnee, Joint::RightAnkle),
    (Joint::LeftShoulder, Joint::LeftElbow),
    (Joint::LeftElbow, Joint::LeftWrist),
    (Joint::RightShoulder, Joint::RightElbow),
    (Joint::RightElbow, Joint::RightWrist),
];

#[test]
fn limbs_of_a_folded_skeleton_point_where_numpy_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/motion");
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("aligned.json")).unwrap()).unwrap();
    let body = body();
    for excerpt in [Excerpt::WHOLE, Excerpt::new(0.2, 0.3)] {
        let capture = Capture::read(&folder.join("aligned.bvh"), excerpt).unwrap();
        let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
        let first = (excerpt.start_s * 30.0).round() as usize;
        for (frame, _) in clip.poses().iter().enumerate() {
            for (limb, (from, to)) in LIMBS.into_iter().enumerate() {
                let v = &expected["directions"][first + frame][limb];
                let expected = Vec3::new(v[0].as_f64().unwrap(), v[1].as_f64().unwrap(), v[2].as_f64().unwrap());
                let found = bone(&body, &clip, frame, from, to);
                assert!(
                    (found - expected).norm() < 0.02,
                    "{from:?} in frame {}: {found} for {expected}",
                    first + frame
                );
            }
        }
    }
}

/// Files of a folder of one's own (`KINECHO_MOTIONS`): limbs point where they do in the file, and windows agree.
#[test]
fn limbs_of_real_files_point_where_they_do() {
    let Some(folder) = std::env::var_os("KINECHO_MOTIONS") else {
        println!("skipped: no folder in $KINECHO_MOTIONS");
        return;
    };
    let body = body();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in
        files.iter().filter(|p| matches!(Format::of(p), Some(Format::Biovision | Format::Gltf | Format::DeepMimic)))
    {
        let read =
            |excerpt| Capture::read(path, excerpt).and_then(|c| Ok((c.onto(&body, JointMapBook::builtin())?, c)));
        let (clip, capture) = match read(Excerpt::new(0.0, 20.0)) {
            Ok(read) => read,
            Err(error) => {
                println!("{}: {error}", path.display());
                continue;
            }
        };
        let Poses::Joints(motion) = &capture.poses else { continue };
        let found =
            kinecho::motion::capture::Inspection::of(path, &Default::default(), JointMapBook::builtin()).unwrap();
        let place = |joint: Joint| {
            let name = &found.joints.iter().find(|m| m.joint == joint).unwrap().file;
            motion.names.iter().position(|n| n == name).unwrap()
        };
        // The turn from the file's world to ours by the first frame's three limbs, so that the file's axes need not be known here.
        let theirs = |frame: usize, (a, b): (Joint, Joint)| {
            let frame = &motion.frames[frame];
            (frame[place(b)].position - frame[place(a)].position).normalize()
        };
        let ours = |frame: usize, (a, b): (Joint, Joint)| bone(&body, &clip, frame, a, b);
        let up = found.person.as_ref().unwrap().up.vector();
        let mut worst = (0.0_f64, 0, 0);
        let mut sums = [0.0, 0.0];
        for frame in (0..motion.frames.len()).step_by(7) {
            for (k, limb) in LIMBS.into_iter().enumerate() {
                // Heights and angles between limbs are the same in both worlds.
                let height = (theirs(frame, limb).dot(&up) - ours(frame, limb).z).abs();
                let next = LIMBS[(k + 1) % LIMBS.len()];
                let angle =
                    (theirs(frame, limb).dot(&theirs(frame, next)) - ours(frame, limb).dot(&ours(frame, next))).abs();
                if height.max(angle) > worst.0 {
                    worst = (height.max(angle), frame, k);
                }
            }
            // The trunk and the feet: how far from the file's, degrees.
            let frames = body.skeleton.frames(&clip.poses()[frame]);
            let middle = |a: Joint, b: Joint| {
                (motion.frames[frame][place(a)].position + motion.frames[frame][place(b)].position) * 0.5
            };
            let trunk = (middle(Joint::LeftShoulder, Joint::RightShoulder) - middle(Joint::LeftHip, Joint::RightHip))
                .normalize();
            let our = (frames[16].position + frames[17].position - frames[1].position - frames[2].position).normalize();
            sums[0] += (trunk.dot(&up).clamp(-1.0, 1.0).acos() - our.z.clamp(-1.0, 1.0).acos()).abs().to_degrees();
            sums[1] += 1.0;
        }
        let window = read(Excerpt::new(0.5 * capture.duration_s(), 1.0)).unwrap().0;
        let first = (0.5 * capture.duration_s() * capture.rate_hz).round() as usize;
        let same = window.poses().iter().zip(&clip.poses()[first..]).all(|(a, b)| a == b);
        println!(
            "{}: {:.4} at worst (frame {}, limb {}), trunk {:.1}°, windows agree: {same}; up {up:?} {:?}",
            path.file_name().unwrap().to_string_lossy(),
            worst.0,
            worst.1,
            worst.2,
            sums[0] / sums[1],
            found.joint_map
        );
        assert!(worst.0 < 0.05 && same, "{}", path.display());
    }
}
