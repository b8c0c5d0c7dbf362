//! Crops of longer maps, as mmCLIP's loader takes them: at random in training, in the middle otherwise.

use super::{Samples, Truth};
use crate::base::random::Stream;
use crate::chain::ViewInput;
use crate::dsp::heatmap::{MmclipLoader, loaded};
use crate::dsp::resize::resized_axis;
use crate::model::interface::ViewInfo;
use crate::train::TrainError;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What mmCLIP's loader does to heatmaps that are longer than a sample (github.com/QM20/mmCLIP, `src/dataset.py`): all maps are cropped to
/// the same columns, range maps moved away by some rows whose place the first one takes, then each is resized by linear interpolation
/// and stretched from its least value at −1 to its greatest at 1. Samples must hold whole maps: `mmclip_loader: {crop: null}` in
/// their chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoaderAugment {
    /// Columns of a crop, at most those of the maps. Default 256.
    pub crop: usize,
    /// Least and greatest share of the rows by which range maps move away, 0 to 0.5. Default 0.08 to 0.15: the loader's 8 to 15 of a
    /// hundred range bins. Nothing moves where samples are validated.
    pub range_shift: [f64; 2],
    /// Rows that the model takes, 1 to 4096. Default 224.
    pub rows: usize,
    /// Columns that the model takes, 1 to 4096. Default 224.
    pub columns: usize,
}

impl Default for LoaderAugment {
    fn default() -> Self {
        Self { crop: 256, range_shift: [0.08, 0.15], rows: 224, columns: 224 }
    }
}

impl LoaderAugment {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let fail = |field: &str, found: String, expected: &str| {
            let field = format!("augment.mmclip_loader.{field}");
            Err(TrainError::Config { field, found, expected: expected.into() })
        };
        for (field, value, most) in
            [("crop", self.crop, 65_536), ("rows", self.rows, 4096), ("columns", self.columns, 4096)]
        {
            if !(1..=most).contains(&value) {
                return fail(field, value.to_string(), &format!("1 to {most}"));
            }
        }
        let [least, most] = self.range_shift;
        // Written so that NaN fails as well.
        if !(least >= 0.0 && least <= most && most <= 0.5) {
            return fail("range_shift", format!("[{least}, {most}]"), "[least, greatest] within 0 to 0.5");
        }
        Ok(())
    }

    /// A map as the model takes it.
    fn part(&self, map: &ArrayView2<f32>, first: usize, away: usize) -> Vec<f32> {
        let crop = map.slice(s![.., first..first + self.crop]);
        let away = away.min(crop.nrows() - 1);
        let moved: Array2<f32> = match away {
            0 => crop.to_owned(),
            _ => {
                let first = crop.slice(s![..1, ..]);
                let mut parts = vec![first; away];
                parts.push(crop.slice(s![..crop.nrows() - away, ..]));
                concatenate(Axis(0), &parts).unwrap_or_else(|_| crop.to_owned())
            }
        };
        loaded(&moved.view(), self.rows, self.columns).into_iter().collect()
    }
}

/// Samples whose maps are cropped.
pub struct LoadedSamples<'a> {
    inner: &'a dyn Samples,
    loader: &'a LoaderAugment,
    range_maps: &'a [String],
    views: Vec<ViewInfo>,
    input: Option<ViewInput>,
}

impl<'a> LoadedSamples<'a> {
    /// Crops of the samples that messages call `name`; `range_maps` as in [`Augment`](super::Augment).
    pub fn new(
        loader: &'a LoaderAugment,
        range_maps: &'a [String],
        name: &str,
        inner: &'a dyn Samples,
    ) -> Result<Self, TrainError> {
        let mut views = inner.views().to_vec();
        for view in &mut views {
            let [rows, columns] = view.shape[..] else { continue };
            if columns < loader.crop || rows == 0 {
                let (field, found) = ("augment.mmclip_loader.crop".into(), loader.crop.to_string());
                let expected = format!("at most {columns}, the columns of {} in {name}", view.name);
                return Err(TrainError::Config { field, found, expected });
            }
            view.shape = vec![loader.rows, loader.columns];
        }
        let input = inner.input().map(|input| loader.of_input(input));
        Ok(Self { inner, loader, range_maps, views, input })
    }

