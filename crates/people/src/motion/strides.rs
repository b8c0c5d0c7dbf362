//! How pelvis and trunk move within a step: figures of a clip, recorded or played, and what walkers and runners are known to do.

use super::clip::Clip;
use super::error::MotionError;
use crate::base::Vec3;
use crate::body::{Joint, JointFrame, Skeleton};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Rate at which a clip is looked at, Hz.
const RATE_HZ: f64 = 120.0;
/// Span over which the way is averaged to find steps, s; about a stride.
const FIRST_SPAN_S: f64 = 1.1;
/// Nobody walks below this speed, m/s; a body that shifts its weight does.
const SLOWEST: f64 = 0.6;
/// Shortest and longest stride, s.
const STRIDE_S: [f64; 2] = [0.5, 1.9];
/// A stride is steady while its speed, averaged over a stride, stays within this share of its mean …
const STEADY: f64 = 0.12;
/// … and its way turns by less than this, radians (a circle of 0.9 m radius turns by 1.3 a stride).
const TURN: f64 = 2.0;
/// The ankles part by at least this share of the leg, or it is no step.
const APART: f64 = 0.12;

/// Means over the steady strides of one clip, as smallest and largest of several clips.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrideFigures {
    /// Strides that were measured.
    pub strides: usize,
    /// Speed, m/s.
    pub speed_mps: [f64; 2],
    /// Time of a step, s.
    pub step_s: [f64; 2],
    /// Ripple of the forward speed of the pelvis within a step, rms, m/s.
    pub pelvis_mps: [f64; 2],
    /// The same of the trunk, half-way between hips and shoulders, m/s.
    pub trunk_mps: [f64; 2],
    /// How much slower the pelvis is over the foot than in the mean, m/s: its first harmonic.
    pub slower_over_foot_mps: [f64; 2],
    /// Rise and fall of the pelvis to each side of its mean, m.
    pub rise_m: [f64; 2],
    /// Sway of the pelvis to each side of its way, m.
    pub sway_m: [f64; 2],
}

/// The steady strides of a clip: those that vault over the foot and those that dip on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strides {
    /// The pelvis is highest over the foot: walking.
    pub walk: Option<StrideFigures>,
    /// The pelvis is lowest over the foot: running.
    pub run: Option<StrideFigures>,
}

/// One steady stride.
struct Stride {
    speed: f64,
    seconds: f64,
    pelvis: f64,
    trunk: f64,
    slower: f64,
    higher: f64,
    rise: f64,
    sway: f64,
}

/// What a clip is reduced to.
struct BodyTrace {
    pelvis: Vec<Vec3>,
    trunk: Vec<Vec3>,
    ankles: Vec<[Vec3; 2]>,
}

impl BodyTrace {
    fn new(skeleton: &Skeleton, clip: &Clip) -> Result<Self, MotionError> {
        let clip = clip.resample(RATE_HZ)?;
        let mut trace = Self { pelvis: Vec::new(), trunk: Vec::new(), ankles: Vec::new() };
        for pose in clip.poses() {
            let frames: Vec<JointFrame> = skeleton.frames(pose);
            let at = |joint: Joint| frames[joint as usize].position;
            let corners = [Joint::LeftHip, Joint::RightHip, Joint::LeftShoulder, Joint::RightShoulder];
            trace.pelvis.push(at(Joint::Pelvis));
            trace.trunk.push(corners.iter().map(|j| at(*j)).sum::<Vec3>() / 4.0);
            trace.ankles.push([at(Joint::LeftAnkle), at(Joint::RightAnkle)]);
        }
        Ok(trace)
    }
}

/// Means over `2 half + 1` places, from place `half` on; running sums, so that long recordings cost no more.
fn averaged(way: &[Vec3], half: usize) -> Vec<Vec3> {
    let width = 2 * half + 1;
    let mut sums = vec![Vec3::zeros()];
    for place in way {
        sums.push(sums[sums.len() - 1] + place);
    }
    sums.windows(width + 1).map(|s| (s[width] - s[0]) / width as f64).collect()
}

/// Velocity over the floor at `i`, m/s.
fn velocity(way: &[Vec3], i: usize) -> Vec3 {
    let (a, b) = (i.saturating_sub(1), (i + 1).min(way.len() - 1));
    let v = (way[b] - way[a]) * (RATE_HZ / (b - a).max(1) as f64);
    Vec3::new(v.x, v.y, 0.0)
}

