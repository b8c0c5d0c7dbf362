//! Physical constants (CODATA 2018, exact by definition of the SI).

/// Speed of light in vacuum, m/s.
pub const SPEED_OF_LIGHT: f64 = 299_792_458.0;
/// Boltzmann constant, J/K.
pub const BOLTZMANN: f64 = 1.380_649e-23;
/// Reference temperature of noise figures (IEEE), K.
pub const NOISE_TEMPERATURE: f64 = 290.0;
