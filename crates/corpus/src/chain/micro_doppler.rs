//! The chain of a CW radar: a micro-Doppler spectrogram of a fixed size.

use super::views::{View, Views};
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::maps::LOG_MAGNITUDE;
use crate::dsp::micro_doppler::{MicroDopplerConfig, micro_doppler};
use crate::dsp::resize::{resize, resized_axis};
use crate::dsp::scale::log_scaled;
use crate::signal::{Iq, IqInfo};
use serde::{Deserialize, Serialize};

/// Name of the view.
pub(super) const NAME: &str = "micro_doppler";

/// A micro-Doppler spectrogram as a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MicroDopplerChain {
    /// How the spectrogram is made.
    pub spectrogram: MicroDopplerConfig,
    /// Rows after resizing. Default 224.
    pub rows: usize,
    /// Columns after resizing. Default 224.
    pub columns: usize,
    /// Power this far below the peak, and everything weaker, becomes −1, dB. Default 40.
    pub dynamic_range_db: f64,
}

impl Default for MicroDopplerChain {
    fn default() -> Self {
        Self { spectrogram: MicroDopplerConfig::default(), rows: 224, columns: 224, dynamic_range_db: 40.0 }
    }
}

impl MicroDopplerChain {
    /// The view of a window.
    ///
    /// # Shapes
    /// `iq[rx, time]` → `micro_doppler[velocity, time]`, from approaching to receding, values −1 to 1.
    pub fn view(&self, iq: &Iq) -> Result<Views, DspError> {
        let spectrogram = micro_doppler(iq, &self.spectrogram)?;
        let power = spectrogram.data.mapv(|db| 10f32.powf(db / 10.0));
        let map = log_scaled(&resize(&power, self.rows, self.columns), self.dynamic_range_db);
        let axes = vec![resized_axis(&spectrogram.velocity, self.rows), resized_axis(&spectrogram.time, self.columns)];
        let mut views = Views::new();
        views.insert(NAME, View { quantity: LOG_MAGNITUDE.into(), unit: "1".into(), axes, data: map.into_dyn() });
        Ok(views)
    }

    /// All that is wrong with the sizes, whatever the signal.
    pub fn problems(&self) -> Vec<Problem> {
        let sizes = [("rows", self.rows), ("columns", self.columns)];
        let mut problems: Vec<Problem> = sizes
            .into_iter()
            .filter(|(_, value)| !(1..=4096).contains(value))
            .map(|(key, value)| Problem::new(key, format!("{value}; expected 1 to 4096")))
            .collect();
        if !(self.dynamic_range_db > 0.0 && self.dynamic_range_db <= 200.0) {
            let message = format!("{}; expected above 0, at most 200 dB", self.dynamic_range_db);
            problems.push(Problem::new("dynamic_range_db", message));
        }
        problems
    }

    /// The same with all that does not fit a signal.
    pub(super) fn problems_for(&self, info: &IqInfo, receivers: usize, duration_s: f64) -> Vec<Problem> {
        let mut problems = self.problems();
        let found = self.spectrogram.problems_for(info, receivers, duration_s);
        problems.extend(found.into_iter().map(|p| p.under("spectrogram")));
        problems
    }
}
