//! The files that WiSwiss trains on: `SPLIT.hdf5` with `data[sample, frequency, time]` or `data[sample, time, range, angle]`,
//! `label[sample]` and, for detection, `raw[sample, box, 5]`; and `labels.csv` with `label,name`. Layout as the published loaders read it
//! (github.com/SenSys26WiSwiss/WiSwiss, `Datasets/hdf5.py`), which takes numbers of any kind.

use super::RecordingError;
use crate::base::axis::ArrayInfo;
use ndarray::{ArrayD, IxDyn};
use rust_hdf5::format::messages::datatype::DatatypeMessage;
use rust_hdf5::{H5Dataset, H5File};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One sample's view would be larger only in a damaged file.
const LARGEST_SAMPLE: usize = 1 << 28;
/// Boxes of one file; more would be a damaged shape.
const MOST_BOXES: usize = 1 << 24;
/// Numbers of a row of `raw`: middle and size along range and angle, class.
const BOX_COLUMNS: usize = 5;

/// An open file.
pub struct WiSwissFile {
    path: PathBuf,
    /// Name of the file: the split.
    pub split: String,
    /// What the file says of the axes of a sample; files of others say nothing.
    pub array: Option<ArrayInfo>,
    data: H5Dataset,
    double: bool,
    /// Of a sample.
    shape: Vec<usize>,
    labels: Vec<i64>,
    boxes: Option<Vec<Vec<[f32; 4]>>>,
    // The datasets read through it.
    _file: H5File,
}

impl WiSwissFile {
    /// Opens a file and checks what it holds.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let fail = |what: String| RecordingError::file(path, what);
        let array = |name: &str, what: String| RecordingError::array(path, name, what);
        let file = H5File::open(path).map_err(|e| fail(format!("not a readable HDF5 file: {e}")))?;
        let data = file.dataset("data").map_err(|e| array("data", e.to_string()))?;
        let whole = data.shape();
        let shape = whole.get(1..).unwrap_or_default().to_vec();
        if !(2..=3).contains(&shape.len()) {
            let what = format!("shape {whole:?}, expected [sample, frequency, time] or [sample, time, range, angle]");
            return Err(array("data", what));
        }
        let size = shape.iter().try_fold(1usize, |n, &e| n.checked_mul(e));
        if whole.contains(&0) || size.is_none_or(|n| n > LARGEST_SAMPLE) {
            return Err(array("data", format!("shape {whole:?} is empty or too large")));
        }
        let double = match kind_of(&data) {
            Some(NumberKind::Float(4)) => false,
            Some(NumberKind::Float(8)) => true,
            _ => return Err(array("data", "expected float32 or float64".into())),
        };
        let label = file.dataset("label").map_err(|e| array("label", e.to_string()))?;
        if label.shape() != [whole[0]] {
            let what = format!(
                "shape {:?}, `data` has {} samples; expected one class a sample (poses are not read)",
                label.shape(),
                whole[0]
            );
            return Err(array("label", what));
        }
        let labels = whole_numbers(&label).map_err(|what| array("label", what))?;
        let boxes = match file.dataset("raw") {
            Ok(raw) => Some(boxes(&raw, whole[0]).map_err(|what| array("raw", what))?),
            Err(_) => None,
        };
        let said = data.attr("array").and_then(|a| a.read_string()).ok();
        let said: Option<ArrayInfo> = match said {
            Some(text) => {
                Some(serde_json::from_str(&text).map_err(|e| array("data", format!("its attribute `array`: {e}")))?)
            }
            None => None,
        };
        if let Some(info) = said.as_ref().filter(|i| i.axes.iter().map(|a| a.len).ne(shape.iter().copied())) {
            let lengths: Vec<usize> = info.axes.iter().map(|a| a.len).collect();
            return Err(array(
                "data",
                format!("its attribute `array` has axes of {lengths:?}, a sample has {shape:?}"),
            ));
        }
        let split = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), split, array: said, data, double, shape, labels, boxes, _file: file })
    }

    /// Number of each sample's label.
    pub fn labels(&self) -> &[i64] {
        &self.labels
    }

    /// Boxes of a sample in cells: middle along range and angle, size along them; none where the file has no `raw`.
    pub fn boxes(&self, index: usize) -> Option<&[[f32; 4]]> {
        self.boxes.as_ref()?.get(index).map(Vec::as_slice)
    }

    /// The view of a sample.
    ///
    /// # Shapes
    /// → `[frequency, time]` or `[time, range, angle]`.
    pub fn sample(&self, index: usize) -> Result<ArrayD<f32>, RecordingError> {
        let array = |what: String| RecordingError::array(&self.path, "data", format!("sample {index}: {what}"));
        let cut = |e: rust_hdf5::Hdf5Error| array(format!("{e}; the file is cut short or damaged"));
        let (mut first, mut count) = (vec![0; self.shape.len() + 1], vec![1]);
        first[0] = index;
        count.extend(&self.shape);
        let values: Vec<f32> = match self.double {
            false => self.data.read_slice::<f32>(&first, &count).map_err(cut)?,
            true => self.data.read_slice::<f64>(&first, &count).map_err(cut)?.into_iter().map(|v| v as f32).collect(),
        };
        if values.iter().any(|v| !v.is_finite()) {
            return Err(array("a value is NaN or infinite".into()));
        }
        ArrayD::from_shape_vec(IxDyn(&self.shape), values).map_err(|e| array(e.to_string()))
    }
}

