//! Hands in archives of the SMPL family: rotation vectors, coefficients of principal components, and what is neither.

use super::{body, f64s, npz};
use kinecho::body::hands::HandSide;
use kinecho::body::{BodyModel, ShapedBody};
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Family, Format, JointMapBook, Poses};
use ndarray::{Array1, Array2, Array3, concatenate};
use ndarray_npy::{NpzReader, NpzWriter};
use std::io::Cursor;

type Arrays = Vec<(&'static str, usize, Vec<f64>)>;

/// Two frames of an archive in parts; each array is (name, columns, numbers).
fn file(parts: &Arrays) -> Vec<u8> {
    let shapes: Vec<[usize; 2]> = parts.iter().map(|(_, width, _)| [2, *width]).collect();
    let mut arrays: Vec<_> = parts
        .iter()
        .zip(&shapes)
        .map(|((name, _, numbers), shape)| (*name, "<f8", &shape[..], f64s(numbers)))
        .collect();
    arrays.push(("mocap_frame_rate", "<f8", &[], f64s(&[30.0])));
    npz(&arrays)
}

fn zeros(name: &'static str, width: usize) -> (&'static str, usize, Vec<f64>) {
    (name, width, vec![0.0; 2 * width])
}

/// A root upright in a z-up world and a body at rest, in the names of the package `smplx`.
fn stand() -> Arrays {
    let root = vec![std::f64::consts::FRAC_PI_2, 0.0, 0.0, std::f64::consts::FRAC_PI_2, 0.0, 0.0];
    vec![("global_orient", 3, root), zeros("body_pose", 63), ("transl", 3, vec![0.0, 0.0, 0.9, 0.0, 0.0, 0.9])]
}

fn read(parts: &Arrays) -> Result<Capture, String> {
    Capture::parse(Format::Amass, "hands.npz", &file(parts), Excerpt::WHOLE).map_err(|e| e.to_string())
}

/// The CC0 body with 30 finger joints at its wrists, and with principal components of hands where they are asked for.
fn fingered(components: bool) -> ShapedBody {
    let bytes: &[u8] = include_bytes!("../../../meshes/cc0_body/cc0_body.npz");
    let mut from = NpzReader::new(Cursor::new(bytes)).unwrap();
    let mut to = NpzWriter::new(Cursor::new(Vec::new()));
    // SMPL's two hands make room for fingers behind the 22 joints of the body.
    let joints: Array2<f32> = from.by_name("J_template").unwrap();
    let fingers = |wrist: usize| Array2::from_shape_fn((15, 3), |(_, a)| joints[[wrist, a]]);
    let body = joints.slice(ndarray::s![..22, ..]).to_owned();
    let rest = concatenate![ndarray::Axis(0), body, fingers(20), fingers(21)];
    to.add_array("J_template", &rest).unwrap();
    to.add_array("J_shapedirs", &Array3::<f32>::zeros((52, 3, 3))).unwrap();
    let weights: Array2<u8> = from.by_name("weights").unwrap();
    let moved = |j: usize| match j {
        22 | 37 => Some(if j == 22 { 22 } else { 23 }),
        j => (j < 22).then_some(j),
    };
    let weights = Array2::from_shape_fn((weights.nrows(), 52), |(v, j)| moved(j).map_or(0, |j| weights[[v, j]]));
    to.add_array("weights", &weights).unwrap();
    let tree: Array2<i32> = from.by_name("kintree_table").unwrap();
    let parent = |j: usize| match j {
        j if j < 22 => tree[[0, j]],
        j if (j - 22).is_multiple_of(3) => {
            if j < 37 {
                20
            } else {
                21
            }
        }
        j => j as i32 - 1,
    };
    to.add_array("kintree_table", &Array2::from_shape_fn((2, 52), |(r, j)| if r == 0 { parent(j) } else { j as i32 }))
        .unwrap();
    to.add_array("v_template", &from.by_name::<ndarray::OwnedRepr<f32>, ndarray::Ix2>("v_template").unwrap()).unwrap();
    to.add_array("shapedirs", &from.by_name::<ndarray::OwnedRepr<f32>, ndarray::Ix3>("shapedirs").unwrap()).unwrap();
    to.add_array("f", &from.by_name::<ndarray::OwnedRepr<u16>, ndarray::Ix2>("f").unwrap()).unwrap();
    for side in ["l", "r"].into_iter().filter(|_| components) {
        let scale = if side == "l" { 0.01 } else { -0.02 };
        let basis = Array2::from_shape_fn((12, 45), |(i, k)| scale * ((7 * i + 3 * k) % 11) as f64);
        to.add_array(format!("hands_components{side}"), &basis).unwrap();
        to.add_array(format!("hands_mean{side}"), &Array1::from_elem(45, 0.05)).unwrap();
    }
    let model = BodyModel::from_bytes("fingers.npz", &to.finish().unwrap().into_inner()).unwrap();
    model.with_coefficients(&[]).unwrap()
}

#[test]
fn coefficients_bend_the_fingers_of_a_body_that_has_their_components() {
    let coefficients = |sign: f64| (0..12).map(|i| sign * f64::from(i)).collect::<Vec<_>>();
    let parts = || {
        let mut parts = stand();
        parts.push(("left_hand_pose", 6, coefficients(0.1)));
        parts.push(("right_hand_pose", 6, coefficients(-0.2)));
        parts
    };
    let capture = read(&parts()).unwrap();
    assert!(matches!(&capture.poses, Poses::Smpl(Family::SmplH, _)));
    assert!(
        capture.notes[0].contains("left_hand_pose") && capture.notes[0].contains("principal"),
        "{:?}",
        capture.notes
    );
    let maps = JointMapBook::builtin();
    let with = fingered(true);
    let clip = capture.onto(&with, maps).unwrap();
    let basis = with.hand_basis().unwrap();
    for (side, first, scale) in [(HandSide::Left, 22, 0.1), (HandSide::Right, 37, -0.2)] {
        for frame in 0..2 {
            let expected = basis.rotations(side, &coefficients(scale)[6 * frame..6 * frame + 6], false).unwrap();
            let found = &clip.poses()[frame].rotations[first..first + 15];
            let apart = found.iter().zip(&expected).map(|(a, b)| a.angle_to(b)).fold(0.0, f64::max);
            assert!(apart < 1e-6 && expected.len() == 15, "{side:?}, frame {frame}: {apart}");
            assert!(expected[3].angle() > 0.05);
        }
    }
    // On a hand of one piece the body is the same; fingers without components are a reason to say so.
    assert_eq!(capture.onto(&body(), maps).unwrap().poses()[0].rotations.len(), 24);
    let error = capture.onto(&fingered(false), maps).unwrap_err().to_string();
    assert!(["hands.npz", "left_hand_pose", "hands_componentsl"].iter().all(|w| error.contains(w)), "{error}");
    // More of them than the body has.
    let mut many = stand();
    many.push(zeros("pose_hand", 40));
    let error = read(&many).unwrap().onto(&with, maps).unwrap_err().to_string();
    assert!(["hands.npz", "pose_hand", "12", "20"].iter().all(|w| error.contains(w)), "{error}");
}

#[test]
fn rotation_vectors_of_hands_are_read_under_both_names() {
    for names in [&["pose_hand"][..], &["left_hand_pose", "right_hand_pose"]] {
        let width = 90 / names.len();
        let mut parts = stand();
        // The first numbers of each frame differ, so that sides and frames are told apart.
        parts.extend(names.iter().map(|name| (*name, width, (0..2 * width).map(|i| 0.001 * i as f64).collect())));
        let capture = read(&parts).unwrap();
        assert!(capture.hands.is_none());
        let Poses::Smpl(Family::SmplH, poses) = &capture.poses else { panic!("{:?}", capture.poses) };
        let x = poses[1].rotations[22].scaled_axis().x;
        assert!((x - 0.001 * width as f64).abs() < 1e-9, "{names:?}: {x}");
    }
    // A face makes it SMPL-X, with whatever is missing at rest.
    let mut parts = stand();
    parts.push(zeros("jaw_pose", 3));
    let capture = read(&parts).unwrap();
    assert!(matches!(&capture.poses, Poses::Smpl(Family::SmplX, poses) if poses[0].rotations.len() == 55));
}

#[test]
fn hands_that_cannot_be_read_are_named() {
    let refused = |extra: Arrays, words: &[&str]| {
        let error = read(&stand().into_iter().chain(extra).collect()).unwrap_err();
        for word in words.iter().chain(&["hands.npz"]) {
            assert!(error.contains(word), "`{word}` is missing in: {error}");
        }
    };
    refused(vec![zeros("left_hand_pose", 45)], &["`right_hand_pose` is missing", "left_hand_pose"]);
    refused(vec![zeros("left_hand_pose", 45), zeros("right_hand_pose", 12)], &["45 and 12 columns"]);
    refused(vec![zeros("pose_hand", 91)], &["`pose_hand`", "[2, 91]"]);
    refused(vec![("pose_hand", 12, vec![f64::NAN; 24])], &["`pose_hand`, frame 0", "finite"]);
    // One array whose width says that the hands are coefficients, of which kind nobody knows.
    let whole = vec![zeros("poses", 78), zeros("trans", 3)];
    let error = read(&whole).unwrap_err();
    assert!(error.contains("`poses`") && error.contains("left_hand_pose"), "{error}");
    let rootless = vec![zeros("body_pose", 63), zeros("trans", 3)];
    assert!(read(&rootless).unwrap_err().contains("`poses` is missing"));
    let headless = vec![zeros("global_orient", 3), zeros("trans", 3)];
    let error = read(&headless).unwrap_err();
    assert!(error.contains("`pose_body` (or `body_pose`) is missing"), "{error}");
}
