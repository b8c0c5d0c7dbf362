//! Clips of DeepMimic (Peng et al. 2018): JSON `{Loop, Frames}`, plain or gzipped.
//!
//! # Shapes
//! `Frames [frame, 44]`: duration s; root position, m, y up; root rotation; then chest, neck, right hip, knee, ankle, right shoulder,
//! elbow, the same of the left: quaternions w, x, y, z, or one angle (radians about z) of knees and elbows. A clip whose `Loop` is
//! `wrap` goes on for as long as it is asked for.

use crate::base::{Rotation, Vec3};
use crate::motion::capture::calibration::survey::{self, Survey};
use crate::motion::capture::excerpt::{MOST_FRAMES, Stretch};
use crate::motion::capture::skeleton::joint_motion::{Local, chain};
use crate::motion::capture::{Capture, Excerpt, JointMotion, Poses, Reading, UpAxis};
use crate::motion::error::MotionError;
use flate2::read::GzDecoder;
use nalgebra::{Quaternion, Unit};
use serde::Deserialize;
use std::io::Read;

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "Loop", default)]
    looping: Looping,
    #[serde(rename = "Frames")]
    frames: Vec<Vec<f64>>,
}

/// What comes after the last frame.
#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Looping {
    #[default]
    None,
    /// The first frame again, from where the root is.
    Wrap,
}

/// A joint of the humanoid: name, parent, offset from it in m (x forward, y up, z right), numbers in a frame.
/// Offsets from `humanoid3d.txt` of the DeepMimic repository.
const JOINTS: [(&str, Option<usize>, [f64; 3], usize); 15] = [
    ("root", None, [0.0, 0.0, 0.0], 4),
    ("chest", Some(0), [0.0, 0.236151, 0.0], 4),
    ("neck", Some(1), [0.0, 0.223894, 0.0], 4),
    ("right_hip", Some(0), [0.0, 0.0, 0.084887], 4),
    ("right_knee", Some(3), [0.0, -0.421546, 0.0], 1),
    ("right_ankle", Some(4), [0.0, -0.409870, 0.0], 4),
    ("right_shoulder", Some(1), [-0.02405, 0.24350, 0.18311], 4),
    ("right_elbow", Some(6), [0.0, -0.274788, 0.0], 1),
    ("left_hip", Some(0), [0.0, 0.0, -0.084887], 4),
    ("left_knee", Some(8), [0.0, -0.421546, 0.0], 1),
    ("left_ankle", Some(9), [0.0, -0.409870, 0.0], 4),
    ("left_shoulder", Some(1), [-0.02405, 0.24350, -0.18311], 4),
    ("left_elbow", Some(11), [0.0, -0.274788, 0.0], 1),
    ("right_wrist", Some(7), [0.0, -0.258947, 0.0], 0),
    ("left_wrist", Some(12), [0.0, -0.258947, 0.0], 0),
];
/// Numbers of a frame.
const WIDTH: usize = 44;
/// Frames of a file with uneven durations are read out at this rate at most, Hz.
const FASTEST: f64 = 240.0;
/// Over this time a clip that wraps is led from its last posture to its first, s.
const BLEND_S: f64 = 0.25;
/// A gzipped clip unpacks to no more than this.
const LARGEST: u64 = 1 << 29;

