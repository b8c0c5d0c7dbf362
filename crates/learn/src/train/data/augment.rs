//! Changes to the maps of a training sample. None turns a map's rows over, so the sign of the Doppler axis stays.

use super::loaded::{LoadedSamples, LoaderAugment, is_range};
use super::{Samples, ViewAugment};
use crate::base::random::Stream;
use crate::train::TrainError;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much maps are changed; 0 switches a change off. The default is off.
///
/// mmCLIP shifts in range and crops in time; gain, noise and dropped columns are ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// Rows by which the range maps move, at most (either way), as a share of the rows, 0 to 0.5.
    pub range_shift: f64,
    /// Columns by which all maps move, at most (either way), as a share of the columns, 0 to 0.5.
    pub time_shift: f64,
    /// Share of the columns that is cut away, at most; the rest is stretched to the full length. 0 to 0.9.
    pub time_crop: f64,
    /// Offset added to all values, at most (either way). Maps are logarithmic, so this is a gain. 0 to 1. Views stay within −1 and 1, or
    /// within their own least and greatest value where these are beyond.
    pub gain: f64,
    /// Standard deviation of white noise added to each value, drawn for each sample between 0 and this. 0 to 1.
    pub noise: f64,
    /// Stretches that show nothing, in all maps alike: moments in which the sensor detected nothing. Time is cut into stretches of 1
    /// to an eighth of the columns (drawn for each sample), each of which is blanked with a probability drawn between 0 and this; one
    /// always stays. Gain and noise come on top. 0 to 0.95.
    #[serde(skip_serializing_if = "is_off")]
    pub time_drop: f64,
    /// Names of the maps whose rows are range; empty: those whose name ends in `range`.
    pub range_maps: Vec<String>,
    /// Changes to single views by name, after all others.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, ViewAugment>,
    /// Crops of longer maps, as mmCLIP's loader takes them: `{}` for its own values. They come before all other changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mmclip_loader: Option<LoaderAugment>,
}

fn is_off(value: &f64) -> bool {
    *value == 0.0
}

impl Augment {
    /// Every setting inside its range, or the first that is not.
    pub fn check(&self) -> Result<(), TrainError> {
        for (field, value, most) in [
            ("range_shift", self.range_shift, 0.5),
            ("time_shift", self.time_shift, 0.5),
            ("time_crop", self.time_crop, 0.9),
            ("gain", self.gain, 1.0),
            ("noise", self.noise, 1.0),
            ("time_drop", self.time_drop, 0.95),
        ] {
            if !(0.0..=most).contains(&value) {
                let (field, found) = (format!("augment.{field}"), value.to_string());
                return Err(TrainError::Config { field, found, expected: format!("0 to {most}") });
            }
        }
        self.views.iter().try_for_each(|(name, of)| of.check(name))?;
        self.mmclip_loader.as_ref().map_or(Ok(()), LoaderAugment::check)
    }

    /// Samples as training takes them: cropped, where the settings say so. Messages call them `name`.
    pub fn crops<'a>(&'a self, name: &str, samples: &'a dyn Samples) -> Result<Option<LoadedSamples<'a>>, TrainError> {
        let loader = self.mmclip_loader.as_ref();
        loader.map(|loader| LoadedSamples::new(loader, &self.range_maps, name, samples)).transpose()
    }

    /// Changes the maps of one sample in place.
    ///
    /// # Shapes
    /// `maps[map, row, column]`, row-major; `names[map]`.
    pub fn apply(&self, maps: &mut [f32], names: &[String], rows: usize, columns: usize, stream: &mut Stream) {
        if rows * columns == 0 {
            return;
        }
        let shape = [rows, columns];
        let views = maps.chunks_exact_mut(rows * columns).zip(names);
        let mut views: Vec<_> = views.map(|(values, name)| AugmentedView { name, shape: &shape, values }).collect();
        self.apply_to(&mut views, stream);
    }

