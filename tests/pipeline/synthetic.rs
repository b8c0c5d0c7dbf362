//! Closed-form IF cubes of moving points: the exact two-way path of every antenna pair, stop-and-hop.

use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::cube::{BARE, CubeInfo, IfCube};
use kinecho::base::{Complex32, Vec3};
use ndarray::Array5;
use std::f64::consts::TAU;

pub(crate) struct Target {
    pub(crate) place: Vec3,
    pub(crate) velocity: Vec3,
    pub(crate) gain: f64,
}

/// A target at `range`, sine of azimuth `u` and of elevation `w`, moving radially.
pub(crate) fn target(range: f64, u: f64, w: f64, radial_mps: f64) -> Target {
    let direction = Vec3::new(u, (1.0 - u * u - w * w).sqrt(), w);
    Target { place: direction * range, velocity: direction * radial_mps, gain: 1.0 }
}

/// IWR1443 at RadHAR's settings: 240 samples, 16 loops, 3 x 4 antennas; TX 1 is raised by half a wavelength.
pub(crate) fn iwr1443() -> CubeInfo {
    let half = 0.5 * SPEED_OF_LIGHT / 79.2e9;
    CubeInfo {
        start_frequency_hz: 77.0e9,
        chirp_slope_hz_per_s: 70.0e12,
        sample_rate_hz: 4.884e6,
        adc_start_s: 7.0e-6,
        chirp_period_s: 64.14e-6,
        loop_period_s: 3.0 * 64.14e-6,
        frame_period_s: 1.0 / 30.0,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros(), Vec3::new(2.0 * half, 0.0, half), Vec3::new(4.0 * half, 0.0, 0.0)],
        rx_m: (0..4).map(|i| Vec3::new(f64::from(i) * half, 0.0, 0.0)).collect(),
        channel_factors: Vec::new(),
    }
}

/// # Shapes
/// → `[frame, chirp, tx, rx, sample]`.
pub(crate) fn cube(info: &CubeInfo, frames: usize, chirps: usize, samples: usize, targets: &[Target]) -> IfCube {
    let shape = (frames, chirps, info.tx_m.len(), info.rx_m.len(), samples);
    let mut data = Array5::zeros(shape);
    for frame in 0..frames {
        for chirp in 0..chirps {
            for (t, tx) in info.tx_m.iter().enumerate() {
                let slot = if info.time_multiplexed { t as f64 * info.chirp_period_s } else { 0.0 };
                let time = frame as f64 * info.frame_period_s + chirp as f64 * info.loop_period_s + slot;
                for target in targets {
                    let place = target.place + target.velocity * time;
                    for (r, rx) in info.rx_m.iter().enumerate() {
                        let delay = ((place - tx).norm() + (place - rx).norm()) / SPEED_OF_LIGHT;
                        let start = delay * (info.start_frequency_hz + info.chirp_slope_hz_per_s * info.adc_start_s);
                        let step = delay * info.chirp_slope_hz_per_s / info.sample_rate_hz;
                        for s in 0..samples {
                            let (sin, cos) = (TAU * (start + step * s as f64).fract()).sin_cos();
                            let z: &mut Complex32 = &mut data[[frame, chirp, t, r, s]];
                            *z += Complex32::new((target.gain * cos) as f32, (target.gain * sin) as f32);
                        }
                    }
                }
            }
        }
    }
    IfCube { data, info: info.clone(), unit: BARE.into() }
}
