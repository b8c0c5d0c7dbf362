//! Scenes in three steps: [`SceneSpec`] as typed → [`Scene`] with every value checked → one random [`SceneDraw`].

mod captured;
mod check;
mod draw;
mod error;
mod inside;
mod links;
mod objects;
mod performer;
mod person;
mod radar;
mod room;
mod set;
mod spec;
mod truth;
mod with_capture;
mod worn;

pub use captured::CaptureDraw;
pub use check::Scene;
pub use draw::SceneDraw;
pub use error::SceneError;
pub use links::{
    ElementName, ElementSpec, LinkDraw, LinkSpec, PatchSpec, PlacedTag, RfidDraw, RfidLinkSpec, StandDraw, StandSpec,
    TagPlace, TagSide, TagsSpec, WifiDraw, WifiLinkSpec,
};
pub use objects::{
    CornerSpec, MotionSpec, Movement, ObjectDraw, ObjectSpec, PathInterpolation, PathPointSpec, PathRouteSpec,
    PendulumSpec, RotationSpec, VibrationSpec,
};
pub use person::{PersonDraw, Subject, motion_slugs, no_motion, playable_slugs};
pub use radar::{RadarPoseSpec, RadarSpec, TrackKeySpec};
pub use room::RoomSpec;
pub use set::Set;
pub use spec::{BetasSource, BetasSpec, PersonSpec, SceneSpec};
pub use truth::{PersonSeen, SEEN_JOINTS, Truth, TruthArray, TruthClock, TruthSpec, joint_names};
