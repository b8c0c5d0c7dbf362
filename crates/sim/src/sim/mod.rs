//! From moving meshes to a sensor's samples: the front door [`Simulator`], the engines behind it, golden references.
//!
//! ```text
//! simulator.rs  frames: sight → paths → signal for each; calibration, report
//!   sight.rs      sight: what each eye sees, straight and over walls         → Look
//!   walls.rs      paths: ways over the walls of a room, the walls' own echoes → Legs, weights
//!   paths.rs      paths: limits, division into patches                        → Prepared
//!   sum.rs        signal: one frame's, summed over the ways
//!   fading.rs     signal: from one frame's visibility to the next one's
//!   reception.rs  patterns and phase noise on the paths; leakage, noise, channel errors, ADC on their sum
//!   stage.rs      all meshes and points as one list of vertices; sampled motion → PointMotion
//! engine.rs     the seam: FrameProblem (a Sounding, patches, their motion) in, samples of the frame out
//!   fast/         moments in cells of beat frequency, f32 after the phases; within 1e-5
//!   standing.rs   tones that stand: polynomials of paths and amplitudes over a frame, phasors at every shot
//!   exact/        f64 phases per chirp and antenna pair
//! reference/    reads golden cases and compares
//! stopwatch.rs  where the time of a frame goes
//! ```

pub mod engine;
pub mod error;
mod exact;
mod fading;
pub mod fast;
mod paths;
mod reception;
pub mod reference;
pub mod report;
pub mod settings;
mod sight;
pub mod simulator;
pub mod stage;
mod standing;
pub mod stopwatch;
mod sum;
pub mod surface;
mod walls;

pub use engine::Engine;
pub use error::SimError;
pub use report::SimReport;
pub use settings::{Calibration, Sampling, SimSettings, Visibility};
pub use simulator::{Job, Simulated, SimulatedExactly, Simulator};
pub use stage::PointTarget;
pub use stopwatch::{Step, Stopwatch};
