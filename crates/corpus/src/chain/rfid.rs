//! The chain of RFID reads: phase, strength and number of reads of each tag over time.

use super::csi::Scaling;
use super::views::{View, Views};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::signal::{RfidReads, Signal};
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Power where a tag was never heard, dBm: below what readers hear.
const SILENT_DBM: f32 = -90.0;

/// Maps of tags over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RfidChain {
    /// Rows: tags in the order of their names; a recording with more is refused, one with fewer has silent rows. Default 16.
    pub tags: usize,
    /// Columns. Default 64.
    pub columns: usize,
    /// A longer silence of a tag begins its phase anew, s. Default 0.5.
    pub pause_s: f64,
    /// How rows of phase and strength are scaled. Default as they are, rad and dBm.
    pub scaling: Scaling,
}

impl Default for RfidChain {
    fn default() -> Self {
        Self { tags: 16, columns: 64, pause_s: 0.5, scaling: Scaling::None }
    }
}

impl RfidChain {
    /// The views of a window that lasts `length_s`, or until its last read.
    ///
    /// # Shapes
    /// `rfid_phase[tag, time]` (unwrapped by tag, antenna **and** channel, each such series counted from its mean), `rfid_rssi[tag, time]`,
    /// `rfid_reads[tag, time]`. A cell holds the mean of its reads; one without reads what lies between its neighbours.
    pub fn views(&self, reads: &RfidReads, length_s: Option<f64>) -> Result<Views, DspError> {
        if let Some(reason) = reads.problem() {
            return Err(DspError::Rfid { reason });
        }
        if reads.tags.len() > self.tags {
            let reason = format!("{} tags, but chain.rfid.tags is {}", reads.tags.len(), self.tags);
            return Err(DspError::Rfid { reason });
        }
        // A simulated reader that hears nothing for the length of a window has silent rows; a recording without an end has none.
        if reads.reads.is_empty() && (length_s.is_none() || !reads.info.device.starts_with("simulated")) {
            return Err(DspError::Rfid { reason: "no read in a window".into() });
        }
        let length_s = length_s.unwrap_or_else(|| reads.duration_s()).max(1e-9);
        let phases = self.centred(reads);
        let shape = (self.tags, self.columns);
        let zeros = || Array2::<f32>::zeros(shape);
        let (mut phase, mut rssi, mut count, mut heard) = (zeros(), zeros(), zeros(), zeros());
        for (read, angle) in reads.reads.iter().zip(phases) {
            let column = ((read.time_s / length_s * self.columns as f64) as usize).min(self.columns - 1);
            let cell = [read.tag, column];
            phase[cell] += angle as f32;
            count[cell] += 1.0;
            if !read.rssi_dbm.is_nan() {
                rssi[cell] += read.rssi_dbm as f32;
                heard[cell] += 1.0;
            }
        }
        for (map, count, silent) in [(&mut phase, &count, 0.0), (&mut rssi, &heard, SILENT_DBM)] {
            ndarray::Zip::from(&mut *map).and(count).for_each(|v, n| *v /= n.max(1.0));
            for (mut row, counts) in map.rows_mut().into_iter().zip(count.rows()) {
                filled(row.as_slice_mut().unwrap_or(&mut []), counts.to_vec().as_slice(), silent);
            }
            self.scaling.apply(map);
        }
        let axes = || {
            let time = Axis::new(
                "time",
                "s",
                self.columns,
                0.5 * length_s / self.columns as f64,
                length_s / self.columns as f64,
            );
            vec![Axis::index("tag", self.tags), time]
        };
        let scaled = self.scaling != Scaling::None;
        let any_strength = reads.reads.is_empty() || heard.iter().any(|n| *n > 0.0);
        let mut views = Views::new();
        for (name, quantity, unit, data) in [
            ("rfid_phase", "phase", "rad", phase),
            ("rfid_rssi", "power", "dBm", rssi),
            ("rfid_reads", "reads", "1", count),
        ] {
            // A format without strengths has no such view.
            if name == "rfid_rssi" && !any_strength {
                continue;
            }
            let unit = if scaled { "1" } else { unit };
            views.insert(
                name,
                View { quantity: quantity.into(), unit: unit.into(), axes: axes(), data: data.into_dyn() },
            );
        }
        Ok(views)
    }

