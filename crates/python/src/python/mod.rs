//! Functions and classes of the extension module.
//!
//! ```text
//! work.rs        long work beside the interpreter: its threads, progress, Ctrl-C
//! log.rs         warnings of the library as warnings of Python
//! fail.rs        errors as exceptions with the same words
//! arrays.rs      named arrays and views, both ways
//! settings.rs    YAML and changes to it
//! scene.rs       simulate
//! recordings.rs  read, chain
//! motion.rs      joints of motions
//! corpus.rs      corpora
//! model.rs       checkpoints
//! study.rs       build, run, describe
//! program.rs     the command line
//! ```

mod arrays;
pub(crate) mod corpus;
pub(crate) mod fail;
mod log;
pub(crate) mod model;
pub(crate) mod motion;
pub(crate) mod program;
pub(crate) mod recordings;
pub(crate) mod scene;
mod settings;
pub(crate) mod study;
pub(crate) mod work;
