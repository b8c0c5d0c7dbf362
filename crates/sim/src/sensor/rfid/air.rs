//! How long a slot of an inventory takes: EPC Gen2 (GS1, "EPC radio-frequency identity protocols generation-2 UHF RFID", release 2.1, sections 6.3.1.2 to 6.3.1.6).

use crate::base::yaml::Problem;
use crate::sensor::receiver::within;
use serde::{Deserialize, Serialize};

/// Ratio of the tag's clock, DR = 64/3.
const DIVIDE_RATIO: f64 = 64.0 / 3.0;
/// The delimiter before a command, s.
const DELIMITER_S: f64 = 12.5e-6;

/// Commands and answers on the air.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirSpec {
    /// Length of a zero of the reader, s, 6.25e-6..25e-6; a one is twice as long.
    pub tari_s: f64,
    /// Backscatter link frequency, Hz, 95e3..640e3.
    pub backscatter_hz: f64,
    /// Cycles a symbol of the tag: 1 (FM0), 2, 4 or 8 (Miller).
    pub cycles_per_symbol: u32,
    /// Bits of the tag's number, 16..496. Default 96.
    #[serde(default = "epc_bits")]
    pub epc_bits: u32,
    /// What the reader needs from round to round, s, 0..1. Default 0.
    #[serde(default)]
    pub round_pause_s: f64,
}

fn epc_bits() -> u32 {
    96
}

/// Lengths of slots, s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotTimes {
    /// The command that begins a round, beyond that of a slot.
    pub query_s: f64,
    /// A slot without an answer.
    pub empty_s: f64,
    /// A slot of several answers.
    pub collision_s: f64,
    /// A slot of one tag, with its number.
    pub single_s: f64,
    /// From the start of that slot to the middle of the number.
    pub middle_s: f64,
}

impl AirSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out: Vec<Problem> = [
            within("tari_s", self.tari_s, 6.25e-6, 25e-6, "s"),
            within("backscatter_hz", self.backscatter_hz, 95e3, 640e3, "Hz"),
            within("epc_bits", f64::from(self.epc_bits), 16.0, 496.0, ""),
            within("round_pause_s", self.round_pause_s, 0.0, 1.0, "s"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if ![1, 2, 4, 8].contains(&self.cycles_per_symbol) {
            let message = format!("{} given, must be 1, 2, 4 or 8", self.cycles_per_symbol);
            out.push(Problem::new("cycles_per_symbol", message));
        }
        // TRcal, by which the reader sets the link frequency, lies between 1.1 and 3 times RTcal.
        let (low, high) = (DIVIDE_RATIO / (9.0 * self.tari_s), DIVIDE_RATIO / (3.3 * self.tari_s));
        if out.is_empty() && !(self.backscatter_hz >= 0.999 * low && self.backscatter_hz <= 1.001 * high) {
            let message =
                format!("{} given, a tari of {} s admits {low:.0} to {high:.0} Hz", self.backscatter_hz, self.tari_s);
            out.push(Problem::new("backscatter_hz", message));
        }
        out
    }

    /// Lengths of slots.
    pub fn slots(&self) -> SlotTimes {
        let rt_cal = 3.0 * self.tari_s;
        let tr_cal = DIVIDE_RATIO / self.backscatter_hz;
        // As many ones as zeros.
        let bits = |count: u32| 1.5 * self.tari_s * f64::from(count);
        let sync = DELIMITER_S + self.tari_s + rt_cal;
        let (repeat, acknowledge, query) = (sync + bits(4), sync + bits(18), sync + tr_cal + bits(22));
        let t1 = rt_cal.max(10.0 / self.backscatter_hz);
        // Admissible are 3 to 20 cycles.
        let t2 = 10.0 / self.backscatter_hz;
        let preamble = if self.cycles_per_symbol == 1 { 6 } else { 10 };
        let symbol = f64::from(self.cycles_per_symbol) / self.backscatter_hz;
        let answer = |bits: u32| symbol * f64::from(preamble + bits + 1);
        // Protocol control and checksum of 16 bits each go with the number.
        let (handle, number) = (answer(16), answer(self.epc_bits + 32));
        let before = repeat + t1 + handle + t2 + acknowledge + t1;
        SlotTimes {
            query_s: query - repeat + self.round_pause_s,
            empty_s: repeat + t1 + t2,
            collision_s: repeat + t1 + handle + t2,
            single_s: before + number + t2,
            middle_s: before + 0.5 * number,
        }
    }
}
