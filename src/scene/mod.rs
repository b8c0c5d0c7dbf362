//! Scenes in three steps: [`SceneSpec`] as typed → [`Scene`] with every value checked → one random [`SceneDraw`].

mod captured;
mod check;
mod draw;
mod error;
mod objects;
mod room;
mod set;
mod spec;

pub use captured::CaptureDraw;
pub use check::Scene;
pub use draw::{PersonDraw, SceneDraw, Subject};
pub use error::SceneError;
pub use objects::{ObjectDraw, ObjectSpec};
pub use room::{RoomSpec, TrackKeySpec};
pub use set::Set;
pub use spec::{BetasSource, BetasSpec, PersonSpec, RadarPoseSpec, RadarSpec, SceneSpec};

/// Slugs of the motions that can be played, in the order of the built-in scores.
pub fn motion_slugs() -> Vec<String> {
    crate::motion::score::ScoreBook::builtin().iter().map(|score| score.slug.clone()).collect()
}