impl Strides {
    /// Finds the steady strides of `clip` on its skeleton and measures them.
    ///
    /// A step goes from one passing of the ankles to the next, along the way averaged over a stride; what the body does beside that
    /// average is its ripple. Turns, starts, stops, side steps and steps on the spot are no steady strides.
    pub fn measure(skeleton: &Skeleton, clip: &Clip) -> Result<Self, MotionError> {
        let trace = BodyTrace::new(skeleton, clip)?;
        let leg = 0.5 * (skeleton.rest[Joint::LeftHip as usize].z + skeleton.rest[Joint::RightHip as usize].z);
        let passings = passings(&trace, APART * leg.abs());
        let strides: Vec<Stride> = passings.windows(3).filter_map(|p| stride(&trace, p[0], p[1], p[2])).collect();
        let of = |walks: bool| figures(strides.iter().filter(|s| (s.higher > 0.0) == walks));
        Ok(Self { walk: of(true), run: of(false) })
    }

    /// The range over both.
    pub fn with(&self, other: &Self) -> Self {
        Self { walk: joined(self.walk, other.walk), run: joined(self.run, other.run) }
    }

    /// What walkers or runners do not do, in words.
    pub fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut check = |gait: &str, figures: &Option<StrideFigures>, bounds: &[(&str, Figure, [f64; 2], &str)]| {
            for (name, figure, [low, high], unit) in bounds {
                let Some([least, most]) = figures.as_ref().map(figure) else { continue };
                // NaN is a violation too.
                if !(least >= *low && most <= *high) {
                    let range = format!("runs from {least:.3} to {most:.3} {unit}");
                    found.push(format!("{name} of the {gait} {range}, known are {low} to {high} {unit}"));
                }
            }
        };
        check("walk", &self.walk, &WALK);
        check("run", &self.run, &RUN);
        found
    }
}

type Figure = fn(&StrideFigures) -> [f64; 2];

/// Bounds of a walk of 0.6 to 1.7 m/s. Ripple: 0.11 to 0.17 m/s by Boulic et al. 1990 for free steps, 0.10 to 0.14 in DeepMimic's walks,
/// less in short steps. Rise and sway: the centre of mass moves by ±1.4 to ±2.4 cm and by ±1.9 to ±3.5 cm from 1.6 to 0.7 m/s on average (Orendurff
/// et al. 2004, J. Rehabil. Res. Dev. 41), a pelvis by up to ±5 cm to the sides in recordings of people who look about.
const WALK: [(&str, Figure, [f64; 2], &str); 5] = [
    ("ripple of the pelvis' speed", |f| f.pelvis_mps, [0.045, 0.20], "m/s"),
    ("ripple of the trunk's speed", |f| f.trunk_mps, [0.035, 0.18], "m/s"),
    ("slowing down over the foot", |f| f.slower_over_foot_mps, [0.04, 0.28], "m/s"),
    ("rise of the pelvis", |f| f.rise_m, [0.006, 0.04], "m"),
    ("sway of the pelvis", |f| f.sway_m, [0.006, 0.07], "m"),
];

/// Bounds of a run of up to 4 m/s. Rise: ±3 to ±6 cm (Cavagna et al. 1976, J. Physiol. 262; DeepMimic's jog and run: ±6 cm); the ripple's
/// lower bound is half of what a mass on a spring has at 2 m/s, the upper one is above DeepMimic's run.
const RUN: [(&str, Figure, [f64; 2], &str); 4] = [
    ("ripple of the pelvis' speed", |f| f.pelvis_mps, [0.03, 0.55], "m/s"),
    ("ripple of the trunk's speed", |f| f.trunk_mps, [0.02, 0.45], "m/s"),
    ("rise of the pelvis", |f| f.rise_m, [0.02, 0.08], "m"),
    ("sway of the pelvis", |f| f.sway_m, [0.0, 0.04], "m"),
];

/// Times at which one ankle passes the other, in frames; the ankles part by `apart` m in between.
fn passings(trace: &BodyTrace, apart: f64) -> Vec<f64> {
    let half = (0.5 * FIRST_SPAN_S * RATE_HZ) as usize;
    let way = averaged(&trace.pelvis, half);
    let mut found: Vec<f64> = Vec::new();
    // The frame and the value of the last gap that was none.
    let (mut last, mut widest) = (None::<(usize, f64)>, 0.0_f64);
    for i in 0..way.len() {
        let v = velocity(&way, i);
        if v.norm() < 0.5 * SLOWEST {
            // Whoever stands begins anew: the passings before and after are no step.
            (last, widest) = (None, 0.0);
            found.push(f64::NAN);
            continue;
        }
        let [left, right] = trace.ankles[half + i];
        let gap = (left - right).dot(&v) / v.norm();
        if gap == 0.0 {
            continue;
        }
        if let Some((at, before)) = last
            && before * gap < 0.0
        {
            if widest >= apart {
                found.push((half + at) as f64 + (i - at) as f64 * before / (before - gap));
            } else if let Some(end) = found.last_mut() {
                // A foot that turned back: no step was made.
                *end = f64::NAN;
            }
            widest = 0.0;
        }
        widest = widest.max(gap.abs());
        last = Some((i, gap));
    }
    found
}

