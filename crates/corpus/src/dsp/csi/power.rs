//! Gain of the receiver, and amplitudes over noise.

use super::streams::Streams;
use crate::dsp::DspError;

/// Noise floor where the driver has measured none, dBm (the tool's `get_scaled_csi`).
const USUAL_NOISE_DBM: f32 = -92.0;

fn from_db(db: f32) -> f32 {
    10f32.powf(db / 10.0)
}

fn known(streams: &Streams, step: &str) -> Result<(), DspError> {
    if streams.strength.len() == streams.packets() && !streams.strength.is_empty() {
        return Ok(());
    }
    Err(DspError::Csi {
        reason: format!("step {step} needs the strength of every packet, which the recording does not say"),
    })
}

/// Undoes the receiver's gain: what the converter saw over `10^(AGC/20)`.
pub(super) fn without_gain(mut streams: Streams) -> Result<Streams, DspError> {
    known(&streams, "gain")?;
    for (packet, mut samples) in streams.data.outer_iter_mut().enumerate() {
        let agc = streams.strength[packet].agc_db.ok_or_else(|| {
            let reason =
                format!("step gain: packet {packet} does not say the receiver's gain; expected AGC of every packet");
            DspError::Csi { reason }
        })?;
        let factor = 10f32.powf(-agc / 20.0);
        samples.mapv_inplace(|z| z * factor);
    }
    Ok(streams)
}

/// Amplitudes whose squares are powers over noise and quantisation error (Halperin et al., `get_scaled_csi.m` of the Linux 802.11n CSI
/// tool): the packet's power is that of its RSSI, a step of the converter is an error, and several transmit antennas share the power.
pub(super) fn over_noise(mut streams: Streams) -> Result<Streams, DspError> {
    known(&streams, "scale")?;
    streams.need_samples("scale")?;
    let links = streams.links.len() as f32;
    let senders = 1 + streams.links.iter().map(|(_, tx)| *tx).max().unwrap_or(0);
    let share = match senders {
        2 => 2f32.sqrt(),
        // 4.5 dB, as the chip splits power over three antennas.
        3 => from_db(4.5).sqrt(),
        _ => 1.0,
    };
    let subcarriers = streams.subcarriers.len() as f32;
    for (packet, mut samples) in streams.data.outer_iter_mut().enumerate() {
        let strength = &streams.strength[packet];
        let received: f32 = strength.rssi_dbm.iter().filter(|v| v.is_finite()).map(|v| from_db(*v)).sum();
        if received <= 0.0 {
            let reason = format!("step scale: packet {packet} says no RSSI");
            return Err(DspError::Csi { reason });
        }
        // The tool divides by thirty whatever the grid: here by the subcarriers that there are.
        let mean: f32 = samples.iter().map(|z| z.norm_sqr()).sum::<f32>() / subcarriers.max(1.0);
        if mean <= 0.0 {
            continue;
        }
        let scale = received / mean;
        let noise = from_db(strength.noise_dbm.unwrap_or(USUAL_NOISE_DBM)) + scale * links;
        let factor = (scale / noise).sqrt() * share;
        samples.mapv_inplace(|z| z * factor);
    }
    Ok(streams)
}
