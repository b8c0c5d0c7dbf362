//! Cubes over time, range and angle of an FMCW radar: what WiSwiss looks at. Amplitudes, not logarithms, so that a mean power of 1 and
//! detections against the mean of neighbours mean what they say.

use super::ExpectedCube;
use super::views::{View, Views};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::angle::VirtualArray;
use crate::dsp::power_map::range_azimuth;
use crate::dsp::range_doppler::RangeDopplerConfig;
use crate::dsp::resize::{resize, resized_axis};
use crate::signal::{IfCube, Signal};
use ndarray::{Array2, Array3, Axis as Dim};
use serde::{Deserialize, Serialize};

/// Name of the view.
pub(super) const NAME: &str = "time_range_angle";

/// Settings of the cubes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RangeAngleChain {
    /// Times: frames are averaged, or interpolated, to as many. Default 16.
    pub times: usize,
    /// Ranges. Default 64.
    pub ranges: usize,
    /// Azimuths from −90 to 90 degrees. Default 64.
    pub angles: usize,
    /// Ranges end here, m. Default 6.
    pub max_range_m: Option<f64>,
    /// Subtract the mean over the chirps of each frame. Default true.
    pub remove_static: bool,
}

impl Default for RangeAngleChain {
    fn default() -> Self {
        Self { times: 16, ranges: 64, angles: 64, max_range_m: Some(6.0), remove_static: true }
    }
}

impl RangeAngleChain {
    /// The view of a window; none of other signals.
    ///
    /// # Shapes
    /// `cube[frame, chirp, tx, rx, sample]` → `time_range_angle[time, range, azimuth]`, √W.
    pub fn view(&self, signal: &Signal) -> Result<Views, DspError> {
        let mut views = Views::new();
        if let Signal::Cube(cube) = signal {
            views.insert(NAME, self.of(cube)?);
        }
        Ok(views)
    }

    fn of(&self, cube: &IfCube) -> Result<View, DspError> {
        let config = RangeDopplerConfig {
            max_range_m: self.max_range_m,
            remove_static: self.remove_static,
            ..RangeDopplerConfig::default()
        };
        let frames = cube.data.dim().0;
        let mut axes = None;
        let mut all = Array2::zeros((frames, self.ranges * self.angles));
        for (frame, mut row) in all.axis_iter_mut(Dim(0)).enumerate() {
            let map = range_azimuth(&cube.frames(frame..frame + 1), &config, self.angles)?;
            let power = resize(&map.data.mapv(|db| 10f32.powf(db / 10.0)), self.ranges, self.angles);
            row.iter_mut().zip(&power).for_each(|(to, from)| *to = *from);
            axes.get_or_insert((resized_axis(&map.range, self.ranges), map.other));
        }
        let Some((range, azimuth)) = axes else { return Err(DspError::setting("frames", frames, "at least 1")) };
        let period = cube.info.frame_period_s;
        let time = resized_axis(&Axis::new("time", "s", frames, 0.5 * period, period), self.times);
        let amplitude = resize(&all, self.times, self.ranges * self.angles).mapv(f32::sqrt);
        let shape = (self.times, self.ranges, self.angles);
        let data = Array3::from_shape_vec(shape, amplitude.iter().copied().collect())
            .map_err(|_| DspError::setting("times", self.times, "at least 1"))?;
        Ok(View {
            quantity: "amplitude".into(),
            unit: "√W".into(),
            axes: vec![time, range, azimuth],
            data: data.into_dyn(),
        })
    }

    pub(super) fn planned(&self) -> (String, Vec<usize>) {
        (NAME.to_owned(), vec![self.times, self.ranges, self.angles])
    }

    /// All that is wrong with the sizes, whatever the signal.
    pub fn problems(&self) -> Vec<Problem> {
        let sizes = [("times", self.times, 1), ("ranges", self.ranges, 1), ("angles", self.angles, 2)];
        let wrong = sizes.into_iter().filter(|(_, value, least)| !(*least..=1024).contains(value));
        let mut problems: Vec<Problem> =
            wrong.map(|(key, value, least)| Problem::new(key, format!("{value}; expected {least} to 1024"))).collect();
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
