//! Named views of a signal: what models take.

use crate::base::axis::{ArrayInfo, Axis};
use crate::dsp::maps::Maps;
use ndarray::{Array3, ArrayD, ArrayView2, Ix2};
use serde::{Deserialize, Serialize};

/// An array that a model takes, of any rank and size.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// What the numbers are, for example [`LOG_MAGNITUDE`](crate::dsp::maps::LOG_MAGNITUDE).
    pub quantity: String,
    /// Unit of the numbers; `1` where they are scaled.
    pub unit: String,
    /// The axes in storage order.
    pub axes: Vec<Axis>,
    /// The numbers, one axis for each of `axes`.
    pub data: ArrayD<f32>,
}

/// What a view is, without its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewInfo {
    /// Its name.
    pub name: String,
    /// What the numbers are.
    pub quantity: String,
    /// Unit of the numbers.
    pub unit: String,
    /// The axes in storage order.
    pub axes: Vec<Axis>,
}

impl ViewInfo {
    /// Length of each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.len).collect()
    }
}

impl View {
    /// What it says about itself on disk.
    pub fn array_info(&self) -> ArrayInfo {
        let (quantity, unit) = (self.quantity.clone(), self.unit.clone());
        ArrayInfo { quantity, unit, dtype: "float32".into(), axes: self.axes.clone() }
    }

    /// Why it is no view: axes that are not those of the array, numbers that are none. `None` when it is one.
    pub fn problem(&self) -> Option<String> {
        let lens: Vec<usize> = self.axes.iter().map(|a| a.len).collect();
        if lens != self.data.shape() {
            return Some(format!("axes of {lens:?} for an array of shape {:?}", self.data.shape()));
        }
        let (at, value) = self.data.indexed_iter().find(|(_, v)| !v.is_finite())?;
        let at: Vec<String> = (0..self.data.ndim()).map(|k| format!("{} {}", self.axes[k].name, at[k])).collect();
        Some(format!("is {value} at {}; finite numbers are expected", at.join(", ")))
    }

    /// The numbers of a view of two axes.
    pub fn as_map(&self) -> Option<ArrayView2<'_, f32>> {
        self.data.view().into_dimensionality::<Ix2>().ok()
    }
}

/// The views of a sample by name, in the order in which the chain makes them. Any may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Views(Vec<(String, View)>);

impl Views {
    /// None at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a view, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, view: View) {
        let name = name.into();
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some((_, old)) => *old = view,
            None => self.0.push((name, view)),
        }
    }

    /// The view of this name.
    pub fn get(&self, name: &str) -> Option<&View> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, view)| view)
    }

    /// All with their names, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &View)> {
        self.0.iter().map(|(name, view)| (name.as_str(), view))
    }

    /// The names in order.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Number of views.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they are, without their numbers.
    pub fn infos(&self) -> Vec<ViewInfo> {
        let info = |(name, view): &(String, View)| ViewInfo {
            name: name.clone(),
            quantity: view.quantity.clone(),
            unit: view.unit.clone(),
            axes: view.axes.clone(),
        };
        self.0.iter().map(info).collect()
    }

    /// The views of these names alone, in this order; names that are absent stay absent.
    pub fn only(&self, names: &[String]) -> Self {
        Self(names.iter().filter_map(|name| Some((name.clone(), self.get(name)?.clone()))).collect())
    }

    /// Views of two axes and one size on top of each other, or why they are none.
    ///
    /// # Shapes
    /// → `[view, row, column]`, in the order of `names`.
    pub fn stacked(&self, names: &[String]) -> Result<Array3<f32>, String> {
        let mut stack: Option<Array3<f32>> = None;
        for (i, name) in names.iter().enumerate() {
            let there = || self.0.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>().join(", ");
            let view = self.get(name).ok_or_else(|| format!("has no view `{name}`; there are {}", there()))?;
            let shape = view.data.shape();
            let map =
                view.as_map().ok_or_else(|| format!("view `{name}` has shape {shape:?}, two axes are expected"))?;
            let stack = stack.get_or_insert_with(|| Array3::zeros((names.len(), map.nrows(), map.ncols())));
            if [stack.dim().1, stack.dim().2] != shape {
                let first = [stack.dim().1, stack.dim().2];
                return Err(format!("view `{name}` has shape {shape:?}, `{}` has {first:?}", names[0]));
            }
            stack.index_axis_mut(ndarray::Axis(0), i).assign(&map);
        }
        stack.ok_or_else(|| "no view is asked for".into())
    }

    /// Adds views whose names begin with `prefix`.
    pub fn extend_with(&mut self, prefix: &str, views: impl Into<Self>) {
        for (name, view) in views.into().0 {
            self.insert(format!("{prefix}{name}"), view);
        }
    }
}

impl IntoIterator for Views {
    type Item = (String, View);
    type IntoIter = std::vec::IntoIter<(String, View)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Maps> for Views {
    fn from(maps: Maps) -> Self {
        let of = |(i, (name, rows)): (usize, (String, Axis))| {
            let data = maps.data.index_axis(ndarray::Axis(0), i).to_owned().into_dyn();
            (
                name,
                View { quantity: maps.quantity.clone(), unit: "1".into(), axes: vec![rows, maps.time.clone()], data },
            )
        };
        Self(maps.names.clone().into_iter().zip(maps.rows.clone()).enumerate().map(of).collect())
    }
}
