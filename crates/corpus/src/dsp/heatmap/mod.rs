//! Heatmaps of IF cubes: time-Doppler, time-range and time-angle (after mmCLIP, SenSys 2024).
//!
//! Range FFT per chirp, static clutter removed by subtracting the mean over slow time, then windows of chirps, one column each:
//! time-range adds the power of the window's chirps and all channels; time-Doppler transforms the window's chirps and adds over
//! ranges and channels; time-angle transforms the azimuth row of the virtual array and adds over chirps and ranges. The maps are
//! resized, then turned into decibels below their peak.
//!
//! Frames are bursts of chirps with pauses between them (AWR1843 preset: a quarter of the time is sampled), and transmitters that
//! take turns see a moving target at different times. By default ([`HeatmapChain::Frames`]) a window therefore lies within a
//! frame, and the phase `2π f_D tx T_c` between the transmitters is undone in every Doppler bin before angles are taken, as for
//! range-angle maps and points. Velocities beyond the unambiguous one are corrected as if they were their alias.
//!
//! The published chain ([`HeatmapChain::Mmclip`]) joins the chirps of successive frames as if a frame ended where the next begins:
//! a window that spans two frames has a jump of phase inside, which spreads each mover over all velocities, and angles of
//! movers are off by `f_D T_c λ / d` of the sine. It is there to repeat what was published, and for models that were trained on it.
//!
//! ```text
//! config.rs   settings and their checks
//! chirp_windows.rs  which chirps are under which column
//! power.rs    the maps of both chains as power
//! loader.rs   as mmCLIP's loader crops and scales them
//! ```

mod chirp_windows;
mod config;
mod loader;
mod power;

pub use config::{HeatmapChain, HeatmapConfig, say_chain};
pub use loader::{MmclipLoader, loaded};

use super::DspError;
use super::angle::VirtualArray;
use super::clutter::remove_mean;
use super::maps::{LOG_MAGNITUDE, Maps};
use super::range_doppler::{doppler_axis, range_profiles};
use super::resize::{resize, resized_axis};
use super::scale::log_scaled;
use crate::base::axis::Axis;
use crate::base::cube::IfCube;
use chirp_windows::ChirpWindows;
use ndarray::{Array2, Array3};
use power::Profiled;
use rayon::prelude::*;

/// Names of the maps in their order.
pub const HEATMAP_NAMES: [&str; 3] = ["time_doppler", "time_range", "time_angle"];

/// Power of the three maps before resizing and scaling.
#[derive(Clone, Debug)]
pub struct HeatmapPower {
    /// `[row, column]` of each map, in the order of [`HEATMAP_NAMES`]; mean power a chirp, summed over the other axes.
    pub maps: [Array2<f32>; 3],
    /// Row axis of each map.
    pub rows: [Axis; 3],
    /// Time of the columns' centres, s. Several columns of a frame stand evenly in its period; those of the published chain are laid end
    /// to end at the mean pace of the chirps.
    pub time: Axis,
}

/// Time-Doppler, time-range and time-angle maps of a whole recording.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[3, rows, columns]`; Doppler rows run from approaching to receding, range rows away
/// from the sensor, angle rows over the sine of the azimuth from left to right.
pub fn heatmaps(cube: &IfCube, config: &HeatmapConfig) -> Result<Maps, DspError> {
    let power = heatmap_power(cube, config)?;
    if let Some(loader) = &config.mmclip_loader {
        return loader.maps(&power, config.rows, config.columns);
    }
    let mut data = Array3::zeros((3, config.rows, config.columns));
    for (mut out, map) in data.outer_iter_mut().zip(&power.maps) {
        out.assign(&log_scaled(&resize(map, config.rows, config.columns), config.dynamic_range_db));
    }
    Ok(Maps {
        quantity: LOG_MAGNITUDE.into(),
        names: HEATMAP_NAMES.map(String::from).to_vec(),
        data,
        time: resized_axis(&power.time, config.columns),
        rows: power.rows.iter().map(|axis| resized_axis(axis, config.rows)).collect(),
    })
}

/// The maps as power, before resizing and scaling.
pub fn heatmap_power(cube: &IfCube, config: &HeatmapConfig) -> Result<HeatmapPower, DspError> {
    config.check()?;
    let (frames, loops, .., samples) = cube.data.dim();
    config.misfit(frames, loops).map_or(Ok(()), Err)?;
    let array = VirtualArray::new(&cube.info, samples)?;
    let mut profiles = range_profiles(cube, config.range_window, None, config.max_range_m)?;
    if config.remove_static {
        let channels: Vec<_> = profiles.data.outer_iter_mut().collect();
        channels.into_par_iter().for_each(|mut channel| {
            for mut slow in channel.outer_iter_mut() {
                if let Some(slow) = slow.as_slice_mut() {
                    remove_mean(slow);
                }
            }
        });
    }
    let columns = ChirpWindows::of(cube, config);
    let sine_step = array.sine_step(config.angle_fft);
    let sine =
        Axis::new("sine_azimuth", "1", config.angle_fft, -((config.angle_fft / 2) as f64) * sine_step, sine_step);
    let profiled = Profiled { profiles: &profiles, info: &cube.info, array: &array, columns: &columns, config };
    let (doppler, angle) = match config.chain {
        HeatmapChain::Frames => profiled.doppler_and_angle(),
        HeatmapChain::Mmclip => (profiled.time_doppler(), profiled.time_angle()),
    };
    Ok(HeatmapPower {
        maps: [doppler, profiled.time_range(), angle],
        rows: [doppler_axis(cube, columns.window), profiles.range.clone(), sine.signed("positive = right")],
        time: columns.time,
    })
}
