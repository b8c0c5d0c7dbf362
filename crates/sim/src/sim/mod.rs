//! From moving meshes to a sensor's samples: the front door [`Simulator`], the engines behind it, golden references.
//!
//! ```text
//! simulator.rs  the recording: sight → paths → signal for each frame; calibration, report
//!   job.rs        what is to be simulated
//!   stage.rs      all meshes and points as one list of vertices
//!   sampled.rs    their motion over a frame → PointMotion
//!   scatterers.rs places on meshes that scatter
//!   wanted.rs     points of a surface: vertices, and what is raised over faces
//!   frame/        sight, paths and signal of one frame
//!   fading.rs     from one frame's visibility to the next one's
//!   reception.rs  patterns and phase noise on the paths; leakage, noise, channel errors, ADC on their sum
//! links.rs      WiFi and RFID of the same scene: channel → device
//! engine/       the seam: FrameProblem (a Sounding, patches, their motion) in, samples of the frame out; the engines
//! reference/    reads golden cases and compares
//! stopwatch.rs  where the time of a frame goes
//! ```

pub mod engine;
pub mod error;
mod fading;
mod frame;
mod job;
mod links;
mod reception;
pub mod reference;
pub mod report;
mod sampled;
mod scatterers;
pub mod settings;
pub mod simulator;
pub mod stage;
pub mod stopwatch;
mod wanted;

/// Edition of the signals: one more whenever the same scene gives other samples than before, beyond rounding, by a change of physics, of how
/// bodies move between keys or of what devices add. Corpora say by which they were made, and none goes on by another.
pub const SIGNAL_EDITION: u32 = 3;

pub use engine::{Engine, fast, surface};
pub use error::SimError;
pub use job::Job;
pub use links::{DeviceTruth, LinkRecording, LinkReport};
pub use report::SimReport;
pub use settings::{Calibration, Sampling, SimSettings, Visibility};
pub use simulator::{Simulated, SimulatedExactly, Simulator};
pub use stage::PointTarget;
pub use stopwatch::{Step, Stopwatch};
