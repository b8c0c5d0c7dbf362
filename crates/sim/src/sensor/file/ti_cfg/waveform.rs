//! What the radar transmits, and which antennas take part: `channelCfg`, `profileCfg`, `chirpCfg`, `frameCfg`.

use super::super::super::fmcw::FmcwRadar;
use super::super::Faults;
use super::commands::{Command, only};
use super::{Antennas, Purpose};
use crate::sensor::receiver::high_pass::HighPassSpec;
use std::path::Path;

/// Chirps that the hardware can hold.
const MAX_CHIRPS: f64 = 511.0;

/// The commands of the waveform, found and consistent among each other.
pub(super) struct Waveform<'a> {
    channel: &'a Command,
    frame: &'a Command,
    pub(super) profile: &'a Command,
    chirps: Vec<Chirp<'a>>,
}

impl<'a> Waveform<'a> {
    pub(super) fn find(commands: &'a [Command], purpose: Purpose, faults: &mut Faults) -> Option<Self> {
        let channel = only(commands, "channelCfg", faults);
        let adc = only(commands, "adcCfg", faults);
        let frame = only(commands, "frameCfg", faults);
        if let Some(adc) = adc
            && purpose == Purpose::Simulate
            && ![1.0, 2.0].contains(&adc.get("adcOutputFmt"))
        {
            let message =
                format!("{} given, must be 1 or 2: only complex samples are simulated", adc.get("adcOutputFmt"));
            faults.add(adc.line, "adcCfg.adcOutputFmt", message);
        }
        check_chirps(commands, faults);
        let chirps = frame.map(|f| sequence(commands, f, faults)).unwrap_or_default();
        let profile = profile(commands, &chirps, faults)?;
        Some(Self { channel: channel?, frame: frame?, profile, chirps })
    }

