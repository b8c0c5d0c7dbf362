//! What comes in from files and goes out to them, whole and damaged.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod body_file;
mod captures;
mod corpus_content;
mod corpus_cw;
#[cfg(feature = "cli")]
mod corpus_export;
#[cfg(feature = "cli")]
mod corpus_faults;
#[cfg(feature = "cli")]
mod corpus_kill;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod corpus_links;
#[cfg(feature = "cli")]
mod corpus_memory;
mod corpus_old;
#[cfg(feature = "cli")]
mod corpus_parts;
#[cfg(feature = "cli")]
mod corpus_program;
mod corpus_python;
mod corpus_recipe;
mod corpus_samples;
mod corpus_store;
mod corpus_truth;
mod csi;
mod cube_files;
mod dca1000;
mod deepsense;
mod describer;
mod exports;
mod imports;
mod llm;
mod mars;
mod meshes;
mod motion_score;
#[path = "../support/needs.rs"]
mod needs;
mod points;
mod radar_files;
mod radhar;
mod radio_devices;
mod rfid;
mod ti_captures;
mod ti_uart;
mod vocabulary;
mod yaml_lines;
