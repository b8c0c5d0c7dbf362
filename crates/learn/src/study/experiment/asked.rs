//! What an experiment asks of its recordings, and whether they hold it.

use super::error::{ExperimentError, missing};
use super::fold::{Fold, LeftOut, folds};
use super::item::Item;
use super::pool::Pool;
use super::spec::Experiment;
use super::spec::{Adaptation, By, Evaluation, Examples, Filter, TestedOn};
use crate::model::system::ModelSpec;
use std::collections::BTreeSet;

/// Questions and the samples that they are about.
pub(super) struct Asked<'a> {
    experiment: &'a Experiment,
    pub(super) target: &'a Pool,
    pub(super) further: Option<&'a Pool>,
    /// All classes that occur: those of pre-training, then those to choose from.
    pub(super) classes: Vec<String>,
}

/// Checks that source, target and further recordings hold what every question needs, before anything is simulated: the source is
/// [planned](Pool::planned), and so is a target that is simulated.
pub fn check_questions(
    experiment: &Experiment,
    source: Option<&Pool>,
    target: &Pool,
    further: Option<&Pool>,
) -> Result<(), ExperimentError> {
    check_source(experiment, source)?;
    Asked::new(experiment, target, further).check()
}

/// Refuses a source that has nothing to learn from.
pub(super) fn check_source(experiment: &Experiment, source: Option<&Pool>) -> Result<(), ExperimentError> {
    let Some(source) = source else { return Ok(()) };
    let train = Filter { split: vec!["train".into()], ..Filter::default() };
    if source.select(&train, &experiment.seen()).is_empty() {
        return Err(missing("pretrain", "the source corpus has no training samples of the seen classes"));
    }
    check_maps(experiment, source, "source")
}

/// Refuses maps that the model does not look at.
fn check_maps(experiment: &Experiment, pool: &Pool, name: &str) -> Result<(), ExperimentError> {
    let model = match &experiment.model {
        ModelSpec::MmClip(model) => model,
        ModelSpec::Classifier(_)
        | ModelSpec::WiSwiss(_)
        | ModelSpec::RFusion(_)
        | ModelSpec::Beam(_)
        | ModelSpec::CrossScene(_) => {
            return experiment
                .fitted_model(&pool.views())
                .map(drop)
                .map_err(|e| missing(format!("{name} corpus"), e.to_string()));
        }
    };
    if pool.map_names() == model.maps && pool.map_shape() == (model.rows, model.columns) {
        return Ok(());
    }
    let problem = format!(
        "the model looks at maps {:?} of {} × {}, the corpus has {:?} of {:?}: make model.maps, model.rows and model.columns those \
         of the output",
        model.maps,
        model.rows,
        model.columns,
        pool.map_names(),
        pool.map_shape()
    );
    Err(missing(format!("{name} corpus"), problem))
}

/// What a filter asks for that is a condition, and what there is of it.
fn wanted(filter: &Filter, pool: &Pool) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, asked: &[String], value: fn(&Item) -> &String| {
        if !asked.is_empty() {
            let there: BTreeSet<&str> = pool.items.iter().map(|item| value(item).as_str()).collect();
            let there = there.into_iter().collect::<Vec<_>>().join(", ");
            parts.push(format!("asked for {name} {}, there are {there}", asked.join(", ")));
        }
    };
    add("session", &filter.session, |item| &item.session);
    add("split", &filter.split, |item| &item.split);
    add("subject", &filter.subject, |item| &item.subject);
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}

impl<'a> Asked<'a> {
    pub(super) fn new(experiment: &'a Experiment, target: &'a Pool, further: Option<&'a Pool>) -> Self {
        Self { experiment, target, further, classes: experiment.classes() }
    }

