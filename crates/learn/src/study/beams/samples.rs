//! Sequences in memory, and which of them are learnt from.

use super::fault;
use super::spec::BeamStudy;
use crate::base::progress::Progress;
use crate::base::random::RandomTree;
use crate::corpus::{CorpusReader, import_recordings};
use crate::model::beam::{BeamConfig, BeamNetwork, BeamSensorConfig};
use crate::model::interface::ViewInfo;
use crate::recording::DataSet;
use crate::study::experiment::ExperimentError;
use crate::train::{Dataset, Truth, ViewColumn};
use ndarray::Array2;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// All sequences of a study.
pub(super) struct Sequences {
    pub(super) set: Dataset,
    /// The passage of each.
    pub(super) passages: Vec<String>,
}

/// Places of samples.
pub(super) struct PassageSides {
    /// Learnt from sensor by sensor.
    pub(super) learn: Vec<usize>,
    /// Those of them that are learnt from with all sensors together.
    pub(super) aligned: Vec<usize>,
    pub(super) validation: Vec<usize>,
    pub(super) test: Vec<usize>,
}

/// The corpus of a study: that which it names, or its recordings as one in `dir`.
pub(super) fn corpus(study: &BeamStudy, dir: &Path, progress: &dyn Progress) -> Result<CorpusReader, ExperimentError> {
    let Some(data) = &study.data else {
        let place = study.corpus.clone().unwrap_or_default();
        let corpus = CorpusReader::open(&place)?;
        corpus.check_shards()?;
        return Ok(corpus);
    };
    let recordings = DataSet::DeepSense.reader().read(data)?;
    let mut said: Vec<&String> = Vec::new();
    for line in recordings.iter().flat_map(|r| &r.dropped.said) {
        if !said.contains(&line) {
            said.push(line);
        }
    }
    said.iter().for_each(|line| progress.line(line));
    let taken = |subject: &Option<String>| {
        study.scenarios.is_empty() || subject.as_ref().is_some_and(|name| study.scenarios.contains(name))
    };
    let there: BTreeSet<String> = recordings.iter().filter_map(|r| r.subject.clone()).collect();
    if let Some(name) = study.scenarios.iter().find(|name| !there.contains(*name)) {
        let all = there.into_iter().collect::<Vec<_>>().join(", ");
        return Err(fault("scenarios", format!("{name} is not in {}; there are {all}", data.display())));
    }
    let recordings: Vec<_> = recordings.into_iter().filter(|r| taken(&r.subject)).collect();
    match std::fs::remove_dir_all(dir) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(crate::base::atomic_file::WriteError { path: dir.to_owned(), source }.into());
        }
        _ => {}
    }
    Ok(import_recordings(&recordings, DataSet::DeepSense.name(), &study.import, dir, progress)?)
}

/// The views that the model looks at, of all samples of the scenarios that are taken.
pub(super) fn load(study: &BeamStudy, corpus: &CorpusReader) -> Result<Sequences, ExperimentError> {
    let name = corpus.dir().display().to_string();
    let rows: Vec<_> = corpus
        .rows()
        .iter()
        .filter(|row| study.scenarios.is_empty() || study.scenarios.contains(&row.subject))
        .collect();
    let wanted: Vec<&str> =
        std::iter::once("available").chain(study.model.modalities.iter().map(|m| m.sensor.name())).collect();
    let mut shapes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut values: BTreeMap<&str, Vec<Option<Vec<f32>>>> = BTreeMap::new();
    let (mut truths, mut beams) = (Vec::new(), None);
    for row in &rows {
        let sample = corpus.read_views(row.id)?;
        for view in &wanted {
            let found = sample.views.get(view);
            if let Some(found) = found {
                let shape = shapes.entry(view).or_insert_with(|| found.data.shape().to_vec());
                if shape.as_slice() != found.data.shape() {
                    let found = found.data.shape();
                    return Err(fault(&name, format!("sample {}: {view} is {found:?}, before {shape:?}", row.id)));
                }
            }
            let numbers = found.map(|view| view.data.iter().copied().collect());
            values.entry(view).or_default().push(numbers);
        }
        let powers = sample.targets.beam_powers;
        if powers.is_empty() || *beams.get_or_insert(powers.len()) != powers.len() {
            let problem =
                format!("sample {} has powers of {} beams to answer with, before {beams:?}", row.id, powers.len());
            return Err(fault(&name, problem));
        }
        truths.push(Truth::Beams(powers));
    }
    let mut columns = Vec::new();
    for view in &wanted {
        let Some(shape) = shapes.get(view) else {
            let there = shapes.keys().copied().collect::<Vec<_>>().join(", ");
            return Err(fault(&name, format!("no sample has the view {view}; there are {there}")));
        };
        let count: usize = shape.iter().product();
        let rows = values.remove(view).unwrap_or_default();
        let present: Vec<bool> = rows.iter().map(Option::is_some).collect();
        let flat: Vec<f32> = rows.into_iter().flat_map(|row| row.unwrap_or_else(|| vec![0.0; count])).collect();
        let values = Array2::from_shape_vec((present.len(), count), flat).map_err(|e| fault(&name, e))?;
        columns.push(ViewColumn { info: ViewInfo::new(*view, shape.clone()), values, present });
    }
    let classes = vec!["passage".to_owned()];
    let mut set = Dataset::of_views(columns, vec![0; rows.len()], classes)?;
    set.truths = truths;
    set.input = corpus.view_input()?;
    Ok(Sequences { set, passages: rows.iter().map(|row| row.session.clone()).collect() })
}

