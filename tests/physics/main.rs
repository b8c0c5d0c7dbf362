//! Laws of physics and geometry.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod fast_engine;
mod body;
mod mesh;
mod engine;
mod facets;
mod receiver;
mod reference;
mod scenes;
mod visibility;
