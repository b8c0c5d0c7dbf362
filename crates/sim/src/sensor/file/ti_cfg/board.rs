//! Which preset says what a `.cfg` does not: where antennas are, their gains, the noise figure.

use super::super::super::fmcw::FmcwRadar;
use super::super::Faults;
use super::antennas::Geometry;
use super::waveform::Waveform;

/// Families of devices that configurations are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Platform {
    Xwr14,
    Xwr16,
    Xwr18,
    Xwr68,
}

/// The family that a comment names, as the mmWave Demo Visualizer writes it (`% Platform:xWR18xx`).
pub(super) fn platform(text: &str) -> Option<Platform> {
    let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix('%')).map(str::to_ascii_lowercase);
    let named = |comment: String| {
        let families = [
            ("xwr14", Platform::Xwr14),
            ("xwr16", Platform::Xwr16),
            ("xwr18", Platform::Xwr18),
            ("xwr68", Platform::Xwr68),
        ];
        families.into_iter().find(|(name, _)| comment.contains(name)).map(|(_, platform)| platform)
    };
    comments.filter_map(named).next()
}

/// What the file says of its board.
pub(super) struct Hints<'a> {
    pub(super) platform: Option<Platform>,
    pub(super) interleaved: Option<bool>,
    pub(super) geometry: Option<&'a Geometry>,
}

/// The board that is taken.
pub(super) struct Board {
    pub(super) name: String,
    pub(super) radar: FmcwRadar,
    pub(super) reason: String,
}

const BANDS: [(std::ops::RangeInclusive<f64>, &[&str]); 2] = [
    (57e9..=64e9, &["iwr6843", "iwr6843ods", "iwr6843aop"]),
    (76e9..=81e9, &["awr1843", "awr1642", "iwr1443", "iwr1443_mars"]),
];

/// The board that is named, or that the file's own words ask for; what is wrong with it is a fault.
pub(super) fn choose(named: Option<&str>, waveform: &Waveform, hints: &Hints, faults: &mut Faults) -> Option<Board> {
    let (frequency_hz, (line, key)) = waveform.start_frequency_hz();
    let band = BANDS.iter().find(|(band, _)| band.contains(&frequency_hz)).map(|(_, boards)| *boards);
    let Some(boards) = band else {
        let message = format!("{} GHz given, must be 57 to 64 or 76 to 81 GHz", frequency_hz / 1e9);
        faults.add(line, key, message);
        return None;
    };
    if let Some(name) = named {
        let radar = match FmcwRadar::preset(name) {
            Ok(radar) => radar,
            Err(e) => {
                faults.add(None, "preset", e.to_string());
                return None;
            }
        };
        if !boards.contains(&name) {
            let message = format!(
                "{} GHz given, but the preset {} works at {} GHz",
                frequency_hz / 1e9,
                radar.name,
                radar.start_frequency_hz / 1e9
            );
            faults.add(line, key, message);
            return None;
        }
        if let Some(geometry) = hints.geometry
            && let Some(difference) = geometry.difference(&radar)
        {
            faults.add(geometry.line(), geometry.key(), format!("{difference}: name another board, or none"));
            return None;
        }
        return Some(Board { name: name.into(), radar, reason: "named".into() });
    }
    let preset = |name: &str| FmcwRadar::preset(name).ok();
    if let Some(geometry) = hints.geometry {
        let fits = |name: &&&str| preset(name).is_some_and(|radar| geometry.difference(&radar).is_none());
        if let Some(name) = boards.iter().find(fits) {
            let reason = format!("its antennas stand as {} says", geometry.key());
            return Some(Board { name: (*name).into(), radar: preset(name)?, reason });
        }
        let usual = preset(boards[0])?;
        let radar = geometry.onto(usual, faults)?;
        let reason = format!("antennas as {} says, gains and noise figure of {}", geometry.key(), boards[0]);
        return Some(Board { name: boards[0].into(), radar, reason });
    }
    let (name, reason) = match (boards[0], hints.platform, hints.interleaved) {
        ("awr1843", Some(Platform::Xwr14), _) => ("iwr1443", "a comment says xWR14xx".to_owned()),
        ("awr1843", Some(Platform::Xwr16), _) => ("awr1642", "a comment says xWR16xx".to_owned()),
        ("awr1843", None, Some(true)) => ("iwr1443", "adcbufCfg.ChanInterleave is 0, as on xWR14xx alone".to_owned()),
        (usual, _, _) => (usual, format!("assumed from {} GHz: name another with a preset", frequency_hz / 1e9)),
    };
    let radar = preset(name)?;
    // Two transmitters of a device with three are TX1 and TX3, or TX1 and the raised TX2: the masks cannot tell devices apart.
    let two = waveform.transmitters_enabled() == 3.0 && name == "awr1843" && hints.platform.is_none();
    let reason = if two { format!("{reason} (TX1 and the raised TX2; an xWR16xx has no such one)") } else { reason };
    Some(Board { name: name.into(), radar, reason })
}
