//! The corpora of an experiment: simulated ones, which are taken up where they were left, and imported recordings.

use crate::base::progress::{Progress, Silent};
use crate::chain::Chain;
use crate::corpus::{CorpusReader, ImportConfig, Recipe, build, import_recordings};
use crate::dsp::point_maps::PointMapConfig;
use crate::recording::{DataSet, Recording};
use crate::study::experiment::error::{ExperimentError, missing};
use crate::study::experiment::pool::Pool;
use crate::study::experiment::spec::{Experiment, Recorded, Variant, Yardstick};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The recordings of an experiment's data sets, as read.
#[derive(Clone)]
pub(super) struct Recordings {
    pub(super) data: Option<Vec<Recording>>,
    pub(super) further: Option<Vec<Recording>>,
}

impl Recordings {
    pub(super) fn read(experiment: &Experiment) -> Result<Self, ExperimentError> {
        let read = |kind: Option<Recorded<'_>>, dir: &Option<PathBuf>| match (kind, dir) {
            (Some(Recorded::DataSet(set, _)), Some(dir)) => Ok::<_, ExperimentError>(Some(set.reader().read(dir)?)),
            _ => Ok(None),
        };
        let data = read(experiment.target.recorded(), &experiment.data)?;
        Ok(Self { data, further: read(experiment.further(), &experiment.test_data)? })
    }
}

/// The corpora that one run looks at.
#[derive(Clone)]
pub(super) struct Sides {
    pub(super) source: Option<CorpusReader>,
    pub(super) target: CorpusReader,
    pub(super) further: Option<CorpusReader>,
    /// The windows of `target` in the views of `controls.chain`.
    pub(super) target_static: Option<CorpusReader>,
    /// The same of `further`.
    pub(super) further_static: Option<CorpusReader>,
}

/// Makes corpora, each once however many runs want it.
pub(super) struct Corpora<'a> {
    /// Folder of the simulated ones: what is there is used, what is missing is built.
    simulated: PathBuf,
    /// Folder of the imported ones, of this run alone.
    imported: PathBuf,
    recorded: &'a Recordings,
    progress: &'a dyn Progress,
    /// What was made of which settings.
    made: Vec<(String, CorpusReader)>,
}

impl<'a> Corpora<'a> {
    pub(super) fn new(
        simulated: PathBuf,
        imported: PathBuf,
        recorded: &'a Recordings,
        progress: &'a dyn Progress,
    ) -> Self {
        Self { simulated, imported, recorded, progress, made: Vec::new() }
    }

    pub(super) fn sides(&mut self, experiment: &Experiment, variant: Option<&str>) -> Result<Sides, ExperimentError> {
        // Recordings first: what is wrong with them shows before anything is simulated.
        let (target, further) = self.recordings(experiment, variant)?;
        let target = match (target, &experiment.target.simulated) {
            (Some(target), _) => target,
            (None, Some(recipe)) => self.built(recipe, "target", variant)?,
            (None, None) => return Err(missing("target", "the experiment has none")),
        };
        let [target_static, further_static] = self.controls(experiment, variant)?;
        let source = experiment.source.as_ref().map(|recipe| self.built(recipe, "source", variant)).transpose()?;
        Ok(Sides { source, target, further, target_static, further_static })
    }

