//! What pre-training of several kinds of radio came to: how alike they are before and after, and the parts of its loss.

use super::fault;
use crate::model::interface::{ViewForm, ViewInfo};
use crate::model::system::System;
use crate::study::experiment::ExperimentError;
use crate::train::{LossPart, Samples, Source, StepLine, TrainError, alignment, infer};
use std::collections::BTreeMap;
use std::path::Path;

/// The parts of the loss that are one number, by name, at each logged step of the run in `dir`.
pub(super) fn parts_of(dir: &Path) -> Result<BTreeMap<String, Vec<(u64, f64)>>, ExperimentError> {
    let path = dir.join("metrics.jsonl");
    let text = std::fs::read_to_string(&path).map_err(|e| fault(path.display().to_string(), e))?;
    let mut parts: BTreeMap<String, Vec<(u64, f64)>> = BTreeMap::new();
    // Lines of validations are no steps.
    for line in text.lines().filter_map(|line| serde_json::from_str::<StepLine>(line).ok()) {
        for (name, part) in &line.parts.parts {
            if let LossPart::One(value) = part {
                parts.entry(name.clone()).or_default().push((line.step, *value));
            }
        }
    }
    Ok(parts)
}

/// How alike the kinds of a sample are, of the first samples of the first source; of models that put out features of several kinds.
pub(super) fn alike(model: &System, sources: &[Source<'_>]) -> Result<Option<f64>, ExperimentError> {
    let (System::RFusion(_), Some(source)) = (model, sources.first()) else { return Ok(None) };
    let some = FirstOf(source.samples, source.samples.len().min(ALIKE));
    let outputs = infer(model, source.name, &some, 0)?;
    Ok(outputs.get("features").map(alignment))
}

/// Samples by which is said how alike kinds are.
const ALIKE: usize = 256;

/// The first samples of a set.
struct FirstOf<'a>(&'a dyn Samples, usize);

impl Samples for FirstOf<'_> {
    fn len(&self) -> usize {
        self.1
    }

    fn views(&self) -> &[ViewInfo] {
        self.0.views()
    }

    fn label(&self, index: usize) -> &str {
        self.0.label(index)
    }

    fn id(&self, index: usize) -> u64 {
        self.0.id(index)
    }

    fn form(&self, place: usize) -> ViewForm {
        self.0.form(place)
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        self.0.read(index, wanted)
    }
}
