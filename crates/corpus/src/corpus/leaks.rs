//! What gives labels away besides motion: how far one gets without looking at it, and recordings that are there twice.
//!
//! Whoever records one activity after the other has it stand in the level of the room, the hour, the chair. Such a corpus is learnt well and
//! recognises nobody. Two looks that see no motion are asked for the label: the first half second of a recording, before anything is done,
//! and the mean over a window. Both answer by the nearest window of another recording, once of any, once of other groups alone: the second
//! is the question that a split by groups asks.

use super::error::CorpusError;
use super::files::index::SampleRow;
use super::read::CorpusReader;
use crate::chain::{View, Views};
use ndarray::{Array2, ArrayView1, Axis};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is looked at before anything is done, s.
const STATIC_S: f64 = 0.5;
/// Windows that are compared at most: of more, every so many-th.
const MOST_WINDOWS: usize = 4000;
/// Numbers of a look at most: rows of larger views are averaged in blocks.
const MOST_NUMBERS: usize = 512;
/// A look without motion that is right this often beyond what groups explain is a leak, in shares of one.
const LEAK: f64 = 0.1;

/// By what recordings belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Who moved.
    Subject,
    /// Place, day and person.
    Session,
    /// Each recording is a group of its own.
    Recording,
}

impl GroupBy {
    /// The value of a sample.
    pub fn of(self, row: &SampleRow) -> &str {
        match self {
            Self::Subject => &row.subject,
            Self::Session => &row.session,
            Self::Recording => &row.recording,
        }
    }

    /// The first of subject and session that a corpus tells two or more of; else recordings.
    pub fn usual(rows: &[SampleRow]) -> Self {
        let several = |by: &Self| {
            let values: BTreeSet<&str> = rows.iter().map(|row| by.of(row)).collect();
            values.len() > 1 && !values.contains("")
        };
        [Self::Subject, Self::Session].into_iter().find(several).unwrap_or(Self::Recording)
    }
}

/// How often a look is right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Look {
    /// What is looked at.
    pub look: &'static str,
    /// Windows that were asked about.
    pub windows: usize,
    /// Share of right answers by the nearest window of any other recording.
    pub any_recording: f64,
    /// The same by the nearest window of another group; `None` where each recording is a group of its own.
    pub other_groups: Option<f64>,
}

/// Recordings whose windows are the same, byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Copies {
    /// The recordings.
    pub recordings: Vec<String>,
    /// The groups that they are in; two or more stand on both sides of a split.
    pub groups: Vec<String>,
}

/// What a corpus gives away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeakReport {
    /// By what recordings were grouped.
    pub by: GroupBy,
    /// Number of groups.
    pub groups: usize,
    /// Number of labels.
    pub labels: usize,
    /// Share of the most frequent label: what somebody gets who looks at nothing.
    pub majority: f64,
    /// The looks: start, mean, and changes, which are motion.
    pub looks: Vec<Look>,
    /// Recordings that are there twice.
    pub copies: Vec<Copies>,
    /// Splits that a group stands on both sides of: group and splits.
    pub torn: Vec<(String, Vec<String>)>,
    /// What follows, in words.
    pub advice: Vec<String>,
}

struct Seen<'a> {
    row: &'a SampleRow,
    hash: [u8; 32],
    /// Start (of the first window of a recording alone), mean and changes.
    looks: [Option<Vec<f32>>; 3],
}

const LOOKS: [&str; 3] = ["first half second", "mean", "changes"];