/// Reads a clip.
pub(super) fn read(origin: &str, bytes: &[u8], excerpt: Excerpt, reading: &Reading) -> Result<Capture, MotionError> {
    reading.no_angles(origin)?;
    reading.one_motion(origin)?;
    let fail = |message: String| MotionError::file(origin, message);
    let mut unpacked = Vec::new();
    let text = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => {
            let mut gzip = GzDecoder::new(bytes).take(LARGEST);
            gzip.read_to_end(&mut unpacked).map_err(|e| fail(format!("not gzip: {e}")))?;
            if unpacked.len() as u64 == LARGEST {
                return Err(fail(format!("unpacks to more than {} MiB; cut it into several clips", LARGEST >> 20)));
            }
            &unpacked[..]
        }
        false => bytes,
    };
    let typed: Typed = serde_json::from_slice(text).map_err(|e| {
        fail(not_a_number(text).unwrap_or_else(|| {
            format!("not a DeepMimic clip ({e}); expected JSON with `Frames` of {WIDTH} numbers each")
        }))
    })?;
    let mut times = Vec::with_capacity(typed.frames.len());
    let mut locals = Vec::with_capacity(typed.frames.len());
    let mut time = 0.0;
    for (i, frame) in typed.frames.iter().enumerate() {
        let at = |what: String| fail(format!("`Frames` {i}: {what}"));
        if frame.len() != WIDTH {
            return Err(at(format!("{} numbers, expected {WIDTH}", frame.len())));
        }
        if let Some(k) = frame.iter().position(|v| !v.is_finite() || v.abs() > 1e4) {
            let whose = whose(k);
            return Err(at(format!(
                "number {k} ({whose}) is {}, expected a length in m or a part of a quaternion",
                frame[k]
            )));
        }
        // The last frame's duration leads to the first frame again, and may be 0.
        let last = i + 1 == typed.frames.len();
        if !((frame[0] > 0.0 || (last && frame[0] == 0.0)) && frame[0] <= 10.0) {
            return Err(at(format!("lasts {} s, expected above 0, at most 10 s", frame[0])));
        }
        times.push(time);
        time += frame[0];
        locals.push(local(frame).map_err(at)?);
    }
    let (mut rate_hz, mut locals) = even(&times, locals);
    rate_hz = reading.rate_hz.unwrap_or(rate_hz);
    let parents: Vec<Option<usize>> = JOINTS.iter().map(|j| j.1).collect();
    // Of the clip alone: a round that wraps shows nothing new.
    let (numbers, of) = (survey::numbers(locals.len()), locals.len());
    let surveyed: Vec<_> = numbers.iter().map(|i| chain(&parents, &locals[*i])).collect();
    let mut excerpt = excerpt;
    if typed.looping == Looping::Wrap {
        // To the end is one round, which is led to its first posture like any other.
        let left_s = locals.len().saturating_sub(1) as f64 / rate_hz - excerpt.start_s;
        if left_s >= 0.0 {
            excerpt.length_s.get_or_insert(left_s);
        }
        if let Some(length) = excerpt.length_s {
            // What is beyond all bounds is refused below.
            let wanted = ((excerpt.start_s + length) * rate_hz).ceil() as usize;
            locals = repeated(locals, rate_hz, wanted.min(MOST_FRAMES) + Excerpt::BEYOND);
        }
    }
    let Stretch { read, shown } = excerpt.stretch(origin, locals.len(), rate_hz)?;
    let still: Vec<Local> = JOINTS.iter().map(|j| (Vec3::from(j.2), Rotation::identity())).collect();
    let motion = JointMotion {
        names: JOINTS.iter().map(|j| j.0.to_owned()).collect(),
        rests: vec![chain(&parents, &still)],
        frames: locals[read].iter().map(|l| chain(&parents, l)).collect(),
        parents,
        up: Some(UpAxis::Y),
    };
    let survey = Survey { numbers, poses: Poses::Joints(JointMotion { frames: surveyed, ..motion.clone() }), of };
    Ok(Capture::of_joints(origin, rate_hz, motion, shown, survey, reading))
}

