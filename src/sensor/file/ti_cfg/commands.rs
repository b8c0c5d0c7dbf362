//! The lines of a `.cfg` file: commands with their numbers, by TI's names.

use super::super::Faults;

const CHANNEL: &[&str] = &["rxChannelEn", "txChannelEn", "cascading"];
const ADC: &[&str] = &["numADCBits", "adcOutputFmt"];
const PROFILE: &[&str] = &[
    "profileId",
    "startFreq",
    "idleTime",
    "adcStartTime",
    "rampEndTime",
    "txOutPower",
    "txPhaseShifter",
    "freqSlopeConst",
    "txStartTime",
    "numAdcSamples",
    "digOutSampleRate",
    "hpfCornerFreq1",
    "hpfCornerFreq2",
    "rxGain",
];
const CHIRP: &[&str] = &[
    "chirpStartIdx",
    "chirpEndIdx",
    "profileId",
    "startFreqVar",
    "freqSlopeVar",
    "idleTimeVar",
    "adcStartTimeVar",
    "txEnable",
];
const FRAME: &[&str] = &[
    "chirpStartIdx",
    "chirpEndIdx",
    "numLoops",
    "numFrames",
    "framePeriodicity",
    "triggerSelect",
    "frameTriggerDelay",
];

/// One command and its numbers.
#[derive(Clone)]
pub(super) struct Command {
    pub(super) line: usize,
    pub(super) name: &'static str,
    parameters: &'static [&'static str],
    pub(super) values: Vec<f64>,
}

impl Command {
    /// The value of a parameter; parameters are there by construction.
    pub(super) fn get(&self, parameter: &str) -> f64 {
        self.parameters.iter().position(|p| *p == parameter).map_or(f64::NAN, |i| self.values[i])
    }

    pub(super) fn key(&self, parameter: &str) -> String {
        format!("{}.{parameter}", self.name)
    }

    /// A whole number in `0..=most`; anything else is a fault and counts as zero.
    pub(super) fn whole(&self, parameter: &str, most: f64, faults: &mut Faults) -> usize {
        let value = self.get(parameter);
        if value >= 0.0 && value <= most && value.fract() == 0.0 {
            return value as usize;
        }
        faults.add(self.line, &self.key(parameter), format!("{value} given, must be a whole number from 0 to {most}"));
        0
    }
}

/// The commands that matter here; the rest is checked for what cannot be modelled.
pub(super) fn commands(text: &str, faults: &mut Faults) -> Vec<Command> {
    const KNOWN: [(&str, &[&str]); 5] =
        [("channelCfg", CHANNEL), ("adcCfg", ADC), ("profileCfg", PROFILE), ("chirpCfg", CHIRP), ("frameCfg", FRAME)];
    let mut out = Vec::new();
    for (i, text) in text.lines().enumerate() {
        let line = i + 1;
        let mut words = text.split('%').next().unwrap_or_default().split_whitespace();
        let Some(word) = words.next() else { continue };
        let words: Vec<&str> = words.collect();
        if let Some(&(name, parameters)) = KNOWN.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
            if words.len() != parameters.len() {
                let message =
                    format!("{} values given, must be {}: {}", words.len(), parameters.len(), parameters.join(" "));
                faults.add(line, name, message);
                continue;
            }
            let mut values = Vec::with_capacity(words.len());
            for (word, parameter) in words.iter().zip(parameters) {
                match word.parse::<f64>() {
                    Ok(v) if v.is_finite() => values.push(v),
                    _ => faults.add(line, &format!("{name}.{parameter}"), format!("`{word}` is not a number")),
                }
            }
            if values.len() == parameters.len() {
                out.push(Command { line, name, parameters, values });
            }
        } else if let Some(message) = unsupported(word, &words) {
            faults.add(line, word, message);
        }
    }
    out
}

/// Why a command cannot be followed, if it changes what the radar transmits.
fn unsupported(name: &str, values: &[&str]) -> Option<&'static str> {
    let given = |i: usize| values.get(i).and_then(|v| v.parse::<f64>().ok());
    match name {
        "dfeDataOutputMode" if given(0) != Some(1.0) => Some("only mode 1, frames of chirps, is simulated"),
        "advFrameCfg" | "subFrameCfg" => Some("frames of several kinds are not simulated; use frameCfg"),
        "contModeCfg" => Some("continuous wave is not simulated; use frameCfg"),
        "bpmCfg" if given(1) != Some(0.0) => {
            Some("binary phase modulation is not simulated; set its second value to 0")
        }
        _ => None,
    }
}

/// The one command of a name; that it is missing or there twice with other values is a fault.
pub(super) fn only<'a>(commands: &'a [Command], name: &str, faults: &mut Faults) -> Option<&'a Command> {
    let all: Vec<&Command> = commands.iter().filter(|c| c.name == name).collect();
    let Some(first) = all.first() else {
        // A line of that name with a fault of its own has been reported already.
        if !faults.found.iter().any(|(_, p)| p.key.split('.').next() == Some(name)) {
            faults.add(None, name, "is missing");
        }
        return None;
    };
    if let Some(other) = all.iter().find(|c| c.values != first.values) {
        faults.add(other.line, name, format!("contradicts line {}", first.line));
    }
    Some(first)
}
