//! What shows that samples were lost.

use super::packets::PacketReport;
use crate::base::Complex32;
use ndarray::Array5;
use serde::Serialize;
use std::fmt;

/// Samples of a network packet of the card, bytes.
const PACKET_BYTES: usize = 1456;
/// A run of fewer zeros may be silence.
const SHORTEST_RUN: usize = 256;
/// A jump between chirps stands out when it is so much larger than the median jump within them.
const CLEAR: f64 = 4.0;

/// What was found in a capture that should not be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CaptureReport {
    /// Words in runs of at least 256 zeros: packets that were lost and filled.
    pub zero_words: usize,
    /// Such runs.
    pub zero_runs: usize,
    /// Packets that repeat the one before them to the last bit.
    pub repeated_packets: usize,
    /// Frames that repeat the one before them to the last bit.
    pub repeated_frames: usize,
    /// Words at either end of the scale.
    pub clipped_words: usize,
    /// All words.
    pub words: usize,
    /// The first frame whose chirps begin elsewhere than those before: the stream slid.
    pub slid_from_frame: Option<usize>,
    /// Bytes of a last frame that was cut and dropped.
    pub cut_bytes: usize,
    /// Network packets, where the file holds them whole.
    pub packets: PacketReport,
}

impl CaptureReport {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        let packets = PacketReport { packets: 0, ..self.packets };
        Self { words: 0, packets, ..*self } == Self::default()
    }
}

impl fmt::Display for CaptureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = Vec::new();
        let share = |n: usize| 100.0 * n as f64 / self.words.max(1) as f64;
        if self.zero_words > 0 {
            said.push(format!(
                "{:.1} % of the samples are zeros, in {} runs: packets were lost",
                share(self.zero_words),
                self.zero_runs
            ));
        }
        if self.repeated_packets > 0 {
            said.push(format!("{} packets repeat the one before", self.repeated_packets));
        }
        if self.repeated_frames > 0 {
            said.push(format!("{} frames repeat the one before", self.repeated_frames));
        }
        if self.clipped_words > 0 {
            let (clipped, words) = (self.clipped_words, self.words);
            said.push(format!("{clipped} of {words} words are clipped ({:.4} %)", share(clipped)));
        }
        if let Some(frame) = self.slid_from_frame {
            said.push(format!(
                "from frame {frame} on chirps begin elsewhere than before: the stream slid, samples are missing"
            ));
        }
        if self.cut_bytes > 0 {
            said.push(format!("a last frame of {} bytes was cut and is dropped", self.cut_bytes));
        }
        let packets = self.packets;
        if packets.lost_bytes > 0 {
            said.push(format!("{} bytes of lost packets are zeros", packets.lost_bytes));
        }
        if packets.late > 0 {
            said.push(format!("{} packets came late and were put in order", packets.late));
        }
        if packets.twice > 0 {
            said.push(format!("{} packets came twice", packets.twice));
        }
        f.write_str(&said.join("; "))
    }
}

/// Counts zeros, repetitions and clipped values in the words of whole frames.
pub(super) fn of_words(bytes: &[u8], bits: u8, frame_bytes: usize) -> CaptureReport {
    let mut report = CaptureReport { words: bytes.len() / 2, ..Default::default() };
    let spare = 16 - u32::from(bits);
    let (low, high) = (-(1_i32 << (bits - 1)), (1_i32 << (bits - 1)) - 1);
    let mut run = 0;
    let end_run = |run: &mut usize, report: &mut CaptureReport| {
        if *run >= SHORTEST_RUN {
            report.zero_words += *run;
            report.zero_runs += 1;
        }
        *run = 0;
    };
    for word in bytes.as_chunks::<2>().0 {
        if *word == [0, 0] {
            run += 1;
            continue;
        }
        end_run(&mut run, &mut report);
        let value = i32::from((i16::from_le_bytes(*word) << spare) >> spare);
        report.clipped_words += usize::from(value == low || value == high);
    }
    end_run(&mut run, &mut report);
    let constant = |part: &[u8]| part.as_chunks::<2>().0.windows(2).all(|w| w[0] == w[1]);
    let repeated = |size: usize| {
        let parts: Vec<&[u8]> = bytes.chunks_exact(size).collect();
        parts.windows(2).filter(|w| w[0] == w[1] && !constant(w[0])).count()
    };
    report.repeated_frames = repeated(frame_bytes);
    // Frames that repeat consist of packets that need not lie on the same grid.
    report.repeated_packets = if frame_bytes > PACKET_BYTES { repeated(PACKET_BYTES) } else { 0 };
    report
}

/// The first frame whose chirps begin elsewhere than those before, if that can be seen.
///
/// From one chirp to the next the signal jumps; within a chirp it goes on. Where these jumps stand out, they lie at the ends of the
/// chirps, and when samples go missing they move.
pub(super) fn slid_from(data: &Array5<Complex32>) -> Option<usize> {
    let (frames, chirps, n_tx, n_rx, samples) = data.dim();
    if samples < 8 || chirps * n_tx * n_rx < 4 {
        return None;
    }
    let at: Vec<Option<usize>> = (0..frames)
        .map(|frame| {
            let of_frame = data.index_axis(ndarray::Axis(0), frame);
            let mut jumps = vec![0.0_f64; samples];
            let mut last: Option<Complex32> = None;
            for (i, z) in of_frame.iter().enumerate() {
                if let Some(before) = last {
                    jumps[(i + samples - 1) % samples] += f64::from((z - before).norm_sqr());
                }
                last = Some(*z);
            }
            let most = (0..samples).max_by(|&a, &b| jumps[a].total_cmp(&jumps[b]))?;
            let peak = jumps[most];
            jumps.sort_by(f64::total_cmp);
            (peak > CLEAR * jumps[samples / 2]).then_some(most)
        })
        .collect();
    let place = |p: &Option<usize>| p.is_some_and(|p| p != samples - 1);
    let first = at.iter().position(place)?;
    // One frame may look so by chance: what slid stays where it is.
    let same = at[first..].iter().filter(|p| **p == at[first]).count();
    (same >= 2 && 2 * same > at.len() - first).then_some(first)
}
