//! Joints of motions.

use super::arrays::{Described, given};
use super::fail::{Failure, Words};
use super::work::work;
use kinecho::base::axis::{ArrayInfo, Axis};
use kinecho::base::random::RandomTree;
use kinecho::body::{BodyModel, BodyShape, ShapedBody, library};
use kinecho::corpus::{ArrayData, NamedArray};
use kinecho::motion::capture::{Excerpt, Format, JointMapBook};
use kinecho::motion::score::{Rendition, ScoreBook};
use kinecho::motion::{Capture, Clip};
use kinecho::scene::{joint_names, no_motion, playable_slugs};
use ndarray::Array3;
use pyo3::prelude::*;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Frames of a score a second.
const RATE_HZ: f64 = 100.0;

/// Joints of a motion, `[time, joint, xyz]` in m, with notes on how the file was read. `name` is a file of captured motion or the name of a
/// motion that can be played (`slug` or `slug/way`), of which `duration_s` seconds are played, as written or, with a seed, as somebody does it.
#[pyfunction]
#[pyo3(signature = (name, body, duration_s, seed))]
pub(crate) fn motion(
    py: Python<'_>,
    name: PathBuf,
    body: Option<PathBuf>,
    duration_s: Option<f64>,
    seed: Option<u64>,
) -> PyResult<(Described<'_>, Vec<String>)> {
    let (array, notes) = work(py, None, move |_| {
        let body = match &body {
            Some(path) => library::model(path).words()?.shaped(&BodyShape::default()).words()?,
            None => BodyModel::cc0().shaped(&BodyShape::default()).words()?,
        };
        let (clip, notes) = if Format::of(&name).is_some() {
            captured(&name, duration_s, &body)?
        } else {
            (played(&name.to_string_lossy(), duration_s, seed, &body)?, Vec::new())
        };
        Ok((joints(&clip, &body)?, notes))
    })?;
    Ok((given(py, array), notes))
}

fn captured(path: &Path, duration_s: Option<f64>, body: &ShapedBody) -> Result<(Clip, Vec<String>), Failure> {
    let excerpt = duration_s.map_or(Excerpt::WHOLE, |length| Excerpt::new(0.0, length));
    let capture = Capture::read(path, excerpt).words()?;
    let clip = capture.onto(body, JointMapBook::builtin()).words()?;
    Ok((clip, capture.notes.clone()))
}

fn played(name: &str, duration_s: Option<f64>, seed: Option<u64>, body: &ShapedBody) -> Result<Clip, Failure> {
    let slug = name.split('/').next().unwrap_or(name);
    let ways = ScoreBook::with_data_sets().ways(slug);
    let Some(score) = ways.into_iter().find(|score| score.name() == name) else {
        let formats = "and a file of captured motion ends in .npz, .bvh, .glb, .gltf, .txt or .json";
        return Err(Failure::new(format!("{}, {formats}", no_motion(name, &playable_slugs()))));
    };
    let duration_s = duration_s.unwrap_or(4.0);
    if !(duration_s > 0.0 && duration_s <= 3600.0) {
        return Err(Failure::new(format!("duration_s: {duration_s}; expected above 0, at most 3600 s")));
    }
    let rendition = match seed {
        None => Rendition::plain(score),
        Some(seed) => Rendition::draw(score, &mut RandomTree::new(seed).stream(0, &format!("rendition of {name}"))),
    };
    Ok(score.perform_on(body, &rendition, duration_s, RATE_HZ).words()?.clip)
}

/// Positions of all joints at all frames.
fn joints(clip: &Clip, body: &ShapedBody) -> Result<NamedArray, Failure> {
    let (frames, count) = (clip.poses().len(), body.skeleton.rest.len());
    let mut data = Array3::<f64>::zeros((frames, count, 3));
    for (pose, mut row) in clip.poses().iter().zip(data.outer_iter_mut()) {
        for (joint, mut place) in body.skeleton.frames(pose).iter().zip(row.outer_iter_mut()) {
            place.iter_mut().zip(joint.position.iter()).for_each(|(to, from)| *to = *from);
        }
    }
    let info = ArrayInfo {
        quantity: "joint_position".into(),
        unit: "m".into(),
        dtype: "float64".into(),
        axes: vec![
            Axis::new("time", "s", frames, 0.0, clip.rate_hz().recip()),
            Axis::index("joint", count),
            Axis::index("xyz", 3),
        ],
    };
    let array = NamedArray::new(info, ArrayData::F64(data.into_dyn())).words()?;
    Ok(array.calibrated("joint_names", json!(joint_names(count))).calibrated("rate_hz", clip.rate_hz()))
}