/// Looks at a corpus; `by` says what must not be on both sides of a split.
pub fn leaks(corpus: &CorpusReader, by: Option<GroupBy>) -> Result<LeakReport, CorpusError> {
    let rows = corpus.rows();
    let by = by.unwrap_or_else(|| GroupBy::usual(rows));
    let step = rows.len().div_ceil(MOST_WINDOWS).max(1);
    // First windows are always there: only they have a start.
    let chosen: Vec<&SampleRow> =
        rows.iter().enumerate().filter(|(i, row)| i % step == 0 || row.start_s == 0.0).map(|(_, row)| row).collect();
    let windows: Vec<Seen<'_>> = chosen
        .par_iter()
        .map(|row| {
            let views = corpus.read_views(row.id)?.views;
            let start = if row.start_s == 0.0 { Some(look(&views, rows_of_start)) } else { None };
            let mean = look(&views, |map, _| means(map));
            let changes = look(&views, |map, _| spreads(map));
            Ok(Seen { row, hash: hash(&views), looks: [start, Some(mean), Some(changes)] })
        })
        .collect::<Result<_, CorpusError>>()?;
    let looks = (0..LOOKS.len()).map(|i| asked(&windows, i, by)).collect::<Vec<_>>();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *counts.entry(&row.label).or_default() += 1);
    let majority = counts.values().copied().max().unwrap_or(0) as f64 / rows.len().max(1) as f64;
    let groups: BTreeSet<&str> = rows.iter().map(|row| by.of(row)).collect();
    let (copies, torn) = (copies(&windows, by), torn(rows, by));
    let mut report = LeakReport {
        by,
        groups: groups.len(),
        labels: counts.len(),
        majority,
        looks,
        copies,
        torn,
        advice: Vec::new(),
    };
    report.advice = advice(&report);
    Ok(report)
}

/// The numbers of a look at all views over time; others are passed over.
fn look(views: &Views, of: impl Fn(&Array2<f32>, &crate::base::axis::Axis) -> Vec<f32>) -> Vec<f32> {
    let mut numbers: Vec<f32> = Vec::new();
    for (_, view) in views.iter() {
        if let Some((map, time)) = over_time(view) {
            numbers.extend(of(&map, time));
        }
    }
    let block = numbers.len().div_ceil(MOST_NUMBERS).max(1);
    numbers.chunks(block).map(|chunk| chunk.iter().sum::<f32>() / chunk.len() as f32).collect()
}

/// A view as rows over its last axis, where that is time.
fn over_time(view: &View) -> Option<(Array2<f32>, &crate::base::axis::Axis)> {
    let time = view.axes.last().filter(|axis| axis.unit == "s" && axis.len > 0)?;
    let rows = view.data.len() / time.len;
    let data = view.data.as_standard_layout().into_owned().into_shape_with_order((rows, time.len)).ok()?;
    Some((data, time))
}

fn rows_of_start(map: &Array2<f32>, time: &crate::base::axis::Axis) -> Vec<f32> {
    let columns = ((STATIC_S - time.first) / time.step).floor().clamp(0.0, (time.len - 1) as f64) as usize + 1;
    means(&map.slice(ndarray::s![.., ..columns]).to_owned())
}

fn means(map: &Array2<f32>) -> Vec<f32> {
    map.mean_axis(Axis(1)).map(|m| m.to_vec()).unwrap_or_default()
}

fn spreads(map: &Array2<f32>) -> Vec<f32> {
    map.std_axis(Axis(1), 0.0).to_vec()
}

fn hash(views: &Views) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for (name, view) in views.iter() {
        hasher.update(name.as_bytes());
        view.data.iter().for_each(|v| {
            hasher.update(&v.to_le_bytes());
        });
    }
    *hasher.finalize().as_bytes()
}

