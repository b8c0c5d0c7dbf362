//! Body model files: whole ones in both layouts, and damaged ones.

use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyError, BodyModel, Pose};
use ndarray::{Array2, Array3, array};
use ndarray_npy::NpzWriter;
use std::io::Cursor;

/// A tiny model: a tetrahedron on three joints in a chain, in SMPL's own layout.
struct Tiny {
    template: Array2<f64>,
    shapedirs: Array3<f64>,
    regressor: Array2<f64>,
    weights: Array2<f64>,
    kintree: Array2<i64>,
    faces: Array2<u32>,
    posedirs: Option<Array3<f64>>,
    skip: Option<&'static str>,
}

fn tiny() -> Tiny {
    Tiny {
        template: array![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        shapedirs: Array3::from_shape_fn((4, 3, 2), |(v, a, d)| 0.01 * (v + 2 * a + 3 * d) as f64),
        regressor: array![[0.25, 0.25, 0.25, 0.25], [0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 1.0]],
        weights: array![[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.25, 0.75]],
        kintree: array![[4294967295, 0, 1], [0, 1, 2]],
        faces: array![[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]],
        posedirs: None,
        skip: None,
    }
}

impl Tiny {
    fn bytes(&self) -> Vec<u8> {
        let mut npz = NpzWriter::new_compressed(Cursor::new(Vec::new()));
        macro_rules! put {
            ($name:literal, $array:expr) => {
                if self.skip != Some($name) {
                    npz.add_array($name, $array).unwrap();
                }
            };
        }
        put!("v_template", &self.template);
        put!("shapedirs", &self.shapedirs);
        put!("J_regressor", &self.regressor);
        put!("weights", &self.weights);
        put!("kintree_table", &self.kintree);
        put!("f", &self.faces);
        if let Some(posedirs) = &self.posedirs {
            put!("posedirs", posedirs);
        }
        npz.finish().unwrap().into_inner()
    }

    fn model(&self) -> Result<BodyModel, BodyError> {
        BodyModel::from_bytes("tiny.npz", &self.bytes())
    }

    fn refused(&self, array: &str, words: &str) {
        let text = self.model().unwrap_err().to_string();
        for word in ["tiny.npz", array, words] {
            assert!(text.contains(word), "`{word}` is missing in: {text}");
        }
    }
}

#[test]
fn embedded_body_has_the_stated_size() {
    let model = BodyModel::cc0();
    assert_eq!((model.vertex_count(), model.joint_count(), model.shape_count()), (6890, 24, 3));
    assert!(model.has_plain_parameters());
    let man = model.with_coefficients(&[-1.0]).unwrap();
    assert_eq!(man.faces().len(), 13776);
    // Figures of meshes/cc0_body/README.md, made with NumPy.
    assert!((man.stature_m() - 1.751).abs() < 2e-3, "{}", man.stature_m());
    assert!((man.area_m2() - 1.833).abs() < 1e-3, "{}", man.area_m2());
    assert!((man.volume_m3() - 0.0651).abs() < 1e-4, "{}", man.volume_m3());
}

#[test]
fn regressed_joints_and_shapes_follow_the_formula() {
    let model = tiny().model().unwrap();
    assert!(!model.has_plain_parameters());
    let body = model.with_coefficients(&[1.0, -2.0]).unwrap();
    // By hand in SMPL's frame: v = template + 0.01 ((v + 2a) − 2 (v + 2a + 3)) = template − 0.01 (v + 2a + 6).
    let shaped = |v: usize| Vec3::from_fn(|a, _| tiny().template[[v, a]] - 0.01 * (v + 2 * a + 6) as f64);
    let turned = |v: Vec3| Vec3::new(v.x, -v.z, v.y);
    let joint = |k: usize| (0..4).map(|v| turned(shaped(v)) * tiny().regressor[[k, v]]).sum::<Vec3>();
    let (rest, joints) = (body.rest_vertices(), &body.skeleton.rest);
    for v in 1..4 {
        assert!((rest[v] - rest[0] - turned(shaped(v) - shaped(0))).norm() < 1e-12);
    }
    for (k, found) in joints.iter().enumerate() {
        assert!((found - rest[0] - (joint(k) - turned(shaped(0)))).norm() < 1e-12, "joint {k}");
    }
    let lowest = rest.iter().map(|v| v.z).fold(f64::INFINITY, f64::min);
    assert!(lowest.abs() < 1e-12 && joints[0].xy().norm() < 1e-12, "stands on the floor below its root");
}

/// `B_P = Σ (R − I) P` in SMPL's frame must be the same thing in ours.
#[test]
fn pose_directions_are_turned_into_the_body_frame() {
    let mut file = tiny();
    let directions = Array3::from_shape_fn((4, 3, 18), |(v, a, f)| 1e-3 * ((v * 31 + a * 17 + f * 7) % 23) as f64);
    file.posedirs = Some(directions.clone());
    let with = file.model().unwrap().with_coefficients(&[]).unwrap();
    let without = tiny().model().unwrap().with_coefficients(&[]).unwrap();
    let smpl_turn = Rotation::from_euler_angles(0.4, -0.7, 1.1);
    // The same turn seen from the body frame: its axis turned like every vector.
    let axis = smpl_turn.scaled_axis();
    let mut pose = Pose::rest(3);
    pose.rotations[1] = Rotation::new(Vec3::new(axis.x, -axis.z, axis.y));
    let matrix = smpl_turn.to_rotation_matrix();
    let (a, b) = (with.mesh(&pose), without.mesh(&pose));
    // Vertex 0 follows the root alone, so that its offset shows as it is; vertex 2 follows joint 1.
    for (vertex, turn) in [(0, Rotation::identity()), (2, pose.rotations[1])] {
        let mut offset = Vec3::zeros();
        for feature in 0..9 {
            let (row, column) = (feature / 3, feature % 3);
            let value = matrix[(row, column)] - if row == column { 1.0 } else { 0.0 };
            offset += Vec3::from_fn(|axis, _| directions[[vertex, axis, feature]]) * value;
        }
        let expected = turn * Vec3::new(offset.x, -offset.z, offset.y);
        let found = a.vertices[vertex] - b.vertices[vertex];
        // Directions are kept in 16 bits.
        assert!((found - expected).norm() < 3e-6 && expected.norm() > 1e-3, "{found} {expected}");
    }
}

#[test]
fn wrong_arrays_are_named_with_shape_and_place() {
    let mut file = tiny();
    file.skip = Some("weights");
    file.refused("`weights` is missing", "v_template");
    let mut file = tiny();
    file.skip = Some("J_regressor");
    file.refused("`J_regressor` is missing", "J_template");
    let mut file = tiny();
    file.template = Array2::zeros((4, 2));
    file.refused("`v_template`", "[4, 2], expected [any, 3]");
    let mut file = tiny();
    file.weights = Array2::ones((4, 2));
    file.refused("`weights`", "[4, 2], expected [4, 3]");
    let mut file = tiny();
    file.weights[[2, 1]] = 0.3;
    file.refused("`weights`[2]", "sum to 0.3");
    let mut file = tiny();
    file.weights[[1, 0]] = -0.5;
    file.refused("`weights`[1, 0]", "-0.5");
    let mut file = tiny();
    file.shapedirs[[3, 1, 0]] = f64::NAN;
    file.refused("`shapedirs`[3, 1, 0]", "finite");
    let mut file = tiny();
    file.faces[[2, 1]] = 4;
    file.refused("`f`", "face 2, corner 1: vertex index 4 is out of range");
    let mut file = tiny();
    file.kintree[[0, 1]] = 2;
    file.refused("`kintree_table`[0, 1]", "comes before");
    let mut file = tiny();
    file.kintree[[0, 0]] = 1;
    file.refused("`kintree_table`[0, 0]", "root");
    let mut file = tiny();
    file.regressor = Array2::ones((3, 5));
    file.refused("`J_regressor`", "[3, 5], expected [3, 4]");
    let mut file = tiny();
    file.posedirs = Some(Array3::zeros((4, 3, 17)));
    file.refused("`posedirs`", "[4, 3, 17], expected [4, 3, 18]");
}

#[test]
fn coefficients_that_do_not_fit_are_refused() {
    let model = tiny().model().unwrap();
    assert!(model.with_coefficients(&[0.0; 3]).unwrap_err().to_string().contains("2 shape directions"));
    assert!(model.with_coefficients(&[0.0, f64::NAN]).unwrap_err().to_string().contains("finite"));
    assert!(model.shaped(&Default::default()).unwrap_err().to_string().contains("22 joints"));
}

/// Cut anywhere, a file is an error and never a panic or a model.
#[test]
fn truncated_files_are_refused() {
    let bytes = tiny().bytes();
    for length in 0..bytes.len() {
        assert!(BodyModel::from_bytes("cut.npz", &bytes[..length]).is_err(), "cut to {length} bytes");
    }
    let error = BodyModel::from_bytes("cut.npz", &bytes[..bytes.len() / 2]).unwrap_err().to_string();
    assert!(error.contains("cut.npz"), "{error}");
}

/// A byte changed anywhere gives an error or a model, never a panic; the CRC of the archive finds nearly all.
#[test]
fn damaged_files_do_not_panic() {
    let bytes = tiny().bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let _ = BodyModel::from_bytes("damaged.npz", &damaged);
    }
}

/// A header that claims more than the file holds must not be believed: it would ask for all memory.
#[test]
fn absurd_sizes_are_refused() {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("v_template.npy", zip::write::SimpleFileOptions::default()).unwrap();
    let mut head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000, 3), }".to_vec();
    head.resize(117, b' ');
    head.push(b'\n');
    zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
    zip.write_all(&(head.len() as u16).to_le_bytes()).unwrap();
    zip.write_all(&head).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    let error = BodyModel::from_bytes("absurd.npz", &bytes).unwrap_err().to_string();
    assert!(error.contains("`v_template`") && error.contains("claims"), "{error}");
}

#[test]
fn foreign_and_missing_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.npz");
    assert!(matches!(BodyModel::read(&path), Err(BodyError::Io { .. })));
    std::fs::write(&path, "v 0 0 0\nf 1 2 3\n").unwrap();
    let error = BodyModel::read(&path).unwrap_err().to_string();
    assert!(error.contains("body.npz") && error.contains("npz archive"), "{error}");
    std::fs::write(&path, tiny().bytes()).unwrap();
    assert_eq!(BodyModel::read(&path).unwrap().joint_count(), 3);
}
