//! Samples that say the same as others: found by an encoder that noise does not move (WiSwiss, section 4), listed, never removed.
//!
//! ```text
//! config.rs     how they are looked for
//! embed.rs      the encoder and the vectors of samples and of their noisy versions
//! near.rs       pairs above a threshold, exactly, and what a greedy walk keeps
//! list.rs       the list as a file
//! report.rs     what was found, with pictures
//! ```

mod config;
mod embed;
mod error;
mod list;
mod near;
mod report;

pub use config::DedupConfig;
pub use error::DedupError;
pub use list::{Duplicate, DuplicateList};
pub use report::report;

use crate::base::progress::Progress;
use crate::corpus::CorpusReader;
use embed::{Vectors, vectors};
use near::{greedy, percentile};
use serde::Serialize;
use std::path::Path;

/// What was found in one corpus.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CorpusDuplicates {
    /// The corpus' folder.
    pub corpus: String,
    /// Its samples.
    pub samples: usize,
    /// Cosine from which on two samples are the same.
    pub threshold: f64,
    /// Cosines of samples with their noisy versions, at 0, 10, 50, 90 and 100 %.
    pub positive: [f64; 5],
    /// Samples that say the same as one that is kept, in order of id.
    pub removed: Vec<Duplicate>,
}

impl CorpusDuplicates {
    /// Share of the samples that are removed.
    pub fn ratio(&self) -> f64 {
        self.removed.len() as f64 / self.samples.max(1) as f64
    }
}

/// Looks for duplicates within each of some corpora. The encoder learns on all of them; `work` is where it learns. Corpora are read only.
pub fn dedup(
    corpora: &[CorpusReader],
    config: &DedupConfig,
    work: &Path,
    progress: &dyn Progress,
) -> Result<Vec<CorpusDuplicates>, DedupError> {
    let vectors = vectors(corpora, config, work, progress)?;
    let found = corpora.iter().zip(vectors).map(|(corpus, vectors)| of_corpus(corpus, &vectors, config));
    Ok(found.collect())
}

fn of_corpus(corpus: &CorpusReader, vectors: &Vectors, config: &DedupConfig) -> CorpusDuplicates {
    let mut positive = vectors.positive.clone();
    positive.sort_by(f64::total_cmp);
    // Section 4.2 of the paper speaks of a percentile of similarities, and says that a lower one removes less; Table 6 and the published
    // program have it of distances.
    let threshold = percentile(&positive, 100.0 - config.percentile);
    let name = corpus.dir().display().to_string();
    let id = |i: usize| corpus.rows()[i].id;
    let removed = greedy(&vectors.clean, threshold)
        .into_iter()
        .map(|(removed, kept, cosine)| Duplicate { corpus: name.clone(), id: id(removed), kept: id(kept), cosine })
        .collect();
    CorpusDuplicates {
        corpus: name,
        samples: corpus.rows().len(),
        threshold,
        positive: [0.0, 10.0, 50.0, 90.0, 100.0].map(|p| percentile(&positive, p)),
        removed,
    }
}
