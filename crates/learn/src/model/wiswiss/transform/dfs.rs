//! Doppler spectra of CSI: antennas against a reference, band-pass, first principal component, short-time spectrum. All of it is
//! matrix products, so that gradients flow through.

use super::SettingProblem;
use crate::model::interface::ViewForm;
use crate::model::parameters::values;
use burn::tensor::{Device, Int, Tensor, TensorData};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Settings of a Doppler spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Dfs {
    /// Slower changes are what stands still, Hz.
    pub min_hz: f64,
    /// Faster changes are noise, Hz; half the packet rate at most counts, whatever is said.
    pub max_hz: f64,
    /// Length of a spectrum's window, s; at most that of the view.
    pub window_s: f64,
    /// From one window to the next, s.
    pub hop_s: f64,
    /// Rounds of the power method.
    pub rounds: usize,
    /// Whether antennas are taken against the one of the steadiest level first; not of series whose level was taken away.
    pub against_reference: bool,
}

impl Default for Dfs {
    fn default() -> Self {
        Self { min_hz: 0.5, max_hz: 60.0, window_s: 1.0, hop_s: 0.25, rounds: 10, against_reference: true }
    }
}

/// The constant matrices of a form.
struct BandPlan {
    /// `[time, coefficient]` with orthonormal columns: cosines and sines of the band.
    band: Tensor<2>,
    /// Samples of all windows behind each other.
    samples: Tensor<1, Int>,
    windows: usize,
    window: usize,
    /// `[sample of a window, 2 · bin]`: windowed cosines, then sines.
    spectrum: Tensor<2>,
    bins: usize,
}

impl Dfs {
    pub(super) fn problem(&self) -> SettingProblem {
        let positive = [("max_hz", self.max_hz), ("window_s", self.window_s), ("hop_s", self.hop_s)];
        if let Some((key, value)) = positive.into_iter().find(|(_, v)| !(*v > 0.0 && v.is_finite())) {
            return Some((key, value.to_string(), "above 0"));
        }
        if !(self.min_hz >= 0.0 && self.min_hz < self.max_hz) {
            return Some(("min_hz", self.min_hz.to_string(), "0 or more, below max_hz"));
        }
        let sound = (1..=1000).contains(&self.rounds);
        (!sound).then(|| ("rounds", self.rounds.to_string(), "1 to 1000"))
    }

    pub(super) fn misfit(&self, form: &ViewForm) -> Option<String> {
        let Some(rate) = form.rate_hz else {
            return Some("says no step of its time axis: a Doppler spectrum needs the rate of packets".into());
        };
        let [rows, times] = form.shape[..] else { return Some("has no two axes".into()) };
        if form.links == 0 || !rows.is_multiple_of(form.links) {
            return Some(format!("has {rows} rows, which {} antennas do not divide", form.links));
        }
        let (frequencies, window) = (self.frequencies(rate, times), self.window(rate, times));
        let empty = frequencies.is_empty() || self.frequencies(rate, window).is_empty();
        empty.then(|| {
            format!(
                "has no frequency between {} Hz and the lesser of {} Hz and half its rate, {} Hz, in windows of {window} of {times} times",
                self.min_hz,
                self.max_hz,
                0.5 * rate
            )
        })
    }

    /// Bins of a transform over `count` samples within the band, which ends at half the rate.
    fn frequencies(&self, rate: f64, count: usize) -> Vec<usize> {
        let hz = |k: usize| k as f64 * rate / count as f64;
        (1..=count / 2).filter(|&k| hz(k) >= self.min_hz && hz(k) <= self.max_hz).collect()
    }

    fn window(&self, rate: f64, times: usize) -> usize {
        ((self.window_s * rate).round() as usize).clamp(2.min(times), times)
    }

