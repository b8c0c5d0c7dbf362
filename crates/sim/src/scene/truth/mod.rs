//! Ground truth of a draw: where people's joints and things are, and what a perfect radar would measure of them, on its own clock.
//!
//! ```text
//! clock.rs   the times
//! seen.rs    range, radial velocity and direction of places seen from the sensor
//! arrays.rs  all of it as named arrays
//! file.rs    truth.npz, and truth.json that says what its arrays are
//! ```

mod arrays;
mod clock;
mod file;
mod seen;

pub use arrays::{Truth, TruthArray, joint_names};
pub use clock::{TruthClock, TruthSpec};