impl Sequences {
    /// Whole passages on each side.
    pub(super) fn sides(&self, study: &BeamStudy, seed: u64) -> Result<PassageSides, ExperimentError> {
        let mut passages: Vec<&String> = self.passages.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let split = &study.split;
        let mut stream = RandomTree::new(seed).stream(0, "passages");
        passages.shuffle(&mut stream);
        let count = |share: f64| ((share * passages.len() as f64).round() as usize).max(1);
        let (test, validation): (Vec<&String>, Vec<&String>) = if split.test_passages.is_empty() {
            let (test, validation) = (count(split.test), count(split.validation));
            if test + validation >= passages.len() {
                return Err(fault("split", format!("{} passages are too few for three sides", passages.len())));
            }
            (passages[..test].to_vec(), passages[test..test + validation].to_vec())
        } else {
            let all = split.test_passages.iter().chain(&split.validation_passages).chain(&split.learn_passages);
            if let Some(unknown) = all.clone().find(|name| !passages.contains(name)) {
                return Err(fault("split", format!("there is no passage {unknown}")));
            }
            (split.test_passages.iter().collect(), split.validation_passages.iter().collect())
        };
        let learn: Vec<&String> = passages
            .iter()
            .copied()
            .filter(|name| !test.contains(name) && !validation.contains(name))
            .filter(|name| split.learn_passages.is_empty() || split.learn_passages.contains(name))
            .collect();
        let share = ((study.aligned_share * learn.len() as f64).round() as usize).max(1);
        let of = |names: &[&String]| -> Vec<usize> {
            let names: BTreeSet<&String> = names.iter().copied().collect();
            (0..self.passages.len()).filter(|&i| names.contains(&self.passages[i])).collect()
        };
        let sides = PassageSides {
            learn: of(&learn),
            aligned: of(&learn[..share.min(learn.len())]),
            validation: of(&validation),
            test: of(&test),
        };
        if sides.learn.is_empty() || sides.test.is_empty() || sides.validation.is_empty() {
            return Err(fault("split", "one of the sides has no sequence: passages may be shorter than one"));
        }
        Ok(sides)
    }

    /// The model with the lengths of the data and the moments of what is learnt from; those that are said stay.
    pub(super) fn fitted(&self, model: &BeamConfig, learn: &[usize]) -> Result<BeamConfig, ExperimentError> {
        let views: Vec<ViewInfo> = self.set.views.iter().map(|column| column.info.clone()).collect();
        // All sensors together are no stage I: what is checked is that they fit the data.
        let mut fitted = model.with_task(crate::model::beam::BeamTask::Aligned).fitted(&views, 0)?;
        fitted.task = model.task.clone();
        for sensor in &mut fitted.modalities {
            if sensor.mean.is_empty() && sensor.deviation.is_empty() {
                let (mean, deviation) = self.moments(sensor, learn);
                (sensor.mean, sensor.deviation) = (mean, deviation);
            }
        }
        Ok(fitted)
    }

    /// Mean and deviation of each number of a step of vectors, of all numbers together of grids; where the sensor measured.
    fn moments(&self, sensor: &BeamSensorConfig, learn: &[usize]) -> (Vec<f32>, Vec<f32>) {
        let column = |name: &str| self.set.views.iter().find(|view| view.info.name == name);
        let (Some(view), Some(available)) = (column(sensor.sensor.name()), column("available")) else {
            return (Vec::new(), Vec::new());
        };
        let values = sensor.values();
        let each = matches!(sensor.network, BeamNetwork::Vector(_));
        let groups = if each { values } else { 1 };
        let mut sums = vec![(0.0_f64, 0.0_f64, 0.0_f64); groups];
        let width = available.info.shape[1];
        for &row in learn.iter().filter(|&&row| view.present[row]) {
            let steps = view.values.row(row);
            for (step, numbers) in steps.as_slice().unwrap_or_default().chunks_exact(values).enumerate() {
                if available.values[[row, step * width + sensor.sensor as usize]] < 0.5 {
                    continue;
                }
                for (i, v) in numbers.iter().enumerate() {
                    let (count, sum, square) = &mut sums[if each { i } else { 0 }];
                    *count += 1.0;
                    *sum += f64::from(*v);
                    *square += f64::from(*v) * f64::from(*v);
                }
            }
        }
        let moment = |(count, sum, square): &(f64, f64, f64)| {
            let mean = sum / count.max(1.0);
            let deviation = (square / count.max(1.0) - mean * mean).max(0.0).sqrt();
            (mean as f32, if deviation > 1e-6 { deviation as f32 } else { 1.0 })
        };
        sums.iter().map(moment).unzip()
    }
}
