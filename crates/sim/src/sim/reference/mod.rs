//! Golden cases: signals that somebody else summed up by brute force, and how far ours are from them.
//!
//! A case is an npz file: `if_cube[frame, chirp, tx, rx, sample]`, `tx` and `rx` (positions), `meta` (JSON with the scalars) and
//! one of `points` (+ `velocity`, `acceleration`, `gain`), `key_vertices` + `faces` (moving mesh), or `vertices` + `faces` (a still
//! mesh), for meshes optionally `visible[frame, face]`. A point is at `points + velocity t + ½ acceleration t²`. Arrays that do not
//! belong to what reflects are refused; scalars that are not known are notes, and named in a warning.

mod case;
mod compare;
mod error;
mod npz;

pub use case::{ReferenceCase, Reflector, read_case, read_folder};
pub use compare::{CaseResult, compare, compare_with};
pub use error::ReferenceError;
