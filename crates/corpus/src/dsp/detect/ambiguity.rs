//! Velocities beyond the unambiguous one, told by the turn between transmitters.
//!
//! A cell of a Doppler spectrum of n bins stands for its velocity and for all that are a whole number of spans (n bins, twice the
//! unambiguous velocity) away. Where N transmitters take turns, a target moves on between the chirps of two of them, and the turn that
//! undoes this differs from span to span by 1/N of a turn a chirp: only the right one puts the antennas in phase. As TI's demos do it
//! (`extendedMaxVelocity`; mmWave SDK 3.x, object detection DPC, angle of arrival), N spans about zero are tried, and the one with the
//! strongest direction is taken: N times the unambiguous velocity.

use super::DspError;
use crate::base::cube::CubeInfo;
use crate::dsp::angle::VirtualArray;

/// Spans by which the velocity of a signed Doppler bin may be off, for `n_tx` transmitters: as many about zero.
///
/// ```
/// use kinecho_corpus::dsp::detect::spans;
/// assert_eq!(spans(3, 5), -1..2);
/// // With an even number those that leave the smaller speed.
/// assert_eq!((spans(2, 5), spans(2, -5)), (-1..1, 0..2));
/// ```
pub fn spans(n_tx: usize, signed_bin: i64) -> std::ops::Range<i64> {
    let n = n_tx as i64;
    let first = -(n / 2) + i64::from(n % 2 == 0 && signed_bin < 0);
    first..first + n
}

/// Why spans cannot be told apart, if they cannot: `rows` says that directions come from the azimuth row alone.
pub(super) fn fault(info: &CubeInfo, array: &VirtualArray, rows: bool) -> Option<DspError> {
    let refused = |expected: &str| Some(DspError::setting("extended_max_velocity", true, expected));
    if !info.time_multiplexed || info.tx_m.len() < 2 {
        return refused(
            "two or more transmitters that take turns, or false: nothing else tells the spans of velocities apart",
        );
    }
    let row = &array.azimuth.channels;
    let one = row.iter().all(|&v| array.tx_of(v) == array.tx_of(row[0]));
    if rows && one {
        return refused(
            "false, or angles: beamformer: the azimuth row belongs to one transmitter, which has no turn to tell",
        );
    }
    None
}
