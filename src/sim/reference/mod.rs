//! Golden cases: signals that somebody else summed up by brute force, and how far ours are from them.
//!
//! A case is an npz file: `if_cube[frame, loop, tx, rx, sample]`, `tx` and `rx` (positions), `meta` (JSON with the scalars) and
//! one of `points` + `velocity` + `gain`, `key_vertices` + `faces` (moving mesh), or `vertices` + `faces` (a still mesh);
//! optionally `visible[frame, face]`.

mod case;
mod compare;
mod error;
mod npz;

pub use case::{ReferenceCase, Reflector, read_case, read_folder};
pub use compare::{CaseResult, compare};
pub use error::ReferenceError;
