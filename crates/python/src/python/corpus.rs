//! Corpora.

use super::arrays::{Described, given, given_view, given_views};
use super::fail::fail;
use kinecho::chain::View;
use kinecho::corpus::{CorpusReader, Sample};
use pyo3::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A finished corpus.
#[pyclass(frozen, module = "kinecho._native")]
pub(crate) struct NativeCorpus {
    reader: CorpusReader,
}

/// A sample: what there is to know in JSON, its views, and further arrays.
type GivenSample<'py> = (String, Vec<(String, Described<'py>)>, Vec<(String, Described<'py>)>);

#[pymethods]
impl NativeCorpus {
    /// Opens a corpus; refuses one in the making.
    #[new]
    fn new(py: Python<'_>, dir: PathBuf) -> PyResult<Self> {
        let reader = py.detach(|| CorpusReader::open(&dir)).map_err(fail)?;
        Ok(Self { reader })
    }

    /// The lines of `samples.csv` in JSON.
    fn rows(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| serde_json::to_string(self.reader.rows())).map_err(fail)
    }

    /// How the views were made (chain as YAML, seconds of a window) in JSON, where the corpus says so.
    fn input(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let input = py.detach(|| self.reader.view_input()).map_err(fail)?;
        let Some(input) = input else { return Ok(None) };
        let chain = serde_yaml::to_string(&input.chain).map_err(fail)?;
        Ok(Some(json!({"chain": chain, "duration_s": input.duration_s, "views": input.views}).to_string()))
    }

    /// Names of the views that a model takes which is told of no others.
    fn main_views(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        py.detach(|| self.reader.main_views()).map_err(fail)
    }

    /// A sample with its views, and with the arrays beside them where `everything` is asked for.
    fn read<'py>(&self, py: Python<'py>, id: u64, everything: bool) -> PyResult<GivenSample<'py>> {
        let read = py.detach(|| if everything { self.reader.read(id) } else { self.reader.read_views(id) });
        let Sample { meta, targets, views, extras, .. } = read.map_err(fail)?;
        let about = json!({"id": id, "meta": meta, "targets": targets}).to_string();
        let extras = extras.into_iter().map(|(name, array)| (name, given(py, array))).collect();
        Ok((about, given_views(py, views), extras))
    }

    /// Views of a sample by name, without their descriptions; none where the sample has no such view.
    fn views<'py>(&self, py: Python<'py>, id: u64, names: Vec<String>) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
        let sample = py.detach(|| self.reader.read_views(id)).map_err(fail)?;
        let mut there: BTreeMap<String, View> = sample.views.into_iter().collect();
        let mut view = |name: &String| there.remove(name).map(|view| given_view(py, view).0);
        Ok(names.iter().map(&mut view).collect())
    }
}
