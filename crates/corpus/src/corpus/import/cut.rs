//! From recordings to the samples of a corpus.

use super::config::ImportConfig;
use super::error::ImportError;
use crate::base::yaml::Problem;
use crate::chain::Keep;
use crate::corpus::error::CorpusError;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::read::CorpusReader;
use crate::corpus::sample::array::NamedArray;
use crate::corpus::sample::radio::{csi_array, rfid_array};
use crate::corpus::sample::signals::{cube_array, iq_array, points_array};
use crate::corpus::sample::targets::Targets;
use crate::corpus::sample::{Sample, SampleMeta};
use crate::corpus::writing::writer::CorpusWriter;
use crate::signal::Signal;
use crate::text::{Vocabulary, describe};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// Labels that are to be renamed and that nothing has.
pub(super) fn unknown_labels(config: &ImportConfig, there: &BTreeSet<&str>) -> Vec<Problem> {
    let all = || there.iter().copied().collect::<Vec<_>>().join(", ");
    let unknown = config.labels.keys().filter(|label| !there.contains(label.as_str()));
    unknown
        .map(|label| Problem::new(format!("labels.{label}"), format!("is recorded nowhere; there are {}", all())))
        .collect()
}

/// The slug of a label: the vocabulary's, or one made of its words.
pub(super) fn slug_of(label: &str) -> Result<String, ImportError> {
    let vocabulary = Vocabulary::with_data_sets();
    if let Some(known) = vocabulary.get(label).or_else(|| vocabulary.by_label(label)) {
        return Ok(known.slug.clone());
    }
    let described = describe(label).map_err(|e| ImportError::Setting(format!("label `{label}`: {e}")))?;
    Ok(described.into_activity().slug)
}

/// What is known of a recording besides its signal.
pub(super) struct About<'a> {
    pub(super) name: String,
    pub(super) label: &'a str,
    pub(super) split: String,
    pub(super) subject: String,
    pub(super) session: String,
    pub(super) details: Map<String, Value>,
}

/// The samples of a recording, one a window. The settings are resolved.
pub(super) fn cut(
    signal: &Signal,
    about: &About<'_>,
    source: &str,
    config: &ImportConfig,
) -> Result<Vec<Sample>, ImportError> {
    let maps_error = |source| ImportError::Maps { recording: about.name.clone(), source };
    let (length_s, hop_s) = config.window();
    let targets = Targets::of_label(&slug_of(config.labels.get(about.label).map_or(about.label, String::as_str))?);
    let windows = if config.middle_up_to_s.is_some_and(|most| signal.duration_s() <= most) {
        config.chain.middle(signal, length_s).into_iter().collect()
    } else {
        config.chain.windows(signal, length_s, hop_s).map_err(maps_error)?
    };
    windows
        .into_iter()
        .map(|(start_s, window)| {
            let keep = config.keep.as_deref();
            let mut extras: Vec<(String, NamedArray)> = Vec::new();
            let length_of = window.duration_s();
            let made = config.chain.apply(&window, Some(length_s)).map_err(maps_error)?;
            if let Some(points) = made.kept_points(keep, &config.chain) {
                extras.push(("points".to_owned(), points_array(points)?));
            }
            // What comes at its own times fills no whole window.
            let mut targets = targets.clone();
            if let (Some(chain), Signal::Beams(track)) = (&config.chain.beams, &window) {
                targets.beam_powers = chain.answer(track);
                // Sentences are about people.
                targets.captions = None;
            }
            let own_times = matches!(window, Signal::Points(_) | Signal::Csi(_) | Signal::Rfid(_));
            let duration_s = if own_times { length_s } else { length_of };
            match window {
                Signal::Cube(cube) if Keep::Cube.is_asked(keep, &config.chain) => {
                    extras.push(("cube".into(), cube_array(cube)?));
                }
                Signal::Iq(iq) if Keep::Iq.is_asked(keep, &config.chain) => extras.push(("iq".into(), iq_array(iq)?)),
                Signal::Csi(csi) if Keep::Csi.is_asked(keep, &config.chain) => {
                    extras.push(("csi".into(), csi_array(csi)?));
                }
                Signal::Rfid(reads) if Keep::Rfid.is_asked(keep, &config.chain) => {
                    extras.push(("rfid".into(), rfid_array(&reads)?));
                }
                _ => {}
            }
            let meta = SampleMeta {
                split: about.split.clone(),
                subject: about.subject.clone(),
                source: source.into(),
                recording: about.name.clone(),
                session: about.session.clone(),
                seed: 0,
                start_s,
                duration_s,
                details: about.details.clone(),
            };
            Ok(Sample { id: 0, meta, targets, views: made.views, extras })
        })
        .collect()
}

/// Writes imported samples, whose numbers are their places, as a corpus; `recipe` says how they were made.
pub(super) fn store(
    mut samples: Vec<Sample>,
    recipe: &serde_json::Value,
    samples_per_shard: u64,
    dir: &Path,
) -> Result<CorpusReader, ImportError> {
    for (id, sample) in samples.iter_mut().enumerate() {
        sample.id = id as u64;
    }
    let as_yaml = |e: serde_yaml::Error| CorpusError::Plan(format!("the import's settings: {e}"));
    let text = serde_yaml::to_string(recipe).map_err(as_yaml)?;
    let resolved = serde_yaml::to_value(recipe).map_err(as_yaml)?;
    let plan = CorpusPlan::new(samples.len() as u64, samples_per_shard, text, resolved)?;
    let (writer, _) = CorpusWriter::open(dir, plan)?;
    for shard in writer.missing() {
        let ids = writer.plan().ids(shard);
        writer.write_shard(shard, &samples[ids.start as usize..ids.end as usize])?;
    }
    writer.finish()?;
    Ok(CorpusReader::open(dir)?)
}
