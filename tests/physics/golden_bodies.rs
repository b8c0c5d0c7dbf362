//! SMPL, SMPL-H and SMPL-X against the PyPI package smplx on random models (`tests/golden/make_bodies.py`).

use kinecho::base::Vec3;
use kinecho::base::npz::Npz;
use kinecho::body::frame::{from_smpl, rotation_from_smpl};
use kinecho::body::hands::HandSide;
use kinecho::body::{BodyModel, Pose, ShapedBody};
use ndarray::ArrayD;
use std::fs::File;
use std::path::PathBuf;

/// The limit, m; rounding of pose directions to their storage is all that differs.
const TOLERANCE: f64 = 1e-5;

struct Golden {
    path: PathBuf,
    npz: Npz<File>,
}

impl Golden {
    fn open(family: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/bodies/{family}.npz"));
        let npz = Npz::open(family, File::open(&path).unwrap()).unwrap();
        Self { path, npz }
    }

    fn case(&mut self, name: &str) -> ArrayD<f64> {
        self.npz.numbers(&format!("case_{name}"), "a case").unwrap().values
    }

    fn row(&mut self, name: &str, case: usize) -> Vec<f64> {
        self.case(name).index_axis(ndarray::Axis(0), case).iter().copied().collect()
    }
}

/// Largest distance of a vertex and of a joint from the package's, m.
fn compare(golden: &mut Golden, case: usize, model: &BodyModel, body: &ShapedBody, betas: &[f64], pose: &Pose) -> f64 {
    // Our bodies stand with their soles on the floor: a shift that the package does not make.
    let shift = match golden.npz.has("case_expression") {
        false => body.skeleton.rest[0] - from_smpl(model.root_offset(betas).unwrap()),
        true => {
            let joint = golden.row("joints", case);
            body.skeleton.frames(pose)[0].position - from_smpl(Vec3::new(joint[0], joint[1], joint[2]))
        }
    };
    let apart = |ours: &[Vec3], theirs: Vec<f64>| {
        assert_eq!(3 * ours.len(), theirs.len());
        let theirs = theirs.as_chunks::<3>().0.iter().map(|p| from_smpl(Vec3::from(*p)));
        ours.iter().zip(theirs).map(|(a, b)| (a - shift - b).norm()).fold(0.0, f64::max)
    };
    let joints: Vec<Vec3> = body.skeleton.frames(pose).iter().map(|f| f.position).collect();
    apart(&body.mesh(pose).vertices, golden.row("vertices", case)).max(apart(&joints, golden.row("joints", case)))
}

fn pose_of(golden: &mut Golden, case: usize) -> Pose {
    let translation = golden.row("trans", case);
    let rotations = golden.row("pose", case).as_chunks::<3>().0.iter().map(|v| rotation_from_smpl(*v)).collect();
    Pose { translation: from_smpl(Vec3::from_row_slice(&translation)), rotations }
}

#[test]
fn smpl_and_smplh_agree_with_the_package() {
    for (family, joints, directions) in [("smpl", 24, 300), ("smplh", 52, 16)] {
        let mut golden = Golden::open(family);
        let model = BodyModel::read(&golden.path).unwrap();
        assert_eq!((model.joint_count(), model.shape_count(), model.expression_count()), (joints, directions, 0));
        for case in 0..4 {
            let betas = golden.row("betas", case);
            let body = model.with_coefficients(&betas).unwrap();
            let pose = pose_of(&mut golden, case);
            let worst = compare(&mut golden, case, &model, &body, &betas, &pose);
            assert!(worst < TOLERANCE, "{family}, case {case}: {worst} m");
        }
    }
}

#[test]
fn smplx_agrees_with_the_package_with_face_and_hands() {
    let mut golden = Golden::open("smplx");
    let model = BodyModel::read(&golden.path).unwrap();
    assert_eq!((model.joint_count(), model.shape_count(), model.expression_count()), (55, 300, 100));
    for case in 0..4 {
        let (betas, expression) = (golden.row("betas", case), golden.row("expression", case));
        let body = model.with_expression(&betas, &expression).unwrap();
        let mut pose = pose_of(&mut golden, case);
        // The package's full pose has the mean hands in it; ours comes from the same 12 coefficients.
        for (side, name, first) in [(HandSide::Left, "left", 25), (HandSide::Right, "right", 40)] {
            let hand = model.hands().unwrap().rotations(side, &golden.row(name, case), false).unwrap();
            for (k, ours) in hand.into_iter().enumerate() {
                assert!(ours.angle_to(&pose.rotations[first + k]) < 1e-6, "{name} hand, joint {k}");
                pose.rotations[first + k] = ours;
            }
        }
        let worst = compare(&mut golden, case, &model, &body, &betas, &pose);
        assert!(worst < TOLERANCE, "case {case}: {worst} m");
    }
    let hands = model.hands().unwrap();
    assert!(hands.rotations(HandSide::Left, &[0.0; 46], true).is_err());
    assert!(hands.rotations(HandSide::Left, &[], true).unwrap().iter().all(|r| r.angle() == 0.0));
    assert!(model.with_expression(&[], &[0.0; 101]).unwrap_err().to_string().contains("100 expression directions"));
}
