//! Sensors of a scene beside its radar, whose ends stand apart: WiFi links and RFID readers with their tags.
//!
//! ```text
//! spec.rs  as typed
//! tags.rs  where tags are: places, grids on walls, people
//! draw.rs  one random draw
//! ```

mod draw;
mod outside;
mod spec;
mod tags;

pub use draw::{LinkDraw, RfidDraw, StandDraw, WifiDraw};
pub use spec::{ElementName, ElementSpec, LinkSpec, PatchSpec, RfidLinkSpec, StandSpec, WifiLinkSpec};
pub(in crate::scene) use tags::face_at;
pub use tags::{PlacedTag, TagPlace, TagSide, TagsSpec};
