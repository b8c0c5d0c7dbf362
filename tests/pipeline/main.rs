//! Stages working together, up to the report.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod report;
