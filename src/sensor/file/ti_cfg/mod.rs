//! The `.cfg` files of TI's mmWave SDK demo (mmWave SDK user's guide 3.x, section 3.4: configuration file format).
//!
//! Read are `channelCfg`, `adcCfg`, `profileCfg`, `chirpCfg` and `frameCfg`. Commands that ask for what is not modelled are
//! refused; commands of the demo's processing and of its console change nothing of the radar and are passed over.

mod commands;

use super::super::error::SensorError;
use super::super::fmcw::FmcwRadar;
use super::{Faults, board};
use commands::{Command, commands, only};
use std::path::Path;

/// Chirps that the hardware can hold.
const MAX_CHIRPS: f64 = 511.0;

impl FmcwRadar {
    /// Parses the text of a `.cfg` file; `origin` is named in errors. See [`FmcwRadar::read_file`] for `board`.
    ///
    /// The transmitters are those of the loop in the order of its chirps. A loop in which one transmitter chirps again and again
    /// counts as so many loops. Receive gain and filters are left to the receiver's `adc`.
    pub fn parse_ti_cfg(text: &str, origin: &Path, board_name: Option<&str>) -> Result<Self, SensorError> {
        let mut faults = Faults::new(origin);
        let commands = commands(text, &mut faults);
        let radar = read(&commands, origin, board_name, &mut faults);
        faults.check()?;
        // Without a fault there is a radar.
        radar.ok_or_else(|| SensorError::Impossible { name: origin.display().to_string(), problems: Vec::new() })
    }
}

fn read(commands: &[Command], origin: &Path, board_name: Option<&str>, faults: &mut Faults) -> Option<FmcwRadar> {
    let channel = only(commands, "channelCfg", faults);
    let adc = only(commands, "adcCfg", faults);
    let frame = only(commands, "frameCfg", faults);
    if let Some(adc) = adc
        && ![1.0, 2.0].contains(&adc.get("adcOutputFmt"))
    {
        let message = format!("{} given, must be 1 or 2: only complex samples are simulated", adc.get("adcOutputFmt"));
        faults.add(adc.line, "adcCfg.adcOutputFmt", message);
    }
    check_chirps(commands, faults);
    let chirps = frame.map(|f| sequence(commands, f, faults)).unwrap_or_default();
    let profile = profile(commands, &chirps, faults)?;
    let start_frequency_hz = 1e9 * profile.get("startFreq");
    let at = (Some(profile.line), "profileCfg.startFreq");
    let board = board(board_name, start_frequency_hz, faults, at)?;
    let (channel, frame) = (channel?, frame?);
    let rx_mask = mask(channel, "rxChannelEn", board.n_rx(), faults);
    let (order, repeats) = transmitters(&chirps, channel, &board, faults)?;
    let backoff_db = backoff(profile, &order, faults);
    let radar = FmcwRadar {
        name: origin.file_stem().map_or(board.name.clone(), |s| s.to_string_lossy().into_owned()),
        start_frequency_hz,
        chirp_slope_hz_per_s: 1e12 * profile.get("freqSlopeConst"),
        idle_time_s: 1e-6 * profile.get("idleTime"),
        ramp_time_s: 1e-6 * profile.get("rampEndTime"),
        adc_start_s: 1e-6 * profile.get("adcStartTime"),
        sample_rate_hz: 1e3 * profile.get("digOutSampleRate"),
        samples_per_chirp: profile.whole("numAdcSamples", 65_536.0, faults),
        loops_per_frame: frame.whole("numLoops", 65_536.0, faults) * repeats,
        frame_period_s: 1e-3 * frame.get("framePeriodicity"),
        time_multiplexed: true,
        tx_m: order.iter().map(|&k| board.tx_m[k]).collect(),
        rx_m: (0..board.n_rx()).filter(|l| rx_mask & (1 << l) != 0).map(|l| board.rx_m[l]).collect(),
        transmit_power_dbm: board.transmit_power_dbm - backoff_db,
        ..board
    };
    if faults.found.is_empty() {
        for problem in radar.problems() {
            let (command, parameter) = place(&problem.key, profile, frame, channel);
            faults.add(command.line, &command.key(parameter), problem.message);
        }
    }
    Some(radar)
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

/// The profile of all chirps.
fn profile<'a>(commands: &'a [Command], chirps: &[Chirp], faults: &mut Faults) -> Option<&'a Command> {
    let profiles: Vec<&Command> = commands.iter().filter(|c| c.name == "profileCfg").collect();
    let Some(chirp) = chirps.first() else { return only(commands, "profileCfg", faults) };
    let id = chirp.get("profileId");
    if let Some(other) = chirps.iter().find(|c| c.get("profileId") != id) {
        let message =
            format!("{} given, but line {} uses {id}: one profile a frame", other.get("profileId"), chirp.line);
        faults.add(other.line, "chirpCfg.profileId", message);
    }
    let found: Vec<&Command> = profiles.iter().copied().filter(|p| p.get("profileId") == id).collect();
    match (found.first(), found.iter().find(|p| p.values != found[0].values)) {
        (Some(_), Some(other)) => {
            faults.add(other.line, "profileCfg", format!("contradicts line {}", found[0].line));
            None
        }
        (Some(profile), None) => Some(profile),
        (None, _) if profiles.is_empty() => only(commands, "profileCfg", faults),
        (None, _) => {
            faults.add(chirp.line, "chirpCfg.profileId", format!("{id} given, but no profileCfg has this number"));
            None
        }
    }
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
