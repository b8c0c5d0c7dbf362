//! Antenna element patterns from two cuts.

use super::{interpolate, table_problems, within};
use crate::base::Vec3;
use crate::base::yaml::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Patterns of the transmit and receive elements; an absent one is isotropic.
///
/// Gains are relative to `tx_gain_dbi` and `rx_gain_dbi` of the radar, so 0 dB on boresight keeps its level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PatternSpec {
    /// Transmit elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx: Option<Cuts>,
    /// Receive elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx: Option<Cuts>,
}

/// The two principal cuts of an element. Between them the gains add in decibels (the product of the patterns), as is usual for
/// patches of which only the cuts were measured (3GPP TR 38.901, table 7.3-1, adds them as well).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cuts {
    /// Over azimuth, positive to the right seen from behind the radar; flat without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azimuth: Option<Cut>,
    /// Over elevation, positive upwards; flat without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevation: Option<Cut>,
}

/// Gain over an angle: straight lines in decibels between the entries, constant beyond them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Angles, degrees, rising; −180..180, at least two.
    pub angles_deg: Vec<f64>,
    /// Gain at each, dB, −100..30.
    pub gain_db: Vec<f64>,
}

/// Angles that a table reaches at least on both sides, degrees, unless it ends below its main lobe.
const REACH_DEG: f64 = 40.0;
/// Below its peak by this a table has left the main lobe, dB.
const LOBE_DB: f64 = 10.0;

impl PatternSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        for (side, cuts) in [("tx", &self.tx), ("rx", &self.rx)] {
            let Some(cuts) = cuts else { continue };
            for (name, cut) in [("azimuth", &cuts.azimuth), ("elevation", &cuts.elevation)] {
                let found = cut.as_ref().map(Cut::problems).unwrap_or_default();
                out.extend(found.into_iter().map(|p| p.under(&format!("{side}.{name}"))));
            }
        }
        out
    }

    /// Factor of the amplitude of a path that leaves and comes back in the directions `there` and `back` (from the antennas,
    /// in the sensor frame, of any length): `√(G_tx G_rx)`.
    pub fn amplitude(&self, there: Vec3, back: Vec3) -> f64 {
        let db = |cuts: &Option<Cuts>, direction: Vec3| cuts.as_ref().map_or(0.0, |c| c.gain_db(direction));
        10f64.powf((db(&self.tx, there) + db(&self.rx, back)) / 20.0)
    }
}

impl Cuts {
    /// Gain in a direction of the sensor frame, dB.
    pub fn gain_db(&self, direction: Vec3) -> f64 {
        let azimuth = direction.x.atan2(direction.y);
        let elevation = direction.z.atan2(direction.x.hypot(direction.y));
        let at = |cut: &Option<Cut>, angle: f64| {
            cut.as_ref().map_or(0.0, |c| interpolate(&c.angles_deg, &c.gain_db, angle.to_degrees()))
        };
        at(&self.azimuth, azimuth) + at(&self.elevation, elevation)
    }
}

impl Cut {
    fn problems(&self) -> Vec<Problem> {
        let mut out = table_problems(("angles_deg", &self.angles_deg), ("gain_db", &self.gain_db), 2);
        let columns = [
            ("angles_deg", &self.angles_deg, -180.0, 180.0, "degrees"),
            ("gain_db", &self.gain_db, -100.0, 30.0, "dB"),
        ];
        for (key, values, low, high, unit) in columns {
            let entry = |(i, &v): (usize, &f64)| within(&format!("{key}.{i}"), v, low, high, unit);
            out.extend(values.iter().enumerate().filter_map(entry));
        }
        if out.is_empty() {
            out.extend(self.ends_early());
        }
        out
    }

    /// A table that ends within the main lobe says nothing of what is beside it: held on, its last gain would be an antenna that looks everywhere.
    fn ends_early(&self) -> Option<Problem> {
        let peak = self.gain_db.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ends = [0, self.angles_deg.len() - 1].map(|i| (i, self.angles_deg[i], self.gain_db[i]));
        let (i, angle, gain) =
            ends.into_iter().find(|(_, angle, gain)| angle.abs() < REACH_DEG && peak - gain < LOBE_DB)?;
        let hint = match self.angles_deg.iter().all(|angle| angle.abs() <= 6.3) {
            true => "; are these radians?",
            false => "",
        };
        let message = format!(
            "ends at {angle}°, where the gain is only {:.1} dB below its peak; expected a table to {REACH_DEG}° and more on both sides, or down by \
             {LOBE_DB} dB{hint}",
            peak - gain
        );
        Some(Problem::new(format!("angles_deg.{i}"), message))
    }
}
