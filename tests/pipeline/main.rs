//! From signals to maps, corpora and reports.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod report;
