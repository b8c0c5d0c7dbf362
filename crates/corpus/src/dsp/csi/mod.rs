//! Channel state information made fit for models: cleaning steps in any order, then series, Doppler spectrograms and wavelet maps.
//!
//! ```text
//! streams.rs    what steps work on: samples over packets, subcarriers, pairs of antennas
//! steps.rs      the steps as data, one behind the other
//! outliers.rs   Hampel's filter
//! phases.rs     linear fit, reference path, gradient over subcarriers
//! antennas.rs   conjugate products and ratios of antennas
//! power.rs      gain and scale
//! wavelet.rs    denoising by sym4
//! choose.rs     subcarriers by divergence, principal components
//! resample.rs   from packet times to equal steps
//! spectra.rs    Doppler spectrogram, Morlet wavelets
//! ```

mod antennas;
mod choose;
mod outliers;
mod phases;
mod power;
mod resample;
mod spectra;
mod steps;
mod streams;
mod wavelet;

pub use phases::PhaseFit;
pub use resample::resampled;
pub use spectra::{DopplerConfig, MorletConfig, Spectrum, SpectrumOf, doppler, morlet};
pub use steps::CsiStep;
pub use streams::{Holds, Streams};
