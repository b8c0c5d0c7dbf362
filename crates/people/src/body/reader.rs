//! The door through which body models come in: every array is checked, then turned into the body frame.

use super::error::BodyError;
use super::frame::from_smpl;
use super::hands::HandBasis;
use super::model::{BodyModel, JointSource};
use super::pose_directions::PoseDirections;
use super::weights::SkinWeights;
use crate::base::Vec3;
use crate::base::npy::Numbers;
use crate::base::npz::Npz;
use crate::geometry::mesh;
use ndarray::{Array2, Array3, ArrayD, Ix2, Ix3};
use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// Most directions that any published file has: SMPL-X's 300 of shape and 100 of expression.
const MOST_DIRECTIONS: usize = 400;
/// Joints of SMPL-X, whose shape directions end in directions of facial expression.
const SMPLX_JOINTS: usize = 55;

static CC0: LazyLock<BodyModel> = LazyLock::new(|| {
    let bytes = include_bytes!("../../../../meshes/cc0_body/cc0_body.npz");
    // Part of the program, and read by its tests: it can only fail when the program was built from a damaged tree.
    BodyModel::from_bytes("embedded cc0_body.npz", bytes).unwrap_or_else(|e| panic!("{e}"))
});

impl BodyModel {
    /// The body that comes with the program (MakeHuman's CC0 base mesh, see `meshes/cc0_body/README.md`).
    pub fn cc0() -> &'static Self {
        &CC0
    }

    /// Reads an SMPL-layout npz file.
    ///
    /// # Shapes
    /// `v_template [vertex, 3]`, `shapedirs [vertex, 3, direction]`, `f [face, 3]`, `weights [vertex, joint]` (float, or u8 / 255),
    /// `kintree_table [2, joint]`, and either `J_regressor [joint, vertex]` or `J_template [joint, 3]` with
    /// `J_shapedirs [joint, 3, direction]`; `posedirs [vertex, 3, 9 (joint − 1)]` (or flattened
    /// `[9 (joint − 1), 3 vertex]`), `hands_componentsl/r [45, 45]` and `hands_meanl/r [45]` if there are any. Of SMPL-X's 400
    /// (first release: 20) `shapedirs` the first 300 (10) are of shape and the rest of expression. Other keys are ignored.
    pub fn read(path: &Path) -> Result<Self, BodyError> {
        let bytes = std::fs::read(path).map_err(|source| BodyError::Io { path: path.to_owned(), source })?;
        Self::from_bytes(&path.display().to_string(), &bytes)
    }

    /// Reads an SMPL-layout npz from memory; `origin` names it in errors.
    pub fn from_bytes(origin: &str, bytes: &[u8]) -> Result<Self, BodyError> {
        read(origin, bytes)
    }
}

fn read(origin: &str, bytes: &[u8]) -> Result<BodyModel, BodyError> {
    // A pickle begins with its protocol: 0x80 and the version, or `(` in the oldest one.
    if bytes.starts_with(b"\x80") || bytes.starts_with(b"(dp") || bytes.starts_with(b"(i") {
        let what = "this is a Python pickle; make an .npz of it with examples/smpl_to_npz.py".into();
        return Err(BodyError::Foreign { origin: origin.into(), what });
    }
    let mut door = Door { origin, archive: Npz::open(origin, Cursor::new(bytes))? };
    let template = door.matrix("v_template", "[vertex, 3], rest vertices in m", None, Some(3))?;
    let n = template.nrows();
    let faces = door.faces(n)?;
    let parents = door.parents()?;
    let joints = parents.len();
    let directions = door.cube("shapedirs", n, "[vertex, 3, direction], offsets in m")?;
    let weights = door.weights(n, joints)?;
    let joint_source = if door.archive.has("J_template") {
        let rest = door.matrix("J_template", "[joint, 3], rest joints in m", Some(joints), Some(3))?;
        let moved = door.cube("J_shapedirs", joints, "[joint, 3, direction], offsets in m")?;
        if moved.dim().2 != directions.dim().2 {
            let expected = format!("[{joints}, 3, {}] as shapedirs", directions.dim().2);
            return Err(door.shape("J_shapedirs", moved.shape(), &expected));
        }
        JointSource::Template { rest: points(&rest), directions: offsets(&moved) }
    } else {
        JointSource::Regressor(door.regressor(joints, n)?)
    };
    let pose_directions = match door.archive.has("posedirs") {
        true => Some(Arc::new(door.pose_directions(n, joints)?)),
        false => None,
    };
    let mut shape_directions = offsets(&directions);
    let expression_directions = match joints {
        SMPLX_JOINTS => shape_directions.split_off(shape_part(shape_directions.len())),
        _ => Vec::new(),
    };
    Ok(BodyModel {
        origin: origin.to_owned(),
        template: points(&template),
        faces: faces.into(),
        shape_directions,
        expression_directions,
        hands: door.hands()?.map(Arc::new),
        joints: joint_source,
        pose_directions,
        weights: Arc::new(weights),
        parents,
    })
}

