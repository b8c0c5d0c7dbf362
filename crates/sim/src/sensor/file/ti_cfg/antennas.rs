//! Where antennas stand and what their channels need: `antGeometry0`, `antGeometry1`, `antPhaseRot` (industrial toolbox, 3D people
//! counting) and `compRangeBiasAndRxChanPhase` (out-of-box demo).
//!
//! The lines have an entry for each virtual antenna of the board, `tx · n_rx + rx` counted over all of its antennas, used or not (the
//! demos pick by `txAntOrder[tx] · SYS_COMMON_NUM_RX_CHANNEL + rxAntOrder[rx]`). Places are half wavelengths, x to the right and z up.

use super::super::super::fmcw::FmcwRadar;
use super::super::Faults;
use super::Antennas;
use super::commands::{Command, at_most_one};
use crate::base::Complex64;
use crate::base::constants::SPEED_OF_LIGHT;

/// Receivers of every device.
const RECEIVERS: usize = 4;

/// Half a wavelength that the antennas of a device are spaced by, m: of 62 GHz and of 77 GHz.
fn half_wavelength_m(radar: &FmcwRadar) -> f64 {
    0.5 * SPEED_OF_LIGHT / if radar.start_frequency_hz < 70e9 { 62e9 } else { 77e9 }
}

/// The virtual antennas as the file has them.
pub(super) struct Geometry {
    line: usize,
    key: &'static str,
    /// x and z of each, half wavelengths from the first.
    places: Vec<[f64; 2]>,
}

impl Geometry {
    pub(super) fn read(commands: &[Command], faults: &mut Faults) -> Option<Self> {
        let x = at_most_one(commands, "antGeometry0", faults);
        let z = at_most_one(commands, "antGeometry1", faults);
        let (line, key) = x.map(|c| (c.line, "antGeometry0")).or(z.map(|c| (c.line, "antGeometry1")))?;
        let lengths: Vec<usize> = x.iter().chain(&z).map(|c| c.values.len()).collect();
        let count = lengths[0];
        if count == 0 || !count.is_multiple_of(RECEIVERS) || lengths.iter().any(|&n| n != count) {
            let message =
                format!("{lengths:?} places given, must be 4 for each transmitter, as many in antGeometry0 and 1");
            faults.add(line, key, message);
            return None;
        }
        let of = |c: Option<&Command>, i: usize| c.map_or(0.0, |c| c.values[i] - c.values[0]);
        Some(Self { line, key, places: (0..count).map(|i| [of(x, i), of(z, i)]).collect() })
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn key(&self) -> &'static str {
        self.key
    }

    /// How the antennas of a board differ from these, in words; none when they stand alike.
    pub(super) fn difference(&self, board: &FmcwRadar) -> Option<String> {
        let half = half_wavelength_m(board);
        if self.places.len() != board.n_tx() * board.n_rx() || board.n_rx() != RECEIVERS {
            return Some(format!(
                "{} places given, {} has {} channels",
                self.places.len(),
                board.name,
                board.n_tx() * board.n_rx()
            ));
        }
        let place = |i: usize, axis: usize| {
            let of = |v: usize| board.tx_m[v / RECEIVERS][axis] + board.rx_m[v % RECEIVERS][axis];
            (of(i) - of(0)) / half
        };
        self.places.iter().enumerate().find_map(|(i, [x, z])| {
            let found = [place(i, 0), place(i, 2)];
            let differs = (found[0] - x).abs() > 0.05 || (found[1] - z).abs() > 0.05;
            differs.then(|| {
                format!(
                    "antenna {} of the file stands at ({x}, {z}) half wavelengths from the first, that of {} at ({:.2}, {:.2})",
                    i + 1,
                    board.name,
                    found[0],
                    found[1]
                )
            })
        })
    }

