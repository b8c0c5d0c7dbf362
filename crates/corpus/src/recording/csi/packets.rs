//! From the packets of a file to recordings: one set of antennas, one grid, one clock.

use super::CsiRead;
use crate::base::Complex32;
use crate::base::cube::BARE;
use crate::recording::clock::clocked;
use crate::recording::{Dropped, RecordingError};
use crate::signal::{Csi, CsiInfo, Strength};
use ndarray::Array4;
use std::path::Path;

/// A packet as a format gives it.
pub(in crate::recording) struct Packet {
    /// Its number in the file, from 1, for messages.
    pub(in crate::recording) record: usize,
    /// What the clock of the receiver said, s.
    pub(in crate::recording) stamp_s: f64,
    /// Which of the kinds it is of.
    pub(in crate::recording) kind: usize,
    /// Samples, `[subcarrier][rx][tx]`.
    pub(in crate::recording) samples: Vec<Complex32>,
    /// How strong it was.
    pub(in crate::recording) strength: Option<Strength>,
}

/// What packets must share to be one recording.
#[derive(Clone, PartialEq)]
pub(in crate::recording) struct Kind {
    pub(in crate::recording) info: CsiInfo,
    pub(in crate::recording) rx: usize,
    pub(in crate::recording) tx: usize,
    /// In words, for messages: `of 3 × 1 antennas`.
    pub(in crate::recording) said: String,
}

/// All packets of a file.
pub(in crate::recording) struct Packets {
    pub(in crate::recording) kinds: Vec<Kind>,
    pub(in crate::recording) packets: Vec<Packet>,
    pub(in crate::recording) dropped: Dropped,
    /// What the counter of the clock holds, s.
    pub(in crate::recording) wrap_s: Option<f64>,
}

impl Packets {
    pub(in crate::recording) fn new(wrap_s: Option<f64>) -> Self {
        Self { kinds: Vec::new(), packets: Vec::new(), dropped: Dropped::default(), wrap_s }
    }

    /// The number of a kind, new or known.
    pub(in crate::recording) fn kind(&mut self, kind: Kind) -> usize {
        match self.kinds.iter().position(|k| *k == kind) {
            Some(known) => known,
            None => {
                self.kinds.push(kind);
                self.kinds.len() - 1
            }
        }
    }

    /// The recordings: packets of the most frequent kind (of two, the one with more samples), cut where the clock steps back.
    pub(in crate::recording) fn recordings(mut self, path: &Path) -> Result<CsiRead, RecordingError> {
        let count = |k: usize| self.packets.iter().filter(|p| p.kind == k).count();
        let size = |k: usize| self.kinds[k].rx * self.kinds[k].tx * self.kinds[k].info.subcarriers.len();
        let Some(kept) = (0..self.kinds.len()).max_by_key(|&k| (count(k), size(k))) else {
            let why = self.dropped.reasons();
            let why = if why.is_empty() { "it holds none".to_owned() } else { format!("left out: {why}") };
            return Err(RecordingError::file(path, format!("not one packet can be read; {why}")));
        };
        for k in (0..self.kinds.len()).filter(|&k| k != kept) {
            let (others, most) = (&self.kinds[k].said, &self.kinds[kept].said);
            self.dropped.lose(count(k), format!("packets {others}, most are {most}"));
        }
        let kind = self.kinds[kept].clone();
        let of_kind: Vec<Packet> = self.packets.into_iter().filter(|p| p.kind == kept).collect();
        let stamps: Vec<f64> = of_kind.iter().map(|p| p.stamp_s).collect();
        if let Some(i) = stamps.iter().position(|t| !t.is_finite()) {
            let record = of_kind[i].record;
            return Err(RecordingError::file(path, format!("record {record}: its time is not a number")));
        }
        let clock = clocked(&stamps, self.wrap_s);
        self.dropped.lose(clock.stragglers, "packets out of order");
        if clock.wraps > 0 {
            self.dropped.say(format!("the clock began anew {} times and goes on here", clock.wraps));
        }
        for (&cut, step) in clock.cuts.iter().zip(&clock.steps_s) {
            let record = of_kind[clock.kept[cut]].record;
            self.dropped.say(format!("the clock steps back by {step:.3} s at record {record}: cut there"));
        }
        let subcarriers = kind.info.subcarriers.len();
        let mut samples = Vec::with_capacity(clock.kept.len() * size_of_kind(&kind));
        for &i in &clock.kept {
            samples.extend_from_slice(&of_kind[i].samples);
        }
        let shape = (clock.kept.len(), subcarriers, kind.rx, kind.tx);
        let data = Array4::from_shape_vec(shape, samples).map_err(|e| RecordingError::file(path, e.to_string()))?;
        let strength: Option<Vec<Strength>> = clock.kept.iter().map(|&i| of_kind[i].strength.clone()).collect();
        // Times of a later piece are its own: what lies between two clocks is not known.
        let whole = Csi {
            data,
            time_s: clock.time_s,
            strength: strength.unwrap_or_default(),
            info: kind.info,
            unit: BARE.into(),
        };
        let pieces = whole.split_before(&clock.cuts);
        for piece in &pieces {
            if let Some(problem) = piece.problem() {
                return Err(RecordingError::file(path, problem));
            }
        }
        Ok(CsiRead { pieces, dropped: self.dropped })
    }
}

fn size_of_kind(kind: &Kind) -> usize {
    kind.rx * kind.tx * kind.info.subcarriers.len()
}
