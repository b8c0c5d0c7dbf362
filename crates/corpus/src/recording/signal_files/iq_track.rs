//! The signal of one range bin over slow time as a WAV file: I left, Q right.

use crate::base::Complex32;
use crate::base::atomic_file;
use crate::base::cube::IfCube;
use crate::dsp::DspError;
use crate::dsp::clutter::remove_mean;
use crate::dsp::range_doppler::{RangeFft, check_cube, range_axis};
use crate::dsp::window::Window;
use crate::recording::RecordingError;
use hound::{SampleFormat, WavSpec, WavWriter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// What is taken out of a cube.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IqTrackConfig {
    /// Range of the bin, m; without it the bin with the most power that is not static.
    pub range_m: Option<f64>,
    /// Transmitter, from 0.
    pub tx: usize,
    /// Receiver, from 0.
    pub rx: usize,
}

/// The complex signal of a range bin, chirp by chirp.
#[derive(Clone, Debug, PartialEq)]
pub struct IqTrack {
    /// `samples[frame · chirps + chirp]`.
    pub samples: Vec<Complex32>,
    /// What it is.
    pub description: IqTrackDescription,
}

/// What a WAV file does not say of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IqTrackDescription {
    /// Left and right channel.
    pub channels: [String; 2],
    /// Number of the range bin.
    pub range_bin: usize,
    /// Its range, m.
    pub range_m: f64,
    /// Size of a range bin, m.
    pub range_bin_m: f64,
    /// Transmitter, from 0.
    pub tx: usize,
    /// Receiver, from 0.
    pub rx: usize,
    /// Chirps a second of this transmitter, Hz; the WAV header holds the nearest whole number.
    pub sample_rate_hz: f64,
    /// Chirps of a frame. Frames follow each other without the pause between them.
    pub chirps_per_frame: usize,
    /// Time between frame starts, s.
    pub frame_period_s: f64,
    /// Value of full scale in the unit of the cube.
    pub full_scale: f64,
    /// Direction of rotation.
    pub sign: String,
}

/// Takes the signal of a range bin out of a cube, with a Hann window along the chirp.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[frame · chirps + chirp]`.
pub fn extract(cube: &IfCube, config: &IqTrackConfig) -> Result<IqTrack, DspError> {
    check_cube(cube)?;
    let (frames, chirps, n_tx, n_rx, n) = cube.data.dim();
    for (name, value, count) in [("tx", config.tx, n_tx), ("rx", config.rx, n_rx)] {
        if value >= count {
            return Err(DspError::setting(name, value, format!("0 to {}", count - 1)));
        }
    }
    let axis = range_axis(cube, n, n);
    let asked = match config.range_m {
        None => None,
        Some(range) => Some(
            axis.nearest(range)
                .ok_or_else(|| DspError::setting("range_m", range, format!("0 to {:.3} m", axis.value(n - 1))))?,
        ),
    };
    let fft = RangeFft::new(n, n, n, Window::Hann)?;
    let mut scratch = fft.scratch();
    let (tx, rx) = (config.tx, config.rx);
    // `[bin][slow time]`; one bin only where it is known.
    let kept: Vec<usize> = asked.map_or_else(|| (0..n).collect(), |bin| vec![bin]);
    let mut tracks = vec![Vec::with_capacity(frames * chirps); kept.len()];
    for frame in 0..frames {
        for chirp in 0..chirps {
            let samples = cube.data.slice(ndarray::s![frame, chirp, tx, rx, ..]);
            let spectrum = fft.run(samples.iter().copied(), &mut scratch);
            let spectrum = spectrum.ok_or(DspError::NotFinite { frame, chirp, tx, rx })?;
            tracks.iter_mut().zip(&kept).for_each(|(track, &bin)| track.push(spectrum[bin]));
        }
    }
    let moving = |track: &Vec<Complex32>| {
        let mut copy = track.clone();
        remove_mean(&mut copy);
        copy.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>()
    };
    let powers: Vec<f64> = tracks.iter().map(moving).collect();
    let best = (0..powers.len()).max_by(|&a, &b| powers[a].total_cmp(&powers[b]).then(b.cmp(&a))).unwrap_or(0);
    let (samples, bin) = (tracks.swap_remove(best), kept[best]);
    let peak = samples.iter().fold(0.0_f32, |most, z| most.max(z.re.abs()).max(z.im.abs()));
    let description = IqTrackDescription {
        channels: ["I".into(), "Q".into()],
        range_bin: bin,
        range_m: axis.value(bin),
        range_bin_m: axis.step,
        tx,
        rx,
        sample_rate_hz: 1.0 / cube.info.loop_period_s,
        chirps_per_frame: chirps,
        frame_period_s: cube.info.frame_period_s,
        full_scale: if peak > 0.0 { f64::from(peak) } else { 1.0 },
        sign: "positive frequency = receding".into(),
    };
    Ok(IqTrack { samples, description })
}

/// Writes `NAME.wav` (two channels of float32, largest value 1) and `NAME.json`, each whole or not at all.
pub fn write(wav: &Path, track: &IqTrack) -> Result<(), RecordingError> {
    let about = &track.description;
    let json = serde_json::to_vec_pretty(about)
        .map_err(|e| RecordingError::file(wav, format!("its description is not JSON: {e}")))?;
    atomic_file::write(&description_path(wav), &json)?;
    write_wav(wav, track.samples.iter().copied(), about.sample_rate_hz, about.full_scale)
}

/// Writes samples over `full_scale` as float32, I left, Q right.
pub(super) fn write_wav(
    wav: &Path,
    samples: impl Iterator<Item = Complex32>,
    sample_rate_hz: f64,
    full_scale: f64,
) -> Result<(), RecordingError> {
    let sample_rate = sample_rate_hz.round().clamp(1.0, f64::from(u32::MAX)) as u32;
    let spec = WavSpec { channels: 2, sample_rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let scale = (1.0 / full_scale) as f32;
    atomic_file::write_with(wav, |file| {
        let mut writer = WavWriter::new(file, spec).map_err(io::Error::other)?;
        for z in samples {
            writer.write_sample(z.re * scale).map_err(io::Error::other)?;
            writer.write_sample(z.im * scale).map_err(io::Error::other)?;
        }
        writer.finalize().map_err(io::Error::other)
    })?;
    Ok(())
}

/// Where the description of a track stands: `NAME.wav` → `NAME.json`.
pub fn description_path(wav: &Path) -> PathBuf {
    wav.with_extension("json")
}
