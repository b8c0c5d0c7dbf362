//! How the samples of a recipe are made: one by its number, all of them in parallel, a few to see what all will cost.

pub(super) mod build;
pub(super) mod build_error;
pub(super) mod captured;
pub(super) mod check_motions;
pub(super) mod estimate;
mod ingredients;
pub(super) mod maker;
mod maker_plan;
mod pipeline;
pub(super) mod planned;
pub(super) mod sample_error;
mod workers;
