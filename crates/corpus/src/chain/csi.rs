//! The chain of channel state information: cleaning steps, then views of a fixed size.

use super::views::{View, Views};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::csi::{CsiStep, DopplerConfig, Holds, MorletConfig, Streams, doppler, morlet, resampled};
use crate::dsp::maps::LOG_MAGNITUDE;
use crate::dsp::resize::{resize, resized_axis};
use crate::dsp::scale::{log_scaled, log_scaled_below};
use crate::signal::Csi;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cleaning steps and what is shown of the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeriesView {
    /// Its name, where it is not to be that of its kind: a kind may be there several times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Steps behind those of the chain, for this view alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<CsiStep>,
    /// Rows after resizing. Default 90: three antennas of thirty subcarriers stay as they are.
    pub rows: usize,
    /// Columns after resizing. Default 128.
    pub columns: usize,
    /// How they are scaled.
    pub scaling: Scaling,
}

impl Default for SeriesView {
    fn default() -> Self {
        Self { name: None, steps: Vec::new(), rows: 90, columns: 128, scaling: Scaling::default() }
    }
}

/// A map of frequencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(bound = "T: JsonSchema + Default + Serialize")]
pub struct Spectral<T> {
    /// Its name, where it is not to be that of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Steps behind those of the chain, for this view alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<CsiStep>,
    /// How it is made.
    pub spectrum: T,
    /// Rows after resizing. Default 64.
    pub rows: usize,
    /// Columns after resizing. Default 128.
    pub columns: usize,
    /// Power this far below the peak, and everything weaker, becomes −1, dB. Default 30.
    pub dynamic_range_db: f64,
    /// Power that becomes 1, dB over 1 in the squared unit of the series, in place of the peak of the window: how strong a movement is
    /// stays. It means the same everywhere after a step `relative` alone (0 dB: changes as large as the channel).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_db: Option<f64>,
}

impl<T: Default> Default for Spectral<T> {
    fn default() -> Self {
        Self {
            name: None,
            steps: Vec::new(),
            spectrum: T::default(),
            rows: 64,
            columns: 128,
            dynamic_range_db: 30.0,
            reference_db: None,
        }
    }
}

/// A view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Its name: that of its kind where none is given.
    pub fn name(&self) -> &str {
        let (given, kind) = match self {
            Self::Amplitude(of) => (&of.name, "amplitude"),
            Self::Phase(of) => (&of.name, "phase"),
            Self::Series(of) => (&of.name, "series"),
            Self::Doppler(of) => (&of.name, "doppler"),
            Self::Wavelet(of) => (&of.name, "wavelet"),
        };
        given.as_deref().unwrap_or(kind)
    }

    /// Its own steps.
    fn steps(&self) -> &[CsiStep] {
        match self {
            Self::Amplitude(of) | Self::Phase(of) | Self::Series(of) => &of.steps,
            Self::Doppler(of) => &of.steps,
            Self::Wavelet(of) => &of.steps,
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
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if self.name().is_empty() || !self.name().chars().all(plain) {
            problems.push(Problem::new("name", format!("`{}`; expected letters, digits and _", self.name())));
        }
        problems.extend(step_problems(self.steps()));
        let (found, range, reference) = match self {
            Self::Doppler(of) => (of.spectrum.problems(), of.dynamic_range_db, of.reference_db),
            Self::Wavelet(of) => (of.spectrum.problems(), of.dynamic_range_db, of.reference_db),
            _ => return problems,
        };
        if let Some(level) = reference.filter(|level| !(-300.0..=300.0).contains(level)) {
            problems.push(Problem::new("reference_db", format!("{level}; expected -300 to 300 dB")));
        }
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
        let all = stepped(Streams::of(csi)?, &self.steps, "")?;
        let mut views = Views::new();
        for (i, view) in self.views.iter().enumerate() {
            let streams = stepped(all.clone(), view.steps(), &format!("views.{i}."))?;
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
        let mut problems = step_problems(&self.steps);
        for (i, view) in self.views.iter().enumerate() {
            problems.extend(view.problems().into_iter().map(|p| p.under(&format!("views.{i}"))));
            if self.views[..i].iter().any(|other| other.name() == view.name()) {
                let message = format!("`{}` is the name of two views; give one of them a `name`", view.name());
                problems.push(Problem::new(format!("views.{i}.name"), message));
            }
        }
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

/// What steps make of samples; `place` is where in the chain they stand.
fn stepped(mut streams: Streams, steps: &[CsiStep], place: &str) -> Result<Streams, DspError> {
    for (i, step) in steps.iter().enumerate() {
        streams = step.apply(streams).map_err(|e| match e {
            DspError::Csi { reason } => DspError::Csi { reason: format!("{place}steps.{i}: {reason}") },
            other => other,
        })?;
    }
    Ok(streams)
}

fn step_problems(steps: &[CsiStep]) -> Vec<Problem> {
    let of = |(i, step): (usize, &CsiStep)| {
        step.problems().into_iter().map(move |p| p.under(&format!("steps.{i}"))).collect::<Vec<_>>()
    };
    steps.iter().enumerate().flat_map(of).collect()
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
        let power = resize(&made.data, self.rows, self.columns);
        let map = match self.reference_db {
            Some(reference) => log_scaled_below(&power, reference, self.dynamic_range_db),
            None => log_scaled(&power, self.dynamic_range_db),
        };
        let axes = vec![resized_axis(&made.frequency, self.rows), resized_axis(&made.time, self.columns)];
        View { quantity: LOG_MAGNITUDE.into(), unit: "1".into(), axes, data: map.into_dyn() }
    }
}
