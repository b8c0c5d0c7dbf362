//! A way through waypoints.

use crate::base::Vec3;
use crate::base::spline::Spline;
use crate::base::yaml::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Nearer waypoints are the same, m; smaller turns are none, degrees.
const SAME: f64 = 1e-6;

/// A way as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathRouteSpec {
    /// What lies between the waypoints.
    #[serde(default)]
    pub interpolation: PathInterpolation,
    /// Two or more waypoints.
    pub points: Vec<PathPointSpec>,
}

/// What lies between waypoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathInterpolation {
    /// A natural cubic spline through all waypoints between two rests: velocity and acceleration are continuous, and the speed of a
    /// leg is its mean. Between two waypoints alone that is a straight line at one speed.
    #[default]
    Smooth,
    /// Straight lines at one speed each, which jumps at waypoints.
    Straight,
}

/// A waypoint as typed. After the first one each has either the time of its arrival or the speed on the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathPointSpec {
    /// To the right of the world's origin, m; −100 to 100.
    pub x_m: f64,
    /// Away from the world's origin, m; −100 to 100.
    pub y_m: f64,
    /// Height above the floor, m; −10 to 50, by default that of the waypoint before, of the first one 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z_m: Option<f64>,
    /// Time of arrival in the recording, s; 0 to 3600, later than the waypoint before was left. By default 0 for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_s: Option<f64>,
    /// Speed on the way from the waypoint before, m/s; 0.0001 to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f64>,
    /// Rest at the waypoint, s; 0 to 3600.
    #[serde(default)]
    pub stay_s: f64,
    /// Turned to the left seen from above, on top of the thing's `turn_deg`, degrees; −3600 to 3600, by default as at the waypoint before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_deg: Option<f64>,
}

/// A waypoint with all that is left out filled in.
struct Stop {
    position: Vec3,
    turn_rad: f64,
    arrives_s: f64,
    leaves_s: f64,
}

impl PathRouteSpec {
    /// Where it begins.
    pub(super) fn start(&self) -> Option<Vec3> {
        self.points.first().map(|p| Vec3::new(p.x_m, p.y_m, p.z_m.unwrap_or(0.0)))
    }

    /// Everything that is wrong with it.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (i, point) in self.points.iter().enumerate() {
            let limits = [
                ("x_m", Some(point.x_m), -100.0, 100.0, "m"),
                ("y_m", Some(point.y_m), -100.0, 100.0, "m"),
                ("z_m", point.z_m, -10.0, 50.0, "m"),
                ("time_s", point.time_s, 0.0, 3600.0, "s"),
                ("speed_mps", point.speed_mps, 1e-4, 1000.0, "m/s"),
                ("stay_s", Some(point.stay_s), 0.0, 3600.0, "s"),
                ("turn_deg", point.turn_deg, -3600.0, 3600.0, "degrees"),
            ];
            for (key, value, low, high, unit) in limits {
                if let Some(value) = value.filter(|v| !(low..=high).contains(v)) {
                    let message = format!("{value} {unit}; expected {low} to {high} {unit}");
                    problems.push(Problem::new(format!("points.{i}.{key}"), message));
                }
            }
        }
        if problems.is_empty() {
            problems.extend(self.stops().err());
        }
        problems
    }

    /// The waypoints with their times; what is wrong with them otherwise.
    fn stops(&self) -> Result<Vec<Stop>, Problem> {
        if self.points.len() < 2 {
            let message = format!("has {} waypoints; expected two or more", self.points.len());
            return Err(Problem::new("points", message));
        }
        let mut stops: Vec<Stop> = Vec::with_capacity(self.points.len());
        for (i, point) in self.points.iter().enumerate() {
            let fail = |key: &str, message: String| Err(Problem::new(format!("points.{i}{key}"), message));
            let before = stops.last();
            let (height, turn) = before.map_or((0.0, 0.0), |stop| (stop.position.z, stop.turn_rad));
            let position = Vec3::new(point.x_m, point.y_m, point.z_m.unwrap_or(height));
            let turn_rad = point.turn_deg.map_or(turn, f64::to_radians);
            let arrives_s = match (before, point.time_s, point.speed_mps) {
                (None, _, Some(_)) => return fail(".speed_mps", "nothing leads to the first waypoint".into()),
                (None, time, None) => time.unwrap_or(0.0),
                (Some(_), Some(_), Some(_)) => {
                    return fail(".speed_mps", "there is a `time_s` as well; leave one of them out".into());
                }
                (Some(_), None, None) => return fail("", "needs `time_s` or `speed_mps`".into()),
                (Some(last), time, speed) => {
                    let way = (position - last.position).norm();
                    if way < SAME && ((turn_rad - last.turn_rad).abs() < SAME || speed.is_some()) {
                        return fail(
                            "",
                            "is the same place as the waypoint before; to rest there give that a `stay_s`".into(),
                        );
                    }
                    let arrives_s = time.unwrap_or_else(|| last.leaves_s + way / speed.unwrap_or(1.0));
                    if arrives_s <= last.leaves_s {
                        let left = last.leaves_s;
                        return fail(
                            ".time_s",
                            format!("{arrives_s} s is not later than {left} s, when the waypoint before is left"),
                        );
                    }
                    arrives_s
                }
            };
            stops.push(Stop { position, turn_rad, arrives_s, leaves_s: arrives_s + point.stay_s });
        }
        Ok(stops)
    }
}

