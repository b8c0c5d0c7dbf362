//! Ground truth of a draw: where people's joints and things are, and what a perfect radar would measure of them, on its own clock.
//!
//! ```text
//! clock.rs   the times
//! seen.rs    range, radial velocity and direction of places seen from the sensor
//! arrays.rs  all of it as named arrays
//! people.rs  people as models learn them: joints, and what a body takes up in range and azimuth
//! file.rs    truth.npz, and truth.json that says what its arrays are
//! ```

mod arrays;
mod clock;
mod file;
mod people;
mod seen;

pub use arrays::{Truth, TruthArray, joint_names};
pub use clock::{TruthClock, TruthSpec};
pub use people::{PersonSeen, SEEN_JOINTS};
