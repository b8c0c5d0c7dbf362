//! The files that WiSwiss trains on: `SPLIT.hdf5` with `data[sample, time, range, angle]` in dB (float32) and `label[sample]` (int64), and
//! `labels.csv` with `label,name`.

use super::RecordingError;
use ndarray::Array3;
use rust_hdf5::{H5Dataset, H5File};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One sample's radar cube would be larger only in a damaged file.
const LARGEST_SAMPLE: usize = 1 << 28;

/// An open file.
pub struct WiSwissFile {
    path: PathBuf,
    /// Name of the file: the split.
    pub split: String,
    data: H5Dataset,
    shape: [usize; 4],
    labels: Vec<i64>,
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
        let shape: [usize; 4] = data.shape().try_into().map_err(|found: Vec<usize>| {
            array("data", format!("shape {found:?}, expected [sample, time, range, angle]"))
        })?;
        let [_, time, range, angle] = shape;
        let size = [time, range, angle].iter().try_fold(1usize, |n, &e| n.checked_mul(e));
        if shape.contains(&0) || size.is_none_or(|n| n > LARGEST_SAMPLE) {
            return Err(array("data", format!("shape {shape:?} is empty or too large")));
        }
        if data.element_size() != 4 {
            return Err(array("data", format!("{} bytes a value, expected float32", data.element_size())));
        }
        let label = file.dataset("label").map_err(|e| array("label", e.to_string()))?;
        if label.shape() != [shape[0]] || label.element_size() != 8 {
            let what = format!(
                "shape {:?} of {} bytes, `data` has {} samples (int64 expected)",
                label.shape(),
                label.element_size(),
                shape[0]
            );
            return Err(array("label", what));
        }
        let labels = label.read_raw::<i64>().map_err(|e| array("label", e.to_string()))?;
        let split = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), split, data, shape, labels, _file: file })
    }

    /// Number of each sample's label.
    pub fn labels(&self) -> &[i64] {
        &self.labels
    }

    /// The cube of a sample, dB.
    ///
    /// # Shapes
    /// → `[time, range, angle]`.
    pub fn sample(&self, index: usize) -> Result<Array3<f32>, RecordingError> {
        let [_, time, range, angle] = self.shape;
        let array = |what: String| RecordingError::array(&self.path, "data", format!("sample {index}: {what}"));
        let values = self
            .data
            .read_slice::<f32>(&[index, 0, 0, 0], &[1, time, range, angle])
            .map_err(|e| array(format!("{e}; the file is cut short or damaged")))?;
        if values.iter().any(|v| !v.is_finite()) {
            return Err(array("a value is NaN or infinite".into()));
        }
        Array3::from_shape_vec((time, range, angle), values).map_err(|e| array(e.to_string()))
    }
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
