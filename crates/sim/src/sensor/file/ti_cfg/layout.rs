//! How samples lie in a capture: `adcCfg`, `adcbufCfg` and the stream.

use super::super::Faults;
use super::Purpose;
use super::commands::{Command, at_most_one};

/// Which part of a complex sample comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleOrder {
    /// In phase first.
    IFirst,
    /// Quadrature first.
    QFirst,
}

/// How samples lie in a capture, as far as the file says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleLayout {
    /// Bits of a word that carry the sample: 12, 14 or 16. The others are no sign extension (SWRA581).
    pub bits: u8,
    /// Whether samples are real.
    pub real: bool,
    /// Which part comes first. `SampleSwap` 1 has Q in the lower half of a 32-bit sample, and halves are written lower first
    /// (mmWave SDK user's guide, `adcbufCfg`; the reader of RadarML/xwr, `iq_from_iiqq`, takes them so).
    pub order: Option<SampleOrder>,
    /// Whether receivers lie side by side (`ChanInterleave` 0: xWR14xx) or one after another.
    pub interleaved: Option<bool>,
}

pub(super) fn read(commands: &[Command], purpose: Purpose, faults: &mut Faults) -> SampleLayout {
    let mut layout = SampleLayout { bits: 16, real: false, order: None, interleaved: None };
    let adc = at_most_one(commands, "adcCfg", faults);
    let buffer = at_most_one(commands, "adcbufCfg", faults);
    at_most_one(commands, "lvdsStreamCfg", faults);
    if let Some(adc) = adc {
        let (bits, format) = (adc.get("numADCBits"), adc.get("adcOutputFmt"));
        match [12, 14, 16].get(bits.max(0.0) as usize).filter(|_| bits >= 0.0 && bits.fract() == 0.0) {
            Some(&known) => layout.bits = known,
            None => {
                faults.add(adc.line, "adcCfg.numADCBits", format!("{bits} given, must be 0, 1 or 2: 12, 14 or 16 bits"))
            }
        }
        layout.real = format == 0.0;
        if ![0.0, 1.0, 2.0].contains(&format) && purpose == Purpose::Capture {
            let message =
                format!("{format} given, must be 0 (real), 1 or 2 (complex): pseudo-real samples are not read");
            faults.add(adc.line, "adcCfg.adcOutputFmt", message);
        }
    }
    let Some(buffer) = buffer else { return layout };
    let mut flag = |parameter: &str| {
        let value = buffer.get(parameter);
        if [0.0, 1.0].contains(&value) {
            return Some(value == 1.0);
        }
        faults.add(buffer.line, &buffer.key(parameter), format!("{value} given, must be 0 or 1"));
        None
    };
    layout.order = flag("SampleSwap").map(|q| if q { SampleOrder::QFirst } else { SampleOrder::IFirst });
    layout.interleaved = flag("ChanInterleave").map(|one_after_another| !one_after_another);
    let real = flag("adcOutputFmt");
    if let (Some(adc), Some(real)) = (adc, real)
        && real != layout.real
        && purpose == Purpose::Capture
    {
        let message = format!(
            "{} given, but adcCfg of line {} says {} samples",
            u8::from(real),
            adc.line,
            if layout.real { "real" } else { "complex" }
        );
        faults.add(buffer.line, "adcbufCfg.adcOutputFmt", message);
    }
    layout
}
