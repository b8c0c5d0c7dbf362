//! Maps that others made as a corpus: mmCLIP's triples.

use super::CorpusReader;
use super::import::{ImportError, store};
use super::sample::{Sample, SampleMeta};
use crate::recording::mmclip::Triple;
use crate::text::Vocabulary;
use serde_json::json;
use std::path::Path;

/// Writes triples as a corpus, a sample each; the number of a class becomes its slug in the vocabulary.
pub fn import_triples(triples: Vec<Triple>, duration_s: f64, dir: &Path) -> Result<CorpusReader, ImportError> {
    let vocabulary = Vocabulary::builtin();
    let samples = triples
        .into_iter()
        .map(|triple| {
            let activity = vocabulary.by_id(triple.class).ok_or_else(|| {
                let excluded = vocabulary.excluded().iter().find(|e| e.id == triple.class);
                let why = excluded.map_or_else(
                    || "is no class of the published label map".to_owned(),
                    |e| format!("(`{}`) is left out of the vocabulary", e.label),
                );
                ImportError::Setting(format!("{}: class {} {why}", triple.name, triple.class))
            })?;
            let meta = SampleMeta {
                split: triple.split,
                label: activity.slug.clone(),
                subject: triple.subject,
                source: "mmclip".into(),
                recording: triple.name,
                duration_s,
                ..SampleMeta::default()
            };
            Ok(Sample { id: 0, meta, maps: triple.maps, extras: Vec::new() })
        })
        .collect::<Result<Vec<_>, ImportError>>()?;
    store(samples, &json!({"import": "mmclip", "duration_s": duration_s}), 256, dir)
}
