//! What the clocks of sender and receiver turn is the same at all antennas of a receiver: products and quotients of antennas are free of it.

use super::streams::Streams;
use crate::base::Complex32;
use crate::dsp::DspError;
use ndarray::{Array3, Axis, s};

/// A quotient is interpolated over packets whose reference is zero; more than this share of them is refused.
const MOST_ZEROS: f64 = 0.1;

/// The receive antenna that changes least for its strength: the largest mean over standard deviation of amplitudes (K. Qian et al.,
/// "WiDance", CHI 2017).
fn steadiest(streams: &Streams, antennas: &[usize]) -> usize {
    let packets = streams.packets().max(1) as f64;
    let score = |rx: usize| {
        let mut sum = 0.0;
        for (i, _) in streams.links.iter().enumerate().filter(|(_, link)| link.0 == rx) {
            for series in streams.data.index_axis(Axis(2), i).axis_iter(Axis(1)) {
                let mean = series.iter().map(|z| f64::from(z.norm())).sum::<f64>() / packets;
                let variance = series.iter().map(|z| (f64::from(z.norm()) - mean).powi(2)).sum::<f64>() / packets;
                sum += mean / variance.sqrt().max(1e-9 * mean.max(1e-30));
            }
        }
        sum
    };
    antennas.iter().copied().max_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap_or(0)
}

/// Links beside those of the reference antenna, each combined with the reference link of the same sender.
fn combined(
    streams: &Streams,
    reference: Option<usize>,
    step: &str,
    combine: impl Fn(Complex32, Complex32) -> Complex32,
) -> Result<(Streams, Array3<Complex32>), DspError> {
    streams.need_samples(step)?;
    let mut antennas: Vec<usize> = streams.links.iter().map(|link| link.0).collect();
    antennas.sort_unstable();
    antennas.dedup();
    if antennas.len() < 2 {
        let reason = format!("step {step} needs two receive antennas or more, but there is {}", antennas.len());
        return Err(DspError::Csi { reason });
    }
    let reference = match reference {
        None => steadiest(streams, &antennas),
        Some(rx) if antennas.contains(&rx) => rx,
        Some(rx) => {
            let reason = format!("step {step}: reference {rx}; there are receive antennas {antennas:?}");
            return Err(DspError::Csi { reason });
        }
    };
    let others: Vec<usize> = (0..streams.links.len()).filter(|&i| streams.links[i].0 != reference).collect();
    let base = |i: usize| streams.links.iter().position(|link| *link == (reference, streams.links[i].1));
    let (packets, subcarriers, _) = streams.data.dim();
    let mut data = Array3::zeros((packets, subcarriers, others.len()));
    let mut bases = data.clone();
    for (place, &i) in others.iter().enumerate() {
        let Some(base) = base(i) else { continue };
        let of_base = streams.data.slice(s![.., .., base]);
        bases.slice_mut(s![.., .., place]).assign(&of_base);
        let of_link = streams.data.slice(s![.., .., i]);
        let mut out = data.slice_mut(s![.., .., place]);
        ndarray::Zip::from(&mut out).and(&of_link).and(&of_base).for_each(|o, z, b| *o = combine(*z, *b));
    }
    let links = others.iter().map(|&i| streams.links[i]).collect();
    Ok((Streams { data, links, ..streams.clone() }, bases))
}

/// `H_rx · conj(H_ref)` of every other antenna (X. Li et al., "IndoTrack", IMWUT 2017).
pub(super) fn conjugate(streams: &Streams, reference: Option<usize>) -> Result<Streams, DspError> {
    Ok(combined(streams, reference, "conjugate", |z, base| z * base.conj())?.0)
}

/// `H_rx / H_ref` of every other antenna (Y. Zeng et al., "FarSense", IMWUT 2019).
pub(super) fn ratio(streams: &Streams, reference: Option<usize>) -> Result<Streams, DspError> {
    let zero = Complex32::new(0.0, 0.0);
    let (mut made, bases) =
        combined(streams, reference, "ratio", |z, base| if base == zero { zero } else { z / base })?;
    let packets = made.packets();
    for (mut of_link, of_base) in made.data.axis_iter_mut(Axis(2)).zip(bases.axis_iter(Axis(2))) {
        for (k, (mut series, base)) in of_link.axis_iter_mut(Axis(1)).zip(of_base.axis_iter(Axis(1))).enumerate() {
            let there: Vec<usize> = (0..packets).filter(|&p| base[p] != zero).collect();
            let zeros = packets - there.len();
            if zeros == 0 {
                continue;
            }
            if zeros as f64 > MOST_ZEROS * packets as f64 {
                let index = made.subcarriers[k];
                let reason = format!(
                    "step ratio: the reference antenna is 0 at subcarrier {index} in {zeros} of {packets} packets; use conjugate, or another reference"
                );
                return Err(DspError::Csi { reason });
            }
            for p in (0..packets).filter(|&p| base[p] == zero) {
                let next = there.partition_point(|&t| t < p);
                series[p] = match (next.checked_sub(1).map(|i| there[i]), there.get(next).copied()) {
                    (Some(a), Some(b)) => {
                        let share = (p - a) as f32 / (b - a) as f32;
                        series[a] * (1.0 - share) + series[b] * share
                    }
                    (Some(only), None) | (None, Some(only)) => series[only],
                    (None, None) => zero,
                };
            }
        }
    }
    Ok(made)
}