/// How many of SMPL-X's directions are of shape: 300 of 400 in the current files, 10 of 20 in the first release, and all of
/// them in files that were cut to the shape part.
fn shape_part(directions: usize) -> usize {
    match directions {
        301..=400 => 300,
        20 => 10,
        all => all,
    }
}

/// Rows of three numbers in SMPL's frame as points of the body frame.
fn points(rows: &Array2<f64>) -> Vec<Vec3> {
    rows.rows().into_iter().map(|r| from_smpl(Vec3::new(r[0], r[1], r[2]))).collect()
}

/// `[point, 3, direction]` as `[direction][point]` of the body frame.
fn offsets(cube: &Array3<f64>) -> Vec<Vec<Vec3>> {
    let (n, _, directions) = cube.dim();
    (0..directions)
        .map(|d| (0..n).map(|v| from_smpl(Vec3::new(cube[[v, 0, d]], cube[[v, 1, d]], cube[[v, 2, d]]))).collect())
        .collect()
}

struct Door<'a> {
    origin: &'a str,
    archive: Npz<Cursor<&'a [u8]>>,
}

impl Door<'_> {
    fn shape(&self, array: &str, found: &[usize], expected: &str) -> BodyError {
        BodyError::Shape {
            origin: self.origin.into(),
            array: array.into(),
            found: found.to_vec(),
            expected: expected.into(),
        }
    }

    fn value(&self, array: &str, at: Vec<usize>, what: String) -> BodyError {
        BodyError::Value { origin: self.origin.into(), array: array.into(), at, what }
    }

    /// An array of finite numbers.
    fn finite(&mut self, array: &str, expected: &str) -> Result<Numbers, BodyError> {
        let numbers = self.archive.numbers(array, expected)?;
        if let Some((at, v)) = numbers.values.indexed_iter().find(|(_, v)| !v.is_finite()) {
            let at = (0..numbers.values.ndim()).map(|axis| at[axis]).collect();
            return Err(self.value(array, at, format!("{v}, expected a finite number")));
        }
        Ok(numbers)
    }

    /// A finite array of two axes with the given extents, where they are given, and none of them 0.
    fn matrix(
        &mut self,
        array: &str,
        expected: &str,
        rows: Option<usize>,
        columns: Option<usize>,
    ) -> Result<Array2<f64>, BodyError> {
        let values = self.finite(array, expected)?.values;
        let extent = |e: Option<usize>, name: &str| e.map_or(name.to_owned(), |e| e.to_string());
        let wanted = format!("[{}, {}]: {expected}", extent(rows, "any"), extent(columns, "any"));
        let error = self.shape(array, values.shape(), &wanted);
        match values.into_dimensionality::<Ix2>() {
            Ok(m) if rows.is_none_or(|r| r == m.nrows()) && columns.is_none_or(|c| c == m.ncols()) && !m.is_empty() => {
                Ok(m)
            }
            _ => Err(error),
        }
    }

    fn cube(&mut self, array: &str, first: usize, expected: &str) -> Result<Array3<f64>, BodyError> {
        let values = self.finite(array, expected)?.values;
        let error = self.shape(array, values.shape(), &format!("[{first}, 3, at most {MOST_DIRECTIONS}]: {expected}"));
        match values.into_dimensionality::<Ix3>() {
            Ok(c) if c.dim().0 == first && c.dim().1 == 3 && c.dim().2 <= MOST_DIRECTIONS => Ok(c),
            _ => Err(error),
        }
    }

    fn faces(&mut self, vertices: usize) -> Result<Vec<[u32; 3]>, BodyError> {
        let f = self.matrix("f", "[face, 3], vertex indices", None, Some(3))?;
        if let Some(((face, corner), v)) = f.indexed_iter().find(|(_, v)| **v < 0.0 || v.fract() != 0.0) {
            return Err(self.value("f", vec![face, corner], format!("{v}, expected a vertex index from 0")));
        }
        // Indices beyond u32 saturate and are then out of range.
        let faces: Vec<[u32; 3]> = f.rows().into_iter().map(|r| [r[0] as u32, r[1] as u32, r[2] as u32]).collect();
        mesh::check_faces(&faces, vertices).map_err(|source| BodyError::Mesh {
            origin: self.origin.into(),
            array: "f".into(),
            source,
        })?;
        Ok(faces)
    }

    fn parents(&mut self) -> Result<Vec<Option<usize>>, BodyError> {
        let expected = "[2, joint], parents in the first row";
        let table = self.matrix("kintree_table", expected, Some(2), None)?;
        let mut parents = Vec::with_capacity(table.ncols());
        for (joint, &p) in table.row(0).iter().enumerate() {
            // The root's parent is −1, or that wrapped round as u32 or u64.
            let none = p == -1.0 || p >= u32::MAX as f64;
            parents.push(match joint {
                0 if none => None,
                0 => {
                    return Err(self.value(
                        "kintree_table",
                        vec![0, 0],
                        format!("{p}, expected −1: joint 0 is the root"),
                    ));
                }
                _ if !none && p >= 0.0 && p.fract() == 0.0 && p < joint as f64 => Some(p as usize),
                _ => {
                    let what = format!("parent {p} of joint {joint}, expected a joint that comes before it");
                    return Err(self.value("kintree_table", vec![0, joint], what));
                }
            });
        }
        if parents.len() > u16::MAX as usize {
            return Err(self.shape("kintree_table", &[2, parents.len()], "[2, at most 65535]"));
        }
        Ok(parents)
    }

    fn weights(&mut self, vertices: usize, joints: usize) -> Result<SkinWeights, BodyError> {
        let expected = "[vertex, joint], skinning weights";
        let numbers = self.finite("weights", expected)?;
        let scale = if numbers.kind == "u1" { 1.0 / 255.0 } else { 1.0 };
        let error = self.shape("weights", numbers.values.shape(), &format!("[{vertices}, {joints}]: {expected}"));
        let weights = match numbers.values.into_dimensionality::<Ix2>() {
            Ok(w) if w.dim() == (vertices, joints) => w,
            _ => return Err(error),
        };
        if let Some(((vertex, joint), w)) = weights.indexed_iter().find(|(_, w)| **w < 0.0) {
            return Err(self.value("weights", vec![vertex, joint], format!("{w}, expected 0 to 1")));
        }
        let weights = weights.as_standard_layout();
        let rows = || weights.rows().into_iter().filter_map(|r| r.to_slice());
        // Bytes are rounded: rows of the embedded body sum to 254 to 256.
        if let Some((vertex, sum)) =
            rows().map(|r| r.iter().sum::<f64>() * scale).enumerate().find(|(_, sum)| (sum - 1.0).abs() > 0.02)
        {
            return Err(self.value("weights", vec![vertex], format!("the weights sum to {sum}, expected 1")));
        }
        Ok(SkinWeights::from_rows(rows()))
    }

    fn regressor(&mut self, joints: usize, vertices: usize) -> Result<Vec<Vec<(u32, f64)>>, BodyError> {
        let expected = "[joint, vertex], or J_template [joint, 3] and J_shapedirs [joint, 3, direction] in its place";
        let dense = self.matrix("J_regressor", expected, Some(joints), Some(vertices))?;
        let sparse = |row: ndarray::ArrayView1<f64>| {
            row.iter().enumerate().filter(|(_, w)| **w != 0.0).map(|(v, w)| (v as u32, *w)).collect()
        };
        Ok(dense.rows().into_iter().map(sparse).collect())
    }

    /// Principal components of the hands' postures, where the file has them (SMPL-H and SMPL-X).
    fn hands(&mut self) -> Result<Option<HandBasis>, BodyError> {
        if !self.archive.has("hands_componentsl") {
            return Ok(None);
        }
        let mut sides = Vec::with_capacity(2);
        for side in ["l", "r"] {
            let expected = "[component, 45], principal components of a hand's 15 joints";
            let components = self.matrix(&format!("hands_components{side}"), expected, None, Some(45))?;
            let name = format!("hands_mean{side}");
            let mean = self.finite(&name, "[45], mean posture of a hand")?.values;
            if mean.len() != 45 {
                return Err(self.shape(&name, mean.shape(), "[45], mean posture of a hand"));
            }
            sides.push((components, mean.iter().copied().collect()));
        }
        Ok(HandBasis::new(sides))
    }

    fn pose_directions(&mut self, vertices: usize, joints: usize) -> Result<PoseDirections, BodyError> {
        let features = 9 * (joints - 1);
        let expected = format!("[{vertices}, 3, {features}] or flattened [{features}, {}]", 3 * vertices);
        let values: ArrayD<f64> = self.finite("posedirs", &expected)?.values;
        let at = |i: &[usize]| values.get(i).copied().unwrap_or(0.0);
        match *values.shape() {
            [v, 3, f] if (v, f) == (vertices, features) => Ok(PoseDirections::from_smpl(features, vertices, |f, v| {
                Vec3::new(at(&[v, 0, f]), at(&[v, 1, f]), at(&[v, 2, f]))
            })),
            [f, v] if (f, v) == (features, 3 * vertices) => {
                Ok(PoseDirections::from_smpl(features, vertices, |f, v| {
                    Vec3::new(at(&[f, 3 * v]), at(&[f, 3 * v + 1]), at(&[f, 3 * v + 2]))
                }))
            }
            _ => Err(self.shape("posedirs", values.shape(), &expected)),
        }
    }
}
