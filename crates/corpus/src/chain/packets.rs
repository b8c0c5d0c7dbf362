//! Windows of a recording of packets: those with gaps are none.

use crate::signal::{Csi, Signal};

/// A window without a time of more than `max_gap_s` between packets, or at its ends.
fn without_gap(csi: &Csi, (start_s, length_s): (f64, f64), max_gap_s: f64) -> Option<Csi> {
    let window = csi.window(start_s, start_s + length_s);
    let inner = window.time_s.iter().copied();
    let ends: Vec<f64> = [0.0].into_iter().chain(inner).chain([length_s]).collect();
    (window.packets() >= 2 && ends.windows(2).all(|w| w[1] - w[0] <= max_gap_s)).then_some(window)
}

/// The window around the middle of a recording; none where that is shorter, or has a gap there, which is said in the log.
pub(super) fn middle(csi: &Csi, length_s: f64, max_gap_s: f64) -> Option<(f64, Signal)> {
    let start_s = 0.5 * (csi.duration_s() - length_s);
    if start_s < -1e-9 {
        return None;
    }
    let found = without_gap(csi, (start_s.max(0.0), length_s), max_gap_s);
    if found.is_none() {
        tracing::warn!("the middle of a recording has more than {max_gap_s} s without a packet and is left out");
    }
    found.map(|window| (start_s.max(0.0), Signal::Csi(window)))
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
        match without_gap(csi, (start, length_s), max_gap_s) {
            Some(window) => found.push((start, Signal::Csi(window))),
            None => left += 1,
        }
    }
    if left > 0 {
        tracing::warn!("{left} windows have more than {max_gap_s} s without a packet and are left out");
    }
    found
}
