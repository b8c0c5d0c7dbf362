//! How a thing moves about the place that holds it: vibration, pendulum and rotation, one on the other, on a path or in one place.

use super::path::PathRouteSpec;
use super::pendulum::Pendulum;
use crate::base::yaml::Problem;
use crate::base::{Rotation, Vec3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Surfaces and corners may turn by this between the starts of two frames, degrees: what is seen of them is found there.
const MOST_TURN_DEG: f64 = 30.0;

/// A motion as typed, at least one of its parts: what holds the thing goes along the `path` and vibrates; from it hangs the `pendulum`; the
/// hub at the end of that (or what holds the thing, without one) carries the `rotation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MotionSpec {
    /// A way through waypoints, in place of `x_m`, `y_m` and `z_m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathRouteSpec>,
    /// To and fro on a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vibration: Option<VibrationSpec>,
    /// A pendulum under gravity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pendulum: Option<PendulumSpec>,
    /// Turning at a steady rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<RotationSpec>,
}

/// A sine along a direction: `axis · amplitude · sin(2π f t + phase)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VibrationSpec {
    /// Direction in the world, of any length but zero.
    pub axis: [f64; 3],
    /// To each side, m; 1e-7 to 10.
    pub amplitude_m: f64,
    /// Cycles a second; 0.001 to 10000.
    pub frequency_hz: f64,
    /// Phase at time 0, degrees; −360 to 360.
    #[serde(default)]
    pub phase_deg: f64,
}

/// A rigid pendulum: `x_m`, `y_m`, `z_m` are its pivot, the thing is at its lower end and turns with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PendulumSpec {
    /// From the pivot to the thing, m; 0.01 to 50.
    pub length_m: f64,
    /// Largest angle from the vertical, degrees; 0.01 to 170.
    pub amplitude_deg: f64,
    /// Where to it swings, turned to the right from +y seen from above, degrees; −180 to 180.
    #[serde(default)]
    pub direction_deg: f64,
    /// Duration of a cycle, s; 0.05 to 1000, by default that of a point mass under gravity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_s: Option<f64>,
    /// Part of the cycle at time 0, degrees; −360 to 360. At 0 it goes through its lowest place in `direction_deg`, at 90 it is farthest out there.
    #[serde(default)]
    pub phase_deg: f64,
}

/// Turning about an axis through the hub, right-handed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationSpec {
    /// Axis in the world, of any length but zero.
    pub axis: [f64; 3],
    /// Turns a minute; 0.001 to 1e6 in size, negative for the other sense.
    pub rpm: f64,
    /// Angle at time 0, degrees; −360 to 360.
    #[serde(default)]
    pub phase_deg: f64,
    /// From the hub to the thing at the angle 0, m; −20 to 20 each.
    #[serde(default)]
    pub arm_m: [f64; 3],
}

/// Says so when a value is not within limits; NaN is not.
fn limit(problems: &mut Vec<Problem>, key: &str, value: f64, [low, high]: [f64; 2], unit: &str) {
    if !(low..=high).contains(&value) {
        let space = if unit.is_empty() { "" } else { " " };
        problems.push(Problem::new(key, format!("{value}{space}{unit}; expected {low} to {high}{space}{unit}")));
    }
}

fn axis_problem(axis: [f64; 3]) -> Option<Problem> {
    let length = Vec3::from(axis).norm();
    let fails = !(1e-9..=1e9).contains(&length);
    fails.then(|| Problem::new("axis", format!("{axis:?} has no direction; expected three numbers, not all zero")))
}

impl MotionSpec {
    /// Everything that is wrong with it.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.path.is_none() && self.vibration.is_none() && self.pendulum.is_none() && self.rotation.is_none() {
            let message = "names no motion; expected `path`, `vibration`, `pendulum` or `rotation`";
            problems.push(Problem::new("", message));
        }
        if let Some(path) = &self.path {
            problems.extend(path.problems().into_iter().map(|p| p.under("path")));
        }
        let mut under = |outer: &str, found: Vec<Problem>| problems.extend(found.into_iter().map(|p| p.under(outer)));
        if let Some(vibration) = &self.vibration {
            let mut found: Vec<Problem> = axis_problem(vibration.axis).into_iter().collect();
            limit(&mut found, "amplitude_m", vibration.amplitude_m, [1e-7, 10.0], "m");
            limit(&mut found, "frequency_hz", vibration.frequency_hz, [1e-3, 1e4], "Hz");
            limit(&mut found, "phase_deg", vibration.phase_deg, [-360.0, 360.0], "degrees");
            under("vibration", found);
        }
        if let Some(pendulum) = &self.pendulum {
            let mut found = Vec::new();
            limit(&mut found, "length_m", pendulum.length_m, [0.01, 50.0], "m");
            limit(&mut found, "amplitude_deg", pendulum.amplitude_deg, [0.01, 170.0], "degrees");
            limit(&mut found, "direction_deg", pendulum.direction_deg, [-180.0, 180.0], "degrees");
            limit(&mut found, "phase_deg", pendulum.phase_deg, [-360.0, 360.0], "degrees");
            if let Some(period) = pendulum.period_s {
                limit(&mut found, "period_s", period, [0.05, 1000.0], "s");
            }
            under("pendulum", found);
        }
        if let Some(rotation) = &self.rotation {
            let mut found: Vec<Problem> = axis_problem(rotation.axis).into_iter().collect();
            if !(1e-3..=1e6).contains(&rotation.rpm.abs()) {
                let message = format!("{} turns a minute; expected 0.001 to 1e6, or the same below zero", rotation.rpm);
                found.push(Problem::new("rpm", message));
            }
            limit(&mut found, "phase_deg", rotation.phase_deg, [-360.0, 360.0], "degrees");
            for (i, x) in rotation.arm_m.into_iter().enumerate() {
                limit(&mut found, &format!("arm_m.{i}"), x, [-20.0, 20.0], "m");
            }
            under("rotation", found);
        }
        problems
    }

    /// What is wrong with a surface or a corner that turns too fast for frames of `frame_s`.
    pub(super) fn quick_problem(&self, frame_s: Option<f64>) -> Option<Problem> {
        let (rotation, frame_s) = (self.rotation?, frame_s?);
        let turn = rotation.rpm.abs() * 6.0 * frame_s;
        let message = format!(
            "it turns by {turn:.0} degrees from frame to frame; what is seen of surfaces and corners is found at frame starts, so that \
             at most {MOST_TURN_DEG} are admissible: turn it more slowly, shorten the frames, or make it of points (`rcs_dbsm`)"
        );
        (turn > MOST_TURN_DEG && turn.is_finite()).then(|| Problem::new("rotation.rpm", message))
    }
}