/// The stride between the passings `from` and `to` (frames), with one at `middle`; none where it is not steady.
fn stride(trace: &BodyTrace, from: f64, middle: f64, to: f64) -> Option<Stride> {
    let frames = to - from;
    let seconds = frames / RATE_HZ;
    // NaN passes none of these.
    if !((STRIDE_S[0]..=STRIDE_S[1]).contains(&seconds) && ((middle - from) / frames - 0.5).abs() < 0.12) {
        return None;
    }
    let half = (0.5 * frames).round() as usize;
    let (first, last) = (from.ceil() as usize, to.floor() as usize);
    // The averages at the ends reach half a stride beyond, and one frame more for their speed.
    let begin = first.checked_sub(half + 1)?;
    let end = last + half + 2;
    let (pelvis, trunk) = (trace.pelvis.get(begin..end)?, trace.trunk.get(begin..end)?);
    let (way, trunk_way) = (averaged(pelvis, half), averaged(trunk, half));
    let count = last - first + 1;
    let velocities: Vec<Vec3> = (1..=count).map(|i| velocity(&way, i)).collect();
    let speed = velocities.iter().map(|v| v.norm()).sum::<f64>() / count as f64;
    let turned: f64 = velocities.windows(2).map(|v| v[0].angle(&v[1])).sum();
    if !(speed >= SLOWEST && turned < TURN && velocities.iter().all(|v| (v.norm() - speed).abs() < STEADY * speed)) {
        return None;
    }
    let (mut sums, mut means) = ([0.0; 4], [0.0; 2]);
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for (k, v) in velocities.iter().enumerate() {
        let (i, along) = (k + 1, v / v.norm());
        let beside = |body: &[Vec3], way: &[Vec3], i: usize| body[half + i] - way[i];
        let ripple = |body: &[Vec3], way: &[Vec3]| {
            (beside(body, way, i + 1) - beside(body, way, i - 1)).dot(&along) * (0.5 * RATE_HZ)
        };
        // Over the foot at 0, between the feet at π.
        let phase = 4.0 * PI * ((first + k) as f64 - from) / frames;
        let (of_pelvis, of_trunk) = (ripple(pelvis, &way), ripple(trunk, &trunk_way));
        let here = beside(pelvis, &way, i);
        means[0] += of_pelvis;
        means[1] += of_trunk;
        sums[0] += of_pelvis * of_pelvis;
        sums[1] += of_trunk * of_trunk;
        sums[2] -= 2.0 * of_pelvis * phase.cos();
        sums[3] += here.z * phase.cos();
        for (axis, value) in [here.z, here.dot(&Vec3::new(-along.y, along.x, 0.0))].into_iter().enumerate() {
            low[axis] = low[axis].min(value);
            high[axis] = high[axis].max(value);
        }
    }
    let [pelvis, trunk, slower, higher] = sums.map(|sum| sum / count as f64);
    // The average of a bent way is shorter than the way: it is slower by the same all along.
    let [pelvis, trunk] = [pelvis - (means[0] / count as f64).powi(2), trunk - (means[1] / count as f64).powi(2)];
    Some(Stride {
        speed,
        seconds,
        pelvis: pelvis.max(0.0).sqrt(),
        trunk: trunk.max(0.0).sqrt(),
        slower,
        higher,
        rise: 0.5 * (high[0] - low[0]),
        sway: 0.5 * (high[1] - low[1]),
    })
}

fn figures<'a>(strides: impl Iterator<Item = &'a Stride> + Clone) -> Option<StrideFigures> {
    let count = strides.clone().count();
    let mean = |of: fn(&Stride) -> f64| [strides.clone().map(of).sum::<f64>() / count as f64; 2];
    (count > 0).then(|| StrideFigures {
        strides: count,
        speed_mps: mean(|s| s.speed),
        step_s: mean(|s| 0.5 * s.seconds),
        pelvis_mps: mean(|s| s.pelvis),
        trunk_mps: mean(|s| s.trunk),
        slower_over_foot_mps: mean(|s| s.slower),
        rise_m: mean(|s| s.rise),
        sway_m: mean(|s| s.sway),
    })
}

fn joined(a: Option<StrideFigures>, b: Option<StrideFigures>) -> Option<StrideFigures> {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
    let range = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].max(b[1])];
    Some(StrideFigures {
        strides: a.strides + b.strides,
        speed_mps: range(a.speed_mps, b.speed_mps),
        step_s: range(a.step_s, b.step_s),
        pelvis_mps: range(a.pelvis_mps, b.pelvis_mps),
        trunk_mps: range(a.trunk_mps, b.trunk_mps),
        slower_over_foot_mps: range(a.slower_over_foot_mps, b.slower_over_foot_mps),
        rise_m: range(a.rise_m, b.rise_m),
        sway_m: range(a.sway_m, b.sway_m),
    })
}
