//! A micro-Doppler spectrogram of a fixed size: of the I/Q of a CW radar, or of the chirps of an FMCW radar.

use super::ExpectedCube;
use super::views::{View, Views};
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::cfar::CfarConfig;
use crate::dsp::maps::LOG_MAGNITUDE;
use crate::dsp::micro_doppler::{
    MicroDoppler, MicroDopplerConfig, above_noise, micro_doppler, micro_doppler_of_cube, without_components,
};
use crate::dsp::resize::{resize, resized_axis};
use crate::dsp::scale::log_scaled;
use crate::signal::{IqInfo, Signal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the view.
pub(super) const NAME: &str = "micro_doppler";

/// A micro-Doppler spectrogram as a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MicroDopplerChain {
    /// How the spectrogram is made.
    pub spectrogram: MicroDopplerConfig,
    /// Strongest singular components that are taken away, 0 to 16: what hums and stands (a paper has 3). Default none.
    #[serde(skip_serializing_if = "is_none")]
    pub background_components: usize,
    /// Cells that do not stand out of the noise around them along velocity show nothing. Default all are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cfar: Option<CfarConfig>,
    /// Rows after resizing. Default 224.
    pub rows: usize,
    /// Columns after resizing. Default 224.
    pub columns: usize,
    /// Power this far below the peak, and everything weaker, becomes −1, dB. Default 40.
    pub dynamic_range_db: f64,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Default for MicroDopplerChain {
    fn default() -> Self {
        Self {
            spectrogram: MicroDopplerConfig::default(),
            background_components: 0,
            cfar: None,
            rows: 224,
            columns: 224,
            dynamic_range_db: 40.0,
        }
    }
}

impl MicroDopplerChain {
    /// The view of a window; none of points.
    ///
    /// # Shapes
    /// `iq[rx, time]` or `cube[frame, chirp, tx, rx, sample]` → `micro_doppler[velocity, time]`, from approaching to receding, values −1 to 1.
    pub fn view(&self, signal: &Signal) -> Result<Views, DspError> {
        let mut views = Views::new();
        let spectrogram = match signal {
            Signal::Iq(iq) => micro_doppler(iq, &self.spectrogram)?,
            Signal::Cube(cube) => micro_doppler_of_cube(cube, &self.spectrogram)?,
            _ => return Ok(views),
        };
        views.insert(NAME, self.scaled(&spectrogram)?);
        Ok(views)
    }

    fn scaled(&self, spectrogram: &MicroDoppler) -> Result<View, DspError> {
        let power = spectrogram.data.mapv(|db| 10f32.powf(db / 10.0));
        let mut power = without_components(&power, self.background_components);
        if let Some(cfar) = &self.cfar {
            power = above_noise(&power, cfar)?;
        }
        let map = log_scaled(&resize(&power, self.rows, self.columns), self.dynamic_range_db);
        let axes = vec![resized_axis(&spectrogram.velocity, self.rows), resized_axis(&spectrogram.time, self.columns)];
        Ok(View { quantity: LOG_MAGNITUDE.into(), unit: "1".into(), axes, data: map.into_dyn() })
    }

    /// All that is wrong with the sizes, whatever the signal.
    pub fn problems(&self) -> Vec<Problem> {
        let sizes = [("rows", self.rows), ("columns", self.columns)];
        let mut problems: Vec<Problem> = sizes
            .into_iter()
            .filter(|(_, value)| !(1..=4096).contains(value))
            .map(|(key, value)| Problem::new(key, format!("{value}; expected 1 to 4096")))
            .collect();
        if self.background_components > 16 {
            let message = format!("{}; expected 0 to 16", self.background_components);
            problems.push(Problem::new("background_components", message));
        }
        if !(self.dynamic_range_db > 0.0 && self.dynamic_range_db <= 200.0) {
            let message = format!("{}; expected above 0, at most 200 dB", self.dynamic_range_db);
            problems.push(Problem::new("dynamic_range_db", message));
        }
        problems
    }

    /// The same with all that does not fit a cube.
    pub(super) fn problems_for_cube(&self, cube: &ExpectedCube<'_>) -> Vec<Problem> {
        let mut problems = self.problems();
        let found = self.spectrogram.problems_for_cube(cube.info, (cube.frames, cube.chirps), cube.samples);
        problems.extend(found.into_iter().map(|p| p.under("spectrogram")));
        problems
    }

    /// The same with all that does not fit I/Q.
    pub(super) fn problems_for(&self, info: &IqInfo, receivers: usize, duration_s: f64) -> Vec<Problem> {
        let mut problems = self.problems();
        let found = self.spectrogram.problems_for(info, receivers, duration_s);
        problems.extend(found.into_iter().map(|p| p.under("spectrogram")));
        problems
    }
}