    fn plan(&self, rate: f64, times: usize, device: &Device) -> BandPlan {
        let ks = self.frequencies(rate, times);
        // At half the rate there is a cosine and no sine.
        let sines: Vec<usize> = ks.iter().copied().filter(|k| 2 * k < times).collect();
        let mut band = Vec::with_capacity(times * (ks.len() + sines.len()));
        for t in 0..times {
            let angle = |k: usize| TAU * (k * t % times) as f64 / times as f64;
            let size = |k: usize| (if 2 * k == times { 1.0 } else { 2.0_f64 } / times as f64).sqrt();
            band.extend(ks.iter().map(|&k| (size(k) * angle(k).cos()) as f32));
            band.extend(sines.iter().map(|&k| (size(k) * angle(k).sin()) as f32));
        }
        let window = self.window(rate, times);
        let hop = ((self.hop_s * rate).round() as usize).max(1);
        let starts: Vec<usize> = (0..=times - window).step_by(hop).collect();
        let samples: Vec<i64> = starts.iter().flat_map(|s| (*s..s + window).map(|t| t as i64)).collect();
        let bins = self.frequencies(rate, window);
        let mut spectrum = Vec::with_capacity(window * 2 * bins.len());
        for t in 0..window {
            // Hann's window without its zeros.
            let weight = 0.5 - 0.5 * (TAU * (t as f64 + 0.5) / window as f64).cos();
            let angle = |k: usize| TAU * (k * t % window) as f64 / window as f64;
            spectrum.extend(bins.iter().map(|&k| (weight * angle(k).cos()) as f32));
            spectrum.extend(bins.iter().map(|&k| (weight * angle(k).sin()) as f32));
        }
        let count = samples.len();
        let columns = ks.len() + sines.len();
        BandPlan {
            band: Tensor::from_data(TensorData::new(band, [times, columns]), device),
            samples: Tensor::from_data(TensorData::new(samples, [count]), device),
            windows: starts.len(),
            window,
            spectrum: Tensor::from_data(TensorData::new(spectrum, [window, 2 * bins.len()]), device),
            bins: bins.len(),
        }
    }

    /// Both relative to the root mean square of the first of each sample, so that λ means the same for strong and weak movements.
    pub(super) fn pair(&self, original: &Tensor<2>, predicted: Tensor<2>, form: &ViewForm) -> (Tensor<3>, Tensor<3>) {
        let (&[rows, times], Some(rate)) = (&form.shape[..], form.rate_hz) else {
            // Forms are checked before anything is trained.
            let empty = original.clone().unsqueeze_dim::<3>(1);
            return (empty.clone(), empty);
        };
        let device = original.device();
        let plan = self.plan(rate, times, &device);
        let reference = reference(original, rows / form.links, times, form.links, &device);
        let of = |x: Tensor<2>| self.of(x, &plan, &reference, [rows, times, form.links]);
        let first = of(original.clone()).detach();
        let [batch, windows, bins] = first.dims();
        let square = first.clone().reshape([batch, windows * bins]).square().mean_dim(1);
        // What stands still has a spectrum of rounding errors.
        let size = square.sqrt().clamp_min(1e-6).unsqueeze_dim::<3>(2);
        (first / size.clone(), of(predicted) / size)
    }

    fn of(&self, x: Tensor<2>, plan: &BandPlan, reference: &Tensor<4>, [rows, times, links]: [usize; 3]) -> Tensor<3> {
        let [batch, _] = x.dims();
        let subcarriers = rows / links;
        let x: Tensor<4> = x.reshape([batch, links, subcarriers, times]);
        let products = match self.against_reference {
            true => x.clone() * (x * reference.clone()).sum_dim(1),
            false => x,
        };
        let products: Tensor<2> = products.reshape([batch * rows, times]);
        let [_, columns] = plan.band.dims();
        let moving: Tensor<3> = products.matmul(plan.band.clone()).reshape([batch, rows, columns]);
        // From a fixed start that no row's sign makes orthogonal.
        let start: Vec<f32> = (0..rows).map(|r| 1.0 + 0.5 * ((r * 7 % 11) as f32 / 11.0)).collect();
        let start = Tensor::<3>::from_data(TensorData::new(start, [1, rows, 1]), &moving.device());
        let mut direction = start.expand([batch, rows, 1]);
        let transposed = moving.clone().swap_dims(1, 2);
        for _ in 0..self.rounds {
            let next = moving.clone().matmul(transposed.clone().matmul(direction));
            let size = next.clone().square().sum_dim(1).add_scalar(1e-24).sqrt();
            direction = next / size;
        }
        let component: Tensor<2> = transposed.matmul(direction).reshape([batch, columns]);
        let series = component.matmul(plan.band.clone().transpose());
        let cut: Tensor<2> = series.select(1, plan.samples.clone()).reshape([batch * plan.windows, plan.window]);
        let power = cut.matmul(plan.spectrum.clone()).square();
        let all = batch * plan.windows;
        let power = power.clone().slice([0..all, 0..plan.bins]) + power.slice([0..all, plan.bins..2 * plan.bins]);
        power.reshape([batch, plan.windows, plan.bins])
    }
}

