//! From moving meshes to the radar's samples: the front door [`Simulator`], the engines behind it, golden references.
//!
//! ```text
//! simulator.rs  frames: who is seen, noise, calibration, report
//!   frame.rs      one frame: visibility, limits, division into patches  → Surface
//!   stage.rs      all meshes and points as one list of vertices; sampled motion → PointMotion
//! engine.rs     the seam: FrameProblem in, samples of the frame out
//!   fast/         moments in cells of beat frequency, f32 after the phases; within 1e-5
//!   exact.rs      f64 phases per chirp and antenna pair; kernel.rs sums the phasors over the samples
//! reference/    reads golden cases and compares
//! stopwatch.rs  where the time of a frame goes
//! ```

pub mod engine;
pub mod error;
mod exact;
pub mod fast;
mod frame;
mod kernel;
pub mod reference;
pub mod report;
pub mod schedule;
pub mod settings;
pub mod simulator;
pub mod stage;
pub mod stopwatch;
pub mod surface;

pub use engine::Engine;
pub use error::SimError;
pub use report::SimReport;
pub use settings::{Calibration, Sampling, SimSettings, Visibility};
pub use simulator::{Job, Simulated, SimulatedExactly, Simulator};
pub use stage::PointTarget;
pub use stopwatch::{Step, Stopwatch};
