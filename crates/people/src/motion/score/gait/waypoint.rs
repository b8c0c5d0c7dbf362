//! Waypoints of somebody who walks, as typed.

use crate::base::yaml::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Waypoints nearer than this are the same for feet, m.
const NEAREST_M: f64 = 0.2;

/// A place that somebody walks to. After the first one each has the time of arrival, or the speed on the way to it, or neither: then the way
/// is walked at the speed of the motion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waypoint {
    /// To the right of the world's origin, m; −100 to 100.
    pub x_m: f64,
    /// Away from the world's origin, m; −100 to 100. At least 0.2 m from the waypoint before.
    pub y_m: f64,
    /// Time of arrival in the recording, s; 0 to 3600. By default 0 for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_s: Option<f64>,
    /// Speed on the way from the waypoint before, m/s; 0.1 to 2.5, of a jog to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f64>,
    /// Rest at the waypoint, s; 0 to 3600. Who rests stops, and turns on the spot to where it goes on.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stay_s: f64,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

impl Waypoint {
    /// Slowest and fastest speed on a way, m/s.
    pub(super) fn speeds(jog: bool) -> [f64; 2] {
        [0.1, if jog { 5.0 } else { 2.5 }]
    }

    /// Everything that is wrong with waypoints, as far as it does not depend on who walks; `jog` is the style of the gait.
    pub fn problems(waypoints: &[Self], jog: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        if waypoints.len() < 2 {
            let message = format!("there are {} waypoints; expected two or more", waypoints.len());
            return vec![Problem::new("", message)];
        }
        let [slowest, fastest] = Self::speeds(jog);
        for (i, point) in waypoints.iter().enumerate() {
            let limits = [
                ("x_m", Some(point.x_m), -100.0, 100.0, "m"),
                ("y_m", Some(point.y_m), -100.0, 100.0, "m"),
                ("time_s", point.time_s, 0.0, 3600.0, "s"),
                ("speed_mps", point.speed_mps, slowest, fastest, "m/s"),
                ("stay_s", Some(point.stay_s), 0.0, 3600.0, "s"),
            ];
            for (key, value, low, high, unit) in limits {
                if let Some(value) = value.filter(|v| !(low..=high).contains(v)) {
                    let message = format!("{value} {unit}; expected {low} to {high} {unit}");
                    problems.push(Problem::new(format!("{i}.{key}"), message));
                }
            }
        }
        if !problems.is_empty() {
            return problems;
        }
        if waypoints[0].speed_mps.is_some() {
            problems.push(Problem::new("0.speed_mps", "nothing leads to the first waypoint"));
        }
        let mut left_s = waypoints[0].time_s.unwrap_or(0.0) + waypoints[0].stay_s;
        for (i, pair) in waypoints.windows(2).enumerate().map(|(i, pair)| (i + 1, pair)) {
            let (from, to) = (&pair[0], &pair[1]);
            let way = (to.x_m - from.x_m).hypot(to.y_m - from.y_m);
            if way < NEAREST_M {
                let message = format!(
                    "is {way:.2} m from the waypoint before; expected at least {NEAREST_M} m, or a `stay_s` there"
                );
                problems.push(Problem::new(format!("{i}"), message));
            }
            match (to.time_s, to.speed_mps) {
                (Some(_), Some(_)) => {
                    let message = "there is a `time_s` as well; leave one of them out";
                    problems.push(Problem::new(format!("{i}.speed_mps"), message));
                }
                // Ramps and turns take time too: what is said here is the least.
                (Some(time), None) if way > fastest * (time - left_s) => {
                    let message = format!(
                        "{time} s leaves {:.2} s for a way of {way:.2} m, more than {fastest} m/s",
                        (time - left_s).max(0.0)
                    );
                    problems.push(Problem::new(format!("{i}.time_s"), message));
                }
                _ => {}
            }
            left_s = to.time_s.unwrap_or(left_s + way / to.speed_mps.unwrap_or(fastest)) + to.stay_s;
        }
        problems
    }
}
