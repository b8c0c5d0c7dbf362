//! JSON labels: BABEL (Punnakkal et al. 2021) and KIT sentences in TMR's layout.
//!
//! BABEL: `id → {feat_p, dur, seq_ann, frame_ann}` with labels `{raw_label, proc_label, act_cat, start_t, end_t}` (its extra files:
//! lists `seq_anns`, `frame_anns`). KIT: `id → {path, duration, annotations: [{text, start, end}]}`. Where parts of a sequence are
//! labelled, the label of the whole is left out; BABEL's transitions are not activities and are left out as well.

use super::super::error::MotionError;
use super::{LabelBook, LabelSpan, checked};
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;

/// A gzipped label file unpacks to no more.
const LARGEST: u64 = 1 << 30;

#[derive(Deserialize)]
struct Entry {
    feat_p: Option<String>,
    dur: Option<f64>,
    seq_ann: Option<Annotation>,
    frame_ann: Option<Annotation>,
    #[serde(default)]
    seq_anns: Option<Vec<Annotation>>,
    #[serde(default)]
    frame_anns: Option<Vec<Annotation>>,
    path: Option<String>,
    duration: Option<f64>,
    annotations: Option<Vec<Sentence>>,
}

#[derive(Deserialize)]
struct Annotation {
    labels: Option<Vec<Label>>,
}

#[derive(Deserialize)]
struct Label {
    raw_label: Option<String>,
    proc_label: Option<String>,
    act_cat: Option<Vec<String>>,
    start_t: Option<f64>,
    end_t: Option<f64>,
}

#[derive(Deserialize)]
struct Sentence {
    text: String,
    start: f64,
    end: f64,
}

pub(super) fn parse(origin: &str, bytes: &[u8]) -> Result<LabelBook, MotionError> {
    let fail = |message: String| MotionError::file(origin, message);
    let entries: Result<BTreeMap<String, Entry>, _> = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => {
            let mut text = Vec::new();
            GzDecoder::new(bytes).take(LARGEST).read_to_end(&mut text).map_err(|e| fail(format!("not gzip: {e}")))?;
            serde_json::from_slice(&text)
        }
        false => serde_json::from_slice(bytes),
    };
    let entries = entries.map_err(|e| {
        fail(format!("not labels ({e}); expected BABEL's JSON with `feat_p` or KIT's with `path` and `annotations`"))
    })?;
    let mut book = LabelBook::default();
    for (id, entry) in &entries {
        // One entry that makes no sense costs itself and no others.
        match spans(origin, id, entry) {
            Ok((path, spans)) => spans.into_iter().for_each(|span| book.add(path, span)),
            Err(error) => book.leave_out(origin, &error),
        }
    }
    match book.set_aside().first() {
        Some(first) if book.is_empty() => Err(MotionError::file(origin, format!("no labels: {}", first.reason))),
        _ => Ok(book),
    }
}

/// The motion that an entry is about, and what it says.
fn spans<'a>(origin: &str, id: &str, entry: &'a Entry) -> Result<(&'a str, Vec<LabelSpan>), MotionError> {
    match (&entry.feat_p, &entry.path) {
        (Some(path), _) => Ok((path, babel(origin, id, entry)?)),
        (None, Some(path)) => Ok((path, kit(origin, id, entry)?)),
        (None, None) => Err(MotionError::file(origin, format!("`{id}` has neither `feat_p` (BABEL) nor `path` (KIT)"))),
    }
}

fn kit(origin: &str, id: &str, entry: &Entry) -> Result<Vec<LabelSpan>, MotionError> {
    let of = |sentence: &Sentence| {
        checked(origin, id, sentence.start, sentence.end)?;
        Ok(LabelSpan {
            start_s: sentence.start,
            end_s: Some(sentence.end),
            raw: vec![sentence.text.trim().to_owned()],
            processed: None,
            categories: Vec::new(),
            of_s: entry.duration,
        })
    };
    entry.annotations.iter().flatten().map(of).collect()
}

fn babel(origin: &str, id: &str, entry: &Entry) -> Result<Vec<LabelSpan>, MotionError> {
    let all = |one: &'_ Option<Annotation>, several: &'_ Option<Vec<Annotation>>| -> Vec<LabelSpan> {
        let annotations = one.iter().chain(several.iter().flatten());
        annotations.flat_map(|a| a.labels.iter().flatten()).filter_map(|label| span(label, entry.dur)).collect()
    };
    let parts = all(&entry.frame_ann, &entry.frame_anns);
    let spans = if parts.is_empty() { all(&entry.seq_ann, &entry.seq_anns) } else { parts };
    for span in &spans {
        checked(origin, id, span.start_s, span.end_s.unwrap_or(span.start_s))?;
    }
    Ok(spans)
}

fn span(label: &Label, of_s: Option<f64>) -> Option<LabelSpan> {
    let raw = label.raw_label.as_ref().or(label.proc_label.as_ref())?.trim().to_owned();
    let processed = label.proc_label.as_ref().map(|p| p.trim().to_owned());
    let transition = |p: &str| p.eq_ignore_ascii_case("transition");
    if raw.is_empty() || transition(&raw) || processed.as_deref().is_some_and(transition) {
        return None;
    }
    Some(LabelSpan {
        start_s: label.start_t.unwrap_or(0.0),
        end_s: label.end_t,
        raw: vec![raw],
        processed,
        categories: label.act_cat.clone().unwrap_or_default(),
        of_s,
    })
}