    /// Frequency at the ramp's start, Hz, and where it stands.
    pub(super) fn start_frequency_hz(&self) -> (f64, (Option<usize>, &'static str)) {
        (1e9 * self.profile.get("startFreq"), (Some(self.profile.line), "profileCfg.startFreq"))
    }

    /// The masks of the transmitters and receivers in use, as typed.
    pub(super) fn transmitters_enabled(&self) -> f64 {
        self.channel.get("txChannelEn")
    }

    /// The radar on a board, and which of the board's transmitters and receivers it has, in the order of its antennas.
    pub(super) fn radar(
        &self,
        board: &FmcwRadar,
        board_name: &str,
        origin: &Path,
        faults: &mut Faults,
    ) -> Option<(FmcwRadar, Antennas)> {
        let (profile, frame, channel) = (self.profile, self.frame, self.channel);
        let rx_mask = mask(channel, "rxChannelEn", board.n_rx(), faults);
        let (tx, repeats) = transmitters(&self.chirps, channel, board, faults)?;
        let rx: Vec<usize> = (0..board.n_rx()).filter(|l| rx_mask & (1 << l) != 0).collect();
        let backoff_db = backoff(profile, &tx, faults);
        let radar = FmcwRadar {
            name: origin.file_stem().map_or(board.name.clone(), |s| s.to_string_lossy().into_owned()),
            start_frequency_hz: self.start_frequency_hz().0,
            chirp_slope_hz_per_s: 1e12 * profile.get("freqSlopeConst"),
            idle_time_s: 1e-6 * profile.get("idleTime"),
            ramp_time_s: 1e-6 * profile.get("rampEndTime"),
            adc_start_s: 1e-6 * profile.get("adcStartTime"),
            sample_rate_hz: 1e3 * profile.get("digOutSampleRate"),
            samples_per_chirp: profile.whole("numAdcSamples", 65_536.0, faults),
            loops_per_frame: frame.whole("numLoops", 65_536.0, faults) * repeats,
            frame_period_s: 1e-3 * frame.get("framePeriodicity"),
            time_multiplexed: true,
            tx_m: tx.iter().map(|&k| board.tx_m[k]).collect(),
            rx_m: rx.iter().map(|&l| board.rx_m[l]).collect(),
            rx_phase_deg: rx.iter().filter_map(|&l| board.rx_phase_deg.get(l).copied()).collect(),
            transmit_power_dbm: board.transmit_power_dbm - backoff_db,
            high_pass: Some(high_pass(profile, faults)),
            board: Some(board_name.to_owned()),
            ..board.clone()
        };
        if faults.found.is_empty() {
            for problem in radar.problems() {
                let (command, parameter) = place(&problem.key, profile, frame, channel);
                faults.add(command.line, &command.key(parameter), problem.message);
            }
        }
        Some((radar, Antennas { tx, rx, board_rx: board.n_rx() }))
    }
}

/// What every chirp must keep to, used or not.
fn check_chirps(commands: &[Command], faults: &mut Faults) {
    for chirp in commands.iter().filter(|c| c.name == "chirpCfg") {
        let (from, to) = (chirp.get("chirpStartIdx"), chirp.get("chirpEndIdx"));
        if !(0.0..=MAX_CHIRPS).contains(&from) || !(from..=MAX_CHIRPS).contains(&to) {
            let message = format!("{from} to {to} given, must be rising and within 0 to {MAX_CHIRPS}");
            faults.add(chirp.line, "chirpCfg.chirpEndIdx", message);
        }
        for parameter in ["startFreqVar", "freqSlopeVar", "idleTimeVar", "adcStartTimeVar"] {
            if chirp.get(parameter) != 0.0 {
                let message = format!("{} given, must be 0: all chirps are simulated alike", chirp.get(parameter));
                faults.add(chirp.line, &chirp.key(parameter), message);
            }
        }
    }
}

/// A chirp of the loop: its command, whose `txEnable` and profile it has.
type Chirp<'a> = &'a Command;

/// The chirps of a loop in order.
fn sequence<'a>(commands: &'a [Command], frame: &Command, faults: &mut Faults) -> Vec<Chirp<'a>> {
    let first = frame.whole("chirpStartIdx", MAX_CHIRPS, faults);
    let last = frame.whole("chirpEndIdx", MAX_CHIRPS, faults);
    if last < first {
        faults.add(
            frame.line,
            "frameCfg.chirpEndIdx",
            format!("{last} given, must be at least chirpStartIdx, {first}"),
        );
        return Vec::new();
    }
    let chirps: Vec<&Command> = commands.iter().filter(|c| c.name == "chirpCfg").collect();
    let mut out = Vec::new();
    for index in first..=last {
        let covers = |c: &&&Command| (c.get("chirpStartIdx")..=c.get("chirpEndIdx")).contains(&(index as f64));
        let mut found = chirps.iter().filter(covers);
        match (found.next(), found.next()) {
            (Some(chirp), None) => out.push(*chirp),
            (Some(chirp), Some(other)) => {
                faults.add(other.line, "chirpCfg", format!("defines chirp {index} again (line {})", chirp.line));
            }
            (None, _) => faults.add(frame.line, "frameCfg", format!("uses chirp {index}, which no chirpCfg defines")),
        }
    }
    out
}

/// The profile of all chirps: one, or several that say the same.
fn profile<'a>(commands: &'a [Command], chirps: &[Chirp], faults: &mut Faults) -> Option<&'a Command> {
    let profiles: Vec<&Command> = commands.iter().filter(|c| c.name == "profileCfg").collect();
    if profiles.is_empty() || chirps.is_empty() {
        return only(commands, "profileCfg", faults);
    }
    let mut used: Option<&Command> = None;
    for chirp in chirps {
        let id = chirp.get("profileId");
        let mut found = profiles.iter().copied().filter(|p| p.get("profileId") == id);
        let Some(profile) = found.next() else {
            faults.add(chirp.line, "chirpCfg.profileId", format!("{id} given, but no profileCfg has this number"));
            return None;
        };
        if let Some(other) = found.find(|p| p.values != profile.values) {
            faults.add(other.line, "profileCfg", format!("contradicts line {}", profile.line));
            return None;
        }
        match used {
            Some(first) if first.values[1..] != profile.values[1..] => {
                let message = format!(
                    "{id} given, whose profile of line {} is another than that of line {}: one kind of chirp a frame",
                    profile.line, first.line
                );
                faults.add(chirp.line, "chirpCfg.profileId", message);
                return None;
            }
            Some(_) => {}
            None => used = Some(profile),
        }
    }
    used
}

