//! Where the samples of a study are from.

use crate::base::yaml::Problem;
use crate::corpus::{Holding, ImportConfig, Recipe};
use crate::recording::DataSet;
use crate::study::experiment::Filter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Samples of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Short name, unique among the sources.
    pub name: String,
    /// A data set, in `folder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_set: Option<DataSet>,
    /// Where it is, below `data`; none: `data` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How its recordings become samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportConfig>,
    /// A corpus that is simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Box<Recipe>>,
    /// A corpus that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<PathBuf>,
    /// Radar points with joints beside them (MARS' `paired/*.npz`), in `folder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairMaps>,
    /// Radar points of a data set (`data_set: mars` or another one of points) as the same views, without joints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PairMaps>,
    /// Subjects whose recordings are taken; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// Samples that are taken.
    #[serde(default, skip_serializing_if = "is_open")]
    pub take: Filter,
    /// Sources that show the same recordings by other sensors; samples are pairs of what was measured at one time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<SourceSpec>,
    /// Antennas whose subcarriers are the rows of the views.
    #[serde(default = "one")]
    pub antennas: usize,
    /// Share of the steps relative to the other sources; none: its number of samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
}

/// How radar points become views `time_range_angle`: along the last axis azimuths, then elevations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PairMaps {
    /// Frames of a view, up to that of the joints.
    pub frames: usize,
    /// Cells along range.
    pub ranges: usize,
    /// Cells along each angle.
    pub angles: usize,
    /// Where ranges begin and end, m.
    pub range_m: [f64; 2],
    /// Azimuths and elevations lie within ± this, degrees.
    pub widest_deg: f64,
    /// Only every n-th frame makes a sample.
    pub every: usize,
}

impl Default for PairMaps {
    fn default() -> Self {
        Self { frames: 4, ranges: 32, angles: 32, range_m: [0.6, 3.2], widest_deg: 45.0, every: 1 }
    }
}

fn one() -> usize {
    1
}

fn is_open(filter: &Filter) -> bool {
    *filter == Filter::default()
}

impl SourceSpec {
    /// Where it is, below a folder of data.
    pub(in crate::study) fn place(&self, data: &Path) -> PathBuf {
        self.folder.as_ref().map_or_else(|| data.to_owned(), |folder| data.join(folder))
    }

    /// It and the sources that it is paired with.
    pub(in crate::study) fn with_partners(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.with)
    }

    /// Changes the recipes of it and of its partners.
    pub(in crate::study) fn for_each_recipe(&mut self, act: &mut dyn FnMut(&mut Recipe)) {
        if let Some(recipe) = &mut self.simulated {
            act(recipe);
        }
        self.with.iter_mut().for_each(|partner| partner.for_each_recipe(act));
    }

    pub(in crate::study) fn problems(&self, has_data: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        let given = [self.data_set.is_some(), self.simulated.is_some(), self.corpus.is_some(), self.pairs.is_some()];
        if given.iter().filter(|there| **there).count() != 1 {
            problems.push(Problem::new("", "expected exactly one of `data_set`, `simulated`, `corpus` and `pairs`"));
        }
        if (self.data_set.is_some() || self.pairs.is_some()) && !has_data {
            problems.push(Problem::new("folder", "there is no `data` that it could be in: set it with --set data=DIR"));
        }
        match (self.data_set, &self.import) {
            (Some(set), _) if self.points.is_some() => {
                if Holding::of_data_set(set) != Holding::Points {
                    problems.push(Problem::new("data_set", format!("{} holds no points", set.name())));
                }
            }
            (Some(set), import) => {
                let import = import.clone().unwrap_or_default();
                problems.extend(import.problems(Holding::of_data_set(set)).into_iter().map(|p| p.under("import")));
            }
            (None, Some(_)) => problems.push(Problem::new("import", "goes with `data_set`")),
            (None, None) => {}
        }
        problems.extend(self.take.problem().map(|p| p.under("take")));
        for (i, partner) in self.with.iter().enumerate() {
            let key = format!("with.{i}");
            problems.extend(partner.problems(has_data).into_iter().map(|p| p.under(&key)));
            if !partner.with.is_empty() || partner.pairs.is_some() || partner.points.is_some() {
                problems.push(Problem::new(key, "expected a corpus or recordings that become one, without partners"));
            }
        }
        if !self.with.is_empty() && (self.pairs.is_some() || self.points.is_some()) {
            problems.push(Problem::new("with", "goes with a corpus or recordings that become one"));
        }
        if self.antennas == 0 {
            problems.push(Problem::new("antennas", "0; expected at least 1"));
        }
        if let Some(weight) = self.weight.filter(|w| !(*w > 0.0 && w.is_finite())) {
            problems.push(Problem::new("weight", format!("{weight}; expected above 0")));
        }
        if self.points.is_some() && (self.data_set.is_none() || self.import.is_some()) {
            problems.push(Problem::new("points", "go with a `data_set` of points, and without `import`"));
        }
        if let Some(maps) = self.pairs.iter().chain(&self.points).next() {
            let sound = (1..=256).contains(&maps.frames)
                && (1..=512).contains(&maps.ranges)
                && (1..=512).contains(&maps.angles);
            let [near, far] = maps.range_m;
            if !sound
                || maps.every == 0
                || !(near >= 0.0 && near < far && far.is_finite())
                || !(maps.widest_deg > 0.0 && maps.widest_deg <= 90.0)
            {
                let message = "expected frames 1 to 256, ranges and angles 1 to 512, every 1 or more, range_m growing, widest_deg to 90";
                problems.push(Problem::new("pairs", message));
            }
        }
        problems
    }
}
