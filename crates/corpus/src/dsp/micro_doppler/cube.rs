//! Spectrograms of the chirps of an FMCW radar.
//!
//! Range FFT of every chirp, then spectra over the chirps of a transmitter, as power summed over the ranges that count and averaged over
//! the antenna pairs. Range spectra are tapered (Hann), which spreads a target over bins: their sum is divided by the taper's equivalent
//! noise bandwidth (Harris 1978), so that a target within the ranges has its own power, however it lies between bins.
//!
//! A radar that pauses between frames is not sampled evenly: stretches then lie within frames ([`crate::dsp::heatmap`] says what becomes
//! of those that do not). Columns of a frame stand evenly in its period, about where they are on average: exact for one a frame.

use super::config::{Chirps, Stretches};
use super::{MicroDoppler, MicroDopplerConfig, Spectra};
use crate::base::axis::Axis;
use crate::base::cube::IfCube;
use crate::dsp::DspError;
use crate::dsp::clutter::remove_mean;
use crate::dsp::range_doppler::{check_cube, range_profiles};
use crate::dsp::window::Window;
use ndarray::s;
use rayon::prelude::*;

/// The spectrogram of a recording.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[velocity, time]`, dB of the squared unit of the cube.
pub fn micro_doppler_of_cube(cube: &IfCube, config: &MicroDopplerConfig) -> Result<MicroDoppler, DspError> {
    let (frames, loops, _, n_rx, samples) = cube.data.dim();
    let info = &cube.info;
    check_cube(cube)?;
    if let Some(problem) = config.problems_for_cube(info, (frames, loops), samples).into_iter().next() {
        return Err(DspError::setting("micro_doppler", problem.key, problem.message));
    }
    let chirps = Chirps::new(info, frames, loops);
    let Stretches { length, hop } = chirps.stretches(config);
    let farthest = config.range_m.map(|[_, far]| far + info.range_bin_m(samples));
    let mut profiles = range_profiles(cube, Window::Hann, None, farthest)?;
    let counts = |bin: &usize| {
        let range = profiles.range.value(*bin);
        config.range_m.is_none_or(|[near, far]| range >= near && range <= far)
    };
    let bins: Vec<usize> = (0..profiles.range.len).filter(counts).collect();
    let of_receiver = |channel: &usize| config.rx.is_none_or(|rx| channel % n_rx == rx);
    let channels: Vec<usize> = (0..profiles.data.dim().0).filter(of_receiver).collect();
    if config.remove_static {
        let all: Vec<_> = profiles.data.outer_iter_mut().collect();
        all.into_par_iter().for_each(|mut channel| {
            for mut slow in channel.outer_iter_mut() {
                if let Some(slow) = slow.as_slice_mut() {
                    remove_mean(slow);
                }
            }
        });
    }
    let taper = Window::Hann.unit_gain(samples);
    let bandwidth: f32 = samples as f32 * taper.iter().map(|w| w * w).sum::<f32>();
    let share = 1.0 / (bandwidth * channels.len() as f32);
    let span_mps = info.doppler_bin_mps(1, samples);
    let spectra = Spectra::new(config, length, span_mps);
    let velocity = spectra.velocity(span_mps);
    let (starts, time) = columns(&chirps, Stretches { length, hop });
    let power: Vec<Vec<f32>> = starts
        .par_iter()
        .map_init(
            || spectra.buffer(),
            |buffer, &start| {
                let mut sums = vec![0.0; velocity.len];
                for &channel in &channels {
                    for &bin in &bins {
                        let stretch = profiles.data.slice(s![channel, bin, start..start + length]);
                        spectra.add(stretch.iter(), share, buffer, &mut sums);
                    }
                }
                sums
            },
        )
        .collect();
    Ok(MicroDoppler::of_power(&power, (velocity, time), &cube.unit))
}

/// First chirps of the stretches, counted over all frames, and the axis of their middles.
fn columns(chirps: &Chirps, Stretches { length, hop }: Stretches) -> (Vec<usize>, Axis) {
    let &Chirps { frames, loops, loop_s, frame_s } = chirps;
    let middle = 0.5 * (length - 1) as f64 * loop_s;
    if chirps.steady() {
        let starts: Vec<usize> = (0..=frames * loops - length).step_by(hop).collect();
        let time = Axis::new("time", "s", starts.len(), middle, hop as f64 * loop_s);
        return (starts, time);
    }
    let of_frame: Vec<usize> = (0..=loops - length).step_by(hop).collect();
    let step = frame_s / of_frame.len() as f64;
    let shift = 0.5 * (of_frame.len() - 1) as f64 * (hop as f64 * loop_s - step);
    let starts: Vec<usize> = (0..frames).flat_map(|f| of_frame.iter().map(move |first| f * loops + first)).collect();
    let time = Axis::new("time", "s", starts.len(), middle + shift, step);
    (starts, time)
}