    /// The recordings to adapt to and further ones as corpora.
    fn recordings(
        &mut self,
        experiment: &Experiment,
        variant: Option<&str>,
    ) -> Result<(Option<CorpusReader>, Option<CorpusReader>), ExperimentError> {
        let mut import = |recorded: Option<Recorded<'_>>, side| match recorded {
            Some(Recorded::DataSet(set, config)) => self.imported((set, config), side, variant),
            Some(Recorded::Corpus(dir)) => opened(dir, side, experiment).map(Some),
            None => Ok(None),
        };
        let further = import(experiment.further(), "test")?;
        Ok((import(experiment.target.recorded(), "target")?, further))
    }

    /// The windows of the recordings in the views of `controls.chain`, where there is one.
    fn controls(
        &mut self,
        experiment: &Experiment,
        variant: Option<&str>,
    ) -> Result<[Option<CorpusReader>; 2], ExperimentError> {
        let mut import = |recorded: Option<Recorded<'_>>, side| match (recorded, &experiment.controls) {
            (Some(Recorded::DataSet(set, config)), Some(controls)) => match controls.import(config) {
                Some(own) => self.imported((set, &own), side, variant),
                None => Ok(None),
            },
            _ => Ok(None),
        };
        Ok([import(experiment.target.recorded(), "target-static")?, import(experiment.further(), "test-static")?])
    }

    fn built(&mut self, recipe: &Recipe, side: &str, variant: Option<&str>) -> Result<CorpusReader, ExperimentError> {
        let key = key_of(side, recipe)?;
        let dir = self.folder(&self.simulated, side, variant);
        let progress = self.progress;
        self.once(key, || Ok(build(recipe, &dir, progress)?))
    }

    /// The recordings of a side as a corpus; none where there are none.
    fn imported(
        &mut self,
        (set, config): (DataSet, &ImportConfig),
        side: &str,
        variant: Option<&str>,
    ) -> Result<Option<CorpusReader>, ExperimentError> {
        let recorded = self.recorded;
        let recordings = if side.starts_with("test") { &recorded.further } else { &recorded.data };
        let Some(recordings) = recordings else { return Ok(None) };
        let key = key_of(side, config)?;
        let dir = self.folder(&self.imported, side, variant);
        let progress = self.progress;
        self.once(key, || {
            // What a stopped run left there, whole or not: importing takes seconds, and the recordings may be others by now. Phases that
            // have seen others say so.
            match fs::remove_dir_all(&dir) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(crate::base::atomic_file::WriteError { path: dir.clone(), source: e }.into());
                }
                _ => {}
            }
            Ok(import_recordings(recordings, set.name(), config, &dir, progress)?)
        })
        .map(Some)
    }

    /// The first run gives its corpora plain names; others carry the name of the run that wants them.
    fn folder(&self, root: &Path, side: &str, variant: Option<&str>) -> PathBuf {
        let first = !self.made.iter().any(|(key, _)| key.starts_with(&format!("{side} ")));
        match variant.filter(|_| !first) {
            Some(variant) => root.join(format!("{side}-{variant}")),
            None => root.join(side),
        }
    }

    fn once(
        &mut self,
        key: String,
        make: impl FnOnce() -> Result<CorpusReader, ExperimentError>,
    ) -> Result<CorpusReader, ExperimentError> {
        if let Some((_, corpus)) = self.made.iter().find(|(other, _)| *other == key) {
            return Ok(corpus.clone());
        }
        let corpus = make()?;
        self.made.push((key, corpus.clone()));
        Ok(corpus)
    }
}

/// The entry of the chain that makes views the model looks at in another way than there. How windows are cut may differ.
fn differing_entry(source: &Chain, there: &Chain, names: &[String]) -> Option<&'static str> {
    let maps = |chain: &Chain| {
        let points = chain.points.as_ref();
        points.map(|p| (p.prefix.clone(), PointMapConfig { length_s: 0.0, hop_s: 0.0, ..p.maps.clone() }))
    };
    let of_points = source.points.clone().map(Chain::of_points).unwrap_or_default();
    let of_iq = source.micro_doppler.clone().map(Chain::of_iq).unwrap_or_default();
    let of_csi = source.csi.clone().map(Chain::of_csi).unwrap_or_default();
    let of_rfid = source.rfid.clone().map(Chain::of_rfid).unwrap_or_default();
    let heatmaps = Chain { heatmaps: source.heatmaps.clone(), ..Chain::default() };
    let entries = [
        ("heatmaps", heatmaps, source.heatmaps != there.heatmaps),
        ("points.maps", of_points, maps(source) != maps(there)),
        ("micro_doppler", of_iq, source.micro_doppler != there.micro_doppler),
        ("csi", of_csi, source.csi != there.csi),
        ("rfid", of_rfid, source.rfid != there.rfid),
    ];
    let looked_at = |chain: &Chain| chain.planned().iter().any(|(name, _)| names.contains(name));
    entries.into_iter().find(|(_, entry, differs)| *differs && looked_at(entry)).map(|(key, ..)| key)
}

