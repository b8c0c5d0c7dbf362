//! From packet times to equal steps.

use super::streams::Streams;
use ndarray::{Array3, Axis};

/// The same series at `rate_hz` from time 0 to the last packet, by linear interpolation between packets; ahead of the first and behind the
/// last packet their values hold.
pub fn resampled(streams: Streams, rate_hz: f64) -> Streams {
    let last = streams.time_s.last().copied().unwrap_or(0.0);
    let count = (last * rate_hz + 1e-6).floor() as usize + 1;
    let times = (0..count).map(|i| i as f64 / rate_hz).collect();
    at_times(streams, times)
}

/// The same series at other times, which rise.
pub(super) fn at_times(streams: Streams, times: Vec<f64>) -> Streams {
    let (packets, subcarriers, links) = streams.data.dim();
    if packets == 0 || times == streams.time_s {
        return streams;
    }
    let mut data = Array3::zeros((times.len(), subcarriers, links));
    for (mut row, time) in data.axis_iter_mut(Axis(0)).zip(&times) {
        let next = streams.time_s.partition_point(|t| t <= time);
        let (a, b) = (next.saturating_sub(1), next.min(packets - 1));
        let gap = streams.time_s[b] - streams.time_s[a];
        let share = if gap > 0.0 { ((time - streams.time_s[a]) / gap).clamp(0.0, 1.0) as f32 } else { 0.0 };
        let (a, b) = (streams.data.index_axis(Axis(0), a), streams.data.index_axis(Axis(0), b));
        ndarray::Zip::from(&mut row).and(&a).and(&b).for_each(|o, a, b| *o = a * (1.0 - share) + b * share);
    }
    // The strength of packets is no longer that of rows.
    Streams { data, time_s: times, strength: Vec::new(), ..streams }
}
