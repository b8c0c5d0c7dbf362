//! What the files of a corpus say, each by itself.

mod agreement;
pub(super) mod card;
pub(super) mod index;
pub(super) mod left_out;
pub(super) mod manifest;
pub(super) mod set_aside;
pub(super) mod walk;