/// What a motion does about the place that holds the thing.
#[derive(Clone, Debug, Default)]
pub(super) struct Swing {
    vibration: Option<VibrationSpec>,
    /// The pendulum, the direction that it swings to, and its length, m.
    pendulum: Option<(Pendulum, Vec3, f64)>,
    rotation: Option<RotationSpec>,
}

impl Swing {
    pub(super) fn of(spec: &MotionSpec) -> Self {
        let pendulum = spec.pendulum.map(|p| {
            let (sin, cos) = p.direction_deg.to_radians().sin_cos();
            let (amplitude, phase) = (p.amplitude_deg.to_radians(), p.phase_deg.to_radians());
            (Pendulum::new(p.length_m, amplitude, p.period_s, phase), Vec3::new(sin, cos, 0.0), p.length_m)
        });
        Self { vibration: spec.vibration, pendulum, rotation: spec.rotation }
    }

    pub(super) fn is_still(&self) -> bool {
        self.vibration.is_none() && self.pendulum.is_none() && self.rotation.is_none()
    }

    /// Offset from the place that holds the thing, m, and the turn, at `time_s`.
    pub(super) fn at(&self, time_s: f64) -> (Vec3, Rotation) {
        let (mut offset, mut turn) = (Vec3::zeros(), Rotation::identity());
        if let Some(v) = &self.vibration {
            let phase = TAU * (v.frequency_hz * time_s).fract() + v.phase_deg.to_radians();
            offset += Vec3::from(v.axis).normalize() * (v.amplitude_m * phase.sin());
        }
        if let Some((pendulum, towards, length)) = &self.pendulum {
            // Turned about `towards × z`, what hangs down goes towards `towards`.
            turn = Rotation::from_scaled_axis(towards.cross(&Vec3::z()) * pendulum.angle(time_s));
            offset += turn * Vec3::new(0.0, 0.0, -length);
        }
        if let Some(r) = &self.rotation {
            let angle = TAU * (r.rpm / 60.0 * time_s).fract() + r.phase_deg.to_radians();
            let spin = Rotation::from_scaled_axis(Vec3::from(r.axis).normalize() * angle);
            offset += turn * (spin * Vec3::from(r.arm_m));
            turn *= spin;
        }
        (offset, turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_in_their_order() {
        let pendulum = PendulumSpec {
            length_m: 2.0,
            amplitude_deg: 90.0,
            direction_deg: 90.0,
            period_s: Some(4.0),
            phase_deg: 90.0,
        };
        let rotation = RotationSpec { axis: [0.0, 0.0, 2.0], rpm: 60.0, phase_deg: 90.0, arm_m: [0.5, 0.0, 0.0] };
        let vibration = VibrationSpec { axis: [0.0, 3.0, 0.0], amplitude_m: 0.1, frequency_hz: 1.0, phase_deg: 90.0 };
        let swing = |spec: MotionSpec| Swing::of(&spec).at(0.0).0;
        // Farthest out to the right: level with the pivot.
        let out = swing(MotionSpec { pendulum: Some(pendulum), ..MotionSpec::default() });
        assert!((out - Vec3::new(2.0, 0.0, 0.0)).norm() < 1e-12, "{out}");
        let turned = swing(MotionSpec { rotation: Some(rotation), ..MotionSpec::default() });
        assert!((turned - Vec3::new(0.0, 0.5, 0.0)).norm() < 1e-12, "{turned}");
        let all =
            MotionSpec { path: None, vibration: Some(vibration), pendulum: Some(pendulum), rotation: Some(rotation) };
        let all = swing(all);
        assert!((all - Vec3::new(2.0, 0.6, 0.0)).norm() < 1e-12, "{all}");
    }
}
