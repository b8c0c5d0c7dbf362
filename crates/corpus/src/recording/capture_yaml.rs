//! Raw captures described by the YAML of the mmwave-eyes project (`readObj`, `rangeFFTObj`, `dopplerFFTObj`, `DOAObj`).
//!
//! It says the layout of the words, the range and velocity steps and where the virtual antennas are, but neither how fast the ADC
//! samples nor how often frames come. Range depends on slope over sample rate alone, so a chirp is taken to be sampled
//! throughout; the time between frames must be given.

use super::RecordingError;
use super::dca1000::{AdcGeometry, Lanes};
use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::cube::CubeInfo;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    read_obj: ReadObj,
    #[serde(rename = "rangeFFTObj")]
    range: RangeObj,
    #[serde(rename = "dopplerFFTObj")]
    doppler: DopplerObj,
    #[serde(rename = "DOAObj")]
    direction: DirectionObj,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadObj {
    iq_swap: u8,
    num_lane: u8,
    ch_interleave: u8,
    num_adc_sample_per_chirp: usize,
    num_chirps_per_frame: usize,
    #[serde(rename = "numTxForMIMO")]
    transmitters: usize,
    #[serde(rename = "numRxForMIMO")]
    receivers: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangeObj {
    /// c / 2B, m.
    range_resolution: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DopplerObj {
    /// λ / 2T with the time T of all chirps of a frame, m/s.
    velocity_resolution: f64,
}

#[derive(Deserialize)]
struct DirectionObj {
    /// Azimuth and elevation place of each virtual antenna, in steps of `antDis` wavelengths; transmitter after transmitter.
    #[serde(rename = "D")]
    places: Vec<[f64; 2]>,
    #[serde(rename = "antenna_DesignFreq")]
    design_frequency_hz: f64,
    #[serde(rename = "antDis")]
    step_wavelengths: f64,
}

/// The geometry that a YAML description gives, with frames every `frame_period_s`.
pub fn read(path: &Path, frame_period_s: f64) -> Result<AdcGeometry, RecordingError> {
    let text = std::fs::read_to_string(path).map_err(RecordingError::read(path))?;
    let file: File = serde_yaml::from_str(&text).map_err(|e| {
        let line = e.location().map_or(1, |l| l.line() as u64);
        RecordingError::line(path, line, format!("{e}; expected readObj, rangeFFTObj, dopplerFFTObj and DOAObj"))
    })?;
    let fail = |what: String| Err(RecordingError::file(path, what));
    let r = &file.read_obj;
    let (n_tx, n_rx, samples) = (r.transmitters, r.receivers, r.num_adc_sample_per_chirp);
    let lanes = match r.num_lane {
        2 => Lanes::Two,
        4 => Lanes::Four,
        other => return fail(format!("numLane is {other}, expected 2 or 4")),
    };
    if r.iq_swap > 1 {
        return fail(format!("iqSwap is {}, expected 0 or 1", r.iq_swap));
    }
    if r.ch_interleave != 1 && lanes == Lanes::Two {
        return fail(format!("chInterleave is {}, expected 1: receivers one after another", r.ch_interleave));
    }
    if n_tx == 0
        || n_rx == 0
        || samples == 0
        || !r.num_chirps_per_frame.is_multiple_of(n_tx.max(1))
        || r.num_chirps_per_frame == 0
    {
        let chirps = r.num_chirps_per_frame;
        return fail(format!(
            "{chirps} chirps of {samples} samples, {n_tx} transmitters and {n_rx} receivers make no frame"
        ));
    }
    if file.direction.places.len() != n_tx * n_rx {
        let found = file.direction.places.len();
        return fail(format!(
            "DOAObj.D has {found} antennas, {n_tx} transmitters and {n_rx} receivers make {}",
            n_tx * n_rx
        ));
    }
    for (name, value) in [
        ("rangeFFTObj.rangeResolution", file.range.range_resolution),
        ("dopplerFFTObj.velocityResolution", file.doppler.velocity_resolution),
        ("DOAObj.antenna_DesignFreq", file.direction.design_frequency_hz),
        ("DOAObj.antDis", file.direction.step_wavelengths),
        ("the time between frames", frame_period_s),
    ] {
        if !(value > 0.0 && value.is_finite()) {
            return fail(format!("{name} is {value}, expected more than 0"));
        }
    }
    let step_m = file.direction.step_wavelengths * SPEED_OF_LIGHT / file.direction.design_frequency_hz;
    // Its azimuth is asin(+wx / 2πd) of a forward FFT over D (`module/doa_process.py`): the phase rises along D for a target to the
    // right, so that D counts to the left, as the receivers of TI's boards do seen from behind.
    let place = |i: usize| {
        let [left, up] = file.direction.places[i];
        Vec3::new(-left * step_m, 0.0, up * step_m)
    };
    let rx_m: Vec<Vec3> = (0..n_rx).map(|rx| place(rx) - place(0)).collect();
    let tx_m: Vec<Vec3> = (0..n_tx).map(|tx| place(tx * n_rx)).collect();
    for (tx, t) in tx_m.iter().enumerate() {
        for (rx, r) in rx_m.iter().enumerate() {
            let (given, made) = (place(tx * n_rx + rx), t + r);
            if (given - made).norm() > 1e-3 * step_m {
                return fail(format!(
                    "DOAObj.D: virtual antenna {} is at {given:?} m, its transmitter and receiver make {made:?}",
                    tx * n_rx + rx
                ));
            }
        }
    }
    let bandwidth_hz = SPEED_OF_LIGHT / (2.0 * file.range.range_resolution);
    let start_frequency_hz = file.direction.design_frequency_hz;
    // The middle of the sweep, as the velocity axis of a cube has it.
    let centre_hz = start_frequency_hz + 0.5 * bandwidth_hz * (samples - 1) as f64 / samples as f64;
    let active_s = SPEED_OF_LIGHT / centre_hz / (2.0 * file.doppler.velocity_resolution);
    let chirp_period_s = active_s / r.num_chirps_per_frame as f64;
    if active_s > frame_period_s {
        return fail(format!(
            "the chirps of a frame take {active_s:.4} s, the time between frames is {frame_period_s} s"
        ));
    }
    let cube = CubeInfo {
        start_frequency_hz,
        chirp_slope_hz_per_s: bandwidth_hz / chirp_period_s,
        sample_rate_hz: samples as f64 / chirp_period_s,
        adc_start_s: 0.0,
        chirp_period_s,
        loop_period_s: chirp_period_s * n_tx as f64,
        frame_period_s,
        time_multiplexed: true,
        tx_m,
        rx_m,
        channel_factors: Vec::new(),
    };
    Ok(AdcGeometry {
        lanes,
        iq_swapped: r.iq_swap == 1,
        bits: 16,
        real: false,
        receiver_lanes: Vec::new(),
        range_bias_m: 0.0,
        chirps: r.num_chirps_per_frame / n_tx,
        samples,
        code_value: None,
        unit: None,
        cube,
    })
}