/// A clip that wraps, for at least `wanted` frames: the last frame stands for the first of the next round, which begins where the root
/// has come to over the ground. What is left between the two is spread over the end of each round, so that nothing leaps; also over that of a
/// round alone, which may be shown as a part of several.
fn repeated(locals: Vec<Vec<Local>>, rate_hz: f64, wanted: usize) -> Vec<Vec<Local>> {
    let round = locals.len().saturating_sub(1);
    let (Some(first), Some(last)) = (locals.first(), locals.last()) else { return locals };
    if round == 0 {
        return locals;
    }
    let way = last[0].0 - first[0].0;
    let (ground, rise) = (Vec3::new(way.x, 0.0, way.z), Vec3::y() * way.y);
    let gaps: Vec<Rotation> = first.iter().zip(last).map(|((_, a), (_, b))| b.inverse() * a).collect();
    let blended = ((BLEND_S * rate_hz) as usize).clamp(1, round);
    let frame = |i: usize| {
        let (lap, k) = (i / round, i % round);
        let u = (k + blended).saturating_sub(round) as f64 / blended as f64;
        let share = u * u * (3.0 - 2.0 * u);
        let mut frame: Vec<Local> = locals[k].clone();
        frame[0].0 += ground * lap as f64 - rise * share;
        for ((_, rotation), gap) in frame.iter_mut().zip(&gaps) {
            *rotation *= gap.powf(share);
        }
        frame
    };
    (0..wanted).map(frame).collect()
}

/// What a number of a frame is of.
fn whose(number: usize) -> &'static str {
    let Some(mut left) = number.checked_sub(4) else { return if number == 0 { "duration" } else { "place of `root`" } };
    for (name, _, _, width) in JOINTS {
        if left < width {
            return name;
        }
        left -= width;
    }
    "nothing"
}

/// Where a text has `NaN`, which is no number of JSON: frames are the lists within the list of `Frames`.
fn not_a_number(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let before = &text[..text.find("NaN")?];
    let frame = before.rsplit("\"Frames\"").next()?.matches('[').count().checked_sub(2)?;
    let number = before.rsplit('[').next()?.matches(',').count();
    Some(format!("`Frames` {frame}: number {number} ({}) is NaN; mend or cut the frame", whose(number)))
}

/// Local positions and rotations of a frame of the right length.
fn local(frame: &[f64]) -> Result<Vec<Local>, String> {
    let mut numbers = frame[4..].iter().copied();
    JOINTS
        .iter()
        .enumerate()
        .map(|(joint, &(name, _, offset, width))| {
            let mut next = || numbers.next().unwrap_or(0.0);
            let rotation = match width {
                4 => {
                    let q = Quaternion::new(next(), next(), next(), next());
                    Unit::try_new(q, 0.1).ok_or_else(|| format!("the quaternion of `{name}` has no length"))?
                }
                1 => Rotation::from_scaled_axis(Vec3::z() * next()),
                _ => Rotation::identity(),
            };
            let position = if joint == 0 { Vec3::new(frame[1], frame[2], frame[3]) } else { Vec3::from(offset) };
            Ok((position, rotation))
        })
        .collect()
}

/// The same motion with frames of equal length: as it is when they are equal, otherwise read out at the shortest one's rate
/// (positions by straight lines, rotations by slerp, as DeepMimic does).
fn even(times: &[f64], locals: Vec<Vec<Local>>) -> (f64, Vec<Vec<Local>>) {
    let steps = times.windows(2).map(|t| t[1] - t[0]);
    let (shortest, longest) = steps.fold((f64::INFINITY, 0.0_f64), |(a, b), s| (a.min(s), b.max(s)));
    let Some(&end) = times.last().filter(|_| times.len() > 1) else { return (30.0, locals) };
    if longest - shortest < 1e-4 * longest {
        return ((times.len() - 1) as f64 / end, locals);
    }
    let rate = (1.0 / shortest).min(FASTEST);
    let read_out = (0..=(end * rate) as usize).map(|i| {
        let time = i as f64 / rate;
        let k = times.partition_point(|t| *t <= time).clamp(1, times.len() - 1);
        let u = ((time - times[k - 1]) / (times[k] - times[k - 1])).clamp(0.0, 1.0);
        let pairs = locals[k - 1].iter().zip(&locals[k]);
        pairs.map(|((p, q), (p2, q2))| (p.lerp(p2, u), q.try_slerp(q2, u, 1e-9).unwrap_or(*q))).collect()
    });
    (rate, read_out.collect())
}