    /// The views with a crop at `place` of where it may begin, 0 to 1, and range maps `away` of their rows further.
    fn cropped(
        &self,
        index: usize,
        wanted: &[usize],
        place: f64,
        away: f64,
    ) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let read = self.inner.read(index, wanted)?;
        let views = read.into_iter().zip(wanted).map(|(values, &place_of)| {
            let info = &self.inner.views()[place_of];
            let [rows, columns] = info.shape[..] else { return values };
            let map = Array2::from_shape_vec((rows, columns), values?).ok()?;
            // Views of another length share the moment.
            let first = (place * (columns - self.loader.crop) as f64).round() as usize;
            let away = if is_range(self.range_maps, &info.name) { (away * rows as f64).round() as usize } else { 0 };
            Some(self.loader.part(&map.view(), first, away))
        });
        Ok(views.collect())
    }
}

/// Whether the rows of a map are range: by these names, or without any by the end of its own.
pub(super) fn is_range(range_maps: &[String], name: &str) -> bool {
    if range_maps.is_empty() { name.ends_with("range") } else { range_maps.iter().any(|n| n == name) }
}

impl LoaderAugment {
    /// How the maps of a crop are made from a recording: what a model has learnt that is trained on crops.
    fn of_input(&self, input: &ViewInput) -> ViewInput {
        let mut input = input.clone();
        if let Some(heatmaps) = &mut input.chain.heatmaps {
            let whole = heatmaps.mmclip_loader.unwrap_or_default();
            heatmaps.mmclip_loader = Some(MmclipLoader { crop: Some(self.crop), ..whole });
            (heatmaps.rows, heatmaps.columns) = (self.rows, self.columns);
        }
        for view in &mut input.views {
            if let [row, time] = &mut view.axes[..] {
                let first = time.len.saturating_sub(self.crop) / 2;
                let crop = crate::base::axis::Axis { first: time.value(first), len: self.crop, ..time.clone() };
                (*row, *time) = (resized_axis(row, self.rows), resized_axis(&crop, self.columns));
            }
        }
        input
    }
}

impl Samples for LoadedSamples<'_> {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn views(&self) -> &[ViewInfo] {
        &self.views
    }

    fn input(&self) -> Option<&ViewInput> {
        self.input.as_ref()
    }

    fn fingerprint(&self) -> String {
        self.inner.fingerprint()
    }

    fn id(&self, index: usize) -> u64 {
        self.inner.id(index)
    }

    fn label(&self, index: usize) -> &str {
        self.inner.label(index)
    }

    fn truth(&self, index: usize) -> Truth {
        self.inner.truth(index)
    }

    fn links(&self) -> usize {
        self.inner.links()
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        self.cropped(index, wanted, 0.5, 0.0)
    }

    fn drawn(&self, index: usize, wanted: &[usize], stream: &mut Stream) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let [least, most] = self.loader.range_shift;
        let (place, away): (f64, f64) = (stream.random(), stream.random());
        self.cropped(index, wanted, place, least + away * (most - least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_rows_move_away_and_the_first_takes_their_place() {
        let loader = LoaderAugment { crop: 2, rows: 4, columns: 2, ..LoaderAugment::default() };
        let map = Array2::from_shape_fn((4, 3), |(r, c)| (r * 3 + c) as f32);
        // Rows 0 0 0 1 of the columns 1 and 2: 1, 2, 4 and 5 of a range from 1 to 5.
        let want = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 4.0, 5.0].map(|v: f32| 0.5 * (v - 1.0) - 1.0);
        assert_eq!(loader.part(&map.view(), 1, 2), want);
        // Nothing else than the first is left at most.
        assert_eq!(loader.part(&map.view(), 0, 9)[..2], loader.part(&map.view(), 0, 3)[..2]);
    }
}
