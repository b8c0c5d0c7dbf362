//! How the person and the skeleton of a file are laid against ours, out of frames of the whole file.
//!
//! ```text
//! survey.rs     which frames stand for the whole file
//! landmarks.rs  places of a body, by which people and skeletons are measured
//! person.rs     axes, unit and rate, held against what a person can be and do
//! way.rs        the unit of the way against that of the bones
//! calibrate.rs  how each joint of a foreign skeleton is turned against ours: by its posture at rest where that is a standing person's
//! measured.rs   the same out of positions over the whole file
//! axes.rs       turns between the axes of a file and ours
//! ```

pub(super) mod axes;
pub(super) mod calibrate;
pub(super) mod landmarks;
pub(super) mod measured;
pub(super) mod person;
pub(super) mod survey;
mod way;
