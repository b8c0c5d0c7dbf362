//! Who the points of a window belong to: where the person is, which points are theirs, and points seen from there.

use super::config::{Centre, PointMap, PointMapConfig};
use crate::signal::{Point, PointCloud};

/// Where the person is: the median of the moving points of a window, or of all.
pub(super) struct Person {
    x: f64,
    y: f64,
    range: f64,
}

impl Person {
    pub(super) fn find(window: &PointCloud, config: &PointMapConfig) -> Self {
        let all: Vec<&Point> = window.frames.iter().flat_map(|f| &f.points).filter(|p| is_usable(p, config)).collect();
        let counts = |p: &Point| config.centre == Centre::All || is_moving(p, window);
        let moving: Vec<&Point> = all.iter().copied().filter(|p| counts(p)).collect();
        // Three strays are no person; then everything in view has to do.
        let of = if moving.len() > 3 { moving } else { all };
        let median = |value: fn(&Point) -> f64| {
            let mut values: Vec<f64> = of.iter().map(|p| value(p)).collect();
            values.sort_by(f64::total_cmp);
            let n = values.len();
            if n == 0 { 0.0 } else { 0.5 * (values[(n - 1) / 2] + values[n / 2]) }
        };
        Self { x: median(|p| p.position.x), y: median(|p| p.position.y), range: median(|p| p.range_m) }
    }

    pub(super) fn owns(&self, point: &Point, window: &PointCloud, config: &PointMapConfig) -> bool {
        let distance = (point.position.x - self.x).hypot(point.position.y - self.y);
        is_usable(point, config)
            && config.person_radius_m.is_none_or(|r| distance < r)
            && (is_moving(point, window) || config.static_radius_m.is_none_or(|r| distance < r))
    }

    pub(super) fn coordinate(&self, kind: PointMap, point: &Point, config: &PointMapConfig) -> f64 {
        match kind {
            PointMap::TimeDoppler => point.velocity_mps,
            PointMap::TimeRange if config.centred => point.range_m - self.range,
            PointMap::TimeRange => point.range_m,
            PointMap::TimeAzimuth if config.centred => point.position.x - self.x,
            PointMap::TimeAzimuth => point.position.x / point.range_m.max(1e-6),
            PointMap::TimeHeight => point.position.z,
        }
    }
}

pub(super) fn is_usable(point: &Point, config: &PointMapConfig) -> bool {
    point.range_m >= config.min_range_m
        && point.position.iter().all(|x| x.is_finite())
        && point.velocity_mps.is_finite()
        && point.intensity_db.is_finite()
}

fn is_moving(point: &Point, window: &PointCloud) -> bool {
    point.velocity_mps.abs() > 0.5 * window.velocity_bin_mps
}
