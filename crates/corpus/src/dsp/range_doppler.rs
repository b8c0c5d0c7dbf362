//! Range FFT per chirp and Doppler FFT over the chirps of a frame.
//!
//! Spectra are divided by the sum of the window, so that a tone of amplitude 1 has a line of height 1, and by the known gain and
//! phase of their channel (`CubeInfo::channel_factors`). Range bins run from 0
//! upwards (complex sampling: all `n_fft` bins are positive ranges), Doppler bins are shifted: `−n/2 .. n/2 − 1`, positive =
//! receding.

use super::DspError;
use super::clutter::remove_mean;
use super::window::Window;
use crate::base::Complex32;
use crate::base::axis::Axis;
use crate::base::cube::IfCube;
use crate::kernels::fft::{self, Fft, FftDirection};
use ndarray::{Array3, Array4, Array5, ArrayView4, Axis as Dim};
use rayon::prelude::*;
use std::sync::Arc;

/// Checks that a cube has samples and that its description fits.
pub fn check_cube(cube: &IfCube) -> Result<(), DspError> {
    let (f, c, t, r, s) = cube.data.dim();
    let shape = [f, c, t, r, s];
    let fail = |reason: String| Err(DspError::Cube { shape, reason });
    if shape.contains(&0) {
        return fail("an axis is empty".into());
    }
    let info = &cube.info;
    if info.tx_m.len() != t || info.rx_m.len() != r {
        return fail(format!("the description has {} tx and {} rx antennas", info.tx_m.len(), info.rx_m.len()));
    }
    for (name, value) in [
        ("start_frequency_hz", info.start_frequency_hz),
        ("chirp_slope_hz_per_s", info.chirp_slope_hz_per_s),
        ("sample_rate_hz", info.sample_rate_hz),
        ("chirp_period_s", info.chirp_period_s),
        ("loop_period_s", info.loop_period_s),
        ("frame_period_s", info.frame_period_s),
    ] {
        if !(value.is_finite() && value > 0.0) {
            return fail(format!("{name} = {value} must be positive"));
        }
    }
    let factors = &info.channel_factors;
    if !factors.is_empty() && factors.len() != t * r {
        return fail(format!("the description has {} channel_factors for {} channels", factors.len(), t * r));
    }
    if let Some(i) = factors.iter().position(|[re, im]| !(re.hypot(*im) > 1e-6 && re.hypot(*im) < 1e6)) {
        return fail(format!("channel_factors.{i} is {:?}: no gain and phase to divide by", factors[i]));
    }
    if !info.adc_start_s.is_finite() || info.tx_m.iter().chain(&info.rx_m).any(|p| !p.iter().all(|x| x.is_finite())) {
        return fail("adc_start_s and the antenna positions must be numbers".into());
    }
    Ok(())
}

/// How many range bins of an `n_fft`-point range FFT reach to `max_range_m`; all of them without a limit.
pub fn kept_range_bins(cube: &IfCube, n_fft: usize, max_range_m: Option<f64>) -> Result<usize, DspError> {
    let bin = cube.info.range_bin_m(n_fft);
    match max_range_m {
        None => Ok(n_fft),
        Some(max) if max.is_finite() && max > bin => Ok(((max / bin).floor() as usize + 1).min(n_fft)),
        Some(max) => Err(DspError::setting(
            "max_range_m",
            max,
            format!("it must be above one range bin ({bin:.4} m), or left out"),
        )),
    }
}

/// The range FFT of one chirp, planned once and used for all.
pub struct RangeFft {
    plan: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    n_fft: usize,
    keep: usize,
}

impl RangeFft {
    /// Plans FFTs of `n_samples` samples, zero-padded to `n_fft`, of which the first `keep` bins are used.
    pub fn new(n_samples: usize, n_fft: usize, keep: usize, window: Window) -> Result<Self, DspError> {
        if n_fft < n_samples || n_fft > 1 << 20 {
            return Err(DspError::setting(
                "range_fft",
                n_fft,
                format!("{n_samples} samples need {n_samples}..=1048576"),
            ));
        }
        let plan = fft::plan(n_fft, FftDirection::Forward);
        Ok(Self { plan, window: window.unit_gain(n_samples), n_fft, keep: keep.min(n_fft) })
    }

    /// Bins kept of each spectrum.
    pub fn bins(&self) -> usize {
        self.keep
    }

    /// Buffers for [`Self::run`]: one pair a thread.
    pub fn scratch(&self) -> (Vec<Complex32>, Vec<Complex32>) {
        let zero = Complex32::new(0.0, 0.0);
        (vec![zero; self.n_fft], vec![zero; self.plan.get_inplace_scratch_len()])
    }