    /// Changes the views of one sample in place: those with two axes, `[row, column]`, of which the columns are time. Others stay.
    pub fn apply_to(&self, views: &mut [AugmentedView<'_>], stream: &mut Stream) {
        // These draws are made whether used or not, so that switching one change on leaves the others as they were.
        let [range, time, crop, place, gain, noise]: [f64; 6] = std::array::from_fn(|_| stream.random());
        let either = |draw: f64, most: f64| (2.0 * draw - 1.0) * most;
        let kept = 1.0 - crop * self.time_crop;
        let mut maps: Vec<Map<'_>> = views.iter_mut().filter_map(Map::of).collect();
        for Map { name, rows, columns, floor, values } in &mut maps {
            let row_shift = (either(range, self.range_shift) * *rows as f64).round() as isize;
            // Output column c shows input column start + c * kept.
            let start = place * (1.0 - kept) * (*columns - 1) as f64 + either(time, self.time_shift) * *columns as f64;
            if is_range(&self.range_maps, name) && row_shift != 0 {
                shift_rows(values, *columns, row_shift, *floor);
            }
            if self.time_crop > 0.0 || self.time_shift > 0.0 {
                values.chunks_exact_mut(*columns).for_each(|row| resample(row, start, kept, *floor));
            }
        }
        if self.time_drop > 0.0
            && let Some(first) = maps.first().map(|map| map.columns)
        {
            let probability = stream.random::<f64>() * self.time_drop;
            let run = stream.random_range(1..=(first / 8).max(1));
            let mut blank: Vec<bool> = (0..first.div_ceil(run)).map(|_| stream.random::<f64>() < probability).collect();
            let stays = stream.random_range(0..blank.len());
            blank[stays] = false;
            for Map { columns, floor, values, .. } in &mut maps {
                for row in values.chunks_exact_mut(*columns) {
                    // The same moments in views with other numbers of columns.
                    let is_blank = |column: usize| blank[column * first / *columns / run];
                    row.iter_mut().enumerate().filter(|(c, _)| is_blank(*c)).for_each(|(_, value)| *value = *floor);
                }
            }
        }
        if self.gain > 0.0 || self.noise > 0.0 {
            let offset = either(gain, self.gain) as f32;
            let deviation = (noise * self.noise) as f32;
            for map in &mut maps {
                // Pictures end at −1 and 1; a view of other numbers, as amplitudes or dBm, where it ends itself.
                let (low, high) = map.values.iter().fold((-1.0f32, 1.0f32), |(l, h), v| (l.min(*v), h.max(*v)));
                for value in map.values.iter_mut() {
                    let white: f32 = if self.noise > 0.0 { StandardNormal.sample(stream) } else { 0.0 };
                    *value = (*value + offset + deviation * white).clamp(low, high);
                }
            }
        }
        for view in views {
            if let (Some(of), &[rows, columns]) = (self.views.get(view.name), view.shape) {
                of.apply(view.values, [rows, columns], stream);
            }
        }
    }
}

/// A view that is to be changed.
pub struct AugmentedView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Lengths of its axes.
    pub shape: &'a [usize],
    /// Row-major.
    pub values: &'a mut [f32],
}

/// A view with rows and columns.
struct Map<'a> {
    name: &'a str,
    rows: usize,
    columns: usize,
    /// The smallest value: what shows nothing.
    floor: f32,
    values: &'a mut [f32],
}

impl<'a> Map<'a> {
    fn of(view: &'a mut AugmentedView<'_>) -> Option<Self> {
        let [rows, columns] = *view.shape else { return None };
        let floor = view.values.iter().copied().fold(f32::INFINITY, f32::min);
        // Numbers of a whole window have no time that could be shifted.
        (rows > 0 && columns > 1).then_some(Self { name: view.name, rows, columns, floor, values: view.values })
    }
}

fn shift_rows(map: &mut [f32], columns: usize, shift: isize, floor: f32) {
    let count = (shift.unsigned_abs() * columns).min(map.len());
    if shift > 0 {
        map.copy_within(..map.len() - count, count);
        map[..count].fill(floor);
    } else {
        map.copy_within(count.., 0);
        let from = map.len() - count;
        map[from..].fill(floor);
    }
}

/// Linear interpolation; what lies outside shows the map's floor.
fn resample(row: &mut [f32], start: f64, step: f64, floor: f32) {
    let old = row.to_vec();
    for (c, value) in row.iter_mut().enumerate() {
        let x = start + c as f64 * step;
        let (i, t) = (x.floor(), (x - x.floor()) as f32);
        let at = |i: f64| if i >= 0.0 && i < old.len() as f64 { old[i as usize] } else { floor };
        *value = if t == 0.0 { at(i) } else { (1.0 - t) * at(i) + t * at(i + 1.0) };
    }
}
