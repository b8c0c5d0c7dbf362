//! Skinned animations of glTF 2.0 files: y up, metres, by the standard.

mod accessor;
mod json;
mod node;
mod track;

use crate::body::JointFrame;
use crate::motion::capture::calibration::survey::{self, Survey};
use crate::motion::capture::excerpt::Stretch;
use crate::motion::capture::{Capture, Excerpt, JointMotion, Poses, Reading, UpAxis};
use crate::motion::error::MotionError;
use accessor::Buffers;
use json::Root;
use node::{NodeTransform, Order};
use std::path::Path;
use track::{Property, Track};

/// Animations are read out at the rate of their densest keys within these, Hz.
const RATES: [f64; 2] = [30.0, 120.0];
/// No animation is longer, s.
const LONGEST: f64 = 7200.0;

/// Names of the animations of a file.
pub(in crate::motion::capture) fn animations(origin: &str, bytes: &[u8]) -> Result<Vec<String>, MotionError> {
    Ok(names(&json::read(origin, bytes)?.0))
}

fn names(root: &Root) -> Vec<String> {
    root.animations.iter().map(|a| a.name.clone().unwrap_or_else(|| "without a name".into())).collect()
}

/// Reads one animation of a file.
pub(in crate::motion::capture) fn read(
    origin: &str,
    bytes: &[u8],
    folder: Option<&Path>,
    excerpt: Excerpt,
    reading: &Reading,
) -> Result<Capture, MotionError> {
    reading.no_angles(origin)?;
    let fail = |message: String| MotionError::file(origin, message);
    let (root, blob) = json::read(origin, bytes)?;
    let names = names(&root);
    let chosen = match &reading.animation {
        _ if names.is_empty() => return Err(fail("has no animation; expected a skinned one".into())),
        Some(animation) => animation.among(origin, &names)?,
        None => 0,
    };
    let mut notes = Vec::new();
    if names.len() > 1 && reading.animation.is_none() {
        let others: Vec<String> = names.iter().enumerate().skip(1).map(|(i, name)| format!("{i} `{name}`")).collect();
        notes.push(format!(
            "only the first animation, `{}`, is read; `animation` chooses another one: {}",
            names[0],
            others.join(", ")
        ));
    }
    let buffers = Buffers::new(origin, &root, blob, folder);
    let animation = &root.animations[chosen];
    let mut tracks = Vec::new();
    for channel in &animation.channels {
        tracks.extend(Track::read(origin, animation, channel, &root.nodes, &buffers)?);
    }
    let order = Order::of(origin, &root)?;
    let begin = tracks.iter().filter_map(|t| t.times.first()).fold(f64::INFINITY, |a, b| a.min(*b));
    let end = tracks.iter().filter_map(|t| t.times.last()).fold(0.0_f64, |a, b| a.max(*b));
    if tracks.is_empty() {
        return Err(fail(format!(
            "animation {chosen} `{}` moves no joint (of its {} channels none is a rotation, translation or scale of a node); expected one that \
             moves a skeleton",
            names[chosen],
            animation.channels.len()
        )));
    }
    if end > LONGEST {
        return Err(fail(format!("{end} s long; expected at most {LONGEST} s: cut it into several files")));
    }
    // One key alone is a posture, and says nothing of the rate.
    let closest = tracks.iter().flat_map(|t| t.times.windows(2).map(|w| w[1] - w[0])).fold(f64::INFINITY, f64::min);
    let rate_hz = reading.rate_hz.unwrap_or_else(|| (1.0 / closest).clamp(RATES[0], RATES[1]));
    if begin * rate_hz > 1.5 {
        notes.push(format!("the first key stands at {begin:.3} s; the motion is read from there"));
    }
    // Before the first key nothing moves: animations are cut out of longer ones with their times left as they were.
    let count = ((end - begin) * rate_hz + 1e-6) as usize + 1;
    let Stretch { read: wanted, shown } = excerpt.stretch(origin, count, rate_hz)?;
    let read_out = |i: usize| frame(origin, &order, &tracks, begin + i as f64 / rate_hz);
    let frames = wanted.map(read_out).collect::<Result<_, _>>()?;
    let numbers = survey::numbers(count);
    let surveyed = numbers.iter().map(|i| read_out(*i)).collect::<Result<_, _>>()?;
    let still: Vec<NodeTransform> = order.nodes.iter().map(|n| n.still).collect();
    let mut rests: Vec<Vec<JointFrame>> = order.bind_posture(origin, &root, &buffers)?.into_iter().collect();
    rests.push(order.chain(&still));
    let motion = JointMotion {
        names: order.nodes.iter().map(|n| n.name.clone()).collect(),
        parents: order.nodes.iter().map(|n| n.parent).collect(),
        rests,
        frames,
        up: Some(UpAxis::Y),
    };
    let survey =
        Survey { numbers, poses: Poses::Joints(JointMotion { frames: surveyed, ..motion.clone() }), of: count };
    Ok(Capture { notes, ..Capture::of_joints(origin, rate_hz, motion, shown, survey, reading) })
}

fn frame(origin: &str, order: &Order, tracks: &[Track], time: f64) -> Result<Vec<JointFrame>, MotionError> {
    let mut local: Vec<NodeTransform> = order.nodes.iter().map(|n| n.still).collect();
    for track in tracks {
        let Some(place) = order.place(track.node) else { continue };
        match track.property {
            Property::Rotation => {
                local[place].rotation = track.rotation(time).ok_or_else(|| {
                    MotionError::file(origin, format!("node {}: a rotation without length", track.node))
                })?;
            }
            Property::Translation => local[place].position = track.vector(time),
            Property::Scale => local[place].scale = track.vector(time),
        }
    }
    Ok(order.chain(&local))
}
