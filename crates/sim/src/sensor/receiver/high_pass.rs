//! The analogue high-pass filters between mixer and converter, which hold down what is near.

use super::within;
use crate::base::Complex64;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::yaml::Problem;
use crate::sensor::sounding::Tones;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Filters of a receiver, at most.
const MOST: usize = 4;

/// Analogue high-pass filters of the beat signal, each of first order: `H(f) = Π f / (f − j f_c)`. An echo is weakened and turned by
/// its own beat frequency, slope times delay; two filters let the power of what is nearer than both corners fall with the fourth
/// power of its range, as much as the radar equation raises it.
///
/// Filters have settled where samples begin: that of 175 kHz has a time constant of 0.9 µs, and TI's profiles wait 6 to 7 µs.
/// Doppler is no part of the beat frequency here: 2 kHz at 4 m/s and 77 GHz.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HighPassSpec {
    /// Corner frequency of each filter, where it takes 3 dB, Hz, 1e3..1e8; at most four, none for no filter.
    pub corners_hz: Vec<f64>,
}

impl HighPassSpec {
    /// Every value outside its admissible range, for a sensor of these tones.
    pub fn problems(&self, tones: &Tones) -> Vec<Problem> {
        if !matches!(tones, Tones::Sweep(_)) {
            let message = "only chirps have a beat frequency that tells ranges apart: leave it out for this sensor";
            return vec![Problem::new("", message)];
        }
        self.value_problems()
    }

    /// Every value outside its admissible range, whatever the sensor.
    pub fn value_problems(&self) -> Vec<Problem> {
        let corner = |(i, &hz): (usize, &f64)| within(&format!("corners_hz.{i}"), hz, 1e3, 1e8, "Hz");
        let mut out: Vec<Problem> = self.corners_hz.iter().enumerate().filter_map(corner).collect();
        if self.corners_hz.len() > MOST {
            let message = format!("{} filters given, must be at most {MOST}", self.corners_hz.len());
            out.push(Problem::new("corners_hz", message));
        }
        out
    }

    /// The response to paths of a sensor of these tones; to nothing else than sweeps there is one.
    pub fn by_path(&self, tones: &Tones) -> HighPass {
        let mut out = HighPass::default();
        if let Tones::Sweep(sweep) = tones {
            for (to, corner) in out.corners_m.iter_mut().zip(&self.corners_hz) {
                *to = corner * SPEED_OF_LIGHT / sweep.slope_hz_per_s;
            }
        }
        out
    }
}

/// High-pass filters by the length of a path.
///
/// ```
/// use kinecho_sim::sensor::{Device, FmcwRadar, receiver::high_pass::HighPassSpec};
/// let radar = FmcwRadar::preset("awr1843")?;
/// let one = HighPassSpec { corners_hz: vec![radar.chirp_slope_hz_per_s * 1e-8] };
/// // A delay of 10 ns beats at the corner: 3 dB and an eighth of a turn.
/// let at_corner = one.by_path(&radar.sounding(true).tones).at(2.99792458);
/// assert!((at_corner.norm_sqr() - 0.5).abs() < 1e-12 && (at_corner.arg().to_degrees() - 45.0).abs() < 1e-9);
/// # Ok::<(), kinecho_sim::sensor::SensorError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HighPass {
    /// Path there and back whose beat frequency is the corner's, m; zero where there is no filter.
    pub corners_m: [f64; MOST],
}

impl HighPass {
    /// Whether everything goes through as it is.
    pub fn is_none(&self) -> bool {
        self.corners_m.iter().all(|corner| *corner == 0.0)
    }

    /// Factor of the amplitude of a path of the length `path_m` there and back, above 0.
    #[inline(always)]
    pub fn at(&self, path_m: f64) -> Complex64 {
        let (mut re, mut im) = (1.0, 0.0);
        for corner in &self.corners_m {
            let share = corner / path_m;
            (re, im) = (re + im * share, im - re * share);
        }
        let power = re * re + im * im;
        Complex64::new(re / power, -im / power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_filters_take_what_the_radar_equation_adds() {
        let filters = HighPass { corners_m: [3.0, 5.0, 0.0, 0.0] };
        // Far below both corners the amplitude goes with the square of the path, and the phase is half a turn ahead.
        let (near, nearer) = (filters.at(0.002), filters.at(0.001));
        assert!((near.norm() / nearer.norm() - 4.0).abs() < 1e-5);
        assert!((near.arg().to_degrees() - 180.0).abs() < 0.1);
        assert!((filters.at(1e6).norm() - 1.0).abs() < 1e-10);
        assert_eq!(HighPass::default().at(0.3), Complex64::new(1.0, 0.0));
    }
}
