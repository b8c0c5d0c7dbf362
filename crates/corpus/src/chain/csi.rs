//! The chain of channel state information: cleaning steps, then views of a fixed size.

use super::views::{View, Views};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::csi::{CsiStep, DopplerConfig, Holds, MorletConfig, Streams, doppler, morlet, resampled};
use crate::dsp::maps::LOG_MAGNITUDE;
use crate::dsp::resize::{resize, resized_axis};
use crate::dsp::scale::log_scaled;
use crate::signal::{Csi, Signal};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Cleaning steps and what is shown of the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsiChain {
    /// What is done, one step behind the other. Default nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<CsiStep>,
    /// What is shown. Default amplitudes.
    pub views: Vec<CsiView>,
    /// Packets a second that series are interpolated to; without it as many as the median gap makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_hz: Option<f64>,
    /// Windows with a longer time without a packet are left out, s. Default 0.5.
    pub max_gap_s: f64,
}

impl Default for CsiChain {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            views: vec![CsiView::Amplitude(SeriesView::default())],
            rate_hz: None,
            max_gap_s: 0.5,
        }
    }
}

/// How rows of series are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Each row to mean 0 and standard deviation 1 over the window: the level of a room is gone.
    #[default]
    Rows,
    /// All of the window to mean 0 and standard deviation 1: what rows differ by stays.
    Window,
    /// As they are.
    None,
}

impl Scaling {
    pub(super) fn apply(self, map: &mut Array2<f32>) {
        match self {
            Self::Rows => map.rows_mut().into_iter().for_each(|mut row| {
                let (mean, spread) = moments(row.iter());
                row.mapv_inplace(|v| (v - mean) / spread);
            }),
            Self::Window => {
                let (mean, spread) = moments(map.iter());
                map.mapv_inplace(|v| (v - mean) / spread);
            }
            Self::None => {}
        }
    }
}

/// A map of series: rows are subcarriers of one link behind those of the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeriesView {
    /// Rows after resizing. Default 90: three antennas of thirty subcarriers stay as they are.
    pub rows: usize,
    /// Columns after resizing. Default 128.
    pub columns: usize,
    /// How they are scaled.
    pub scaling: Scaling,
}

impl Default for SeriesView {
    fn default() -> Self {
        Self { rows: 90, columns: 128, scaling: Scaling::default() }
    }
}

/// A map of frequencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spectral<T> {
    /// How it is made.
    pub spectrum: T,
    /// Rows after resizing. Default 64.
    pub rows: usize,
    /// Columns after resizing. Default 128.
    pub columns: usize,
    /// Power this far below the peak, and everything weaker, becomes −1, dB. Default 30.
    pub dynamic_range_db: f64,
}

impl<T: Default> Default for Spectral<T> {
    fn default() -> Self {
        Self { spectrum: T::default(), rows: 64, columns: 128, dynamic_range_db: 30.0 }
    }
}

/// A view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "view", rename_all = "snake_case")]
pub enum CsiView {
    /// `amplitude[link_subcarrier, time]`.
    Amplitude(SeriesView),
    /// `phase[link_subcarrier, time]`, unwrapped over time: of cleaned samples alone it is more than noise.
    Phase(SeriesView),
    /// `series[link_subcarrier, time]`: the real numbers that the last step left, as gradients.
    Series(SeriesView),
    /// `doppler[doppler, time]`: the first principal component's spectrogram.
    Doppler(Spectral<DopplerConfig>),
    /// `wavelet[log2_frequency, time]`: Morlet wavelets of the first principal component.
    Wavelet(Spectral<MorletConfig>),
}

impl CsiView {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Amplitude(_) => "amplitude",
            Self::Phase(_) => "phase",
            Self::Series(_) => "series",
            Self::Doppler(_) => "doppler",
            Self::Wavelet(_) => "wavelet",
        }
    }

    fn size(&self) -> (usize, usize) {
        match self {
            Self::Amplitude(of) | Self::Phase(of) | Self::Series(of) => (of.rows, of.columns),
            Self::Doppler(of) => (of.rows, of.columns),
            Self::Wavelet(of) => (of.rows, of.columns),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let (rows, columns) = self.size();
        let sizes = [("rows", rows), ("columns", columns)];
        let mut problems: Vec<Problem> = sizes
            .into_iter()
            .filter(|(_, value)| !(1..=4096).contains(value))
            .map(|(key, value)| Problem::new(key, format!("{value}; expected 1 to 4096")))
            .collect();
        let (found, range) = match self {
            Self::Doppler(of) => (of.spectrum.problems(), of.dynamic_range_db),
            Self::Wavelet(of) => (of.spectrum.problems(), of.dynamic_range_db),
            _ => return problems,
        };
        problems.extend(found.into_iter().map(|p| p.under("spectrum")));
        if !(range > 0.0 && range <= 200.0) {
            problems.push(Problem::new("dynamic_range_db", format!("{range}; expected above 0, at most 200 dB")));
        }
        problems
    }
}

