//! Holds the code to ARCHITECTURE.md and to a shape that people find their way in: rooms, folders, modules, names.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod decisions;
mod lexer;
mod modules;
mod reader;
mod rooms;
mod shape;
mod source;