    /// Transforms one chirp into `scratch.0`; `None` when a sample was not a number.
    ///
    /// # Shapes
    /// `samples[sample]` → `[range]`, the kept bins.
    pub fn run<'a>(
        &self,
        samples: impl Iterator<Item = Complex32>,
        scratch: &'a mut (Vec<Complex32>, Vec<Complex32>),
    ) -> Option<&'a [Complex32]> {
        let (buffer, work) = scratch;
        buffer.fill(Complex32::new(0.0, 0.0));
        let mut sum = 0.0f32;
        for ((b, x), &w) in buffer.iter_mut().zip(samples).zip(&self.window) {
            *b = x * w;
            sum += b.re.abs() + b.im.abs();
        }
        if !sum.is_finite() {
            return None;
        }
        self.plan.process_with_scratch(buffer, work);
        Some(&buffer[..self.keep])
    }
}

/// Range spectra of a whole recording, slow time innermost.
pub struct RangeProfiles {
    /// `data[channel, range, slow time]`: channel = `tx · n_rx + rx`, slow time = `frame · chirps + chirp`.
    pub data: Array3<Complex32>,
    /// Calibrated range axis.
    pub range: Axis,
}

/// Range spectra of every chirp.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[channel, range, slow time]`.
pub fn range_profiles(
    cube: &IfCube,
    window: Window,
    range_fft: Option<usize>,
    max_range_m: Option<f64>,
) -> Result<RangeProfiles, DspError> {
    check_cube(cube)?;
    let (frames, chirps, n_tx, n_rx, n_samples) = cube.data.dim();
    let n_fft = range_fft.unwrap_or(n_samples);
    let keep = kept_range_bins(cube, n_fft, max_range_m)?;
    let fft = RangeFft::new(n_samples, n_fft, keep, window)?;
    let slow = frames * chirps;
    let mut data = Array3::<Complex32>::zeros((n_tx * n_rx, keep, slow));
    let channels: Vec<_> = data.outer_iter_mut().collect();
    channels.into_par_iter().enumerate().try_for_each(|(channel, mut out)| {
        let (tx, rx) = (channel / n_rx, channel % n_rx);
        let correction = cube.info.correction(channel);
        let mut scratch = fft.scratch();
        // Chirps are turned in blocks: written one by one, each would touch every row's cache line.
        const BLOCK: usize = 16;
        let mut block = vec![Complex32::new(0.0, 0.0); BLOCK * keep];
        for first in (0..slow).step_by(BLOCK) {
            let here = BLOCK.min(slow - first);
            for i in 0..here {
                let (frame, chirp) = ((first + i) / chirps, (first + i) % chirps);
                let samples = cube.data.slice(ndarray::s![frame, chirp, tx, rx, ..]);
                let spectrum = fft.run(samples.iter().copied(), &mut scratch).ok_or(DspError::NotFinite {
                    frame,
                    chirp,
                    tx,
                    rx,
                })?;
                let block = &mut block[i * keep..(i + 1) * keep];
                block.copy_from_slice(spectrum);
                if let Some(factor) = correction {
                    block.iter_mut().for_each(|z| *z *= factor);
                }
            }
            for (bin, mut row) in out.outer_iter_mut().enumerate() {
                for i in 0..here {
                    row[first + i] = block[i * keep + bin];
                }
            }
        }
        Ok::<(), DspError>(())
    })?;
    Ok(RangeProfiles { data, range: range_axis(cube, n_fft, keep) })
}

/// The calibrated axis of the first `keep` bins of an `n_fft`-point range FFT.
pub fn range_axis(cube: &IfCube, n_fft: usize, keep: usize) -> Axis {
    Axis::new("range", "m", keep, 0.0, cube.info.range_bin_m(n_fft))
}

/// The calibrated, shifted axis of an `n_fft`-point Doppler FFT over the chirps of a frame.
pub fn doppler_axis(cube: &IfCube, n_fft: usize) -> Axis {
    let step = cube.info.doppler_bin_mps(n_fft, cube.data.dim().4);
    Axis::new("velocity", "m/s", n_fft, -((n_fft / 2) as f64) * step, step).signed("positive = receding")
}

/// Index in FFT order of entry `i` of a shifted spectrum of `n` bins.
pub fn unshifted(i: usize, n: usize) -> usize {
    (i + n - n / 2) % n
}

/// How range-Doppler spectra are made.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeDopplerConfig {
    /// Taper along a chirp.
    pub range_window: Window,
    /// Taper over the chirps of a frame.
    pub doppler_window: Window,
    /// Length of the range FFT, at least the number of samples; without it the number of samples.
    pub range_fft: Option<usize>,
    /// Length of the Doppler FFT, at least the number of chirps; without it the number of chirps.
    pub doppler_fft: Option<usize>,
    /// Ranges beyond are dropped, m.
    pub max_range_m: Option<f64>,
    /// Subtract the mean over the chirps of each frame before the Doppler FFT.
    pub remove_static: bool,
}

impl Default for RangeDopplerConfig {
    fn default() -> Self {
        Self {
            range_window: Window::Hann,
            doppler_window: Window::Hann,
            range_fft: None,
            doppler_fft: None,
            max_range_m: None,
            remove_static: false,
        }
    }
}

