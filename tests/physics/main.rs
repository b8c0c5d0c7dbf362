//! Laws of physics and geometry.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod body;
mod engine;
mod facets;
mod fast_engine;
mod golden_bodies;
mod mesh;
mod motion;
mod receiver;
mod reference;
mod scenes;
mod visibility;
