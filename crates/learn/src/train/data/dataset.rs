//! Samples in memory.

use super::{Samples, Truth};
use crate::chain::ViewInput;
use crate::model::interface::ViewInfo;
use crate::train::TrainError;
use ndarray::{Array2, Array4, Axis};

/// One view of all samples.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewColumn {
    /// Name and shape.
    pub info: ViewInfo,
    /// `[sample, value]`, values about −1 to 1; what stands there where the view is absent is without effect.
    pub values: Array2<f32>,
    /// Which samples have it.
    pub present: Vec<bool>,
}

/// Samples in memory.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The views.
    pub views: Vec<ViewColumn>,
    /// For each sample an index into `classes`.
    pub labels: Vec<usize>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// How the maps were made, where that is known.
    pub input: Option<ViewInput>,
    /// What each sample shows besides its label; empty where nothing is known of any.
    pub truths: Vec<Truth>,
    /// Antennas whose subcarriers are the rows of views.
    pub links: usize,
    infos: Vec<ViewInfo>,
}

impl Dataset {
    /// Maps that every sample has: checks that the parts fit and that every value is a number.
    ///
    /// # Shapes
    /// `maps[sample, map, row, column]`.
    pub fn new(
        map_names: Vec<String>,
        maps: Array4<f32>,
        labels: Vec<usize>,
        classes: Vec<String>,
    ) -> Result<Self, TrainError> {
        let (samples, count, rows, columns) = maps.dim();
        if map_names.len() != count {
            return Err(TrainError::mismatch(
                "number of maps",
                ("map_names", map_names.len()),
                ("maps [sample, map, row, column]", count),
            ));
        }
        let views = map_names.into_iter().zip(maps.axis_iter(Axis(1))).map(|(name, map)| {
            let values = Array2::from_shape_vec((samples, rows * columns), map.iter().copied().collect())
                .map_err(|e| TrainError::data("dataset", e.to_string()))?;
            Ok(ViewColumn { info: ViewInfo::new(name, [rows, columns]), values, present: vec![true; samples] })
        });
        Self::of_views(views.collect::<Result<_, TrainError>>()?, labels, classes)
    }

    /// Checks that the parts fit and that every value that counts is a number.
    pub fn of_views(views: Vec<ViewColumn>, labels: Vec<usize>, classes: Vec<String>) -> Result<Self, TrainError> {
        for view in &views {
            let name = format!("view {}", view.info.name);
            for (what, found) in [("values", view.values.nrows()), ("present", view.present.len())] {
                if found != labels.len() {
                    let what = format!("number of samples ({what})");
                    return Err(TrainError::mismatch(&what, ("labels", labels.len()), (&name, found)));
                }
            }
            if view.values.ncols() != view.info.count() {
                let sides = ((view.info.size(), view.info.count()), view.values.ncols());
                return Err(TrainError::mismatch("number of values", (&sides.0.0, sides.0.1), (&name, sides.1)));
            }
        }
        if let Some(i) = labels.iter().position(|&l| l >= classes.len()) {
            let problem = format!("label {} of sample {i} is none of {} classes", labels[i], classes.len());
            return Err(TrainError::data("dataset", problem));
        }
        for i in 0..labels.len() {
            let unsound = |view: &&ViewColumn| view.present[i] && view.values.row(i).iter().any(|v| !v.is_finite());
            if let Some(view) = views.iter().find(unsound) {
                let problem = format!("sample {i} holds NaN or infinite values in {}", view.info.name);
                return Err(TrainError::data("dataset", problem));
            }
        }
        let infos = views.iter().map(|view| view.info.clone()).collect();
        Ok(Self { views, labels, classes, input: None, truths: Vec::new(), links: 1, infos })
    }

    /// The samples at `indices`.
    pub fn select(&self, indices: &[usize]) -> Self {
        let select = |view: &ViewColumn| ViewColumn {
            info: view.info.clone(),
            values: view.values.select(Axis(0), indices),
            present: indices.iter().map(|&i| view.present[i]).collect(),
        };
        Self {
            views: self.views.iter().map(select).collect(),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
            classes: self.classes.clone(),
            input: self.input.clone(),
            truths: indices.iter().filter_map(|&i| self.truths.get(i).cloned()).collect(),
            links: self.links,
            infos: self.infos.clone(),
        }
    }
}

impl Samples for Dataset {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn views(&self) -> &[ViewInfo] {
        &self.infos
    }

    fn input(&self) -> Option<&ViewInput> {
        self.input.as_ref()
    }

    fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for view in &self.views {
            hasher.update(format!("{:?}", view.info).as_bytes());
            for (row, &present) in view.values.outer_iter().zip(&view.present) {
                hasher.update(&[u8::from(present)]);
                row.iter().filter(|_| present).for_each(|value| {
                    hasher.update(&value.to_le_bytes());
                });
            }
        }
        for truth in &self.truths {
            hasher.update(format!("{truth:?}").as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    fn label(&self, index: usize) -> &str {
        &self.classes[self.labels[index]]
    }

    fn truth(&self, index: usize) -> Truth {
        self.truths.get(index).cloned().unwrap_or_default()
    }

    fn links(&self) -> usize {
        self.links
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let view = |&place: &usize| {
            let view = &self.views[place];
            view.present[index].then(|| view.values.row(index).to_vec())
        };
        Ok(wanted.iter().map(view).collect())
    }
}
