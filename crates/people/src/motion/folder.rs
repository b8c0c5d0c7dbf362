//! Folders of motion files, cut into labelled windows. Only the heads of the files are read; a window is read when it is played.

use super::capture::{self, Capture, Format, JointMapBook, Probe, Reading};
use super::error::MotionError;
use super::labels::{LabelBook, LabelSpan, folder_label};
use super::set_aside::SetAside;
use crate::base::npz::Npz;
use crate::base::yaml::Problem;
use flate2::read::GzDecoder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Which wording of a label counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// As people wrote it.
    #[default]
    Raw,
    /// BABEL's tidied wording.
    Proc,
    /// BABEL's first action category.
    ActCat,
}

/// A folder of captured motions and where their labels come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MotionFolder {
    /// The folder; all motion files in it and below are taken.
    pub dir: PathBuf,
    /// Labels: a BABEL or KIT file, or a folder of them or of HumanML3D. Without it folders and files are named after what they
    /// show. Motions that have no label are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// Which wording of a label counts.
    #[serde(default)]
    pub wording: Wording,
    /// Labelled stretches that are shorter are left out, s; 0 to 60.
    #[serde(default = "shortest")]
    pub shortest_s: f64,
    /// How often each window is recorded, by people and from places drawn anew; 1 to 10 000.
    #[serde(default = "once")]
    pub repetitions: u32,
    /// Joint maps for foreign skeletons; by default those that come with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint_map: Option<PathBuf>,
    /// What is stated of all its files in place of what they say or show themselves: `up`, `unit`, `rate_hz`, `animation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
}

fn shortest() -> f64 {
    1.0
}

fn once() -> u32 {
    1
}

/// A window of a captured motion with its label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// The file, from its folder on.
    pub file: PathBuf,
    /// Number of the file in its folder.
    pub number: u64,
    /// Start in the file, s.
    pub start_s: f64,
    /// The words that count as label.
    pub label: String,
    /// All that was written about this stretch.
    pub texts: Vec<String>,
    /// BABEL's action categories.
    pub categories: Vec<String>,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The labelled windows, in the order of the files' names.
    pub pieces: Vec<Piece>,
    /// Files whose head cannot be read, and labels that make no sense; the rest of the folder does without them.
    pub set_aside: Vec<SetAside>,
}

impl MotionFolder {
    /// A folder whose labels are in `labels` or, without it, in its names.
    pub fn new(dir: impl Into<PathBuf>, labels: Option<PathBuf>) -> Self {
        let (shortest_s, repetitions) = (shortest(), once());
        Self { dir: dir.into(), labels, wording: Wording::Raw, shortest_s, repetitions, joint_map: None, reading: None }
    }

    /// What is wrong with the values as typed; keys are relative to the folder's entry.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !self.dir.is_dir() {
            problems.push(Problem::new("dir", format!("{} is not a folder", self.dir.display())));
        }
        if let Some(labels) = self.labels.as_ref().filter(|l| !l.exists()) {
            problems.push(Problem::new("labels", format!("{} is not there", labels.display())));
        }
        if !(0.0..=60.0).contains(&self.shortest_s) {
            problems.push(Problem::new("shortest_s", format!("{} s; expected 0 to 60 s", self.shortest_s)));
        }
        if !(1..=10_000).contains(&self.repetitions) {
            problems.push(Problem::new("repetitions", format!("{}; expected 1 to 10000", self.repetitions)));
        }
        if let Some(Err(e)) = self.joint_map.as_deref().map(JointMapBook::read) {
            problems.push(Problem::new("joint_map", e.to_string()));
        }
        for problem in self.reading.iter().flat_map(Reading::problems) {
            problems.push(Problem::new(format!("reading.{}", problem.key), problem.message));
        }
        problems
    }

    /// Cuts all labelled stretches into windows of `window_s`, in the order of the files' names. A file that cannot be read is set
    /// aside; a folder without a single window is an error.
    ///
    /// A stretch that is shorter than a window is shown in the middle of one; longer ones give as many windows as fit.
    pub fn listing(&self, window_s: f64) -> Result<Listing, MotionError> {
        let here = self.dir.display().to_string();
        let labels = self.labels.as_deref().map(LabelBook::read).transpose()?;
        let absolute =
            std::path::absolute(&self.dir).map_err(|source| MotionError::Read { path: self.dir.clone(), source })?;
        let files = motion_files(&self.dir)?;
        let mut listing = Listing::default();
        if let Some(book) = &labels {
            listing.set_aside.extend_from_slice(book.set_aside());
        }
        for (number, file) in files.iter().enumerate() {
            let path = self.dir.join(file);
            let spans = match &labels {
                Some(book) => book.of(&absolute.join(file)).to_vec(),
                None => vec![LabelSpan {
                    start_s: 0.0,
                    end_s: None,
                    raw: vec![folder_label(&self.dir, &path)],
                    processed: None,
                    categories: Vec::new(),
                    of_s: None,
                }],
            };
            if spans.is_empty() {
                continue;
            }
            match Capture::probe_as(&path, self.reading.as_ref().unwrap_or(&Reading::AS_IS)) {
                Ok(probe) => {
                    let (spans, misfit) = fitting(&spans, &probe);
                    listing
                        .set_aside
                        .extend(misfit.map(|reason| SetAside { file: path.display().to_string(), reason }));
                    for span in spans {
                        self.cut(file, number as u64, &probe, span, window_s, &mut listing.pieces);
                    }
                }
                Err(error) => {
                    let file = path.display().to_string();
                    listing.set_aside.push(SetAside { file, reason: error.to_string() });
                }
            }
        }
        if listing.pieces.is_empty() {
            let message = match (files.len(), listing.set_aside.as_slice(), &labels) {
                (0, ..) => {
                    "no motion file is in it or below; expected .npz, .bvh, .glb, .gltf or DeepMimic's .txt".into()
                }
                (_, [first, others @ ..], _) => {
                    let more = if others.is_empty() { String::new() } else { format!("; and {} more", others.len()) };
                    format!("nothing in it can be used: {}{more}", first.reason)
                }
                (n, [], Some(book)) => format!(
                    "none of its {n} motions is among the {} that have labels; sequences are compared by data set, subject and \
                     name (KIT/3/kick_high_left02)",
                    book.len()
                ),
                (n, [], None) => format!("all of its {n} motions are shorter than {} s", self.shortest_s),
            };
            return Err(MotionError::file(here, message));
        }
        Ok(listing)
    }

    fn cut(&self, file: &Path, number: u64, probe: &Probe, span: &LabelSpan, window_s: f64, pieces: &mut Vec<Piece>) {
        let whole = probe.duration_s();
        let (start, end) = (span.start_s.min(whole), span.end_s.unwrap_or(whole).min(whole));
        let label = match self.wording {
            Wording::Raw => span.raw.first(),
            Wording::Proc => span.processed.as_ref().or(span.raw.first()),
            Wording::ActCat => span.categories.first(),
        };
        // A frame lasts until the next one: 60 of them at 30 Hz are a clip of 2 s. Files write frame times with few digits: 2 s may be
        // 1.999998 s.
        let frame = if end >= whole { 1.0 / probe.rate_hz } else { 0.0 };
        let long = end - start + frame >= self.shortest_s * (1.0 - 1e-5) - 1e-9;
        let Some(label) = label.filter(|l| !l.is_empty() && long) else { return };
        let count = ((end - start) / window_s + 1e-3).floor().max(1.0);
        // The windows lie evenly: what is left over stands before the first and behind the last.
        let first = start + 0.5 * (end - start - count * window_s);
        for i in 0..count as usize {
            let start_s = (first + i as f64 * window_s).min(whole - window_s).max(0.0);
            let (texts, categories) = (span.raw.clone(), span.categories.clone());
            pieces.push(Piece { file: file.to_owned(), number, start_s, label: label.clone(), texts, categories });
        }
    }
}

