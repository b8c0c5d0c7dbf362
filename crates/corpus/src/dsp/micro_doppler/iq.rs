//! Spectrograms of the I/Q of a CW radar.

use super::config::Stretches;
use super::{MicroDoppler, MicroDopplerConfig, Spectra};
use crate::base::Complex32;
use crate::base::axis::Axis;
use crate::dsp::DspError;
use crate::dsp::clutter::remove_mean;
use crate::signal::Iq;
use rayon::prelude::*;

/// The spectrogram of one receiver.
///
/// # Shapes
/// `iq[rx, time]` → `[velocity, time]`.
pub fn micro_doppler(iq: &Iq, config: &MicroDopplerConfig) -> Result<MicroDoppler, DspError> {
    let (receivers, count) = iq.data.dim();
    let info = &iq.info;
    if let Some(problem) = config.problems_for(info, receivers, iq.duration_s() * (1.0 + 1e-9)).into_iter().next() {
        return Err(DspError::setting("micro_doppler", problem.key, problem.message));
    }
    let Stretches { length, hop } = config.stretches(info);
    let n = length.min(count);
    let mut samples: Vec<Complex32> = iq.data.row(config.rx.unwrap_or(0)).to_vec();
    if let Some(at) = samples.iter().position(|z| !(z.re.is_finite() && z.im.is_finite())) {
        return Err(DspError::setting("sample", at, "a finite number"));
    }
    if config.remove_static {
        remove_mean(&mut samples);
    }
    let span_mps = info.velocity_mps(info.sample_rate_hz);
    let spectra = Spectra::new(config, n, span_mps);
    let velocity = spectra.velocity(span_mps);
    let starts: Vec<usize> = (0..=count - n).step_by(hop).collect();
    let columns: Vec<Vec<f32>> = starts
        .par_iter()
        .map_init(
            || spectra.buffer(),
            |buffer, &start| {
                let mut sums = vec![0.0; velocity.len];
                spectra.add(samples[start..start + n].iter(), 1.0, buffer, &mut sums);
                sums
            },
        )
        .collect();
    let middle = info.start_s + 0.5 * (n - 1) as f64 / info.sample_rate_hz;
    let time = Axis::new("time", "s", columns.len(), middle, hop as f64 / info.sample_rate_hz);
    Ok(MicroDoppler::of_power(&columns, (velocity, time), &iq.unit))
}
