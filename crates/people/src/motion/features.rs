//! What a motion looks like in numbers: joint angles, their range and rhythm, where the hands are, how the body travels.

use super::clip::Clip;
use super::error::MotionError;
use super::score::Rig;
use crate::base::Vec3;
use crate::body::{Joint, JointFrame, Skeleton};
use std::f64::consts::TAU;

/// Joints whose angles count, as partners of a left and a right one; a middle joint is its own partner.
const PAIRS: [(Joint, Joint); 13] = [
    (Joint::LeftHip, Joint::RightHip),
    (Joint::LeftKnee, Joint::RightKnee),
    (Joint::LeftAnkle, Joint::RightAnkle),
    (Joint::LeftCollar, Joint::RightCollar),
    (Joint::LeftShoulder, Joint::RightShoulder),
    (Joint::LeftElbow, Joint::RightElbow),
    (Joint::LeftWrist, Joint::RightWrist),
    (Joint::Spine1, Joint::Spine1),
    (Joint::Spine2, Joint::Spine2),
    (Joint::Spine3, Joint::Spine3),
    (Joint::Neck, Joint::Neck),
    (Joint::Head, Joint::Head),
    (Joint::Pelvis, Joint::Pelvis),
];
/// Edges of the bands of the spectrum, Hz.
const BANDS_HZ: [f64; 7] = [0.1, 0.4, 0.8, 1.3, 2.0, 3.2, 5.5];
/// Spreads below this are noise: their logarithm is taken of the sum, radians or metres.
const QUIET: f64 = 0.01;

/// Numbers that describe a clip, always the same count.
///
/// The side that moves more counts as the left one, so that a motion and its mirror image are one; only turns keep their sense.
pub(super) fn features(skeleton: &Skeleton, clip: &Clip) -> Result<Vec<f64>, MotionError> {
    let rig = Rig::new(skeleton)?;
    let frames: Vec<Vec<JointFrame>> = clip.poses().iter().map(|pose| skeleton.frames(pose)).collect();
    let body = BodyTracks::new(&rig, clip, &frames);
    let mut out = Vec::new();
    for track in &body.angles {
        for axis in 0..3 {
            spread(&mut out, &track.iter().map(|v| v[axis]).collect::<Vec<_>>());
        }
    }
    for track in &body.palms {
        for axis in 0..3 {
            spread(&mut out, &track.iter().map(|v| v[axis]).collect::<Vec<_>>());
        }
        // Which way round a hand goes and whether it draws a line, seen from the front.
        let (u, w): (Vec<f64>, Vec<f64>) = track.iter().map(|v| (v.x, v.z)).unzip();
        let area: f64 = (1..u.len()).map(|i| u[i - 1] * w[i] - u[i] * w[i - 1]).sum();
        out.push(area.abs().sqrt());
        out.push(correlation(&u, &w));
    }
    for (track, partner) in [(0, 1), (2, 3), (8, 9), (10, 11)] {
        let about_x = |i: usize| body.angles[i].iter().map(|v| v.x).collect::<Vec<_>>();
        out.push(correlation(&about_x(track), &about_x(partner)));
    }
    for track in body.rhythms(clip.rate_hz()) {
        out.extend(track);
    }
    out.extend(body.travel);
    Ok(out)
}

/// A clip seen in the body's own terms, `[track][frame]`.
struct BodyTracks {
    /// Rotation of each joint of [`PAIRS`], first left then right, radians.
    angles: Vec<Vec<Vec3>>,
    /// Palms against the chest, in parts of the stature.
    palms: [Vec<Vec3>; 2],
    height: Vec<f64>,
    travel: Vec<f64>,
}

impl BodyTracks {
    fn new(rig: &Rig, clip: &Clip, frames: &[Vec<JointFrame>]) -> Self {
        let heading = headings(frames);
        let stature = rig.stature_m();
        let turned = |angle: f64| crate::base::Rotation::from_scaled_axis(Vec3::z() * -angle);
        let angles_of = |joint: Joint| -> Vec<Vec3> {
            let local = clip.poses().iter().zip(&heading).map(|(pose, heading)| {
                let own = pose.rotations[joint as usize];
                (if joint == Joint::Pelvis { turned(*heading) * own } else { own }).scaled_axis()
            });
            local.collect()
        };
        let chest = Joint::Spine3 as usize;
        let palm = |side: usize| -> Vec<Vec3> {
            frames
                .iter()
                .map(|f| f[chest].rotation.inverse() * (rig.palm(side, f) - f[chest].position) / stature)
                .collect()
        };
        let mut palms = [palm(0), palm(1)];
        let busy = |side: usize, palms: &[Vec<Vec3>; 2]| -> f64 {
            let ankle = if side == 0 { Joint::LeftAnkle } else { Joint::RightAnkle } as usize;
            let feet: f64 = frames.windows(2).map(|w| (w[1][ankle].position - w[0][ankle].position).norm()).sum();
            palms[side].windows(2).map(|w| (w[1] - w[0]).norm()).sum::<f64>() * stature + feet
        };
        let mirrored = busy(1, &palms) > busy(0, &palms);
        let mut angles = Vec::new();
        for (left, right) in PAIRS {
            let both = if left == right { vec![left] } else { vec![left, right] };
            let mut tracks: Vec<Vec<Vec3>> = both.into_iter().map(angles_of).collect();
            if mirrored {
                tracks.reverse();
                // Seen in a mirror a turn about the left-right axis stays, the others change their sense.
                tracks.iter_mut().flatten().for_each(|v| *v = Vec3::new(v.x, -v.y, -v.z));
            }
            angles.extend(tracks);
        }
        if mirrored {
            palms.reverse();
            palms.iter_mut().flatten().for_each(|v| v.x = -v.x);
        }
        let height: Vec<f64> = frames.iter().map(|f| f[0].position.z / stature).collect();
        let travel = travel(frames, &heading, &height, stature);
        Self { angles, palms, height, travel }
    }

