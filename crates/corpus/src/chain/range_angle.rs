//! Cubes over time, range and angle of an FMCW radar: what WiSwiss looks at. Amplitudes, not logarithms, so that a mean power of 1 and
//! detections against the mean of neighbours mean what they say.

use super::ExpectedCube;
use super::views::{View, Views};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::angle::VirtualArray;
use crate::dsp::power_map::{PowerMap, range_azimuth, range_velocity};
use crate::dsp::range_doppler::RangeDopplerConfig;
use crate::dsp::resize::{resize, resized_axis};
use crate::signal::{IfCube, Signal};
use ndarray::{Array2, Array3, Axis as Dim};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the view.
pub(super) const NAME: &str = "time_range_angle";
/// Name of the view over velocities.
const DOPPLER: &str = "time_range_doppler";

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Settings of the cubes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RangeAngleChain {
    /// Times: frames are averaged, or interpolated, to as many. Default 16.
    pub times: usize,
    /// Ranges. Default 64.
    pub ranges: usize,
    /// Azimuths from −90 to 90 degrees. Default 64.
    pub angles: usize,
    /// Velocities of a second view, range-Doppler maps of the same times and ranges; 0: no such view, the default. Without what stands
    /// (`remove_static`) their middle, velocity 0, is empty.
    #[serde(skip_serializing_if = "is_zero")]
    pub velocities: usize,
    /// Ranges end here, m. Default 6.
    pub max_range_m: Option<f64>,
    /// Subtract the mean over the chirps of each frame. Default true.
    pub remove_static: bool,
}

impl Default for RangeAngleChain {
    fn default() -> Self {
        Self { times: 16, ranges: 64, angles: 64, velocities: 0, max_range_m: Some(6.0), remove_static: true }
    }
}

impl RangeAngleChain {
    /// The view of a window; none of other signals.
    ///
    /// # Shapes
    /// `cube[frame, chirp, tx, rx, sample]` → `time_range_angle[time, range, azimuth]` and `time_range_doppler[time, range, velocity]`, √W.
    pub fn view(&self, signal: &Signal) -> Result<Views, DspError> {
        let mut views = Views::new();
        if let Signal::Cube(cube) = signal {
            let config = RangeDopplerConfig {
                max_range_m: self.max_range_m,
                remove_static: self.remove_static,
                ..RangeDopplerConfig::default()
            };
            views.insert(NAME, self.of(cube, self.angles, |frame| range_azimuth(frame, &config, self.angles))?);
            if self.velocities > 0 {
                views.insert(DOPPLER, self.of(cube, self.velocities, |frame| range_velocity(frame, &config))?);
            }
        }
        Ok(views)
    }

    /// Maps of single frames with `columns` columns, in order of time.
    fn of(
        &self,
        cube: &IfCube,
        columns: usize,
        map_of: impl Fn(&IfCube) -> Result<PowerMap, DspError>,
    ) -> Result<View, DspError> {
        let frames = cube.data.dim().0;
        let mut axes = None;
        let mut all = Array2::zeros((frames, self.ranges * columns));
        for (frame, mut row) in all.axis_iter_mut(Dim(0)).enumerate() {
            let map = map_of(&cube.frames(frame..frame + 1))?;
            let power = resize(&map.data.mapv(|db| 10f32.powf(db / 10.0)), self.ranges, columns);
            row.iter_mut().zip(&power).for_each(|(to, from)| *to = *from);
            let other = if map.other.len == columns { map.other } else { resized_axis(&map.other, columns) };
            axes.get_or_insert((resized_axis(&map.range, self.ranges), other));
        }
        let Some((range, other)) = axes else { return Err(DspError::setting("frames", frames, "at least 1")) };
        let period = cube.info.frame_period_s;
        let time = resized_axis(&Axis::new("time", "s", frames, 0.5 * period, period), self.times);
        let amplitude = resize(&all, self.times, self.ranges * columns).mapv(f32::sqrt);
        let shape = (self.times, self.ranges, columns);
        let data = Array3::from_shape_vec(shape, amplitude.iter().copied().collect())
            .map_err(|_| DspError::setting("times", self.times, "at least 1"))?;
        Ok(View {
            quantity: "amplitude".into(),
            unit: "√W".into(),
            axes: vec![time, range, other],
            data: data.into_dyn(),
        })
    }

    pub(super) fn planned(&self) -> Vec<(String, Vec<usize>)> {
        let mut planned = vec![(NAME.to_owned(), vec![self.times, self.ranges, self.angles])];
        if self.velocities > 0 {
            planned.push((DOPPLER.to_owned(), vec![self.times, self.ranges, self.velocities]));
        }
        planned
    }

    /// All that is wrong with the sizes, whatever the signal.
    pub fn problems(&self) -> Vec<Problem> {
        let sizes = [("times", self.times, 1), ("ranges", self.ranges, 1), ("angles", self.angles, 2)];
        let wrong = sizes.into_iter().filter(|(_, value, least)| !(*least..=1024).contains(value));
        let mut problems: Vec<Problem> =
            wrong.map(|(key, value, least)| Problem::new(key, format!("{value}; expected {least} to 1024"))).collect();
        if self.velocities > 1024 {
            problems.push(Problem::new("velocities", format!("{}; expected 0 (none) to 1024", self.velocities)));
        }
        if let Some(most) = self.max_range_m.filter(|most| !(*most > 0.0 && most.is_finite())) {
            problems.push(Problem::new("max_range_m", format!("{most} m; expected above 0")));
        }
        problems
    }

    /// The same with all that does not fit a cube.
    pub(super) fn problems_for_cube(&self, cube: &ExpectedCube<'_>) -> Vec<Problem> {
        let mut problems = self.problems();
        problems.extend(VirtualArray::new(cube.info, cube.samples).err().map(|e| e.problem()));
        let bin = cube.info.range_bin_m(cube.samples);
        problems.extend(self.max_range_m.filter(|most| *most <= bin).map(|most| {
            Problem::new("max_range_m", format!("{most} m; expected more than one range bin ({bin:.4} m), or left out"))
        }));
        problems
    }
}