/// Labels are written to a tenth of a second, and data sets cut their files to whole frames of other rates, s.
const ROUNDING_S: f64 = 0.25;
/// Stretches that are named of a file.
const NAMED: usize = 3;

/// The stretches that fit a file, and what is to be said of the others: those that end behind it, and all where the labels are of a
/// motion of another length.
fn fitting<'a>(spans: &'a [LabelSpan], probe: &Probe) -> (Vec<&'a LabelSpan>, Option<String>) {
    let whole = probe.frames as f64 / probe.rate_hz;
    let near = |s: f64| s <= whole + ROUNDING_S;
    let of = |span: &LabelSpan| span.of_s.is_none_or(|of| (of - whole).abs() <= ROUNDING_S.max(0.02 * whole));
    let fits = |span: &&LabelSpan| of(span) && span.start_s < whole && span.end_s.is_none_or(near);
    let (fit, misfit): (Vec<&LabelSpan>, Vec<&LabelSpan>) = spans.iter().partition(fits);
    if misfit.is_empty() {
        return (fit, None);
    }
    let named = misfit.iter().take(NAMED).map(|span| {
        let words = span.raw.first().map_or("", String::as_str);
        let end = span.end_s.map_or("its end".to_owned(), |end| format!("{end:.2} s"));
        match span.of_s.filter(|_| !of(span)) {
            Some(of) => format!("`{words}` is of a motion of {of:.2} s"),
            None => format!("`{words}` from {:.2} s to {end}", span.start_s),
        }
    });
    let more = if misfit.len() > NAMED { format!(" and {} more", misfit.len() - NAMED) } else { String::new() };
    let message = format!(
        "{} of its {} labelled stretches do not fit its {whole:.2} s: {}{more}; the labels are of another file, or its rate is not {} Hz",
        misfit.len(),
        spans.len(),
        named.collect::<Vec<_>>().join(", "),
        probe.rate_hz
    );
    (fit, Some(message))
}

/// Folders within folders are followed this deep.
const DEEPEST: usize = 16;

/// Motion files below `dir`, from it on, sorted.
fn motion_files(dir: &Path) -> Result<Vec<PathBuf>, MotionError> {
    let mut files = Vec::new();
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((below, depth)) = open.pop() {
        let folder = dir.join(&below);
        let fail = |source| MotionError::Read { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let (path, file) = (entry.path(), below.join(entry.file_name()));
            match std::fs::metadata(&path).map_err(fail)?.is_dir() {
                true if depth < DEEPEST => open.push((file, depth + 1)),
                true => {}
                false if is_motion(&path) => files.push(file),
                false => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file holds a motion: shapes, licences and label files lie beside them. One that should and is damaged counts as one, so
/// that it is named and not passed over.
fn is_motion(path: &Path) -> bool {
    let Some(format) = Format::of(path) else { return false };
    let Ok(mut file) = File::open(path) else { return true };
    match format {
        Format::Amass => {
            let whole = File::open(path).is_ok_and(|file| Npz::open("archive", BufReader::new(file)).is_ok());
            !whole || capture::is_motion_archive(file)
        }
        Format::DeepMimic => {
            let mut head = Vec::new();
            let gzipped = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
            let read = match gzipped {
                true => GzDecoder::new(file).take(4096).read_to_end(&mut head),
                false => file.by_ref().take(4096).read_to_end(&mut head),
            };
            read.is_err() || String::from_utf8_lossy(&head).contains("\"Frames\"")
        }
        Format::Biovision | Format::Gltf => true,
    }
}