    /// A board with its antennas where the file has them; places that no transmitters and receivers make are a fault.
    pub(super) fn onto(&self, board: FmcwRadar, faults: &mut Faults) -> Option<FmcwRadar> {
        let half = half_wavelength_m(&board);
        for (i, place) in self.places.iter().enumerate() {
            let (tx, rx) = (self.places[i / RECEIVERS * RECEIVERS], self.places[i % RECEIVERS]);
            if (0..2).any(|axis| (tx[axis] + rx[axis] - place[axis]).abs() > 1e-6) {
                let message = format!(
                    "antenna {} stands at {place:?}, but its transmitter and receiver make another place",
                    i + 1
                );
                faults.add(self.line, self.key, message);
                return None;
            }
        }
        let at = |[x, z]: [f64; 2]| [half * x, 0.0, half * z];
        Some(FmcwRadar {
            tx_m: self.places.iter().step_by(RECEIVERS).map(|p| at(*p)).collect(),
            rx_m: self.places[..RECEIVERS].iter().map(|p| at(*p)).collect(),
            rx_phase_deg: Vec::new(),
            ..board
        })
    }
}

/// Sets the feeds of the radar from `antPhaseRot`; whether the file has that line.
pub(super) fn phases(commands: &[Command], antennas: &Antennas, radar: &mut FmcwRadar, faults: &mut Faults) -> bool {
    let Some(line) = at_most_one(commands, "antPhaseRot", faults) else { return false };
    let of = |tx: usize, rx: usize| line.values.get(tx * antennas.board_rx + rx).copied();
    let mut feeds = Vec::new();
    for &rx in &antennas.rx {
        let turns: Vec<Option<f64>> = antennas.tx.iter().map(|&tx| of(tx, rx)).collect();
        match turns.first().copied().flatten() {
            Some(turn) if turn.abs() == 1.0 && turns.iter().all(|t| *t == Some(turn)) => {
                feeds.push(if turn < 0.0 { 180.0 } else { 0.0 });
            }
            _ => {
                let message =
                    "must have 1 or -1 for each transmitter and receiver of the board, the same for all transmitters";
                faults.add(line.line, "antPhaseRot", message);
                return true;
            }
        }
    }
    radar.rx_phase_deg = if feeds.iter().all(|f| *f == 0.0) { Vec::new() } else { feeds };
    true
}

/// What the file undoes.
#[derive(Default)]
pub(super) struct Compensation {
    pub(super) channel_factors: Vec<[f64; 2]>,
    pub(super) range_bias_m: f64,
}

/// Reads `compRangeBiasAndRxChanPhase`: the samples carry the inverse of its values.
///
/// Where it has other values than ones and the file has no `antPhaseRot`, it undoes the feeds of the board as well, as the files of TI's
/// ODS and AOP boards do.
pub(super) fn compensation(
    commands: &[Command],
    antennas: &Antennas,
    radar: &FmcwRadar,
    turned: bool,
    faults: &mut Faults,
) -> Compensation {
    let Some(line) = at_most_one(commands, "compRangeBiasAndRxChanPhase", faults) else {
        return Compensation::default();
    };
    let Some((&range_bias_m, pairs)) = line.values.split_first() else {
        faults.add(line.line, line.name, "no values given, must be the range bias and two for each channel");
        return Compensation::default();
    };
    if range_bias_m.abs() > 10.0 {
        faults.add(line.line, line.name, format!("a range bias of {range_bias_m} given, must be -10 to 10 m"));
    }
    let pairs = pairs.as_chunks::<2>();
    let wanted = antennas.tx.iter().max().map_or(0, |tx| (tx + 1) * antennas.board_rx);
    if pairs.0.len() < wanted || !pairs.1.is_empty() {
        let message = format!(
            "{} values given, must be the range bias and two for each of at least {wanted} channels",
            line.values.len()
        );
        faults.add(line.line, line.name, message);
        return Compensation::default();
    }
    let mut channel_factors = Vec::new();
    let one = |[re, im]: [f64; 2]| re == 1.0 && im == 0.0;
    if !pairs.0.iter().all(|pair| one(*pair)) {
        for &tx in &antennas.tx {
            for (l, &rx) in antennas.rx.iter().enumerate() {
                let [re, im] = pairs.0[tx * antennas.board_rx + rx];
                let value = Complex64::new(re, im);
                if value.norm() < 1e-3 {
                    let message = format!(
                        "channel {} is multiplied by {re} {im}: nothing would be left",
                        tx * antennas.board_rx + rx + 1
                    );
                    faults.add(line.line, line.name, message);
                    return Compensation::default();
                }
                let feed = if turned { radar.rx_feed(l) } else { Complex64::new(1.0, 0.0) };
                let factor = feed / value;
                channel_factors.push([factor.re, factor.im]);
            }
        }
    }
    Compensation { channel_factors, range_bias_m }
}
