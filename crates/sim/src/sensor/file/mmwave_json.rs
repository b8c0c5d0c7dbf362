//! The configurations that TI's mmWave Studio keeps beside its captures: `NAME.mmwave.json` (mmWaveLink's structures by name).
//!
//! It says the same as a `.cfg` in other words, and is taken as one; one device is read.

use super::super::error::SensorError;
use super::ti_cfg::{Command, Purpose, TiCfg};
use super::{Faults, text};
use serde_json::Value;
use std::path::Path;

impl TiCfg {
    /// Reads an `.mmwave.json`; see [`super::super::FmcwRadar::read_file`] for `board`.
    pub fn read_mmwave_json(path: &Path, board: Option<&str>, purpose: Purpose) -> Result<Self, SensorError> {
        let text = text::read(path)?;
        let mut faults = Faults::new(path);
        let commands = match serde_json::from_str::<Value>(&text) {
            Ok(json) => commands(&json, &text, &mut faults),
            Err(e) => {
                faults.add(Some(e.line()), "mmWaveDevices", format!("no mmWave Studio configuration: {e}"));
                Vec::new()
            }
        };
        if !faults.found.is_empty() {
            faults.check()?;
            return Err(SensorError::Impossible { name: path.display().to_string(), problems: Vec::new() });
        }
        Self::of_commands(&commands, Vec::new(), None, (path, board, purpose), faults)
    }
}

/// Whether a path has the ending of such a file.
pub(super) fn is_one(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().ends_with(".mmwave.json"))
}

/// A JSON object with the line of its name, for errors.
struct Section<'a> {
    json: &'a Value,
    name: &'static str,
    line: usize,
}

fn line_of(text: &str, name: &str) -> usize {
    let quoted = format!("\"{name}\"");
    text.lines().position(|l| l.contains(&quoted)).map_or(1, |i| i + 1)
}

impl Section<'_> {
    /// A number, which the program also writes as text in hexadecimal.
    fn get(&self, key: &str, faults: &mut Faults) -> f64 {
        let value = &self.json[key];
        let number = match value {
            Value::Number(n) => n.as_f64(),
            Value::String(s) => match s.trim().strip_prefix("0x").or_else(|| s.trim().strip_prefix("0X")) {
                Some(digits) => u32::from_str_radix(digits, 16).ok().map(f64::from),
                None => s.trim().parse().ok(),
            },
            _ => None,
        };
        number.filter(|n: &f64| n.is_finite()).unwrap_or_else(|| {
            let given = if value.is_null() { "is missing".into() } else { format!("{value} is not a number") };
            faults.add(self.line, &format!("{}.{key}", self.name), given);
            0.0
        })
    }

    /// The number, or what stands for a missing one.
    fn get_or(&self, key: &str, missing: f64, faults: &mut Faults) -> f64 {
        if self.json[key].is_null() { missing } else { self.get(key, faults) }
    }
}

fn commands(json: &Value, text: &str, faults: &mut Faults) -> Vec<Command> {
    let devices = json["mmWaveDevices"].as_array().map_or(&[][..], Vec::as_slice);
    let [device] = devices else {
        let message = format!("{} devices given, must be one: cascades are not read", devices.len());
        faults.add(line_of(text, "mmWaveDevices"), "mmWaveDevices", message);
        return Vec::new();
    };
    let rf = &device["rfConfig"];
    let part = |json, name| Section { json, name, line: line_of(text, name) };
    let frames_of_kinds = rf["rlAdvFrameCfg_t"]
        .as_object()
        .is_some_and(|o| o.get("isConfigured").and_then(Value::as_i64) != Some(0) && rf["rlFrameCfg_t"].is_null());
    if frames_of_kinds || rf["waveformType"].as_str().is_some_and(|kind| kind != "legacyFrameChirp") {
        let what = "frames of several kinds and continuous waves are not read; only legacyFrameChirp is";
        faults.add(line_of(text, "waveformType"), "waveformType", what);
        return Vec::new();
    }
    let mut out = Vec::new();
    let channel = part(&rf["rlChanCfg_t"], "rlChanCfg_t");
    let masks = vec![channel.get("rxChannelEn", faults), channel.get("txChannelEn", faults), 0.0];
    out.push(Command::made(channel.line, "channelCfg", masks));
    let format = part(&rf["rlAdcOutCfg_t"]["fmt"], "rlAdcOutCfg_t");
    let adc = vec![format.get("b2AdcBits", faults), format.get("b2AdcOutFmt", faults)];
    let real = f64::from(u8::from(adc[1] == 0.0));
    out.push(Command::made(format.line, "adcCfg", adc));
    let data = part(&device["rawDataCaptureConfig"]["rlDevDataFmtCfg_t"], "rlDevDataFmtCfg_t");
    if !data.json.is_null() {
        let (swap, interleave) = (data.get_or("iqSwapSel", 0.0, faults), data.get_or("chInterleave", 1.0, faults));
        out.push(Command::made(data.line, "adcbufCfg", vec![-1.0, real, swap, interleave, 1.0]));
    }
    for entry in rf["rlProfiles"].as_array().into_iter().flatten() {
        let p = part(&entry["rlProfileCfg_t"], "rlProfileCfg_t");
        let mut get = |key: &str| p.get(key, faults);
        let values = vec![
            get("profileId"),
            get("startFreqConst_GHz"),
            get("idleTimeConst_usec"),
            get("adcStartTimeConst_usec"),
            get("rampEndTime_usec"),
            p.get_or("txOutPowerBackoffCode", 0.0, faults),
            p.get_or("txPhaseShifter", 0.0, faults),
            p.get("freqSlopeConst_MHz_usec", faults),
            p.get_or("txStartTime_usec", 0.0, faults),
            p.get("numAdcSamples", faults),
            p.get("digOutSampleRate", faults),
            p.get_or("hpfCornerFreq1", 0.0, faults),
            p.get_or("hpfCornerFreq2", 0.0, faults),
            0.0,
        ];
        out.push(Command::made(p.line, "profileCfg", values));
    }
    for entry in rf["rlChirps"].as_array().into_iter().flatten() {
        let c = part(&entry["rlChirpCfg_t"], "rlChirpCfg_t");
        let values = vec![
            c.get("chirpStartIdx", faults),
            c.get("chirpEndIdx", faults),
            c.get("profileId", faults),
            c.get_or("startFreqVar_MHz", 0.0, faults),
            c.get_or("freqSlopeVar_KHz_usec", 0.0, faults),
            c.get_or("idleTimeVar_usec", 0.0, faults),
            c.get_or("adcStartTimeVar_usec", 0.0, faults),
            c.get("txEnable", faults),
        ];
        out.push(Command::made(c.line, "chirpCfg", values));
    }
    let frame = part(&rf["rlFrameCfg_t"], "rlFrameCfg_t");
    let values = vec![
        frame.get("chirpStartIdx", faults),
        frame.get("chirpEndIdx", faults),
        frame.get("numLoops", faults),
        frame.get_or("numFrames", 0.0, faults),
        frame.get("framePeriodicity_msec", faults),
        1.0,
        0.0,
    ];
    out.push(Command::made(frame.line, "frameCfg", values));
    out
}
