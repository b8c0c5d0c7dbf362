//! Maps over time from radar point clouds: one code for recorded and simulated points.

use super::DspError;
use super::maps::{LOG_AMPLITUDE, LOG_COUNT, Maps};
use super::person::{Person, is_usable};
use super::resize::{resize, resized_axis};
use super::scale::amount_scaled;
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::signal::{PointCloud, PointFrame};
use ndarray::{Array2, Array3, Axis as Dim};
use serde::{Deserialize, Serialize};

/// One kind of map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointMap {
    /// Radial velocity, one row a Doppler bin before resizing.
    TimeDoppler,
    /// Range, about the person's or from the sensor.
    TimeRange,
    /// Sideways place: metres from the person, or the sine of the azimuth.
    TimeAzimuth,
    /// Height over the sensor.
    TimeHeight,
}

impl PointMap {
    /// Name in [`Maps::names`].
    pub fn name(self) -> &'static str {
        match self {
            Self::TimeDoppler => "time_doppler",
            Self::TimeRange => "time_range",
            Self::TimeAzimuth => "time_azimuth",
            Self::TimeHeight => "time_height",
        }
    }
}

/// What a point adds to its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointWeight {
    /// One.
    Count,
    /// The amplitude `10^(intensity / 20 dB)` over the median amplitude of the window's points.
    Amplitude,
}

impl PointWeight {
    /// What the values of a map are ([`Maps::quantity`]).
    pub fn quantity(self) -> &'static str {
        match self {
            Self::Count => LOG_COUNT,
            Self::Amplitude => LOG_AMPLITUDE,
        }
    }
}

/// What the brightest value of a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointScale {
    /// The map's own peak: the number of points does not matter.
    Peak,
    /// [`PointMapConfig::full_scale`] points a cell.
    Fixed,
}

/// Which points say where the person is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Centre {
    /// Those that move: right where the room gives static points.
    #[default]
    Moving,
    /// All: a person who moves one arm is then where the trunk is, and left and right can be told apart.
    All,
}

