//! What helps to begin: what there is by name, files to start from, schemas for editors, whether all is well.
//!
//! ```text
//! list.rs    `kinecho list`
//! new.rs     `kinecho new`, with the texts in `templates/`
//! schema.rs  `kinecho schema`
//! doctor.rs  `kinecho doctor`
//! examples.rs  examples below every `--help`
//! ```

pub(super) mod doctor;
pub(super) mod examples;
pub(super) mod list;
pub(super) mod new;
pub(super) mod schema;
