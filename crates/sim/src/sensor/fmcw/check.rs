//! All that is impossible about a radar, found at once.

use super::FmcwRadar;
use crate::base::yaml::Problem;
use crate::sensor::SensorError;

/// Antennas of one kind, at most.
pub const MAX_ANTENNAS: usize = 64;
/// Samples of a chirp and loops of a frame, at most.
pub const MAX_COUNT: usize = 65_536;

/// A problem with the value at `key` unless it lies between the limits; `open` says that the lower one is not admissible itself.
pub(in crate::sensor) fn within(key: &str, value: f64, low: f64, high: f64, open: bool) -> Option<Problem> {
    // Written so that NaN fails as well.
    let above = if open { value > low } else { value >= low };
    let least = if open { "above" } else { "at least" };
    let message = || format!("{value} given, must be {least} {low:e} and at most {high:e}");
    (!(above && value <= high)).then(|| Problem::new(key, message()))
}

impl FmcwRadar {
    /// Every problem with its admissible range, in the order of the fields; empty when the radar can work.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        let mut within =
            |key: &str, value: f64, low: f64, high: f64, open: bool| out.extend(within(key, value, low, high, open));
        within("start_frequency_hz", self.start_frequency_hz, 1e9, 3e11, false);
        within("chirp_slope_hz_per_s", self.chirp_slope_hz_per_s, 0.0, 1e15, true);
        within("idle_time_s", self.idle_time_s, 0.0, 1.0, false);
        within("ramp_time_s", self.ramp_time_s, 0.0, 1.0, true);
        within("adc_start_s", self.adc_start_s, 0.0, 1.0, false);
        within("sample_rate_hz", self.sample_rate_hz, 0.0, 1e10, true);
        within("frame_period_s", self.frame_period_s, 0.0, 1e4, true);
        within("transmit_power_dbm", self.transmit_power_dbm, -60.0, 60.0, false);
        within("tx_gain_dbi", self.tx_gain_dbi, -20.0, 50.0, false);
        within("rx_gain_dbi", self.rx_gain_dbi, -20.0, 50.0, false);
        within("noise_figure_db", self.noise_figure_db, 0.0, 60.0, false);
        let mut counted = |key: &str, what: &str, value: usize, high: usize| {
            if value == 0 || value > high {
                out.push(Problem::new(key, format!("{value} {what} given, must be 1 to {high}")));
            }
        };
        counted("samples_per_chirp", "samples", self.samples_per_chirp, MAX_COUNT);
        counted("loops_per_frame", "loops", self.loops_per_frame, MAX_COUNT);
        counted("tx_m", "transmitters", self.n_tx(), MAX_ANTENNAS);
        counted("rx_m", "receivers", self.n_rx(), MAX_ANTENNAS);
        for (name, positions) in [("tx_m", &self.tx_m), ("rx_m", &self.rx_m)] {
            for (i, p) in positions.iter().enumerate() {
                if !p.iter().all(|v| v.abs() <= 10.0) {
                    let message = format!("{p:?} given, each coordinate must be -10 to 10 m");
                    out.push(Problem::new(format!("{name}.{i}"), message));
                }
            }
        }
        if !self.rx_phase_deg.is_empty() && self.rx_phase_deg.len() != self.n_rx() {
            let message = format!("{} phases given, the radar has {} receivers", self.rx_phase_deg.len(), self.n_rx());
            out.push(Problem::new("rx_phase_deg", message));
        }
        if let Some(i) = self.rx_phase_deg.iter().position(|phase| phase.is_nan() || phase.abs() > 360.0) {
            let message = format!("{} given, must be -360 to 360 degrees", self.rx_phase_deg[i]);
            out.push(Problem::new(format!("rx_phase_deg.{i}"), message));
        }
        if ![2, 4].contains(&self.lvds_lanes) {
            out.push(Problem::new("lvds_lanes", format!("{} given, must be 2 or 4", self.lvds_lanes)));
        }
        let pattern = self.pattern.as_ref().map(|p| p.problems()).unwrap_or_default();
        out.extend(pattern.into_iter().map(|p| p.under("pattern")));
        let filters = self.high_pass.as_ref().map(|h| h.value_problems()).unwrap_or_default();
        out.extend(filters.into_iter().map(|p| p.under("high_pass")));
        // Relations only between values that are sound by themselves.
        if out.is_empty() {
            self.relations(&mut out);
        }
        out
    }

    fn relations(&self, out: &mut Vec<Problem>) {
        // Rounding of the sums must not refuse a timing that fits exactly.
        const SLACK: f64 = 1.0 + 1e-9;
        let last = self.adc_start_s + self.samples_per_chirp as f64 / self.sample_rate_hz;
        if last > self.ramp_time_s * SLACK {
            let most = ((self.ramp_time_s - self.adc_start_s) * self.sample_rate_hz).floor().max(0.0);
            let message = format!(
                "the samples end {:.3} us after the ramp start but the ramp lasts {:.3} us: at most {most} samples fit",
                1e6 * last,
                1e6 * self.ramp_time_s
            );
            out.push(Problem::new("samples_per_chirp", message));
        }
        let active = self.active_time_s();
        if active > self.frame_period_s * SLACK {
            let loops = (self.frame_period_s / self.loop_period_s() * SLACK).floor();
            let message = format!(
                "the chirps of a frame last {:.4} ms but the frame {:.4} ms: at most {loops} loops fit",
                1e3 * active,
                1e3 * self.frame_period_s
            );
            out.push(Problem::new("loops_per_frame", message));
        }
        if self.swept_bandwidth_hz() > 0.5 * self.start_frequency_hz {
            let message = format!(
                "the ramp sweeps {:.3e} Hz, must be at most half of start_frequency_hz, {:.3e} Hz",
                self.swept_bandwidth_hz(),
                0.5 * self.start_frequency_hz
            );
            out.push(Problem::new("chirp_slope_hz_per_s", message));
        }
    }

    /// An error with all problems when there is one.
    pub fn check(&self) -> Result<(), SensorError> {
        let problems = self.problems();
        if problems.is_empty() { Ok(()) } else { Err(SensorError::Impossible { name: self.name.clone(), problems }) }
    }

    /// What is wrong with asking for targets at `range_m` under the key `key`, if anything: the range lies beyond what the
    /// sample rate can tell apart.
    pub fn range_problem(&self, key: &str, range_m: f64) -> Option<Problem> {
        if range_m >= 0.0 && range_m < self.max_range_m() {
            return None;
        }
        let message = format!(
            "{range_m} m given, but with a sample rate of {:.3} MHz and a slope of {:.3} MHz/us it must be 0 to {:.3} m",
            1e-6 * self.sample_rate_hz,
            1e-12 * self.chirp_slope_hz_per_s,
            self.max_range_m()
        );
        Some(Problem::new(key, message))
    }
}
