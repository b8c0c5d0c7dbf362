//! Does a fall come down as people do, and does the body rest on the floor? Figures of a body's skin.

use super::clip::Clip;
use crate::base::Vec3;
use crate::body::{Joint, Pose, ShapedBody};
use serde::{Deserialize, Serialize};

/// Descent begins and ends when the pelvis is this near to the height from which and to which it falls, m.
const EDGE: f64 = 0.03;
/// The trunk is on the floor within this height, m: of who lies on a side, hip, thigh and shoulder bear.
const ON_FLOOR: f64 = 0.03;
/// The body lies still for this time at the end, s.
const REST_S: f64 = 0.4;
/// Skin is looked at this often, Hz.
const SKIN_HZ: f64 = 30.0;

/// Figures of one fall, as smallest and largest of several.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FallFigures {
    /// Fastest the pelvis comes down, m/s: its speed at impact.
    pub impact_mps: [f64; 2],
    /// From the begin of the pelvis' descent to its impact, s.
    pub descent_s: [f64; 2],
    /// Deepest vertex of the body below the floor, m.
    pub below_floor_m: f64,
    /// Highest that the lowest vertex of the trunk is above the floor at the end, m.
    pub trunk_above_floor_m: f64,
    /// Fastest joint over the last 0.4 s, m/s.
    pub rest_mps: f64,
}

/// Bounds: falls of old people on video end at 2.14 ± 0.63 m/s, 0.58 ± 0.26 s after the begin of the descent (Choi, Wakeling and
/// Robinovitch 2015, J. Biomech. 48, mean and standard deviation); two deviations below and above, but no less than a free fall from a
/// seat takes.
const IMPACT: [f64; 2] = [0.88, 3.4];
const DESCENT: [f64; 2] = [0.2, 1.1];
/// Depth of skin below the floor, m.
const BELOW: f64 = 0.02;
/// Who lies only breathes, m/s.
const REST: f64 = 0.05;

impl FallFigures {
    /// Measures the fall of `body` in `clip`.
    pub fn measure(body: &ShapedBody, clip: &Clip) -> Self {
        let (poses, rate) = (clip.poses(), clip.rate_hz());
        let joints: Vec<Vec<Vec3>> =
            poses.iter().map(|pose| body.skeleton.frames(pose).iter().map(|f| f.position).collect()).collect();
        let height = |i: usize| joints[i][Joint::Pelvis as usize].z;
        let last = poses.len() - 1;
        let (top, bottom) = (height(0), height(last));
        let begin = (0..=last).rfind(|i| height(*i) >= top - EDGE).unwrap_or(0);
        let end = (begin..=last).find(|i| height(*i) <= bottom + EDGE).unwrap_or(last);
        let speed = |i: usize, joint: usize| (joints[i][joint] - joints[i - 1][joint]) * rate;
        let impact = (1..=last).map(|i| -speed(i, Joint::Pelvis as usize).z).fold(0.0, f64::max);
        let resting = last.saturating_sub((REST_S * rate) as usize).max(1);
        let rest = (resting..=last).flat_map(|i| (0..joints[i].len()).map(move |j| (i, j)));
        let step = ((rate / SKIN_HZ).round() as usize).max(1);
        let lowest = |pose: &Pose, only_trunk: bool| lowest(body, pose, only_trunk);
        Self {
            impact_mps: [impact; 2],
            descent_s: [(end - begin) as f64 / rate; 2],
            below_floor_m: poses.iter().step_by(step).map(|p| -lowest(p, false)).fold(f64::NEG_INFINITY, f64::max),
            trunk_above_floor_m: lowest(&poses[last], true),
            rest_mps: rest.map(|(i, j)| speed(i, j).norm()).fold(0.0, f64::max),
        }
    }

    /// What no fall is like, in words.
    pub fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, [low, high], [least, most], unit) in
            [("impact of the pelvis", self.impact_mps, IMPACT, "m/s"), ("descent", self.descent_s, DESCENT, "s")]
        {
            // NaN is a violation too.
            if !(low >= least && high <= most) {
                found
                    .push(format!("{name} runs from {low:.2} to {high:.2} {unit}, known are {least} to {most} {unit}"));
            }
        }
        let mosts = [
            ("depth of the skin below the floor", self.below_floor_m, BELOW, "m"),
            ("height of the lying trunk above the floor", self.trunk_above_floor_m, ON_FLOOR, "m"),
            ("speed of the lying body", self.rest_mps, REST, "m/s"),
        ];
        for (name, value, most, unit) in mosts {
            if value.is_nan() || value > most {
                found.push(format!("{name} is {value:.3} {unit}, at most {most} {unit} is allowed"));
            }
        }
        found
    }

    /// The worse of both.
    pub fn worst(&self, other: &Self) -> Self {
        let range = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].max(b[1])];
        Self {
            impact_mps: range(self.impact_mps, other.impact_mps),
            descent_s: range(self.descent_s, other.descent_s),
            below_floor_m: self.below_floor_m.max(other.below_floor_m),
            trunk_above_floor_m: self.trunk_above_floor_m.max(other.trunk_above_floor_m),
            rest_mps: self.rest_mps.max(other.rest_mps),
        }
    }
}

/// Height of the lowest vertex, m, of all or of those that hang most on the trunk.
fn lowest(body: &ShapedBody, pose: &Pose, only_trunk: bool) -> f64 {
    const TRUNK: [usize; 4] =
        [Joint::Pelvis as usize, Joint::Spine1 as usize, Joint::Spine2 as usize, Joint::Spine3 as usize];
    let mut vertices = vec![Vec3::zeros(); body.vertex_count()];
    body.skin(pose, &mut vertices);
    let counts = |vertex: usize| !only_trunk || TRUNK.contains(&body.weights().heaviest(vertex));
    vertices.iter().enumerate().filter(|(v, _)| counts(*v)).map(|(_, p)| p.z).fold(f64::INFINITY, f64::min)
}
