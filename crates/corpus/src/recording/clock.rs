//! Clocks of WiFi and RFID receivers: counters that wrap, step back, or deliver a packet late.

/// What became of the stamps of a file.
pub(super) struct OneClock {
    /// Which packets are kept, in order.
    pub(super) kept: Vec<usize>,
    /// Time of each kept packet since the first one, s.
    pub(super) time_s: Vec<f64>,
    /// Places among the kept ones before which the clock steps back.
    pub(super) cuts: Vec<usize>,
    /// How far it steps back at each cut, s.
    pub(super) steps_s: Vec<f64>,
    /// Times that the counter began anew.
    pub(super) wraps: usize,
    /// Lone packets whose stamp is not between those of their neighbours.
    pub(super) stragglers: usize,
}

/// Puts stamps, s, on one clock. `wrap_s` is what the counter holds: a step back by more than half of it is a wrap.
///
/// A lone packet that is out of order is left out; where time goes on from an earlier stamp, the clock was set back, or packets of an
/// earlier capture came first: a cut.
pub(super) fn clocked(stamps_s: &[f64], wrap_s: Option<f64>) -> OneClock {
    let mut wraps = 0;
    let mut time: Vec<f64> = Vec::with_capacity(stamps_s.len());
    let mut before: Option<f64> = None;
    for &stamp in stamps_s {
        if let (Some(wrap), Some(before)) = (wrap_s, before)
            && stamp < before - 0.5 * wrap
        {
            wraps += 1;
        }
        before = Some(stamp);
        time.push(stamp + wrap_s.unwrap_or(0.0) * wraps as f64);
    }
    let (mut kept, mut cuts, mut steps_s, mut stragglers) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for i in 0..time.len() {
        let Some(&last) = kept.last() else {
            kept.push(i);
            continue;
        };
        let last: usize = last;
        if time[i] >= time[last] {
            kept.push(i);
            continue;
        }
        // Late: the next one goes on from where the last one was.
        if time.get(i + 1).is_some_and(|next| *next >= time[last]) {
            stragglers += 1;
            continue;
        }
        // Early: this one goes on from the last but one, so the last was ahead of its time.
        let begins_piece = |n: usize| cuts.last().is_some_and(|cut| *cut == n);
        if kept.len() >= 2 && !begins_piece(kept.len() - 1) && time[i] >= time[kept[kept.len() - 2]] {
            kept.pop();
            stragglers += 1;
            kept.push(i);
            continue;
        }
        cuts.push(kept.len());
        steps_s.push(time[last] - time[i]);
        kept.push(i);
    }
    let first = kept.first().map_or(0.0, |&i| time[i]);
    let time_s = kept.iter().map(|&i| time[i] - first).collect();
    OneClock { kept, time_s, cuts, steps_s, wraps, stragglers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_begins_anew_goes_on() {
        let c = clocked(&[4.0, 5.0, 1.0, 2.0], Some(6.0));
        assert_eq!((c.time_s, c.wraps, c.cuts), (vec![0.0, 1.0, 3.0, 4.0], 1, vec![]));
    }

    #[test]
    fn a_late_packet_and_one_ahead_of_its_time_are_left_out() {
        let late = clocked(&[1.0, 2.0, 1.5, 3.0], None);
        assert_eq!((late.kept, late.stragglers, late.cuts), (vec![0, 1, 3], 1, vec![]));
        let ahead = clocked(&[1.0, 2.0, 9.0, 3.0, 4.0], None);
        assert_eq!((ahead.kept, ahead.stragglers, ahead.cuts), (vec![0, 1, 3, 4], 1, vec![]));
    }

    #[test]
    fn time_that_goes_on_from_an_earlier_stamp_is_a_cut() {
        let c = clocked(&[10.0, 11.0, 2.0, 3.0, 4.0], Some(100.0));
        assert_eq!((c.kept.len(), c.cuts, c.steps_s, c.wraps), (5, vec![2], vec![9.0], 0));
    }
}
