//! Laws of physics and geometry.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod fast_engine;
mod reference;
mod visibility;
