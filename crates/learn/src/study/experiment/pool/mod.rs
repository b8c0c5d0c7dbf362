//! A corpus in memory, and subsets of it.

use super::item::Item;
use super::spec::Filter;
use crate::base::yaml::Problem;
use crate::chain::ViewInput;
use crate::corpus::{CorpusError, CorpusReader, Recipe, SampleMaker, points_from_array};
use crate::dsp::point_maps::numbers::point_numbers;
use crate::model::interface::ViewInfo;
use crate::train::{Dataset, TrainError, ViewColumn};
use ndarray::{Array2, Array4, ArrayView3, Axis};

/// Whether something is wanted and all of it is there.
fn all_among(wanted: &[String], there: &[String]) -> bool {
    !wanted.is_empty() && wanted.iter().all(|name| there.contains(name))
}

/// All samples of a corpus.
pub struct Pool {
    /// What is known of each sample.
    pub items: Vec<Item>,
    map_names: Vec<String>,
    maps: Array4<f32>,
    input: Option<ViewInput>,
    points: Option<Array2<f32>>,
}

impl Pool {
    /// Reads the maps of these names of a corpus, or its main ones where one of them is missing or none is named; all samples must have the same
    /// ones. `with_points`: features of points that are kept beside them too.
    pub fn read(corpus: &CorpusReader, wanted: &[String], with_points: bool) -> Result<Self, CorpusError> {
        corpus.check_shards()?;
        let mut items = Vec::new();
        let there = corpus.view_input()?.map(|input| input.names()).unwrap_or_default();
        let names = if all_among(wanted, &there) { wanted.to_vec() } else { corpus.main_views()? };
        let mut values: Vec<f32> = Vec::new();
        let mut shape = (names.len(), 0, 0);
        // Of all samples, or of none.
        let mut features = with_points.then(Vec::new);
        for row in corpus.rows() {
            let sample = if features.is_some() { corpus.read(row.id)? } else { corpus.read_views(row.id)? };
            features = match (features.take(), sample.extra("points")) {
                (Some(mut all), Some(points)) => {
                    all.push(point_numbers(&points_from_array(points)?));
                    Some(all)
                }
                _ => None,
            };
            let wrong = |problem: String| CorpusError::folder(corpus.dir(), format!("sample {} {problem}", row.id));
            let maps = sample.views.stacked(&names).map_err(wrong)?;
            if !values.is_empty() && shape != maps.dim() {
                let problem =
                    format!("has views of shape {:?}, the first one of {shape:?}: one corpus, one kind", maps.dim());
                return Err(wrong(problem));
            }
            shape = maps.dim();
            values.extend(maps.iter());
            items.push(Item {
                label: sample.targets.label,
                session: sample.meta.session,
                subject: sample.meta.subject,
                split: sample.meta.split,
                recording: sample.meta.recording,
                start_s: sample.meta.start_s,
                duration_s: sample.meta.duration_s,
            });
        }
        let (n, rows, columns) = shape;
        let maps = Array4::from_shape_vec((items.len(), n, rows, columns), values)
            .map_err(|e| CorpusError::folder(corpus.dir(), e.to_string()))?;
        let input = corpus.view_input()?.map(|input| input.only(&names));
        let points = features.filter(|all| !all.is_empty());
        let points = points.map(|all| Array2::from_shape_fn((all.len(), all[0].len()), |(i, k)| all[i][k]));
        Ok(Self { items, map_names: names, maps, input, points })
    }