/// Transmitters in the order of their chirps, and how often the loop repeats itself.
fn transmitters(
    chirps: &[Chirp],
    channel: &Command,
    board: &FmcwRadar,
    faults: &mut Faults,
) -> Option<(Vec<usize>, usize)> {
    let enabled = mask(channel, "txChannelEn", board.n_tx(), faults);
    let mut order = Vec::new();
    for chirp in chirps {
        let tx = chirp.get("txEnable");
        let bits = if (0.0..65_536.0).contains(&tx) { tx as u32 } else { 0 };
        if bits.count_ones() != 1 || tx.fract() != 0.0 {
            let message = format!("{tx} given, must be 1, 2 or 4: one transmitter a chirp is simulated");
            faults.add(chirp.line, "chirpCfg.txEnable", message);
        } else if enabled & bits == 0 {
            let message = format!("{tx} given, but txChannelEn of line {} is {enabled}", channel.line);
            faults.add(chirp.line, "chirpCfg.txEnable", message);
        } else {
            order.push(bits.trailing_zeros() as usize);
        }
    }
    if order.len() != chirps.len() || order.is_empty() {
        return None;
    }
    if order.iter().all(|k| *k == order[0]) {
        return Some((vec![order[0]], order.len()));
    }
    for (i, k) in order.iter().enumerate() {
        if order[..i].contains(k) {
            let message = format!("transmitter {} chirps twice in a loop: each may once, or one alone", k + 1);
            faults.add(chirps[i].line, "chirpCfg.txEnable", message);
            return None;
        }
    }
    Some((order, 1))
}

/// A mask of antennas that the board has, at least one.
fn mask(channel: &Command, parameter: &str, antennas: usize, faults: &mut Faults) -> u32 {
    let all = (1_u32 << antennas) - 1;
    let bits = channel.whole(parameter, 65_535.0, faults) as u32;
    if bits == 0 || bits & !all != 0 {
        let message = format!("{bits} given, must be 1 to {all}: the board has {antennas} of them");
        faults.add(channel.line, &channel.key(parameter), message);
    }
    bits & all
}

/// Power that the transmitters in use are turned down by, dB: an octet of 1 dB each, the lowest for TX1.
fn backoff(profile: &Command, order: &[usize], faults: &mut Faults) -> f64 {
    let code = profile.whole("txOutPower", f64::from(0xff_ffff), faults) as u32;
    if profile.get("txPhaseShifter") != 0.0 {
        faults.add(profile.line, "profileCfg.txPhaseShifter", "must be 0: phase shifters are not simulated");
    }
    let of = |k: usize| code >> (8 * k.min(2)) & 0xff;
    if order.iter().any(|&k| of(k) != of(order[0])) {
        let message = format!("{code:#x} turns the transmitters down differently, which is not simulated");
        faults.add(profile.line, "profileCfg.txOutPower", message);
    }
    f64::from(of(order[0]))
}

/// Corner frequencies by `hpfCornerFreq1` and `hpfCornerFreq2`, Hz (mmWave SDK user's guide, `profileCfg`).
const CORNERS_HZ: [(&str, [f64; 4]); 2] =
    [("hpfCornerFreq1", [175e3, 235e3, 350e3, 700e3]), ("hpfCornerFreq2", [350e3, 700e3, 1.4e6, 2.8e6])];

/// The two filters of first order that the receiver has behind its mixer.
fn high_pass(profile: &Command, faults: &mut Faults) -> HighPassSpec {
    let corner = |(parameter, corners): (&str, [f64; 4])| corners[profile.whole(parameter, 3.0, faults)];
    HighPassSpec { corners_hz: CORNERS_HZ.into_iter().map(corner).collect() }
}

/// The command and parameter that a field of the radar was made of.
fn place<'a>(
    field: &str,
    profile: &'a Command,
    frame: &'a Command,
    channel: &'a Command,
) -> (&'a Command, &'static str) {
    match field.split('.').next().unwrap_or_default() {
        "chirp_slope_hz_per_s" => (profile, "freqSlopeConst"),
        "idle_time_s" => (profile, "idleTime"),
        "ramp_time_s" => (profile, "rampEndTime"),
        "adc_start_s" => (profile, "adcStartTime"),
        "sample_rate_hz" => (profile, "digOutSampleRate"),
        "samples_per_chirp" => (profile, "numAdcSamples"),
        "transmit_power_dbm" => (profile, "txOutPower"),
        "loops_per_frame" => (frame, "numLoops"),
        "frame_period_s" => (frame, "framePeriodicity"),
        "tx_m" => (channel, "txChannelEn"),
        "rx_m" => (channel, "rxChannelEn"),
        _ => (profile, "startFreq"),
    }
}
