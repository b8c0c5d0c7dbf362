//! Corpora on disk: tar shards of samples, with a manifest and an index, readable from Rust and from plain Python.
//!
//! ```text
//! corpus.yaml        what was asked for and how it was resolved; format version, number of samples, shard size
//! manifest.jsonl     one line a finished shard: bytes, ids, BLAKE3
//! samples.csv        one line a sample: id, split, label, …, where its bytes are; written last
//! shards/000000.tar  WebDataset names: 000000042.json, 000000042.hm.npy, 000000042.cube.npy …
//! ```
//!
//! The place of a sample follows from its id alone (`shard = id / samples_per_shard`), shards are written one without
//! the other, and the same samples give the same bytes. A shard exists under its final name only when all of it is on
//! the disk, and counts only once its manifest line is.

mod array;
mod build;
mod captured;
mod convert;
mod error;
mod import;
mod index;
mod manifest;
mod npy;
mod plan;
mod read;
mod recipe;
mod sample;
mod shard;
mod simulate;
mod walk;
mod write;

pub use array::{ArrayData, NamedArray};
pub use build::{BuildError, build};
pub use captured::Captured;
pub use convert::{cube_array, cube_from_array, points_array, points_from_array};
pub use error::CorpusError;
pub use import::{ImportConfig, ImportError, import_points};
pub use index::SampleRow;
pub use manifest::{Manifest, ManifestLine};
pub use plan::{CorpusPlan, FORMAT_VERSION};
pub use read::{CorpusReader, Verified};
pub use recipe::{OutputSpec, PointChain, Recipe};
pub use sample::{MAPS_KEY, Sample, SampleMeta};
pub use shard::ShardWriter;
pub use simulate::{Made, SampleError, SampleMaker};
pub use write::{CorpusWriter, Resumed};