    /// What a recipe will simulate, without the maps: enough to see whether questions can be asked. `wanted` as in [`Self::read`].
    pub fn planned(recipe: &Recipe, wanted: &[String]) -> Result<Self, Vec<Problem>> {
        let maker = SampleMaker::new(recipe)?;
        let items = (0..maker.len())
            .map(|id| {
                let planned = maker.planned(id);
                let (recording, start_s) = maker.recording(id);
                Item {
                    subject: planned.subject_name(),
                    label: planned.activity,
                    session: planned.place_name,
                    split: planned.split,
                    recording,
                    start_s,
                    duration_s: maker.scene().duration_s(),
                }
            })
            .collect();
        let planned = recipe.chain.planned();
        let there: Vec<String> = planned.iter().map(|(name, _)| name.clone()).collect();
        let main = if all_among(wanted, &there) { wanted.to_vec() } else { recipe.chain.main_views() };
        let shape = planned.iter().find(|(name, _)| main.first() == Some(name)).map(|(_, shape)| shape.as_slice());
        let (rows, columns) = if let Some(&[rows, columns]) = shape { (rows, columns) } else { (0, 0) };
        let maps = Array4::zeros((0, main.len(), rows, columns));
        Ok(Self { items, maps, map_names: main, input: None, points: None })
    }

    /// Indices of the samples that the filter accepts and whose label is among `classes`.
    pub fn select(&self, filter: &Filter, classes: &[String]) -> Vec<usize> {
        let wanted = |item: &Item| filter.accepts(item) && classes.contains(&item.label);
        (0..self.items.len()).filter(|&i| wanted(&self.items[i])).collect()
    }

    /// Whether sample `index` is sample `other_index` of another pool: the same stretch of a recording, number by number.
    pub fn same_sample(&self, index: usize, other: &Self, other_index: usize) -> bool {
        // What is only planned has no numbers yet.
        let both = index < self.maps.len_of(Axis(0)) && other_index < other.maps.len_of(Axis(0));
        both && self.items[index].overlaps(&other.items[other_index])
            && self.maps.index_axis(Axis(0), index) == other.maps.index_axis(Axis(0), other_index)
    }

    /// The maps of a sample.
    ///
    /// # Shapes
    /// `[map, row, column]`.
    pub(super) fn maps_of(&self, index: usize) -> ArrayView3<'_, f32> {
        self.maps.index_axis(Axis(0), index)
    }

    /// Hand-made features of the points of every sample, where they were read.
    ///
    /// # Shapes
    /// `[sample, number]`.
    pub(super) fn point_features(&self) -> Option<&Array2<f32>> {
        self.points.as_ref()
    }

    /// Names of the maps.
    pub fn map_names(&self) -> &[String] {
        &self.map_names
    }

    /// `(rows, columns)` of every map.
    pub fn map_shape(&self) -> (usize, usize) {
        (self.maps.dim().2, self.maps.dim().3)
    }

    /// The views of every sample.
    pub(super) fn views(&self) -> Vec<ViewInfo> {
        let (rows, columns) = self.map_shape();
        self.map_names.iter().map(|name| ViewInfo::new(name, [rows, columns])).collect()
    }

    /// The samples at `indices` as training data; labels are places in `classes`.
    pub fn dataset(&self, indices: &[usize], classes: &[String]) -> Result<Dataset, TrainError> {
        let place = |&i: &usize| {
            let label = &self.items[i].label;
            classes.iter().position(|c| c == label).ok_or_else(|| {
                TrainError::data("samples", format!("sample {i} is labelled {label}, which is none of the classes"))
            })
        };
        let labels = indices.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let (rows, columns) = self.map_shape();
        let view = |(name, map): (&String, ArrayView3<'_, f32>)| {
            let values = map.select(Axis(0), indices).iter().copied().collect();
            let values = Array2::from_shape_vec((indices.len(), rows * columns), values)
                .map_err(|e| TrainError::data("samples", e.to_string()))?;
            Ok(ViewColumn { info: ViewInfo::new(name, [rows, columns]), values, present: vec![true; indices.len()] })
        };
        let views =
            self.map_names.iter().zip(self.maps.axis_iter(Axis(1))).map(view).collect::<Result<_, TrainError>>()?;
        let mut set = Dataset::of_views(views, labels, classes.to_vec())?;
        set.input.clone_from(&self.input);
        Ok(set)
    }
}
