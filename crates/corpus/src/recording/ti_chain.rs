//! The detection chain that a `.cfg` of TI's asks for.
//!
//! **Thresholds.** The demos compare logarithms: a cell is a detection when its level exceeds the noise around it by the threshold. SDK 3.x
//! counts it in dB of the level of one channel. SDK 1.x and 2.x count it in the number format of the detection matrix, which holds the sum
//! over the channels of `log2 |x|`:
//!
//! * xWR16xx and 18xx: Q8 and the plain sum, so T = 256 · N · dB / 6 for N channels (user's guide); one step of log2 is 6.02 dB.
//! * xWR14xx: T = 512 · dB / 6 by the user's guide (Q9), that is 768 for 9 dB. The accelerator's sum of magnitudes (`config_hwa_util.c` of the
//!   demo) takes log2 in Q11, shifted up by 8 − 2 bits, through an FFT of 2^⌈log2 N⌉ points that halves at every stage, and drops 8 bits: the
//!   matrix holds the sum over 2^⌈log2 N⌉ in Q9. For 8 channels that is their mean, and the formula is right. For 12 channels it is the sum
//!   over 16: three quarters of the mean, so that a threshold asks for 4/3 of it, and 768 is 12 dB of the mean that is compared here.

use crate::dsp::angle::VirtualArray;
use crate::dsp::cfar::{CfarConfig, CfarMode};
use crate::dsp::detect::{ChannelSum, DetectConfig, FieldOfView};
use crate::sensor::file::ti_cfg::{CfarLine, Threshold, TiCfg};

/// dB of one step of log2 of a magnitude.
const DB_PER_OCTAVE: f64 = 6.020_599_913_279_624;

/// The threshold in dB of the mean level of the channels.
pub fn threshold_db(threshold: Threshold, channels: usize, first_generation: bool) -> f64 {
    let n = channels.max(1);
    match threshold {
        Threshold::Db(db) => db,
        Threshold::Scale(t) if first_generation => t / 512.0 * DB_PER_OCTAVE * n.next_power_of_two() as f64 / n as f64,
        Threshold::Scale(t) => t / (256.0 * n as f64) * DB_PER_OCTAVE,
    }
}

/// The chain of a configuration, and what of its lines cannot be followed.
///
/// What the file leaves open is that of the sensor's demo: no clutter removal, no field of view, all range bins, a second direction at half of
/// the first one's power.
pub fn chain(cfg: &TiCfg) -> (DetectConfig, Vec<String>) {
    let (lines, radar) = (&cfg.detection, &cfg.radar);
    let mut said = Vec::new();
    let first_generation = radar.lvds_lanes == 4;
    let channels = radar.n_tx() * radar.n_rx();
    let mut of = |line: &CfarLine| {
        let counted = if line.mode == 0 { 2 * line.noise_cells } else { line.noise_cells };
        if 1_usize << line.shift != counted {
            said.push(format!(
                "line {}: cfarCfg: a shift of {} divides the sum of {counted} noise cells by {}; their mean is taken",
                line.line,
                line.shift,
                1_usize << line.shift
            ));
        }
        CfarConfig {
            mode: match line.mode {
                0 => CfarMode::CellAveraging,
                1 => CfarMode::GreatestOf,
                _ => CfarMode::SmallestOf,
            },
            noise_cells: line.noise_cells,
            guard_cells: line.guard_cells,
            threshold_db: threshold_db(line.threshold, channels, first_generation),
            cyclic: line.cyclic,
            ..DetectConfig::default().range_cfar
        }
    };
    let along_range = lines.cfar.iter().find(|c| c.along_range);
    let along_doppler = lines.cfar.iter().find(|c| !c.along_range);
    let range_cfar = along_range.map_or(DetectConfig::default().range_cfar, &mut of);
    let doppler_cfar = along_doppler.map(&mut of);
    let (rows, columns, first, last) = match lines.peak_grouping {
        Some((rows, columns, first, last)) => (rows, columns, first, Some(last)),
        None => {
            let grouped = |line: Option<&CfarLine>| line.and_then(|c| c.grouped).unwrap_or(false);
            (grouped(along_range), grouped(along_doppler), DetectConfig::default().first_range_bin, None)
        }
    };
    let mut config = DetectConfig {
        first_range_bin: first,
        last_range_bin: last,
        remove_static: lines.clutter_removal.unwrap_or(false),
        channel_sum: ChannelSum::LogMagnitude,
        range_cfar,
        doppler_cfar,
        group_range: rows,
        group_doppler: columns,
        second_direction: lines.second_direction.unwrap_or(DetectConfig::default().second_direction),
        field_of_view: FieldOfView {
            azimuth_deg: lines.azimuth_deg,
            elevation_deg: lines.elevation_deg,
            range_m: lines.range_m,
            velocity_mps: lines.velocity_mps,
        },
        ..DetectConfig::default()
    };
    if let Some((line, true)) = lines.extended_max_velocity {
        config.extended_max_velocity = true;
        let info = radar.cube_info();
        let array = VirtualArray::new(&info, radar.samples_per_chirp).ok();
        let what = match array.and_then(|array| config.span_fault(&info, &array)) {
            Some(fault) => {
                config.extended_max_velocity = false;
                Some(format!("passed over: {fault}"))
            }
            None => lines.second_direction.flatten().map(|_| {
                "the demos refuse it beside multiObjBeamForming; here a second direction has the velocity of the first".into()
            }),
        };
        said.extend(what.map(|what| format!("line {line}: extendedMaxVelocity: {what}")));
    }
    (config, said)
}