/// Plans for the range-Doppler spectra of the frames of one cube.
pub struct RangeDopplerFft {
    range: RangeFft,
    doppler: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    n_doppler: usize,
    remove_static: bool,
    /// Calibrated range axis.
    pub range_axis: Axis,
    /// Calibrated, shifted Doppler axis.
    pub doppler_axis: Axis,
}

impl RangeDopplerFft {
    /// Checks cube and settings and plans the FFTs.
    pub fn new(cube: &IfCube, config: &RangeDopplerConfig) -> Result<Self, DspError> {
        check_cube(cube)?;
        let (_, chirps, _, _, n_samples) = cube.data.dim();
        let n_range = config.range_fft.unwrap_or(n_samples);
        let n_doppler = config.doppler_fft.unwrap_or(chirps);
        if n_doppler < chirps || n_doppler > 1 << 20 {
            return Err(DspError::setting(
                "doppler_fft",
                n_doppler,
                format!("{chirps} chirps need {chirps}..=1048576"),
            ));
        }
        let keep = kept_range_bins(cube, n_range, config.max_range_m)?;
        Ok(Self {
            range: RangeFft::new(n_samples, n_range, keep, config.range_window)?,
            doppler: fft::plan(n_doppler, FftDirection::Forward),
            window: config.doppler_window.unit_gain(chirps),
            n_doppler,
            remove_static: config.remove_static,
            range_axis: range_axis(cube, n_range, keep),
            doppler_axis: doppler_axis(cube, n_doppler),
        })
    }

    /// The spectrum of one frame.
    ///
    /// # Shapes
    /// `cube[frame, chirp, tx, rx, sample]` → `[doppler, tx, rx, range]`, Doppler shifted.
    pub fn frame(&self, cube: &IfCube, frame: usize) -> Result<Array4<Complex32>, DspError> {
        let view: ArrayView4<Complex32> = cube.data.index_axis(Dim(0), frame);
        let (chirps, n_tx, n_rx, _) = view.dim();
        let keep = self.range.bins();
        let zero = Complex32::new(0.0, 0.0);
        let mut out = Array4::<Complex32>::zeros((self.n_doppler, n_tx, n_rx, keep));
        let mut scratch = self.range.scratch();
        let mut work = vec![zero; self.doppler.get_inplace_scratch_len()];
        let mut profiles = vec![zero; keep * chirps];
        let mut slow = vec![zero; self.n_doppler];
        for tx in 0..n_tx {
            for rx in 0..n_rx {
                let correction = cube.info.correction(tx * n_rx + rx).unwrap_or(Complex32::new(1.0, 0.0));
                for chirp in 0..chirps {
                    let samples = view.slice(ndarray::s![chirp, tx, rx, ..]);
                    let spectrum = self
                        .range
                        .run(samples.iter().copied(), &mut scratch)
                        .ok_or(DspError::NotFinite { frame, chirp, tx, rx })?;
                    for (bin, &z) in spectrum.iter().enumerate() {
                        profiles[bin * chirps + chirp] = z;
                    }
                }
                for bin in 0..keep {
                    let profile = &mut profiles[bin * chirps..(bin + 1) * chirps];
                    if self.remove_static {
                        remove_mean(profile);
                    }
                    slow.fill(zero);
                    for ((s, &z), &w) in slow.iter_mut().zip(profile.iter()).zip(&self.window) {
                        *s = z * (correction * w);
                    }
                    self.doppler.process_with_scratch(&mut slow, &mut work);
                    for d in 0..self.n_doppler {
                        out[[d, tx, rx, bin]] = slow[unshifted(d, self.n_doppler)];
                    }
                }
            }
        }
        Ok(out)
    }
}

/// Range-Doppler spectra of all frames.
pub struct RangeDoppler {
    /// `data[frame, doppler, tx, rx, range]`, Doppler shifted.
    pub data: Array5<Complex32>,
    /// Calibrated range axis.
    pub range: Axis,
    /// Calibrated Doppler axis.
    pub doppler: Axis,
}

/// Range-Doppler spectra of all frames.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[frame, doppler, tx, rx, range]`.
pub fn range_doppler(cube: &IfCube, config: &RangeDopplerConfig) -> Result<RangeDoppler, DspError> {
    let fft = RangeDopplerFft::new(cube, config)?;
    let (frames, _, n_tx, n_rx, _) = cube.data.dim();
    let spectra: Vec<_> =
        (0..frames).into_par_iter().map(|frame| fft.frame(cube, frame)).collect::<Result<_, DspError>>()?;
    let mut data = Array5::zeros((frames, fft.doppler_axis.len, n_tx, n_rx, fft.range_axis.len));
    for (mut to, from) in data.outer_iter_mut().zip(spectra) {
        to.assign(&from);
    }
    Ok(RangeDoppler { data, range: fft.range_axis, doppler: fft.doppler_axis })
}
