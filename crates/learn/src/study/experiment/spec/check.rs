//! What is wrong with an experiment as typed.

use super::{Baseline, Evaluation, Experiment, NO_CROPS, Recorded, TestedOn};
use crate::base::integers::seed_problem;
use crate::base::yaml::Problem;
use crate::corpus::Recipe;
use crate::model::minilm;
use crate::model::rfusion::{RFusionConfig, RFusionTask};
use crate::model::system::ModelSpec;
use crate::model::wiswiss::{WiSwissConfig, WiSwissTask};
use crate::text::Vocabulary;

impl Experiment {
    /// All that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        let (mut problems, mut further) = (Vec::new(), Vec::new());
        let mut wrong = |key: String, message: String| problems.push(Problem::new(key, message));
        if self.version != 1 {
            wrong("version".into(), format!("{}; this program reads version 1", self.version));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            wrong("name".into(), format!("`{}`; expected letters, digits, _ and -", self.name));
        }
        if self.seeds.is_empty() {
            wrong("seeds".into(), "none; expected at least one".into());
        }
        if let Some((i, seed)) = self.seeds.iter().enumerate().find(|(i, seed)| self.seeds[..*i].contains(seed)) {
            wrong(format!("seeds.{i}"), format!("{seed} again: it would give the same numbers, with no spread"));
        }
        let seeds = self.seeds.iter().enumerate().filter_map(|(i, &seed)| seed_problem(&format!("seeds.{i}"), seed));
        further.extend(seeds);
        let first = self.source.as_ref().and_then(Recipe::seed_problem);
        further.extend(first.map(|p| p.under("source")));
        let second = self.target.simulated.as_ref().and_then(Recipe::seed_problem);
        further.extend(second.map(|p| p.under("target.simulated")));
        if self.source.is_some() != self.pretrain.is_some() {
            let (there, missing) = if self.source.is_some() { ("source", "pretrain") } else { ("pretrain", "source") };
            wrong(
                missing.into(),
                format!("is missing beside `{there}`: a model is pre-trained on simulation, or not at all"),
            );
        }
        let mmclip = match &self.model {
            ModelSpec::MmClip(config) => Some(config),
            ModelSpec::Classifier(_) | ModelSpec::CrossScene(_) => None,
            ModelSpec::WiSwiss(WiSwissConfig { task: WiSwissTask::Classify { .. }, .. })
            | ModelSpec::RFusion(RFusionConfig { task: RFusionTask::Classify(_), .. }) => None,
            other => {
                let message = "answers with no labels: an experiment asks for `classify`; a study with `pretraining` for all tasks";
                wrong(format!("model.{}.task", other.system()), message.into());
                None
            }
        };
        let planned = self.source.as_ref().map(|source| source.chain.planned()).unwrap_or_default();
        if let Some(model) = mmclip
            && let Some((name, shape)) = planned.iter().find(|(name, _)| model.maps.contains(name)).or(planned.first())
        {
            for (key, found, made) in [("rows", model.rows, shape.first()), ("columns", model.columns, shape.get(1))] {
                if made.is_some_and(|made| *made != found) {
                    wrong(
                        format!("model.{key}"),
                        format!("{found}, source.chain makes {name} with {}", made.unwrap_or(&0)),
                    );
                }
            }
        }
        if let Some(width) = mmclip.map(|model| model.text_width).filter(|width| *width != minilm::WIDTH) {
            let message = format!("{width}; sentences are embedded by MiniLM, {} wide", minilm::WIDTH);
            wrong("model.text_width".into(), message);
        }
        let target = &self.target;
        further.extend(target.problems("target", " and `simulated`"));
        let recorded = target.recorded();
        if matches!(recorded, Some(Recorded::DataSet(..))) && self.data.is_none() {
            wrong("data".into(), "is missing: name the folder of the recordings with --set data=DIR".into());
        }
        let import = |recorded| match recorded {
            Some(Recorded::DataSet(_, import)) => Some(import),
            _ => None,
        };
        let of_source = self.source.as_ref().map(|source| &source.chain);
        if let (Some(import), Some(chain)) = (import(recorded), of_source.and_then(|chain| chain.points.as_ref()))
            && import.point_maps() != Some(&chain.maps)
        {
            wrong(
                "target.import.chain.points.maps".into(),
                "differ from source.chain.points.maps: both sides need the same maps".into(),
            );
        }
        if let Some(other) = &self.test_as {
            further.extend(other.problems("test_as", ""));
            if other.simulated.is_some() {
                wrong(
                    "test_as.simulated".into(),
                    "further recordings are recorded; expected `data_set` or `corpus`".into(),
                );
            }
            if let (Some(one), Some(other)) = (import(recorded), import(other.recorded()))
                && one.point_maps() != other.point_maps()
            {
                wrong(
                    "test_as.import.chain.points.maps".into(),
                    "differ from those of the target: both sides need the same maps".into(),
                );
            }
        }
        if let (Some(Recorded::DataSet(set, import)), Some(chain)) = (recorded, of_source) {
            match set.radio() {
                None if chain.points.is_none() => {
                    wrong(
                        "source.chain".into(),
                        "recorded points need `points`: dense heatmaps do not match them".into(),
                    );
                }
                Some(_) if (&chain.csi, &chain.rfid) != (&import.chain.csi, &import.chain.rfid) => {
                    let key = if chain.csi != import.chain.csi { "csi" } else { "rfid" };
                    let message = format!("differs from source.chain.{key}: both sides need the same views");
                    wrong(format!("target.import.chain.{key}"), message);
                }
                _ => {}
            }
        }
        if self.test_data.is_some() && !matches!(self.further(), Some(Recorded::DataSet(..))) {
            wrong("test_data".into(), "is a folder of recordings: name their data set in test_as".into());
        }
        if self.test_as.is_some() && self.target.simulated.is_some() {
            wrong("test_as".into(), "goes with recordings: the target is simulated".into());
        }
        if self.data.is_some() && !matches!(recorded, Some(Recorded::DataSet(..))) {
            wrong("data".into(), "is a folder of recordings: name their data set in target.data_set".into());
        }
        if self.test_data.is_some() && self.target.simulated.is_some() {
            wrong("test_data".into(), "goes with recordings: the target is simulated".into());
        }
        let asks = |e: &&Evaluation| e.tested_on == Some(TestedOn::TestData);
        let is_corpus = self.test_as.as_ref().is_some_and(|other| other.corpus.is_some());
        if self.test_data.is_none()
            && !is_corpus
            && let Some(e) = self.evaluations.iter().find(asks)
        {
            let message = format!(
                "is missing: `{}` asks about these recordings; name their folder with --set test_data=DIR",
                e.name
            );
            wrong("test_data".into(), message);
        }
        let vocabulary = Vocabulary::with_data_sets();
        for (i, slug) in self.unseen.iter().enumerate().filter(|(_, s)| vocabulary.get(s).is_none()) {
            wrong(format!("unseen.{i}"), format!("`{slug}` is not in the vocabulary"));
        }
        for (i, variant) in self.variants.iter().enumerate() {
            if variant.name.is_empty() || !variant.name.chars().all(plain) {
                wrong(format!("variants.{i}.name"), format!("`{}`; expected letters, digits, _ and -", variant.name));
            }
            if variant.name == "corpora" {
                wrong(format!("variants.{i}.name"), "`corpora` is the folder of the corpora: take another".into());
            }
            if self.variants[..i].iter().any(|other| other.name == variant.name) {
                wrong(format!("variants.{i}.name"), format!("`{}` is taken", variant.name));
            }
        }
        problems.extend(further);
        let names: Vec<&str> = self.adaptations.keys().map(String::as_str).collect();
        for (i, e) in self.evaluations.iter().enumerate() {
            if self.evaluations[..i].iter().any(|other| other.name == e.name) {
                problems.push(Problem::new(format!("evaluations.{i}.name"), format!("`{}` is taken", e.name)));
            }
            let found = e.check(&names, mmclip.map(|model| !model.attributes.is_empty()), self.source.is_some());
            problems.extend(found.into_iter().map(|p| p.under(&format!("evaluations.{i}"))));
            if self.source.is_none() && self.baseline.is_some() && e.adapt.is_none() {
                let message = "a baseline learns what the adaptation sees, or the simulation: there is neither";
                problems.push(Problem::new(format!("evaluations.{i}.adapt"), message));
            }
        }
        if self.evaluations.is_empty() {
            problems.push(Problem::new("evaluations", "none; expected at least one"));
        }
        let source = self.source.iter().filter_map(|source| source.check().err()).flatten();
        problems.extend(source.map(|p| p.under("source")));
        if let Some(recipe) = &self.target.simulated {
            problems.extend(recipe.check().err().into_iter().flatten().map(|p| p.under("target.simulated")));
        }
        let baseline = self.baseline.iter().flat_map(Baseline::problems);
        problems.extend(baseline.map(|p| p.under("baseline")));
        let controls = self.controls.iter().flat_map(|controls| controls.problems(&self.target));
        problems.extend(controls.map(|p| p.under("controls")));
        problems.extend(self.model.check().err().map(|e| e.problem().under("model")));
        let named = self.adaptations.iter().map(|(name, config)| (format!("adaptations.{name}"), config));
        let pretrain = self.pretrain.iter().map(|config| ("pretrain".to_owned(), config));
        let all = pretrain.chain([("adapt".to_owned(), &self.adapt)]).chain(named);
        for (key, config) in all {
            if config.seed != 0 {
                let message = format!("{}; the `seeds` of the experiment decide: leave it out", config.seed);
                problems.push(Problem::new(format!("{key}.seed"), message));
            }
            if config.augment.mmclip_loader.is_some() {
                problems.push(Problem::new(format!("{key}.augment.mmclip_loader"), NO_CROPS));
            }
            if key != "pretrain" && config.early_stopping.is_some() {
                let message = "an adaptation has no validation set: leave it out";
                problems.push(Problem::new(format!("{key}.early_stopping"), message));
            }
            if mmclip.is_some() && config.label_smoothing.is_some() {
                let message = "is for classifiers: leave it out, or set it under baseline.train";
                problems.push(Problem::new(format!("{key}.label_smoothing"), message));
            }
            problems.extend(config.check().err().map(|e| e.problem().under(&key)));
        }
        problems
    }
}
