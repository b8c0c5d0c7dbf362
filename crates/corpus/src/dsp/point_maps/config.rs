//! Which maps are made of points, and how.

use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::maps::{LOG_AMPLITUDE, LOG_COUNT};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One kind of map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Name in [`Maps::names`](crate::dsp::maps::Maps::names).
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointWeight {
    /// One.
    Count,
    /// The amplitude `10^(intensity / 20 dB)` over the median amplitude of the window's points.
    Amplitude,
}

impl PointWeight {
    /// What the values of a map are ([`Maps::quantity`](crate::dsp::maps::Maps::quantity)).
    pub fn quantity(self) -> &'static str {
        match self {
            Self::Count => LOG_COUNT,
            Self::Amplitude => LOG_AMPLITUDE,
        }
    }
}

/// What the brightest value of a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointScale {
    /// The map's own peak: the number of points does not matter.
    Peak,
    /// [`PointMapConfig::full_scale`] points a cell.
    Fixed,
}

/// Which points say where the person is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
