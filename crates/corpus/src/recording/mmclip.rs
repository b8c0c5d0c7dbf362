//! Heatmaps as mmCLIP's loader reads them: a triple `NAME_td.npy`, `NAME_tr.npy`, `NAME_ta.npy` a recording.
//!
//! Characters 6 to 8 of a name are the number of the class, those before it that of the subject. The maps carry no axes: rows and
//! columns are only counted. The maps of a triple have one length and any heights: 256 Doppler bins, ranges and angles as they were kept.

use super::RecordingError;
use crate::base::npy::decode;
use ndarray::{Array2, Ix2};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The maps in the order of the model, with the ending of each file.
const ENDINGS: [(&str, &str); 3] = [("time_doppler", "td"), ("time_range", "tr"), ("time_angle", "ta")];

/// One triple.
#[derive(Clone, Debug, PartialEq)]
pub struct Triple {
    /// Name of the files without `_td.npy`.
    pub name: String,
    /// Number of the class in the published label map.
    pub class: u32,
    /// Number of the subject.
    pub subject: String,
    /// Split, where an `index.csv` says it.
    pub split: String,
    /// The maps by name, `[row, column]`; time-Doppler, time-range, time-angle.
    pub maps: Vec<(&'static str, Array2<f32>)>,
}

/// What becomes of values that are not from −1 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// They are an error.
    #[default]
    Refuse,
    /// Each map is stretched from its least value at −1 to its largest at 1.
    Stretch,
    /// They stay as they are, for those who scale them afterwards.
    Keep,
}

/// A line of `index.csv`, as far as it matters.
#[derive(serde::Deserialize)]
struct Indexed {
    name: String,
    split: String,
    subject: String,
}

/// The names of all triples below a folder (in it or in its `maps`), sorted; a file without its two others is an error.
pub fn names(dir: &Path) -> Result<(PathBuf, Vec<String>), RecordingError> {
    let maps = dir.join("maps");
    let root = if maps.is_dir() { maps } else { dir.to_owned() };
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(&root).map_err(RecordingError::read(&root))? {
        let path = entry.map_err(RecordingError::read(&root))?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (_, ending) in ENDINGS {
            if let Some(name) = file.strip_suffix(&format!("_{ending}.npy")) {
                found.entry(name.to_owned()).or_default().push(ending.to_owned());
            }
        }
    }
    if found.is_empty() {
        let expected = "expected NAME_td.npy, NAME_tr.npy and NAME_ta.npy, in it or in maps/";
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
    }
    if let Some((name, have)) = found.iter().find(|(_, have)| have.len() < ENDINGS.len()) {
        let what = format!("of {name} there is only {}; expected td, tr and ta", have.join(", "));
        return Err(RecordingError::file(&root, what));
    }
    Ok((root, found.into_keys().collect()))
}

/// Reads all triples of a folder.
pub fn read_folder(dir: &Path, scale: Scale) -> Result<Vec<Triple>, RecordingError> {
    let (root, names) = names(dir)?;
    let index = dir.join("index.csv");
    let mut indexed: BTreeMap<String, Indexed> = BTreeMap::new();
    if index.is_file() {
        let mut reader = csv::Reader::from_path(&index).map_err(|e| RecordingError::file(&index, e.to_string()))?;
        for (i, row) in reader.deserialize::<Indexed>().enumerate() {
            let row = row.map_err(|e| RecordingError::line(&index, i as u64 + 2, e.to_string()))?;
            indexed.insert(row.name.clone(), row);
        }
    }
    names.into_iter().map(|name| read_triple(&root, name, &indexed, scale)).collect()
}

fn read_triple(
    root: &Path,
    name: String,
    indexed: &BTreeMap<String, Indexed>,
    scale: Scale,
) -> Result<Triple, RecordingError> {
    let digits = |range: std::ops::Range<usize>| name.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    let (Some(subject), Some(class)) = (digits(0..6), digits(6..9).and_then(|d| d.parse().ok())) else {
        let what =
            format!("{name}: expected six digits of the subject and three of the class at the start of the name");
        return Err(RecordingError::file(root, what));
    };
    let mut maps: Vec<(&'static str, Array2<f32>)> = Vec::new();
    for (map, ending) in ENDINGS {
        let path = root.join(format!("{name}_{ending}.npy"));
        let layer = read_map(&path, scale)?;
        if let Some((_, first)) = maps.first()
            && first.ncols() != layer.ncols()
        {
            let what = format!("{} columns, the time-Doppler map has {}", layer.ncols(), first.ncols());
            return Err(RecordingError::array(&path, ending, what));
        }
        maps.push((map, layer));
    }
    let listed = indexed.get(&name);
    Ok(Triple {
        class,
        subject: listed.map_or_else(|| subject.to_owned(), |l| l.subject.clone()),
        split: listed.map_or_else(String::new, |l| l.split.clone()),
        name,
        maps,
    })
}

fn read_map(path: &Path, scale: Scale) -> Result<Array2<f32>, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    // NumPy makes double precision where nobody says otherwise.
    let map = decode::<f32, Ix2>(&bytes)
        .or_else(|first| decode::<f64, Ix2>(&bytes).map(|m| m.mapv(|v| v as f32)).map_err(|_| first))
        .map_err(|what| RecordingError::array(path, "map", what))?;
    let (low, high) = map.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    if map.is_empty() || map.iter().any(|v| !v.is_finite()) {
        return Err(RecordingError::array(path, "map", "empty, or a value is NaN or infinite"));
    }
    // As programs that fill in what they do not have write it, and as silence is scaled.
    if low == high && [0.0, -1.0].contains(&low) {
        return Err(RecordingError::array(
            path,
            "map",
            format!("all of its values are {low}: nothing was recorded; expected a heatmap"),
        ));
    }
    match scale {
        Scale::Refuse if low < -1.001 || high > 1.001 => {
            let what = format!(
                "values from {low} to {high}, expected -1 to 1; --stretch scales every map to its own extremes"
            );
            Err(RecordingError::array(path, "map", what))
        }
        Scale::Refuse | Scale::Keep => Ok(map),
        Scale::Stretch if high > low => Ok(map.mapv(|v| 2.0 * (v - low) / (high - low) - 1.0)),
        Scale::Stretch => Ok(map.mapv(|_| -1.0)),
    }
}