impl Centre {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Settings of the maps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PointMapConfig {
    /// Which maps, in order.
    pub maps: Vec<PointMap>,
    /// Length of a window, s. Default 3.
    pub length_s: f64,
    /// Time from one window to the next, s. Default 1.
    pub hop_s: f64,
    /// Rows of each map. Default 32.
    pub rows: usize,
    /// Columns of each map. Default 96 (divisible by 3, 4, 6 and 8).
    pub columns: usize,
    /// What a point adds. Default one.
    pub weight: PointWeight,
    /// What becomes 1. Default the map's peak.
    pub scale: PointScale,
    /// Points a cell that become 1 with the fixed scale. Default 2.
    pub full_scale: f64,
    /// How strongly small amounts are lifted: a cell of amount a is drawn as `ln(1 + gain · a)`. Default 20.
    pub gain: f64,
    /// Points nearer are dropped, m: the sensor's own leakage. Default 0.3.
    pub min_range_m: f64,
    /// Points further than this from the person, seen from above, are dropped, m; all kept without it. Default 1.5.
    pub person_radius_m: Option<f64>,
    /// The same for points that do not move (velocity within half a bin of zero); 0 drops all of them, the room with them. Default 0.
    pub static_radius_m: Option<f64>,
    /// Range and side are counted from the person (median of the points of the window that `centre` names). Default on.
    pub centred: bool,
    /// Which points say where the person is. Default those that move.
    #[serde(skip_serializing_if = "Centre::is_default")]
    pub centre: Centre,
    /// Velocities from −span to +span are shown, m/s, whatever the sensor's own bins are: sensors of different steps then share a map.
    /// Without it the rows are the sensor's Doppler bins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub velocity_span_mps: Option<f64>,
    /// Half of the range shown when centred; the whole of it from the sensor when not, m. Default 1.5.
    pub range_span_m: f64,
    /// Half of the side shown when centred, m. Default 1.
    pub side_span_m: f64,
    /// Heights from −span to +span over the sensor are shown, m. Default 1.3.
    pub height_span_m: f64,
    /// Standard deviation of the smoothing over rows, rows. Default 1.
    pub row_blur: f64,
    /// Standard deviation of the smoothing over Doppler, bins. Default 0.5.
    pub doppler_blur: f64,
    /// Standard deviation of the smoothing over time, frames. Default 1.
    pub time_blur: f64,
}

impl Default for PointMapConfig {
    fn default() -> Self {
        Self {
            maps: vec![PointMap::TimeDoppler, PointMap::TimeRange, PointMap::TimeAzimuth],
            length_s: 3.0,
            hop_s: 1.0,
            rows: 32,
            columns: 96,
            weight: PointWeight::Count,
            scale: PointScale::Peak,
            full_scale: 2.0,
            gain: 20.0,
            min_range_m: 0.3,
            person_radius_m: Some(1.5),
            static_radius_m: Some(0.0),
            centred: true,
            centre: Centre::Moving,
            velocity_span_mps: None,
            range_span_m: 1.5,
            side_span_m: 1.0,
            height_span_m: 1.3,
            row_blur: 1.0,
            doppler_blur: 0.5,
            time_blur: 1.0,
        }
    }
}

impl PointMapConfig {
    /// Checks the settings.
    pub fn check(&self) -> Result<(), DspError> {
        self.faults().into_iter().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with the settings; the keys are the fields.
    pub fn problems(&self) -> Vec<Problem> {
        self.faults().iter().map(DspError::problem).collect()
    }

    fn faults(&self) -> Vec<DspError> {
        let mut faults = Vec::new();
        for (name, value, max) in [
            ("point_maps.length_s", self.length_s, 3600.0),
            ("point_maps.hop_s", self.hop_s, 3600.0),
            ("point_maps.full_scale", self.full_scale, 1e6),
            ("point_maps.gain", self.gain, 1e6),
            ("point_maps.velocity_span_mps", self.velocity_span_mps.unwrap_or(1.0), 1e3),
            ("point_maps.range_span_m", self.range_span_m, 1e4),
            ("point_maps.side_span_m", self.side_span_m, 1e4),
            ("point_maps.height_span_m", self.height_span_m, 1e4),
        ] {
            if !(value > 0.0 && value <= max) {
                faults.push(DspError::setting(name, value, format!("above 0, at most {max}")));
            }
        }
        for (name, value) in [("point_maps.rows", self.rows), ("point_maps.columns", self.columns)] {
            if !(1..=4096).contains(&value) {
                faults.push(DspError::setting(name, value, "1..=4096"));
            }
        }
        for (name, value) in [
            ("point_maps.row_blur", self.row_blur),
            ("point_maps.doppler_blur", self.doppler_blur),
            ("point_maps.time_blur", self.time_blur),
            ("point_maps.min_range_m", self.min_range_m),
            ("point_maps.person_radius_m", self.person_radius_m.unwrap_or(0.0)),
            ("point_maps.static_radius_m", self.static_radius_m.unwrap_or(0.0)),
        ] {
            if !(0.0..=1000.0).contains(&value) {
                faults.push(DspError::setting(name, value, "0..=1000"));
            }
        }
        if self.maps.is_empty() {
            faults.push(DspError::setting("point_maps.maps", "[]", "at least one map"));
        }
        faults
    }
}

/// Cuts a recording into windows of `length_s`, one every `hop_s`; each with its start time, s, and its own clock from 0.
///
/// The last incomplete window is left out: a recording of F frames lasts F frame periods.
pub fn windows(cloud: &PointCloud, length_s: f64, hop_s: f64) -> Result<Vec<(f64, PointCloud)>, DspError> {
    check(cloud)?;
    for (name, value) in [("length_s", length_s), ("hop_s", hop_s)] {
        if !(value >= cloud.frame_period_s && value.is_finite()) {
            return Err(DspError::setting(
                name,
                value,
                format!("at least one frame period, {} s", cloud.frame_period_s),
            ));
        }
    }
    let (Some(first), Some(last)) = (cloud.frames.first(), cloud.frames.last()) else { return Ok(Vec::new()) };
    // Half a frame of slack: frame clocks are not exact.
    let end = last.time_s + 1.5 * cloud.frame_period_s;
    let half = 0.5 * cloud.frame_period_s;
    Ok((0..)
        .map(|i| first.time_s + f64::from(i) * hop_s)
        .take_while(|start| start + length_s <= end)
        .map(|start| {
            let frames = cloud
                .frames
                .iter()
                .filter(|f| f.time_s >= start - half && f.time_s < start + length_s - half)
                .map(|f| PointFrame { time_s: f.time_s - start, points: f.points.clone() })
                .collect();
            (start, PointCloud { frames, ..cloud.without_frames() })
        })
        .collect())
}

fn check(cloud: &PointCloud) -> Result<(), DspError> {
    cloud.problem().map_or(Ok(()), |reason| Err(DspError::Points { reason }))
}

/// The maps of one window that starts at time 0 and lasts `config.length_s`.
///
/// A frame stands in the column of its time stamp; columns of dropped frames are interpolated.
///
/// # Shapes
/// → `[map, rows, columns]`. Doppler rows run from approaching to receding, range rows away from the sensor, azimuth
/// rows from left to right, height rows upwards.
pub fn point_maps(window: &PointCloud, config: &PointMapConfig) -> Result<Maps, DspError> {
    config.check()?;
    check(window)?;
    let person = Person::find(window, config);
    let slots = ((config.length_s / window.frame_period_s).round() as usize).max(1);
    if slots > 1 << 16 {
        return Err(DspError::setting("point_maps.length_s", config.length_s, "at most 65536 frames"));
    }
    let unit = unit_amplitude(window, config);
    let mut data = Array3::zeros((config.maps.len(), config.rows, config.columns));
    let mut rows = Vec::new();
    for (&kind, mut out) in config.maps.iter().zip(data.outer_iter_mut()) {
        let axis = row_axis(kind, window, config);
        let mut grid = Array2::<f32>::zeros((axis.len, slots));
        let mut seen = vec![0u32; slots];
        for frame in &window.frames {
            let slot = (frame.time_s / window.frame_period_s).round();
            if slot < 0.0 || slot >= slots as f64 {
                continue;
            }
            let slot = slot as usize;
            seen[slot] += 1;
            for point in frame.points.iter().filter(|p| person.owns(p, window, config)) {
                let amount = match config.weight {
                    PointWeight::Count => 1.0,
                    PointWeight::Amplitude => 10f64.powf(point.intensity_db / 20.0) / unit,
                };
                let row = (person.coordinate(kind, point, config) - axis.first) / axis.step;
                add_between_rows(&mut grid, row, slot, amount as f32);
            }
        }
        fill_gaps(&mut grid, &seen);
        // In bins of the sensor, of which a row may be a part.
        let bin = window.velocity_bin_mps / axis.step;
        let row_sigma = if kind == PointMap::TimeDoppler { config.doppler_blur * bin } else { config.row_blur };
        let grid = blur(&blur(&grid, 0, row_sigma), 1, config.time_blur);
        let gain = config.gain as f32;
        let amount = resize(&grid, config.rows, config.columns).mapv(|a| a * gain);
        let full = match config.scale {
            PointScale::Peak => f64::from(amount.iter().fold(0.0f32, |a, &b| a.max(b))),
            PointScale::Fixed => config.gain * config.full_scale,
        };
        out.assign(&amount_scaled(&amount, full));
        rows.push(resized_axis(&axis, config.rows));
    }
    let time = Axis::new("time", "s", slots, 0.0, config.length_s / slots as f64);
    Ok(Maps {
        quantity: config.weight.quantity().into(),
        names: config.maps.iter().map(|m| m.name().to_string()).collect(),
        data,
        time: resized_axis(&time, config.columns),
        rows,
    })
}

fn unit_amplitude(window: &PointCloud, config: &PointMapConfig) -> f64 {
    let mut levels: Vec<f64> =
        window.frames.iter().flat_map(|f| &f.points).filter(|p| is_usable(p, config)).map(|p| p.intensity_db).collect();
    levels.sort_by(f64::total_cmp);
    levels.get(levels.len() / 2).map_or(1.0, |db| 10f64.powf(db / 20.0))
}

fn row_axis(kind: PointMap, window: &PointCloud, config: &PointMapConfig) -> Axis {
    let span = |name, unit, low: f64, high: f64| {
        let step = (high - low) / config.rows as f64;
        Axis::new(name, unit, config.rows, low + 0.5 * step, step)
    };
    match kind {
        PointMap::TimeDoppler => {
            let axis = match config.velocity_span_mps {
                Some(most) => span("velocity", "m/s", -most, most),
                None => {
                    let (n, step) = (window.doppler_bins, window.velocity_bin_mps);
                    Axis::new("velocity", "m/s", n, -((n / 2) as f64) * step, step)
                }
            };
            axis.signed("positive = receding")
        }
        PointMap::TimeRange if config.centred => {
            span("range_from_person", "m", -config.range_span_m, config.range_span_m).signed("positive = further away")
        }
        PointMap::TimeRange => span("range", "m", 0.0, config.range_span_m),
        PointMap::TimeAzimuth if config.centred => {
            span("side_from_person", "m", -config.side_span_m, config.side_span_m).signed("positive = right")
        }
        PointMap::TimeAzimuth => span("sine_azimuth", "1", -1.0, 1.0).signed("positive = right"),
        PointMap::TimeHeight => {
            span("height", "m", -config.height_span_m, config.height_span_m).signed("positive = above the sensor")
        }
    }
}

/// Shares an amount between the two nearest rows, so that the picture moves smoothly with the point.
fn add_between_rows(grid: &mut Array2<f32>, row: f64, column: usize, amount: f32) {
    let low = row.floor();
    let t = (row - low) as f32;
    for (r, share) in [(low, 1.0 - t), (low + 1.0, t)] {
        if r >= 0.0 && r < grid.nrows() as f64 {
            grid[[r as usize, column]] += share * amount;
        }
    }
}

/// Makes each column the mean of its frames and interpolates columns without a frame.
fn fill_gaps(grid: &mut Array2<f32>, seen: &[u32]) {
    for (mut column, &n) in grid.columns_mut().into_iter().zip(seen) {
        if n > 1 {
            column /= n as f32;
        }
    }
    let known: Vec<usize> = (0..seen.len()).filter(|&i| seen[i] > 0).collect();
    for pair in known.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        for i in a + 1..b {
            let t = (i - a) as f32 / (b - a) as f32;
            let between = &grid.column(a) * (1.0 - t) + &grid.column(b) * t;
            grid.column_mut(i).assign(&between);
        }
    }
}

/// Gaussian smoothing along one axis; nothing comes in from outside.
fn blur(grid: &Array2<f32>, axis: usize, sigma: f64) -> Array2<f32> {
    if sigma < 0.05 {
        return grid.clone();
    }
    let reach = (3.0 * sigma).ceil() as isize;
    let kernel: Vec<f64> = (-reach..=reach).map(|k| (-0.5 * (k as f64 / sigma).powi(2)).exp()).collect();
    let sum: f64 = kernel.iter().sum();
    let mut out = Array2::zeros(grid.raw_dim());
    let n = grid.len_of(Dim(axis)) as isize;
    for i in 0..n {
        for (k, w) in (-reach..=reach).zip(&kernel) {
            if (0..n).contains(&(i + k)) {
                let from = grid.index_axis(Dim(axis), (i + k) as usize);
                out.index_axis_mut(Dim(axis), i as usize).scaled_add((w / sum) as f32, &from);
            }
        }
    }
    out
}
