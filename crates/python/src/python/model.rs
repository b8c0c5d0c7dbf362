//! Checkpoints that compare maps with sentences.

use super::arrays::{Described, maps_of, taken_view};
use super::fail::{Failure, Words, fail};
use super::work::work;
use kinecho::chain::Views;
use kinecho::model::mmclip::Embeddings;
use kinecho::study::job::Embedder;
use kinecho::train::evaluate::{KShot, Labelled, Scoring, ShotHead};
use ndarray::{Array2, Array3};
use numpy::{IntoPyArray, PyArray2, PyArray3, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// A checkpoint, ready to be asked.
#[pyclass(frozen, module = "kinecho._native")]
pub(crate) struct NativeModel {
    inner: Arc<Embedder>,
}

/// Embeddings for Python: `class[item, width]`, `attributes[item, attribute, width]`.
type GivenEmbeddings<'py> = (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray3<f32>>);
/// Embeddings from Python.
type TakenEmbeddings<'py> = (PyReadonlyArray2<'py, f32>, PyReadonlyArray3<'py, f32>);

fn given(py: Python<'_>, embeddings: Embeddings) -> GivenEmbeddings<'_> {
    (embeddings.class.into_pyarray(py), embeddings.attributes.into_pyarray(py))
}

fn taken(what: &str, (class, attributes): &TakenEmbeddings<'_>) -> PyResult<Embeddings> {
    let (class, attributes): (Array2<f32>, Array3<f32>) =
        (class.as_array().to_owned(), attributes.as_array().to_owned());
    if class.nrows() != attributes.dim().0 {
        let (a, b) = (class.nrows(), attributes.dim().0);
        return Err(fail(format!("{what}: {a} class embeddings and {b} of attributes; expected as many")));
    }
    Ok(Embeddings { attributes, class })
}

fn scoring(class_share: f64) -> PyResult<Scoring> {
    if !(0.0..=1.0).contains(&class_share) {
        return Err(fail(format!("class_share: {class_share}; expected 0 to 1")));
    }
    Ok(Scoring { class: class_share, attributes: 1.0 - class_share })
}

#[pymethods]
impl NativeModel {
    /// Reads a checkpoint's folder.
    #[new]
    fn new(py: Python<'_>, dir: PathBuf) -> PyResult<Self> {
        let inner = work(py, None, move |_| Embedder::load(&dir).words())?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What it is, in JSON: which maps of what size, labels, how maps are made (chain as YAML).
    fn about(&self) -> PyResult<String> {
        let (config, checkpoint) = (self.inner.config(), self.inner.checkpoint());
        let input = self.inner.input().map(|input| {
            let chain = serde_yaml::to_string(&input.chain)?;
            Ok::<_, serde_yaml::Error>(json!({"chain": chain, "duration_s": input.duration_s, "views": input.views}))
        });
        let about = json!({
            "maps": config.maps,
            "rows": config.rows,
            "columns": config.columns,
            "attributes": config.attributes,
            "width": config.text_width,
            "scale": self.inner.scale(),
            "classes": checkpoint.info.classes,
            "seen": checkpoint.seen(),
            "step": checkpoint.info.step,
            "input": input.transpose().map_err(fail)?,
        });
        Ok(about.to_string())
    }

    /// Refuses views that are not what the model was trained on.
    fn require(&self, views: Vec<(String, Described<'_>)>) -> PyResult<()> {
        let mut all = Views::new();
        for (name, (data, about)) in views {
            let view = taken_view(&name, &data, &about)?;
            all.insert(name, view);
        }
        self.inner.disagreement(&all).map_or(Ok(()), |problem| Err(fail(problem)))
    }

    /// Embeddings of maps, `[sample, map, row, column]` float32.
    fn maps<'py>(&self, py: Python<'py>, maps: &Bound<'py, PyAny>) -> PyResult<GivenEmbeddings<'py>> {
        let (inner, maps) = (self.inner.clone(), maps_of(maps)?);
        Ok(given(py, work(py, None, move |_| inner.maps(maps.view()).words())?))
    }

    /// Embeddings of labels, and what they are taken for, in JSON.
    fn labels<'py>(&self, py: Python<'py>, labels: Vec<String>) -> PyResult<(GivenEmbeddings<'py>, String)> {
        let inner = self.inner.clone();
        let (embeddings, choices) = work(py, None, move |_| inner.labels(&labels).words())?;
        Ok((given(py, embeddings), serde_json::to_string(&choices).map_err(fail)?))
    }

    /// Scores of labels for samples, `[sample, label]`.
    fn scores<'py>(
        &self,
        py: Python<'py>,
        samples: TakenEmbeddings<'py>,
        labels: TakenEmbeddings<'py>,
        class_share: f64,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (samples, labels) = (taken("samples", &samples)?, taken("labels", &labels)?);
        let (inner, scoring) = (self.inner.clone(), scoring(class_share)?);
        let scores = work(py, None, move |_| inner.scores(&samples, &labels, &scoring).words())?;
        Ok(scores.into_pyarray(py))
    }

    /// Scores of labels for samples by examples, `[sample, label]`; `of` has the place of each example's label.
    #[allow(clippy::too_many_arguments)]
    fn scores_by_examples<'py>(
        &self,
        py: Python<'py>,
        examples: (TakenEmbeddings<'py>, Vec<usize>),
        samples: TakenEmbeddings<'py>,
        labels: (TakenEmbeddings<'py>, Vec<String>),
        head: &str,
        class_share: f64,
        text_share: f64,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let head = match head {
            "regression" => ShotHead::Regression,
            "regression_without_text" => ShotHead::RegressionWithoutText,
            "mean" => ShotHead::Mean,
            other => {
                let expected = "expected regression, regression_without_text or mean";
                return Err(fail(format!("head: `{other}`; {expected}")));
            }
        };
        if !(0.0..=1.0).contains(&text_share) {
            return Err(fail(format!("text_share: {text_share}; expected 0 to 1")));
        }
        let config = KShot { head, text_share, text_scoring: scoring(class_share)?, ..KShot::default() };
        let (known, of) = (taken("examples", &examples.0)?, examples.1);
        let (samples, words, names) = (taken("samples", &samples)?, taken("labels", &labels.0)?, labels.1);
        let inner = self.inner.clone();
        let scores = work(py, None, move |_| -> Result<_, Failure> {
            let examples = Labelled { embeddings: &known, labels: &of };
            inner.scores_by_examples(examples, &samples, (&words, &names), &config).words()
        })?;
        Ok(scores.into_pyarray(py))
    }
}