    /// The samples that a fold is about.
    pub(super) fn tested(&self, fold: &Fold) -> &'a Pool {
        match (fold.tested_on, self.further) {
            (TestedOn::TestData, Some(further)) => further,
            _ => self.target,
        }
    }

    /// Every question has what it needs.
    pub(super) fn check(&self) -> Result<(), ExperimentError> {
        check_maps(self.experiment, self.target, "target")?;
        if let Some(further) = self.further {
            check_maps(self.experiment, further, "test_data")?;
        }
        if let Some(further) = self.further
            && let Some(item) = further.items.iter().enumerate().find_map(|(i, item)| {
                let same = |j: &usize| self.target.same_sample(*j, further, i);
                (0..self.target.items.len()).find(same).map(|_| item)
            })
        {
            let problem = format!(
                "recording {} is in `data` as well: further recordings are those that nothing was fitted on",
                item.recording
            );
            return Err(missing("test_data", problem));
        }
        if let Some(baseline) = &self.experiment.baseline {
            let fits = baseline.check_views(&self.target.views());
            fits.map_err(|e| missing("baseline.model.classifier", e.to_string()))?;
        }
        self.experiment.evaluations.iter().try_for_each(|evaluation| self.check_evaluation(evaluation))
    }

    fn check_evaluation(&self, evaluation: &Evaluation) -> Result<(), ExperimentError> {
        let fail = |problem: String| Err(missing(format!("evaluation {}", evaluation.name), problem));
        let most = evaluation.shots.iter().copied().max().unwrap_or(0);
        let all = folds(evaluation, self.target, self.further);
        // Of what is left out in turn a class may be missing here and there: not everybody did everything.
        let elsewhere = |fold: &Fold, class: &str| {
            let others = all.iter().filter(|other| other.tested_on == fold.tested_on && other.left_out.is_some());
            others.flat_map(|other| &other.test).any(|&i| self.target.items[i].label == class)
        };
        for fold in &all {
            let (pool, place) = match (fold.tested_on, self.further) {
                (TestedOn::TestData, Some(further)) => (further, "test_data".to_owned()),
                _ => (self.target, "the target".to_owned()),
            };
            let place = match &fold.left_out {
                Some((group, value)) => format!("{} {value} of {place}", group.name()),
                None => place,
            };
            for class in &evaluation.classes {
                let found = fold.test.iter().filter(|&&i| pool.items[i].label == *class).count();
                if found == 0 && most == 0 && fold.left_out.is_some() && elsewhere(fold, class) {
                    continue;
                }
                if found == 0 {
                    let wanted = wanted(&evaluation.test, pool);
                    return fail(format!("no test sample of the class {class} in {place}{wanted}"));
                }
                if evaluation.examples == Examples::Tested && found <= most {
                    return fail(format!(
                        "{found} test samples of the class {class} in {place}: too few for {most} examples and a test"
                    ));
                }
            }
            if evaluation.examples == Examples::Others && most > 0 {
                let others = self.examples_elsewhere(evaluation, fold);
                for class in &evaluation.classes {
                    let found = others.iter().filter(|&&i| self.target.items[i].label == *class).count();
                    if found < most {
                        return fail(format!(
                            "{found} samples of {class} outside {place}: too few for {most} examples"
                        ));
                    }
                }
            }
            if let Some(adaptation) = &evaluation.adapt {
                let adapted = self.learnt_indices(adaptation, &fold.left_out);
                if adaptation.chain().any(|one| self.adapt_indices(one, &fold.left_out).is_empty()) {
                    let besides = match &fold.left_out {
                        Some(_) => format!(", besides {place}"),
                        None => wanted(&adaptation.on, self.target),
                    };
                    return fail(format!("no sample of the target to adapt to{besides}"));
                }
                let labels: BTreeSet<&str> = adapted.iter().map(|&i| self.target.items[i].label.as_str()).collect();
                if self.experiment.baseline.is_some() && labels.len() < 2 {
                    return fail(format!("{} label for the baseline to learn; expected at least two", labels.len()));
                }
                if adaptation.by == By::Regression {
                    let simulated = if self.experiment.source.is_some() { self.experiment.seen() } else { Vec::new() };
                    let known = |label: &String| labels.contains(label.as_str()) || simulated.contains(label);
                    if let Some(label) = evaluation.choices().iter().find(|label| !known(label)) {
                        return fail(format!(
                            "adapt.by: regression needs samples of every label to choose from, and there is none of {label}, recorded \
                             or simulated"
                        ));
                    }
                }
                let recording = |&i: &usize| self.target.items[i].recording.as_str();
                let seen: BTreeSet<&str> = adapted.iter().map(recording).collect();
                if fold.tested_on == TestedOn::Data
                    && let Some(both) = fold.test.iter().map(recording).find(|name| seen.contains(name))
                {
                    return fail(format!(
                        "recording {both} of {place} is adapted to and tested: let `adapt.on` and `test` differ, or use leave_one_out"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Samples of the target that a model has seen after an adaptation: also those of the adaptations before it.
    pub(super) fn learnt_indices(&self, adaptation: &Adaptation, left_out: &LeftOut) -> Vec<usize> {
        let all = adaptation.chain().flat_map(|one| self.adapt_indices(one, left_out));
        all.collect::<BTreeSet<usize>>().into_iter().collect()
    }

    /// Samples of the target that an adaptation sees.
    pub(super) fn adapt_indices(&self, adaptation: &Adaptation, left_out: &LeftOut) -> Vec<usize> {
        let kept = |class: &&String| !adaptation.hold_out.contains(class) && !self.experiment.unseen.contains(class);
        let classes: Vec<String> = self.classes.iter().filter(kept).cloned().collect();
        let mut indices = self.target.select(&adaptation.on, &classes);
        if let Some((group, value)) = left_out {
            indices.retain(|&i| group.of(&self.target.items[i]) != value);
        }
        indices
    }

    /// Samples of the target that are not tested in a fold, where examples of other sessions may come from.
    pub(super) fn examples_elsewhere(&self, of: &Evaluation, fold: &Fold) -> Vec<usize> {
        let on = of.adapt.as_ref().map(|a| a.on.clone()).unwrap_or_default();
        let mut others = self.target.select(&on, &of.classes);
        if fold.tested_on == TestedOn::Data {
            others.retain(|i| !fold.test.contains(i));
        }
        others
    }
}
