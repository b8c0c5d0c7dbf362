//! How a corpus is written: by many processes at once, and whole again after an interruption.

mod completion;
mod ledger;
mod lock;
pub(super) mod merge;
mod refusal;
pub(super) mod shard;
pub(super) mod status;
pub(super) mod stock;
pub(super) mod writer;
