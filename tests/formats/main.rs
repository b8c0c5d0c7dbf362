//! Files that come in and go out, whole and damaged.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod body_file;
mod motion_score;
