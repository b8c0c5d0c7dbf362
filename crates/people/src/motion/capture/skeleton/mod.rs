//! Skeletons that a file brings along: what their joints are called, which of ours they are, and how they move.

pub(super) mod joint_map;
pub(super) mod joint_motion;
mod joint_names;
