//! Corpora on disk: tar shards of samples, with a manifest and an index, readable from Rust and from plain Python.
//!
//! ```text
//! corpus.yaml        what was asked for and how it was resolved; format version, number of samples, shard size
//! manifest.jsonl     one line a finished shard: bytes, ids, BLAKE3
//! samples.csv        one line a sample: id, split, label, …, where its bytes are; written last
//! README.md          a dataset card, whose header Hugging Face reads
//! shards/000000.tar  WebDataset names: 000000042.json, 000000042.txt, 000000042.time_doppler.npy, 000000042.cube.npy …
//! set_aside.csv      where motion files could not be used: file, reason, number of samples that the corpus lacks by it
//! parts/0-of-4.jsonl while several processes make a corpus: the manifest of one of them, until they are merged
//! ```
//!
//! The place of a sample follows from its id alone (`shard = id / samples_per_shard`), shards are written one without
//! the other, and the same samples give the same bytes. A shard exists under its final name only when all of it is on
//! the disk, and counts only once its manifest line is.
//!
//! ```text
//! recipe/    what is asked for: people, activities, places, splits
//! plan/      which ids there are, in which shard, and which part of a corpus a process makes
//! sample/    what a sample is, and the bytes that a shard keeps of it
//! making/    simulated samples: one by its id, all of them, a few to see what they will cost
//! import/    recordings and maps of others as samples
//! files/     what each file of a corpus says
//! writing/   how many processes write a corpus, and take it up again
//! read.rs    a finished corpus; verify.rs trusts nothing in it; leaks.rs says what gives its labels away
//! export/    a corpus in the layouts of other programs
//! ```

mod error;
pub mod export;
mod files;
mod import;
mod layout;
mod leaks;
mod making;
mod plan;
mod read;
mod recipe;
mod sample;
mod verify;
mod writing;

/// Who is there and where, in a sample's [`Targets`].
pub use crate::scene::PersonSeen;
pub use error::CorpusError;
pub use files::index::SampleRow;
pub use files::left_out::LeftOut;
pub use files::manifest::{Manifest, ManifestLine};
pub use files::set_aside::AsideRow;
pub use import::config::{Holding, ImportConfig};
pub use import::cubes::{RecordedCube, import_cubes};
pub use import::error::ImportError;
pub use import::maps::{TripleConfig, import_triples};
pub use import::recordings::import_recordings;
pub use import::split::GroupSplit;
#[cfg(feature = "hdf5")]
pub use import::wiswiss::{CubeMaps, WiSwissConfig, WiSwissContent, import_wiswiss};
pub use leaks::{Copies, GroupBy, LeakReport, Look, leaks};
pub use making::build::{BuildOptions, Built, build, build_part};
pub use making::build_error::BuildError;
pub use making::captured::Captured;
pub use making::check_motions::check_motions;
pub use making::estimate::{Estimate, estimate};
pub use making::maker::{SampleMaker, SimulatedSample};
pub use making::planned::PlannedSample;
pub use making::sample_error::SampleError;
pub use plan::motion_block::MotionBlock;
pub use plan::part::{Part, PartChoice};
pub use plan::runs::array_expression;
pub use plan::{CorpusPlan, FORMAT_VERSION};
pub use read::CorpusReader;
pub use recipe::Recipe;
pub use recipe::places::{Place, PlaceSpec};
pub use recipe::sensor_ranges::SensorRanges;
pub use recipe::splits::SplitRule;
pub use sample::array::{ArrayData, NamedArray};
pub use sample::boxes::{boxes_in, person_in};
pub use sample::radio::{csi_array, csi_from_array, rfid_array, rfid_from_array};
pub use sample::signals::{cube_array, cube_from_array, iq_array, iq_from_array, points_array, points_from_array};
pub use sample::stretch::{Stretch, share_a_stretch};
pub use sample::targets::{Captions, Targets};
pub use sample::{Sample, SampleMeta};
pub use verify::Verified;
pub use writing::merge::merge;
pub use writing::shard::ShardWriter;
pub use writing::status::{Progression, Status, begun_parts};
pub use writing::stock::Resumed;
pub use writing::writer::{CorpusWriter, Damage};