    /// Logarithm of the mean square rate of change in each band, for every joint with its partner and for the height.
    fn rhythms(&self, rate_hz: f64) -> Vec<Vec<f64>> {
        let mut tracks: Vec<Vec<f64>> = Vec::new();
        for track in &self.angles {
            // The rate of turn without its sense would double the rhythm: the busiest axis is taken instead.
            let axis = (0..3).max_by(|a, b| {
                let power = |axis: usize| track.windows(2).map(|w| (w[1][axis] - w[0][axis]).powi(2)).sum::<f64>();
                power(*a).total_cmp(&power(*b))
            });
            let axis = axis.unwrap_or(0);
            tracks.push(track.iter().map(|v| v[axis]).collect());
        }
        tracks.push(self.height.clone());
        tracks.iter().map(|track| bands(track, rate_hz)).collect()
    }
}

/// Heading of the pelvis in every frame, unwrapped, radians, positive to the left.
fn headings(frames: &[Vec<JointFrame>]) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::with_capacity(frames.len());
    for f in frames {
        let across = f[Joint::LeftHip as usize].position - f[Joint::RightHip as usize].position;
        let heading = across.y.atan2(across.x);
        let last = all.last().copied().unwrap_or(0.0);
        all.push(last + (heading - last).sin().atan2((heading - last).cos()));
    }
    all
}

/// Net turn, its range, the way made good and the way walked in the heading's frame, height.
fn travel(frames: &[Vec<JointFrame>], heading: &[f64], height: &[f64], stature: f64) -> Vec<f64> {
    let mut out = Vec::new();
    let count = frames.len().max(2) as f64;
    let net = heading[heading.len() - 1] - heading[0];
    // Signed, and all of it after half a turn: which way round, however fast.
    out.extend([net / count * 100.0, net.tanh()]);
    spread(&mut out, heading);
    let (mut ahead, mut aside) = (Vec::new(), Vec::new());
    for (pair, heading) in frames.windows(2).zip(heading) {
        let step = (pair[1][0].position - pair[0][0].position) / stature;
        let (sin, cos) = heading.sin_cos();
        // Facing −y at heading 0: forward is (sin, −cos), left is (cos, sin).
        ahead.push(step.x * sin - step.y * cos);
        aside.push(step.x * cos + step.y * sin);
    }
    for way in [&ahead, &aside] {
        let walked: f64 = way.iter().map(|s| s.abs()).sum();
        out.push((walked + QUIET).ln());
        let forth: f64 = way.iter().map(|s| s.max(0.0)).sum();
        out.push((forth + QUIET).ln() - (walked - forth + QUIET).ln());
    }
    // Left and right are one when walking aside.
    if let Some(sense) = out.last_mut() {
        *sense = sense.abs();
    }
    let place = |axis: usize| frames.iter().map(|f| f[0].position[axis] / stature).collect::<Vec<_>>();
    let range = |v: &[f64]| v.iter().fold(f64::MIN, |m, x| m.max(*x)) - v.iter().fold(f64::MAX, |m, x| m.min(*x));
    out.push((range(&place(0)).hypot(range(&place(1))) + QUIET).ln());
    spread(&mut out, height);
    let lowest_foot = frames
        .iter()
        .map(|f| f[Joint::LeftAnkle as usize].position.z.min(f[Joint::RightAnkle as usize].position.z) / stature);
    spread(&mut out, &lowest_foot.collect::<Vec<_>>());
    out
}

/// Mean, logarithm of the standard deviation, and the mean's place between the lowest and the highest value.
fn spread(out: &mut Vec<f64>, values: &[f64]) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    let low = values.iter().fold(f64::INFINITY, |m, v| m.min(*v));
    let high = values.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    out.extend([mean, (deviation + QUIET).ln(), (high - mean + QUIET).ln() - (mean - low + QUIET).ln()]);
}

/// Pearson's correlation, damped to 0 for tracks that hardly move.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().max(1) as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma).powi(2);
        bb += (y - mb).powi(2);
    }
    ab / ((aa + n * QUIET * QUIET) * (bb + n * QUIET * QUIET)).sqrt()
}

/// Logarithm of the power of the rate of change in each of [`BANDS_HZ`]: discrete Fourier transform of the differences under a Hann window.
fn bands(track: &[f64], rate_hz: f64) -> Vec<f64> {
    let n = track.len().saturating_sub(1).max(1);
    let speed: Vec<f64> = track
        .windows(2)
        .enumerate()
        .map(|(i, w)| (w[1] - w[0]) * rate_hz * (0.5 - 0.5 * (TAU * i as f64 / n as f64).cos()))
        .collect();
    let mut power = vec![0.0; BANDS_HZ.len() - 1];
    let bin_hz = rate_hz / n as f64;
    for k in 1..=((BANDS_HZ[BANDS_HZ.len() - 1] / bin_hz) as usize).min(n / 2) {
        let frequency = k as f64 * bin_hz;
        let Some(band) = BANDS_HZ.windows(2).position(|b| frequency >= b[0] && frequency < b[1]) else { continue };
        let (mut re, mut im) = (0.0, 0.0);
        for (i, v) in speed.iter().enumerate() {
            let (sin, cos) = (TAU * (k * i % n) as f64 / n as f64).sin_cos();
            re += v * cos;
            im -= v * sin;
        }
        power[band] += (re * re + im * im) / (n * n) as f64;
    }
    power.into_iter().map(|p: f64| 0.5 * (p + QUIET * QUIET).ln()).collect()
}