/// 1 for the antenna of each sample whose level is largest against its changes, 0 for the others: what the others are taken against
/// (Widar 3.0's choice). One antenna is taken against itself, which gives power.
///
/// # Shapes
/// `[sample, antenna, 1, 1]`.
fn reference(x: &Tensor<2>, subcarriers: usize, times: usize, links: usize, device: &Device) -> Tensor<4> {
    let [batch, cells] = x.dims();
    let numbers = values(x.clone()).unwrap_or_else(|_| vec![0.0; batch * cells]);
    let mut mask = vec![0.0_f32; batch * links];
    for (sample, mask) in numbers.chunks_exact(cells).zip(mask.chunks_exact_mut(links)) {
        let level = |antenna: &[f32]| -> f64 {
            let ratio = |row: &[f32]| {
                let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / times as f64;
                let variance = row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / times as f64;
                mean / (variance.sqrt() + 1e-9)
            };
            antenna.chunks_exact(times).map(ratio).sum()
        };
        let levels = sample.chunks_exact(subcarriers * times).map(level);
        let best =
            levels.enumerate().fold((0, f64::NEG_INFINITY), |best, (i, v)| if v > best.1 { (i, v) } else { best });
        mask[best.0] = 1.0;
    }
    Tensor::from_data(TensorData::new(mask, [batch, links, 1, 1]), device)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Three antennas of four subcarriers, a level and one moving path at `hz` whose share differs from row to row.
    fn view(hz: f64, rate: f64, times: usize) -> Vec<f32> {
        let value = |row: usize, t: usize| {
            let phase = TAU * hz * t as f64 / rate + row as f64;
            1.0 + 0.02 * (1.0 + row as f64 * 0.2) * phase.cos()
        };
        (0..12).flat_map(|row| (0..times).map(move |t| value(row, t) as f32)).collect()
    }

    fn spectrum(dfs: &Dfs, hz: f64, rate: f64, links: usize) -> (usize, Vec<f32>) {
        let form = ViewForm { shape: vec![12, 96], rate_hz: Some(rate), links };
        assert_eq!(dfs.misfit(&form), None);
        let x = Tensor::<2>::from_data(TensorData::new(view(hz, rate, 96), [1, 12 * 96]), &Device::flex());
        let (phi, same) = dfs.pair(&x, x.clone(), &form);
        let [_, windows, bins] = phi.dims();
        let values = phi.into_data().try_into_vec::<f32>().unwrap();
        assert_eq!(values, same.into_data().try_into_vec::<f32>().unwrap());
        let sums = (0..bins).map(|k| (0..windows).map(|w| values[w * bins + k]).sum()).collect();
        (windows, sums)
    }

    #[test]
    fn a_path_that_moves_stands_at_its_frequency() {
        let dfs = Dfs { min_hz: 1.0, ..Dfs::default() };
        for links in [1, 3] {
            for (hz, against_reference) in [(3.0, true), (6.0, true), (10.0, true), (5.0, false)] {
                let dfs = Dfs { against_reference, ..dfs.clone() };
                // 24 packets a second: windows of 24 give bins of 1 Hz, from 1 Hz to 12 Hz.
                let (windows, sums) = spectrum(&dfs, hz, 24.0, links);
                assert_eq!((windows, sums.len()), (13, 12));
                let peak = (0..12).max_by(|&a, &b| sums[a].total_cmp(&sums[b])).unwrap();
                assert_eq!((peak + 1) as f64, hz, "{links} antennas: {sums:?}");
            }
        }
    }

    #[test]
    fn the_band_ends_at_half_the_rate() {
        let slow = Dfs { min_hz: 11.0, max_hz: 60.0, ..Dfs::default() };
        let form = ViewForm { shape: vec![12, 96], rate_hz: Some(20.0), links: 3 };
        assert!(slow.misfit(&form).unwrap().contains("half its rate, 10 Hz"));
        let none = ViewForm { rate_hz: None, ..form.clone() };
        assert!(Dfs::default().misfit(&none).unwrap().contains("rate of packets"));
        let odd = ViewForm { links: 5, ..form };
        assert!(Dfs::default().misfit(&odd).unwrap().contains("5 antennas do not divide"));
    }
}