/// A way that is gone; before its first waypoint and after its last one it stands still.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// Stretches without a rest: when each begins, its places, and its turns (rad, in x).
    stretches: Vec<(f64, Spline, Spline)>,
}

impl Course {
    pub(super) fn through(path: &PathRouteSpec) -> Result<Self, Problem> {
        let stops = path.stops()?;
        let mut stretches = Vec::new();
        let mut first = 0;
        for last in 1..stops.len() {
            let rests = stops[last].leaves_s > stops[last].arrives_s;
            if !(rests || last + 1 == stops.len() || path.interpolation == PathInterpolation::Straight) {
                continue;
            }
            let part = &stops[first..=last];
            let times: Vec<f64> =
                part.iter().enumerate().map(|(i, s)| if i == 0 { s.leaves_s } else { s.arrives_s }).collect();
            let spline = |points: Vec<Vec3>| {
                Spline::through(times.clone(), points)
                    .ok_or_else(|| Problem::new("points", "places and times must be finite, and times must rise"))
            };
            let places = spline(part.iter().map(|s| s.position).collect())?;
            let turns = spline(part.iter().map(|s| Vec3::x() * s.turn_rad).collect())?;
            stretches.push((times[0], places, turns));
            first = last;
        }
        Ok(Self { stretches })
    }

    /// Position, m, and turn, rad, at `time_s`.
    pub(super) fn at(&self, time_s: f64) -> (Vec3, f64) {
        let next = self.stretches.partition_point(|(begin, _, _)| *begin <= time_s);
        let (_, places, turns) = &self.stretches[next.saturating_sub(1)];
        (places.at(time_s), turns.at(time_s).x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x_m: f64, y_m: f64) -> PathPointSpec {
        PathPointSpec { x_m, y_m, z_m: None, time_s: None, speed_mps: None, stay_s: 0.0, turn_deg: None }
    }

    #[test]
    fn waypoints_are_met_when_they_should_be() {
        let points = vec![
            PathPointSpec { z_m: Some(1.0), stay_s: 0.5, ..point(0.0, 2.0) },
            PathPointSpec { speed_mps: Some(2.0), ..point(0.0, 5.0) },
            PathPointSpec { time_s: Some(4.0), stay_s: 1.0, turn_deg: Some(90.0), ..point(3.0, 5.0) },
            PathPointSpec { speed_mps: Some(0.5), z_m: Some(2.0), ..point(3.0, 5.0) },
        ];
        for interpolation in [PathInterpolation::Smooth, PathInterpolation::Straight] {
            let course = Course::through(&PathRouteSpec { interpolation, points: points.clone() }).unwrap();
            // 3 m at 2 m/s from 0.5 s on; 1 m at 0.5 m/s from 5 s on.
            for (time, place) in [
                (-1.0, [0.0, 2.0, 1.0]),
                (0.4, [0.0, 2.0, 1.0]),
                (2.0, [0.0, 5.0, 1.0]),
                (4.0, [3.0, 5.0, 1.0]),
                (4.7, [3.0, 5.0, 1.0]),
                (6.0, [3.0, 5.0, 1.5]),
                (7.0, [3.0, 5.0, 2.0]),
                (99.0, [3.0, 5.0, 2.0]),
            ] {
                let got = course.at(time).0;
                assert!((got - Vec3::from(place)).norm() < 1e-12, "{interpolation:?}, {time} s: {got}");
            }
            assert!((course.at(4.5).1 - 90f64.to_radians()).abs() < 1e-12);
        }
        let straight = PathRouteSpec { interpolation: PathInterpolation::Straight, points };
        let course = Course::through(&straight).unwrap();
        let speed = (course.at(1.2).0 - course.at(1.0).0).norm() / 0.2;
        assert!((speed - 2.0).abs() < 1e-9, "{speed}");
    }
}
