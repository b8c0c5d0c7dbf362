//! Norms of this module's models.

mod batch;
mod channel;
mod group;
mod layer;

pub use batch::{BatchMoments, BatchNorm};
pub use channel::ChannelNorm;
pub use group::GroupNorm;
pub use layer::LayerNorm;

/// PyTorch's default.
const EPSILON: f64 = 1e-5;