/// A corpus of recordings; its views must be made as those of the source, where it says how.
fn opened(dir: &Path, side: &str, experiment: &Experiment) -> Result<CorpusReader, ExperimentError> {
    let key = if side == "test" { "test_as.corpus" } else { "target.corpus" };
    let corpus = CorpusReader::open(dir).map_err(|e| missing(key, e.to_string()))?;
    let there = corpus.view_input()?;
    let source = experiment.source.as_ref().map(|source| &source.chain);
    let differing = source.zip(there).and_then(|(source, there)| {
        let looked_at = experiment.looked_at();
        let all: Vec<String> = source.planned().into_iter().map(|(name, _)| name).collect();
        differing_entry(source, &there.chain, if looked_at.is_empty() { &all } else { &looked_at })
    });
    if let Some(entry) = differing {
        let problem = format!(
            "its views were made with other settings than source.chain.{entry}: both sides need the same views"
        );
        return Err(missing(key, format!("{}: {problem}", dir.display())));
    }
    Ok(corpus)
}

fn key_of(side: &str, settings: &impl serde::Serialize) -> Result<String, ExperimentError> {
    let text = serde_json::to_string(settings).map_err(|e| missing(side, e.to_string()))?;
    Ok(format!("{side} {text}"))
}

/// The samples of a corpus with the maps that the model looks at, which may be some of them.
pub(super) fn pool(corpus: &CorpusReader, experiment: &Experiment) -> Result<Pool, ExperimentError> {
    let with_points = experiment.yardsticks.contains(&Yardstick::HandFeatures);
    Ok(Pool::read(corpus, &experiment.looked_at(), with_points)?)
}

/// Puts what a recipe will simulate into `planned`, each once: captured motions are looked through for it. Gives its key.
fn plan(planned: &mut BTreeMap<String, Pool>, recipe: &Recipe, maps: &[String]) -> Result<String, ExperimentError> {
    let key = key_of("", &(recipe, maps))?;
    if !planned.contains_key(&key) {
        let pool = Pool::planned(recipe, maps).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect();
            missing("recipe", problems.join("\n"))
        })?;
        planned.insert(key.clone(), pool);
    }
    Ok(key)
}

/// Holds the recordings, and what would be simulated, against the questions of every run. Nothing of it is kept: a run imports
/// recordings once more, which takes seconds, so that it has written nothing when a question cannot be asked.
pub(super) fn check_questions(
    runs: &[(Option<Variant>, Experiment)],
    recorded: &Recordings,
) -> Result<(), ExperimentError> {
    let scratch = std::env::temp_dir().join(format!("kinecho-check-{}", std::process::id()));
    let mut corpora = Corpora::new(scratch.clone(), scratch.clone(), recorded, &Silent);
    let mut planned = BTreeMap::new();
    let checked = runs.iter().try_for_each(|(variant, experiment)| {
        let (target, further) = corpora.recordings(experiment, variant.as_ref().map(|v| v.name.as_str()))?;
        let maps = &experiment.looked_at();
        let recorded = target.map(|target| pool(&target, experiment)).transpose()?;
        let mut key = |recipe: &Recipe| plan(&mut planned, recipe, maps);
        let source = experiment.source.as_ref().map(&mut key).transpose()?;
        let simulated = experiment.target.simulated.as_ref().map(key).transpose()?;
        let further = further.as_ref().map(|corpus| pool(corpus, experiment)).transpose()?;
        let simulated = simulated.and_then(|key| planned.get(&key));
        let source = source.and_then(|key| planned.get(&key));
        match recorded.as_ref().or(simulated) {
            Some(target) => crate::study::experiment::check_questions(experiment, source, target, further.as_ref()),
            None => Ok(()),
        }
    });
    // It may never have been made.
    let _ = fs::remove_dir_all(&scratch);
    checked
}
