//! Raw ADC samples as TI's DCA1000 card writes them, read and written: `.bin` of little-endian int16 (TI application report
//! SWRA581).
//!
//! ```text
//! geometry.rs  what a file does not say of itself; where the words of a sample are
//! read.rs      files → cube, and what was lost on the way
//! write.rs     cube → file
//! files.rs     captures that were cut into several files
//! packets.rs   files of whole network packets
//! health.rs    zeros, repetitions, clipped and slid samples
//! real.rs      real samples → complex ones
//! ```

mod files;
mod geometry;
mod health;
mod packets;
mod read;
mod real;
mod write;

pub use files::{CaptureFiles, group};
pub use geometry::{AdcGeometry, CaptureFormat, Lanes, geometry_path, read_geometry};
pub use health::CaptureReport;
pub use read::{Capture, CutFrame, decode, read, read_capture};
pub use write::{half_scale, write};
