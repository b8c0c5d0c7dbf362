//! Power budget: what turns the dimensionless amplitudes of facets into the square root of received watts.
//!
//! A flat plate of area A seen along its normal has the radar cross section `σ = 4π A² / λ²` (physical optics), and the radar
//! equation is `P = P_t G_t G_r λ² σ / ((4π)³ R_T² R_R²)`. Together `√P = √(P_t G_t G_r) / 4π · A / (R_T R_R)`: the facet's
//! amplitude times a constant that does not depend on the wavelength.

use std::f64::consts::PI;

/// Ratio of powers for `db` decibels.
pub fn from_db(db: f64) -> f64 {
    10f64.powf(db / 10.0)
}

/// Watts for `dbm` decibels above a milliwatt.
pub fn watts_from_dbm(dbm: f64) -> f64 {
    1e-3 * from_db(dbm)
}

/// √W of received signal for a facet amplitude of one: `√(P_t G_t G_r) / 4π`.
pub fn root_watts_per_amplitude(transmit_power_dbm: f64, tx_gain_dbi: f64, rx_gain_dbi: f64) -> f64 {
    (watts_from_dbm(transmit_power_dbm) * from_db(tx_gain_dbi) * from_db(rx_gain_dbi)).sqrt() / (4.0 * PI)
}

/// The `gain` of a point target, m², that has the radar cross section `rcs_m2` at the wavelength `wavelength_m`:
/// `√(σ λ² / 4π)`, the area of the plate with the same echo.
pub fn point_gain(rcs_m2: f64, wavelength_m: f64) -> f64 {
    (rcs_m2 * wavelength_m * wavelength_m / (4.0 * PI)).sqrt()
}