impl CsiChain {
    /// The views of a window that lasts `length_s`, or as long as its packets.
    pub fn views(&self, csi: &Csi, length_s: Option<f64>) -> Result<Views, DspError> {
        if csi.packets() < 2 {
            let reason = format!("{} packets in a window; expected two or more", csi.packets());
            return Err(DspError::Csi { reason });
        }
        let rate_hz = self
            .rate_hz
            .or_else(|| csi.period_s().map(f64::recip))
            .ok_or_else(|| DspError::Csi { reason: "all packets have one time; say chain.csi.rate_hz".into() })?;
        let length_s = length_s.unwrap_or_else(|| csi.duration_s());
        let mut streams = Streams::of(csi)?;
        for (i, step) in self.steps.iter().enumerate() {
            streams = step.apply(streams).map_err(|e| match e {
                DspError::Csi { reason } => DspError::Csi { reason: format!("steps.{i}: {reason}") },
                other => other,
            })?;
        }
        let mut views = Views::new();
        for view in &self.views {
            let made = match view {
                CsiView::Amplitude(of) => of.view(CsiStep::Amplitude {}.apply(streams.clone())?, rate_hz, length_s),
                CsiView::Phase(of) if streams.holds == Holds::Phases => of.view(streams.clone(), rate_hz, length_s),
                CsiView::Phase(of) => of.view(CsiStep::Phase {}.apply(streams.clone())?, rate_hz, length_s),
                CsiView::Series(of) if streams.holds.is_real() => of.view(streams.clone(), rate_hz, length_s),
                CsiView::Series(_) => {
                    let reason = "view series needs real numbers: a step amplitude, phase or gradient".into();
                    return Err(DspError::Csi { reason });
                }
                CsiView::Doppler(of) => of.view(doppler(&streams, rate_hz, &of.spectrum)?),
                CsiView::Wavelet(of) => of.view(morlet(&streams, rate_hz, &of.spectrum)?),
            };
            views.insert(view.name(), made);
        }
        Ok(views)
    }

    /// Names and shapes of the views.
    pub(super) fn planned(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        self.views.iter().map(|view| {
            let (rows, columns) = view.size();
            (view.name().to_owned(), vec![rows, columns])
        })
    }

    /// All that is wrong with the settings, whatever the signal; the keys are relative to the chain.
    pub fn problems(&self) -> Vec<Problem> {
        let under = |list: &str, i: usize| format!("{list}.{i}");
        let steps = self.steps.iter().enumerate();
        let steps = steps.flat_map(|(i, step)| step.problems().into_iter().map(move |p| p.under(&under("steps", i))));
        let views = self.views.iter().enumerate();
        let views = views.flat_map(|(i, view)| view.problems().into_iter().map(move |p| p.under(&under("views", i))));
        let mut problems: Vec<Problem> = steps.chain(views).collect();
        if self.views.is_empty() {
            problems.push(Problem::new("views", "is empty; expected amplitude, phase, series, doppler or wavelet"));
        }
        if let Some(rate) = self.rate_hz.filter(|rate| !(*rate > 0.0 && *rate <= 1e4)) {
            problems.push(Problem::new("rate_hz", format!("{rate}; expected above 0, at most 10000 packets/s")));
        }
        if !(self.max_gap_s > 0.0 && self.max_gap_s.is_finite()) {
            problems.push(Problem::new("max_gap_s", format!("{}; expected above 0 s", self.max_gap_s)));
        }
        problems
    }
}

impl SeriesView {
    fn view(&self, streams: Streams, rate_hz: f64, length_s: f64) -> View {
        let (quantity, unit) = streams.holds.quantity();
        let even = resampled(streams, rate_hz);
        let (times, subcarriers, links) = even.data.dim();
        let mut map = Array2::from_shape_fn((links * subcarriers, times), |(row, t)| {
            even.data[[t, row % subcarriers, row / subcarriers]].re
        });
        self.scaling.apply(&mut map);
        let unit = if self.scaling == Scaling::None { unit } else { "1" };
        let rows = Axis::index("link_subcarrier", links * subcarriers);
        // The axis is that of the window: when its first and last packet came differs from window to window.
        let time = Axis::new("time", "s", times, 0.0, length_s / times as f64);
        let data = resize(&map, self.rows, self.columns).into_dyn();
        let axes = vec![resized_axis(&rows, self.rows), resized_axis(&time, self.columns)];
        View { quantity: quantity.into(), unit: unit.into(), axes, data }
    }
}

/// Mean and standard deviation; 1 where nothing changes.
fn moments<'a>(values: impl Iterator<Item = &'a f32> + Clone) -> (f32, f32) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().map(|v| f64::from(*v)).sum::<f64>() / n;
    let variance = values.map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    let spread = variance.sqrt();
    (mean as f32, if spread > 1e-12 { spread as f32 } else { 1.0 })
}

impl<T> Spectral<T> {
    fn view(&self, made: crate::dsp::csi::Spectrum) -> View {
        let map = log_scaled(&resize(&made.data, self.rows, self.columns), self.dynamic_range_db);
        let axes = vec![resized_axis(&made.frequency, self.rows), resized_axis(&made.time, self.columns)];
        View { quantity: LOG_MAGNITUDE.into(), unit: "1".into(), axes, data: map.into_dyn() }
    }
}

/// Windows without a time of more than `max_gap_s` between packets, or at their ends; what is left out is said in the log.
pub(super) fn windows(csi: &Csi, (length_s, hop_s): (f64, f64), max_gap_s: f64) -> Vec<(f64, Signal)> {
    let (mut found, mut left) = (Vec::new(), 0);
    let duration_s = csi.duration_s() + 1e-9;
    for i in 0.. {
        let start = f64::from(i) * hop_s;
        if start + length_s > duration_s {
            break;
        }
        let window = csi.window(start, start + length_s);
        let inner = window.time_s.iter().copied();
        let ends: Vec<f64> = [0.0].into_iter().chain(inner).chain([length_s]).collect();
        if window.packets() >= 2 && ends.windows(2).all(|w| w[1] - w[0] <= max_gap_s) {
            found.push((start, Signal::Csi(window)));
        } else {
            left += 1;
        }
    }
    if left > 0 {
        tracing::warn!("{left} windows have more than {max_gap_s} s without a packet and are left out");
    }
    found
}
