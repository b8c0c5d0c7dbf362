//! Laws of physics and geometry.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod body;
mod mesh;
mod reference;
mod visibility;
