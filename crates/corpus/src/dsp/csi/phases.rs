//! Phases over subcarriers: what clocks and detection add, and what is left without it.

use super::streams::{Holds, Streams};
use crate::base::Complex32;
use crate::dsp::DspError;
use ndarray::{Array3, ArrayView1, ArrayViewMut2, Axis};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// How a line is laid through phases over subcarriers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhaseFit {
    /// The least squares.
    #[default]
    LeastSquares,
    /// Slope by the first and last subcarrier, offset by the mean (K. Qian et al., "PADS", ICPADS 2014).
    Ends,
}

/// Delays that are tried a period of the transform over the occupied band.
const OVERSAMPLING: usize = 4;
/// Halvings of the step around the best delay.
const REFINEMENTS: usize = 24;

fn wrapped(angle: f64) -> f64 {
    angle - TAU * (angle / TAU).round()
}

/// Turns angles by whole turns so that none is further than half a turn from the one before.
pub(super) fn unwrap(angles: &mut [f64]) {
    for i in 1..angles.len() {
        angles[i] = angles[i - 1] + wrapped(angles[i] - angles[i - 1]);
    }
}

fn turn(angle: f64) -> Complex32 {
    Complex32::new(angle.cos() as f32, angle.sin() as f32)
}

/// Slope, rad a subcarrier, and offset, rad, of the phases of a packet at one link; `None` where fewer than two samples are there.
fn line(samples: ArrayView1<'_, Complex32>, subcarriers: &[i32], fit: PhaseFit) -> Option<(f64, f64)> {
    // What is zero has no phase.
    let there: Vec<usize> = (0..samples.len()).filter(|&k| samples[k].norm_sqr() > 0.0).collect();
    let mut phases: Vec<f64> =
        there.iter().map(|&k| f64::from(samples[k].im).atan2(f64::from(samples[k].re))).collect();
    unwrap(&mut phases);
    let x: Vec<f64> = there.iter().map(|&k| f64::from(subcarriers[k])).collect();
    let n = x.len() as f64;
    if x.len() < 2 {
        return None;
    }
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, phases.iter().sum::<f64>() / n);
    let last = x.len() - 1;
    match fit {
        PhaseFit::LeastSquares => {
            let spread: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
            let slope = x.iter().zip(&phases).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
            Some((slope, mean_y - slope * mean_x))
        }
        PhaseFit::Ends => Some(((phases[last] - phases[0]) / (x[last] - x[0]), mean_y)),
    }
}

/// Takes a line over subcarriers from the phases of every packet: of every link its own, or one slope and the first link's offset from all.
pub(super) fn without_line(mut streams: Streams, fit: PhaseFit, common: bool) -> Result<Streams, DspError> {
    streams.need_samples("linear_phase")?;
    let subcarriers = streams.subcarriers.clone();
    streams.data.axis_iter_mut(Axis(0)).collect::<Vec<_>>().into_par_iter().for_each(
        |mut packet: ArrayViewMut2<'_, Complex32>| {
            let links = packet.ncols();
            let lines: Vec<Option<(f64, f64)>> =
                (0..links).map(|l| line(packet.column(l), &subcarriers, fit)).collect();
            let found: Vec<(f64, f64)> = lines.iter().copied().flatten().collect();
            let slope = found.iter().map(|l| l.0).sum::<f64>() / found.len().max(1) as f64;
            for (l, own) in lines.iter().enumerate() {
                let taken = match (common, own, found.first()) {
                    (true, _, Some(first)) => (slope, first.1),
                    (false, Some(own), _) => *own,
                    _ => continue,
                };
                for (k, z) in packet.column_mut(l).iter_mut().enumerate() {
                    *z *= turn(-(taken.0 * f64::from(subcarriers[k]) + taken.1));
                }
            }
        },
    );
    Ok(streams)
}

/// Counts delay and phase of every packet from its strongest path, at the first link: what sender and receiver disagree about moves all paths
/// alike (F. Meneghello et al., "SHARP", IEEE TMC 2022).
pub(super) fn from_reference_path(mut streams: Streams) -> Result<Streams, DspError> {
    streams.need_samples("reference_path")?;
    let k: Vec<f64> = streams.subcarriers.iter().map(|k| f64::from(*k)).collect();
    let (Some(low), Some(high)) = (k.first().copied(), k.last().copied()) else { return Ok(streams) };
    let steps = (OVERSAMPLING as f64 * (high - low + 1.0)).ceil() as usize;
    streams.data.axis_iter_mut(Axis(0)).collect::<Vec<_>>().into_par_iter().for_each(
        |mut packet: ArrayViewMut2<'_, Complex32>| {
            // Sum over subcarriers when a delay τ is undone, by the angle 2π Δf τ a subcarrier: in double precision, since the maximum is flat.
            let focus = |angle: f64, link: usize| -> (f64, f64) {
                packet.column(link).iter().zip(&k).fold((0.0, 0.0), |sum, (z, k)| {
                    let (sin, cos) = (angle * k).sin_cos();
                    let (re, im) = (f64::from(z.re), f64::from(z.im));
                    (sum.0 + re * cos - im * sin, sum.1 + re * sin + im * cos)
                })
            };
            let power = |angle: f64| {
                let of = |link: usize| {
                    let (re, im) = focus(angle, link);
                    re * re + im * im
                };
                (0..packet.ncols()).map(of).sum::<f64>()
            };
            let grid = (0..steps).map(|i| -PI + TAU * i as f64 / steps as f64);
            let Some(mut best) = grid.map(|a| (power(a), a)).max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
            let mut step = 0.5 * TAU / steps as f64;
            for _ in 0..REFINEMENTS {
                for angle in [best.1 - step, best.1 + step] {
                    let power = power(angle);
                    if power > best.0 {
                        best = (power, angle);
                    }
                }
                step *= 0.5;
            }
            let (re, im) = focus(best.1, 0);
            let phase = im.atan2(re);
            for (mut row, k) in packet.axis_iter_mut(Axis(0)).zip(&k) {
                let by = turn(best.1 * k - phase);
                row.iter_mut().for_each(|z| *z *= by);
            }
        },
    );
    Ok(streams)
}

/// What phases change by from subcarrier to subcarrier, rad a subcarrier, or amplitudes: a phase that all subcarriers share is gone.
pub(super) fn gradient(streams: Streams) -> Result<Streams, DspError> {
    let (packets, subcarriers, links) = streams.data.dim();
    if subcarriers < 2 {
        return Err(DspError::Csi { reason: "step gradient needs two subcarriers or more".into() });
    }
    let gaps: Vec<f32> = streams.subcarriers.windows(2).map(|w| (w[1] - w[0]) as f32).collect();
    let real = streams.holds.is_real();
    let data = Array3::from_shape_fn((packets, subcarriers - 1, links), |(p, k, l)| {
        let (here, next) = (streams.data[[p, k, l]], streams.data[[p, k + 1, l]]);
        let change = if real { next.re - here.re } else { (next * here.conj()).arg() };
        Complex32::new(change / gaps[k], 0.0)
    });
    let indices = streams.subcarriers[..subcarriers - 1].to_vec();
    Ok(Streams { data, subcarriers: indices, holds: Holds::Gradients, ..streams })
}

/// Phases over time, unwrapped, rad.
pub(super) fn over_time(streams: Streams) -> Result<Streams, DspError> {
    streams.need_samples("phase")?;
    let mut phases = streams.into_real(Holds::Phases, |z| z.arg());
    phases.each_part(unwrap);
    Ok(phases)
}
