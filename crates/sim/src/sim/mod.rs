//! From moving meshes to the radar's samples: the front door [`Simulator`], the engines behind it, golden references.
//!
//! ```text
//! simulator.rs  frames: who is seen, noise, calibration, report
//!   sight.rs      one frame: who is seen, straight and over walls
//!   walls.rs      ways over the walls of a room, and the walls' own echoes
//!   frame.rs      one frame: limits, division into patches  → Surface
//!   sum.rs        one frame's signal from all of these
//!   fading.rs     from one frame's visibility to the next one's
//!   reception.rs  patterns and phase noise on the paths; leakage, noise, channel errors, ADC on their sum
//!   stage.rs      all meshes and points as one list of vertices; sampled motion → PointMotion
//! engine.rs     the seam: FrameProblem in, samples of the frame out
//!   fast/         moments in cells of beat frequency, f32 after the phases; within 1e-5
//!   exact/        f64 phases per chirp and antenna pair
//! reference/    reads golden cases and compares
//! stopwatch.rs  where the time of a frame goes
//! ```

pub mod engine;
pub mod error;
mod exact;
mod fading;
pub mod fast;
mod frame;
mod reception;
pub mod reference;
pub mod report;
pub mod schedule;
pub mod settings;
mod sight;
pub mod simulator;
pub mod stage;
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
