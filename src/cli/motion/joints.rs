//! The numbers beside a sheet of postures: where joints are at the times that are drawn.

use crate::base::atomic_file::{self, WriteError};
use crate::base::npz::NpzFile;
use crate::body::{Pose, ShapedBody};
use crate::scene::joint_names;
use ndarray::{Array1, Array3};
use std::path::{Path, PathBuf};

/// One row of a sheet.
pub(super) struct JointRow {
    /// Its label.
    name: String,
    /// Time of each posture, s.
    times_s: Vec<f64>,
    /// `[posture][joint]`, m.
    joints: Vec<Vec<[f32; 3]>>,
}

impl JointRow {
    /// Of postures at their times.
    pub(super) fn of(name: &str, body: &ShapedBody, postures: impl IntoIterator<Item = (f64, Pose)>) -> Self {
        let (mut times_s, mut joints) = (Vec::new(), Vec::new());
        for (time_s, pose) in postures {
            times_s.push(time_s);
            joints.push(body.skeleton.frames(&pose).iter().map(|f| f.position.map(|v| v as f32).into()).collect());
        }
        Self { name: name.into(), times_s, joints }
    }
}

/// Writes the npz of a picture's name: `NAME` `[posture, joint, xyz]` in m (float32) and `NAME.time` in s for each row, and the names `joints`.
pub(super) fn write(picture: &Path, rows: &[JointRow]) -> Result<PathBuf, WriteError> {
    let file = picture.with_extension("npz");
    atomic_file::write_with(&file, |w| {
        let mut npz = NpzFile::new(w);
        for row in rows {
            let count = row.joints.first().map_or(0, Vec::len);
            let places = Array3::from_shape_fn((row.joints.len(), count, 3), |(k, j, axis)| row.joints[k][j][axis]);
            npz.numbers(&row.name, places.view().into_dyn())?;
            npz.numbers(&format!("{}.time", row.name), Array1::from(row.times_s.clone()).view().into_dyn())?;
        }
        let joints = rows.iter().find_map(|row| row.joints.first()).map_or(0, Vec::len);
        npz.words("joints", &joint_names(joints))?;
        npz.finish()
    })?;
    Ok(file)
}