/// How often the nearest window of another recording, and of another group, has the label.
fn asked(windows: &[Seen<'_>], i: usize, by: GroupBy) -> Look {
    let there: Vec<&Seen<'_>> = windows.iter().filter(|w| w.looks[i].is_some()).collect();
    let width = there.first().and_then(|w| w.looks[i].as_ref()).map_or(0, Vec::len);
    let mut table = Array2::<f32>::zeros((there.len(), width));
    for (mut row, window) in table.rows_mut().into_iter().zip(&there) {
        if let Some(numbers) = window.looks[i].as_ref().filter(|n| n.len() == width) {
            row.assign(&ArrayView1::from(numbers.as_slice()));
        }
    }
    // Every number counts alike.
    for mut column in table.columns_mut() {
        let (mean, spread) = (column.mean().unwrap_or(0.0), column.std(0.0));
        column.mapv_inplace(|v| if spread > 1e-9 { (v - mean) / spread } else { 0.0 });
    }
    let distance = |a: usize, b: usize| {
        let (a, b) = (table.row(a), table.row(b));
        a.iter().zip(b.iter()).map(|(x, y)| (x - y) * (x - y)).sum::<f32>()
    };
    let answers: Vec<(Option<bool>, Option<bool>)> = (0..there.len())
        .into_par_iter()
        .map(|a| {
            let own = there[a].row;
            // Distance, and whether the label is right.
            type Nearest = Option<(f32, bool)>;
            let (mut any, mut other): (Nearest, Nearest) = (None, None);
            for (b, window) in there.iter().enumerate() {
                if window.row.recording == own.recording {
                    continue;
                }
                let found = (distance(a, b), window.row.label == own.label);
                let nearer = |best: &Nearest| best.is_none_or(|best| found.0 < best.0);
                if nearer(&any) {
                    any = Some(found);
                }
                if by.of(window.row) != by.of(own) && nearer(&other) {
                    other = Some(found);
                }
            }
            (any.map(|f| f.1), other.map(|f| f.1))
        })
        .collect();
    let share = |right: Vec<bool>| right.iter().filter(|r| **r).count() as f64 / right.len().max(1) as f64;
    let any_recording = share(answers.iter().filter_map(|a| a.0).collect());
    let other_groups = (by != GroupBy::Recording).then(|| share(answers.iter().filter_map(|a| a.1).collect()));
    Look { look: LOOKS[i], windows: there.len(), any_recording, other_groups }
}

/// Recordings that share a window.
fn copies(windows: &[Seen<'_>], by: GroupBy) -> Vec<Copies> {
    let mut same: BTreeMap<[u8; 32], BTreeSet<&str>> = BTreeMap::new();
    let mut group: BTreeMap<&str, &str> = BTreeMap::new();
    for window in windows {
        same.entry(window.hash).or_default().insert(&window.row.recording);
        group.insert(&window.row.recording, by.of(window.row));
    }
    let several: BTreeSet<Vec<&str>> =
        same.into_values().filter(|r| r.len() > 1).map(|r| r.into_iter().collect()).collect();
    several
        .into_iter()
        .map(|recordings| {
            let groups: BTreeSet<&str> = recordings.iter().filter_map(|r| group.get(r).copied()).collect();
            let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            Copies { groups: owned(groups.into_iter().collect()), recordings: owned(recordings) }
        })
        .collect()
}

/// Groups that are in several splits.
fn torn(rows: &[SampleRow], by: GroupBy) -> Vec<(String, Vec<String>)> {
    let mut splits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.split.is_empty()) {
        splits.entry(by.of(row)).or_default().insert(&row.split);
    }
    let several = splits.into_iter().filter(|(_, splits)| splits.len() > 1);
    several.map(|(group, splits)| (group.to_owned(), splits.into_iter().map(str::to_owned).collect())).collect()
}

fn advice(report: &LeakReport) -> Vec<String> {
    let mut advice = Vec::new();
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let by = match report.by {
        GroupBy::Subject => "subject",
        GroupBy::Session => "session",
        GroupBy::Recording => "recording",
    };
    for look in report.looks.iter().take(2) {
        let base = look.other_groups.unwrap_or(report.majority).max(report.majority);
        if look.any_recording > base + LEAK {
            let any = percent(look.any_recording);
            let beside = match look.other_groups {
                Some(other) => format!("{} when it must be found in other groups", percent(other)),
                None => format!("{} is the most frequent label", percent(report.majority)),
            };
            advice.push(format!(
                "the {} alone gives the label away in {any} ({beside}): split by {by}, not at random",
                look.look
            ));
        }
        if let Some(other) = look.other_groups.filter(|other| *other > report.majority + LEAK) {
            let other = percent(other);
            advice.push(format!(
                "the {} tells the label in {other} across groups too: what is static in a window is part of every result",
                look.look
            ));
        }
    }
    let across: Vec<&Copies> = report.copies.iter().filter(|c| c.groups.len() > 1).collect();
    if !across.is_empty() {
        let names: BTreeSet<String> = across.iter().map(|c| c.groups.join(" = ")).collect();
        let names: Vec<String> = names.into_iter().collect();
        advice.push(format!(
            "{} recordings occur in several groups ({}): leave one of them out, or give both one {by}",
            across.len(),
            names.join(", ")
        ));
    }
    if !report.torn.is_empty() {
        let names: Vec<String> = report.torn.iter().take(8).map(|(g, s)| format!("{g} ({})", s.join(", "))).collect();
        advice.push(format!("{} groups stand in several splits: {}", report.torn.len(), names.join("; ")));
    }
    advice
}