/// What numbers are: of how many bytes, with a sign or not.
enum NumberKind {
    Float(u32),
    Integer(u32, bool),
}

fn kind_of(set: &H5Dataset) -> Option<NumberKind> {
    match set.datatype().ok()? {
        DatatypeMessage::FloatingPoint { size, .. } => Some(NumberKind::Float(size)),
        DatatypeMessage::FixedPoint { size, signed, .. } => Some(NumberKind::Integer(size, signed)),
        _ => None,
    }
}

/// Labels, which published files write as float32.
fn whole_numbers(set: &H5Dataset) -> Result<Vec<i64>, String> {
    let read = |e: rust_hdf5::Hdf5Error| e.to_string();
    let whole = |v: f64| match v.fract() == 0.0 && v.abs() < 1e9 {
        true => Ok(v as i64),
        false => Err(format!("{v} is no number of a class")),
    };
    match kind_of(set) {
        Some(NumberKind::Float(4)) => {
            set.read_raw::<f32>().map_err(read)?.into_iter().map(|v| whole(v.into())).collect()
        }
        Some(NumberKind::Float(8)) => set.read_raw::<f64>().map_err(read)?.into_iter().map(whole).collect(),
        Some(NumberKind::Integer(8, true)) => set.read_raw::<i64>().map_err(read),
        Some(NumberKind::Integer(4, true)) => {
            Ok(set.read_raw::<i32>().map_err(read)?.into_iter().map(i64::from).collect())
        }
        Some(NumberKind::Integer(1, false)) => {
            Ok(set.read_raw::<u8>().map_err(read)?.into_iter().map(i64::from).collect())
        }
        _ => Err("expected int32, int64, uint8, float32 or float64".into()),
    }
}

/// The boxes of all samples; rows of zeros are none.
fn boxes(set: &H5Dataset, samples: usize) -> Result<Vec<Vec<[f32; 4]>>, String> {
    let shape = set.shape();
    let [count, most, columns] = shape[..] else { return Err(format!("shape {shape:?}, expected [sample, box, 5]")) };
    let sound = count == samples && columns == BOX_COLUMNS && most.saturating_mul(samples) <= MOST_BOXES;
    if !sound {
        return Err(format!(
            "shape {shape:?}, expected [{samples}, box, {BOX_COLUMNS}]: range, angle, sizes and class"
        ));
    }
    let values: Vec<f32> = match kind_of(set) {
        Some(NumberKind::Float(4)) => set.read_raw::<f32>().map_err(|e| e.to_string())?,
        Some(NumberKind::Float(8)) => {
            set.read_raw::<f64>().map_err(|e| e.to_string())?.into_iter().map(|v| v as f32).collect()
        }
        _ => return Err("expected float32 or float64".into()),
    };
    let mut all = Vec::with_capacity(samples);
    for (i, row) in values.chunks(most.max(1) * BOX_COLUMNS).enumerate() {
        let mut there = Vec::new();
        for of in row.chunks_exact(BOX_COLUMNS).filter(|of| of[..4].iter().any(|v| *v != 0.0)) {
            if !(of.iter().all(|v| v.is_finite()) && of[2] > 0.0 && of[3] > 0.0) {
                return Err(format!("sample {i} has a box {:?}; sizes above 0 are expected", &of[..4]));
            }
            there.push([of[0], of[1], of[2], of[3]]);
        }
        all.push(there);
    }
    all.resize(samples, Vec::new());
    Ok(all)
}

/// The `.hdf5` and `.h5` files of a folder, sorted, and the names of its labels.
pub fn folder(dir: &Path) -> Result<(Vec<PathBuf>, BTreeMap<i64, String>), RecordingError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("hdf5") || e.eq_ignore_ascii_case("h5")) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected: "expected SPLIT.hdf5 and labels.csv" });
    }
    let path = dir.join("labels.csv");
    let text = std::fs::read(&path).map_err(RecordingError::read(&path))?;
    let mut names = BTreeMap::new();
    for (i, row) in csv::Reader::from_reader(text.as_slice()).deserialize::<(i64, String)>().enumerate() {
        let (label, name) =
            row.map_err(|e| RecordingError::line(&path, i as u64 + 2, format!("{e}; expected label,name")))?;
        names.insert(label, name);
    }
    Ok((files, names))
}
