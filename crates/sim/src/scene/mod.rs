//! Scenes in three steps: [`SceneSpec`] as typed → [`Scene`] with every value checked → one random [`SceneDraw`].

mod captured;
mod check;
mod draw;
mod error;
mod inside;
mod objects;
mod room;
mod set;
mod spec;

use crate::motion::score::ScoreBook;

pub use captured::CaptureDraw;
pub use check::Scene;
pub use draw::{PersonDraw, SceneDraw, Subject};
pub use error::SceneError;
pub use objects::{ObjectDraw, ObjectSpec};
pub use room::{RoomSpec, TrackKeySpec};
pub use set::Set;
pub use spec::{BetasSource, BetasSpec, PersonSpec, RadarPoseSpec, RadarSpec, SceneSpec};

/// Slugs of the sixty activities that can be played, in the order of the built-in scores.
pub fn motion_slugs() -> Vec<String> {
    slugs(ScoreBook::builtin())
}

/// Slugs of all motions that can be played: the sixty activities and the movements of data sets.
pub fn playable_slugs() -> Vec<String> {
    slugs(ScoreBook::with_data_sets())
}

fn slugs(book: &ScoreBook) -> Vec<String> {
    book.iter().map(|score| score.slug.clone()).collect()
}