    /// Unwrapped phases; each series of one tag, antenna and channel without a pause counts from its own mean, since its offset is its own.
    fn centred(&self, reads: &RfidReads) -> Vec<f64> {
        let mut phases = reads.unwrapped(self.pause_s);
        type SeriesKey = (usize, u16, Option<u16>, u64);
        let mut series: HashMap<SeriesKey, (f64, usize)> = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (i, read) in reads.reads.iter().enumerate() {
            let key = (read.tag, read.antenna, read.channel, read.frequency_hz.map_or(0, f64::to_bits));
            match series.get_mut(&key) {
                Some((last, group)) if read.time_s - *last < self.pause_s => {
                    *last = read.time_s;
                    groups[*group].push(i);
                }
                _ => {
                    series.insert(key, (read.time_s, groups.len()));
                    groups.push(vec![i]);
                }
            }
        }
        for group in groups {
            let mean = group.iter().map(|&i| phases[i]).sum::<f64>() / group.len() as f64;
            group.iter().for_each(|&i| phases[i] -= mean);
        }
        phases
    }

    /// Names and shapes of the views.
    pub(super) fn planned(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        let shape = vec![self.tags, self.columns];
        ["rfid_phase", "rfid_rssi", "rfid_reads"].into_iter().map(move |name| (name.to_owned(), shape.clone()))
    }

    /// All that is wrong with the settings; the keys are relative to the chain.
    pub fn problems(&self) -> Vec<Problem> {
        let sizes = [("tags", self.tags), ("columns", self.columns)];
        let wrong = sizes.into_iter().filter(|(_, value)| !(1..=4096).contains(value));
        let mut problems: Vec<Problem> =
            wrong.map(|(key, value)| Problem::new(key, format!("{value}; expected 1 to 4096"))).collect();
        if !(self.pause_s > 0.0 && self.pause_s.is_finite()) {
            problems.push(Problem::new("pause_s", format!("{}; expected above 0 s", self.pause_s)));
        }
        problems
    }
}

/// Puts what lies between its neighbours into cells without a read.
fn filled(row: &mut [f32], counts: &[f32], silent: f32) {
    let there: Vec<usize> = (0..row.len()).filter(|&c| counts[c] > 0.0).collect();
    for c in (0..row.len()).filter(|&c| counts[c] == 0.0) {
        let next = there.partition_point(|&t| t < c);
        let (before, behind) = (next.checked_sub(1).map(|i| there[i]), there.get(next).copied());
        row[c] = match (before, behind) {
            (Some(a), Some(b)) => row[a] + (row[b] - row[a]) * (c - a) as f32 / (b - a) as f32,
            (Some(only), None) | (None, Some(only)) => row[only],
            (None, None) => silent,
        };
    }
}

/// The window around the middle of a recording; none where that is shorter (by more than a tenth of the window), or silent there.
pub(super) fn middle(reads: &RfidReads, length_s: f64) -> Option<(f64, Signal)> {
    let spare_s = reads.duration_s() - length_s;
    if spare_s < -0.1 * length_s {
        return None;
    }
    let start_s = 0.5 * spare_s.max(0.0);
    let window = reads.window(start_s, start_s + length_s);
    (!window.reads.is_empty()).then_some((start_s, Signal::Rfid(window)))
}

/// Windows of reads; those without a read are none.
pub(super) fn windows(reads: &RfidReads, length_s: f64, hop_s: f64) -> Vec<(f64, Signal)> {
    // The last read of a recording of 5 s comes a little before its end: by a tenth of a window it may be short.
    let duration_s = reads.duration_s() + 0.1 * length_s;
    let starts = (0..).map(|i| f64::from(i) * hop_s).take_while(|start| start + length_s <= duration_s);
    let cut = starts.map(|start| (start, reads.window(start, start + length_s)));
    cut.filter(|(_, window)| !window.reads.is_empty()).map(|(start, window)| (start, Signal::Rfid(window))).collect()
}
