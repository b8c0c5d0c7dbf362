//! Corpora on disk: tar shards of samples, with a manifest and an index, readable from Rust and from plain Python.
//!
//! ```text
//! corpus.yaml        what was asked for and how it was resolved; format version, number of samples, shard size
//! manifest.jsonl     one line a finished shard: bytes, ids, BLAKE3
//! samples.csv        one line a sample: id, split, label, …, where its bytes are; written last
//! shards/000000.tar  WebDataset names: 000000042.json, 000000042.txt, 000000042.time_doppler.npy, 000000042.cube.npy …
//! set_aside.csv      where motion files could not be used: file, reason, number of samples that the corpus lacks by it
//! parts/0-of-4.jsonl while several processes make a corpus: the manifest of one of them, until they are merged
//! ```
//!
//! The place of a sample follows from its id alone (`shard = id / samples_per_shard`), shards are written one without
//! the other, and the same samples give the same bytes. A shard exists under its final name only when all of it is on
//! the disk, and counts only once its manifest line is.

mod array;
mod build;
mod captured;
mod check_motions;
mod convert;
mod error;
mod estimate;
pub mod export;
mod import;
mod import_config;
mod import_cubes;
mod import_maps;
mod index;
mod lock;
mod manifest;
mod merge;
mod motion_files;
mod npy;
mod part;
mod pipeline;
mod plan;
mod read;
mod recipe;
mod rooms;
mod sample;
mod sensor_ranges;
mod set_aside;
mod shard;
mod simulate;
mod splits;
mod status;
mod stock;
mod targets;
mod verify;
mod walk;
mod workers;
mod write;

pub use array::{ArrayData, NamedArray};
pub use build::{BuildError, BuildOptions, Built, build, build_part};
pub use captured::Captured;
pub use check_motions::check_motions;
pub use convert::{cube_array, cube_from_array, points_array, points_from_array};
pub use error::CorpusError;
pub use estimate::{Estimate, estimate};
pub use import::{ImportError, import_points};
pub use import_config::{Holding, ImportConfig};
pub use import_cubes::{RecordedCube, import_cubes};
pub use import_maps::import_triples;
#[cfg(feature = "hdf5")]
pub use import_maps::{WiSwissConfig, import_wiswiss};
pub use index::{SampleRow, Stretch, share_a_stretch};
pub use manifest::{Manifest, ManifestLine};
pub use merge::merge;
pub use motion_files::{LeftOut, MotionBlock};
pub use part::{Part, PartChoice, array_expression};
pub use plan::{CorpusPlan, FORMAT_VERSION};
pub use read::CorpusReader;
pub use recipe::Recipe;
pub use rooms::{Room, RoomSpec};
pub use sample::{Sample, SampleMeta};
pub use sensor_ranges::SensorRanges;
pub use set_aside::AsideRow;
pub use shard::ShardWriter;
pub use simulate::{Made, Place, SampleError, SampleMaker};
pub use splits::SplitRule;
pub use status::{Progression, Status, begun_parts};
pub use stock::Resumed;
pub use targets::{Captions, Targets};
pub use verify::Verified;
pub use write::{CorpusWriter, Damage};
