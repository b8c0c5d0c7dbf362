//! All that is impossible about a device, found at once.

use super::WifiSpec;
use crate::base::yaml::Problem;
use crate::sensor::SensorError;
use crate::sensor::receiver::within;

/// Antennas of one side, at most.
const MAX_ANTENNAS: usize = 8;

impl WifiSpec {
    /// Every problem with its admissible range; empty when the device can work.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        self.channel_problems(&mut out);
        out.extend(self.packets.problems().into_iter().map(|p| p.under("packets")));
        for (name, places) in [("tx_m", &self.tx_m), ("rx_m", &self.rx_m)] {
            if places.is_empty() || places.len() > MAX_ANTENNAS {
                out.push(Problem::new(name, format!("{} antennas given, must be 1 to {MAX_ANTENNAS}", places.len())));
            }
            let far = places.iter().enumerate().filter(|(_, p)| !p.iter().all(|v| v.abs() <= 10.0));
            out.extend(far.map(|(i, p)| {
                Problem::new(format!("{name}.{i}"), format!("{p:?} given, each coordinate must be -10 to 10 m"))
            }));
        }
        let budget = [
            within("transmit_power_dbm", self.transmit_power_dbm, -60.0, 60.0, "dBm"),
            within("tx_gain_dbi", self.tx_gain_dbi, -20.0, 50.0, "dBi"),
            within("rx_gain_dbi", self.rx_gain_dbi, -20.0, 50.0, "dBi"),
            within("noise_figure_db", self.noise_figure_db, 0.0, 60.0, "dB"),
        ];
        out.extend(budget.into_iter().flatten());
        let impairments = self.impairments.problems(self.n_rx(), self.n_tx());
        out.extend(impairments.into_iter().map(|p| p.under("impairments")));
        out
    }

    fn channel_problems(&self, out: &mut Vec<Problem>) {
        let bands = self.grid.bands();
        if !bands.contains(&self.band_ghz) {
            let has: Vec<String> = bands.iter().map(|b| f64::from(*b).to_string()).collect();
            let message =
                format!("{} given, `{}` has {} GHz", f64::from(self.band_ghz), self.grid.name(), has.join(", "));
            out.push(Problem::new("band_ghz", message));
        }
        let all = match self.grid.reported(self.bandwidth_mhz, self.secondary) {
            Ok(all) => all,
            Err(problem) => {
                out.push(problem);
                return;
            }
        };
        out.extend(self.centre_hz().err());
        let Some(chosen) = &self.subcarriers else { return };
        if chosen.is_empty() {
            out.push(Problem::new("subcarriers", "none given; leave the key out for all of the grid"));
        }
        self.mirror_problems(chosen, out);
        for (i, k) in chosen.iter().enumerate() {
            let key = format!("subcarriers.{i}");
            if all.binary_search(k).is_err() {
                let (first, last) = (all.first().copied().unwrap_or(0), all.last().copied().unwrap_or(0));
                let message = format!(
                    "{k} given, `{}` of {} MHz has {} subcarriers from {first} to {last}, and this is none of them",
                    self.grid.name(),
                    self.bandwidth_mhz,
                    all.len()
                );
                out.push(Problem::new(key, message));
            } else if i > 0 && chosen[i - 1] >= *k {
                out.push(Problem::new(key, format!("{k} follows {}, must rise from entry to entry", chosen[i - 1])));
            }
        }
    }

    /// Of some subcarriers only, those that unlike rails would mix in must be there: nothing is known of the channel at others.
    fn mirror_problems(&self, chosen: &[i32], out: &mut Vec<Problem>) {
        if self.impairments.imbalance.is_none() {
            return;
        }
        let sent = self.sent();
        let mixes = |k: i32| sent.binary_search(&k).is_ok();
        let lone = chosen.iter().copied().find(|&k| mixes(k) && mixes(-k) && !chosen.contains(&-k));
        if let Some(k) = lone {
            let message = format!("{k} is among `subcarriers`, its mirror {} is not; give both", -k);
            out.push(Problem::new("impairments.imbalance", message));
        }
    }

    /// An error with all problems when there is one.
    pub fn check(&self) -> Result<(), SensorError> {
        let problems = self.problems();
        if problems.is_empty() { Ok(()) } else { Err(SensorError::Impossible { name: self.name.clone(), problems }) }
    }
}
