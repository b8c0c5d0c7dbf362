//! Files that come in and go out, whole and damaged.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod dca1000;
mod radhar;
