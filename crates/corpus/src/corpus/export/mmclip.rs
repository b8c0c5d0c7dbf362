//! The layout that mmCLIP's published loader reads: a triple of `.npy` files a recording and one text file of sentences.
//!
//! `maps/SSSSSSCCC_IIIIIIIII_td.npy` (and `_tr`, `_ta`): float32 `[row, column]`, with the number of the subject, the number
//! of the class in characters 6 to 8, where the loader looks for it, and the sample's id. `prompts.txt` has lines
//! `label. general. torso. arms. legs. location`, as many for a label as it has wordings. The loader crops a time-Doppler map to
//! rows 16 to 239 of 256: `chain.heatmaps.rows: 256` in the recipe gives it what it expects.

use super::{ExportError, Exported, Job};
use crate::base::atomic_file;
use crate::text::{Activity, Vocabulary, describe};
use ndarray_npy::WriteNpyExt;
use std::collections::BTreeMap;
use std::io;

/// Ending of each map's file, by the map's name.
const ENDINGS: [(&str, &str); 3] = [("time_doppler", "td"), ("time_range", "tr"), ("time_angle", "ta")];

pub(super) fn write(job: &Job<'_>) -> Result<Exported, ExportError> {
    let Job { corpus, rows, dir, progress } = *job;
    let mut words: BTreeMap<String, Activity> = BTreeMap::new();
    let mut subjects: BTreeMap<&str, usize> = BTreeMap::new();
    let mut index = csv::Writer::from_writer(Vec::new());
    let index_path = dir.join("index.csv");
    let index_error = |e: csv::Error| ExportError::write(&index_path)(io::Error::other(e));
    index.write_record(["name", "label", "class", "split", "subject"]).map_err(index_error)?;
    for row in rows {
        let activity = match words.get(&row.label) {
            Some(activity) => activity,
            None => {
                let found = sentences(&row.label)?;
                words.entry(row.label.clone()).or_insert(found)
            }
        };
        let next = subjects.len();
        let subject = *subjects.entry(&row.subject).or_insert(next);
        if activity.id > 999 || subject > 999_999 {
            let problem = format!("class {} and subject {subject} need more digits than names have", activity.id);
            return Err(ExportError::misfit(row.id, problem));
        }
        let name = format!("{subject:06}{:03}_{:09}", activity.id, row.id);
        let sample = corpus.read_views(row.id)?;
        for (map, ending) in ENDINGS {
            let Some(view) = sample.views.get(map).filter(|view| view.axes.len() == 2) else {
                let there = sample.views.names();
                let problem =
                    format!("views {there:?}; time_doppler, time_range and time_angle of two axes are expected");
                return Err(ExportError::misfit(row.id, problem));
            };
            let path = dir.join(format!("maps/{name}_{ending}.npy"));
            let data = view.data.as_standard_layout();
            atomic_file::write_with(&path, |w| data.write_npy(w).map_err(io::Error::other))?;
        }
        let class = activity.id.to_string();
        index.write_record([&name, &activity.label, &class, &row.split, &row.subject]).map_err(index_error)?;
        progress.advance(1);
    }
    let index = index.into_inner().map_err(|e| ExportError::write(&index_path)(e.into_error()))?;
    atomic_file::write(&index_path, &index)?;
    let lines: Vec<String> = words.values().flat_map(wordings).collect();
    atomic_file::write(&dir.join("prompts.txt"), (lines.join("\n") + "\n").as_bytes())?;
    Ok(Exported { samples: rows.len() as u64, files: 3 * rows.len() as u64 + 2, ..Exported::default() })
}

fn sentences(label: &str) -> Result<Activity, ExportError> {
    if let Some(known) = Vocabulary::builtin().get(label).or_else(|| Vocabulary::builtin().by_label(label)) {
        return Ok(known.clone());
    }
    // Numbers of described labels do not fit into three digits; 999 says that the class is none of the vocabulary's.
    let described = describe(label).map_err(|source| ExportError::Text { label: label.into(), source })?;
    Ok(Activity { id: 999, ..described.into_activity() })
}

/// The lines of an activity: the stock sentences, and once more for each other wording of one of them.
fn wordings(activity: &Activity) -> Vec<String> {
    let others = activity.paraphrases.iter().enumerate().flat_map(|(attribute, sentences)| {
        sentences.iter().map(move |sentence| {
            let mut text = activity.text.clone();
            text[attribute].clone_from(sentence);
            text
        })
    });
    std::iter::once(activity.text.clone())
        .chain(others)
        .map(|text| {
            // The loader splits a line at its full stops.
            let parts: Vec<String> = std::iter::once(&activity.label)
                .chain(&text)
                .map(|s| s.trim_end_matches('.').replace('.', ","))
                .collect();
            parts.join(". ") + "."
        })
        .collect()
}
