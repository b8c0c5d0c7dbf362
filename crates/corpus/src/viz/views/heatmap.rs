//! Maps as pictures: time runs to the right, the value of the row axis grows upwards.

use crate::base::axis::Axis;
use crate::chain::{View, Views};
use crate::viz::error::VizError;
use crate::viz::pixels::colour::ColourMap;
use crate::viz::pixels::png::indexed_png;
use ndarray::ArrayView2;

/// How maps become pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapPicture {
    /// Colours.
    pub colours: ColourMap,
    /// Value of the lowest colour.
    pub low: f32,
    /// Value of the highest colour.
    pub high: f32,
    /// Pixels a map cell, across and down, at least 1.
    pub scale: u32,
}

impl Default for MapPicture {
    /// One pixel a cell, −1 to 1 in viridis, between which maps are scaled.
    fn default() -> Self {
        Self { colours: ColourMap::Viridis, low: -1.0, high: 1.0, scale: 1 }
    }
}

/// A view of two axes as a PNG. Time runs to the right and the value of the row axis grows upwards: farther, receding faster,
/// further to the right are up.
pub fn view_png(view: &View, picture: &MapPicture) -> Result<Vec<u8>, VizError> {
    let (width, height, steps) = steps(view, picture)?;
    indexed_png(width, height, &picture.colours.palette(), &steps)
}

/// All views of two axes side by side as a PNG, in their order, with a gap of 4 cells in the lowest colour. Axes as in `view_png`.
pub fn views_png(views: &Views, picture: &MapPicture) -> Result<Vec<u8>, VizError> {
    const GAP: usize = 4;
    let tiles: Vec<(u32, u32, Vec<u8>)> =
        maps(views)?.into_iter().map(|(_, view)| steps(view, picture)).collect::<Result<_, _>>()?;
    let gap = GAP * picture.scale as usize;
    let total = tiles.iter().map(|tile| tile.0 as usize + gap).sum::<usize>() - gap;
    let height = tiles.iter().map(|tile| tile.1 as usize).max().unwrap_or(0);
    let mut canvas = vec![0; total * height];
    let mut left = 0;
    for (width, _, tile) in &tiles {
        let width = *width as usize;
        for (y, row) in tile.chunks_exact(width).enumerate() {
            let start = y * total + left;
            canvas[start..start + width].copy_from_slice(row);
        }
        left += width + gap;
    }
    indexed_png(total as u32, height as u32, &picture.colours.palette(), &canvas)
}

/// The views of two axes with their names; at least one.
pub(super) fn maps(views: &Views) -> Result<Vec<(&str, &View)>, VizError> {
    let maps: Vec<(&str, &View)> = views.iter().filter(|(_, view)| view.axes.len() == 2).collect();
    if maps.is_empty() {
        let problem = format!("{:?}: at least one of two axes is expected", views.names());
        return Err(VizError::input("views", problem));
    }
    for (name, view) in &maps {
        let lens: Vec<usize> = view.axes.iter().map(|axis| axis.len).collect();
        if view.data.is_empty() || lens != view.data.shape() {
            let shape = view.data.shape();
            let problem =
                format!("{name} of shape {shape:?} with axes of {lens:?}: the same, and none empty, is expected");
            return Err(VizError::input("views", problem));
        }
    }
    Ok(maps)
}

/// Pixels of one view as steps of the palette, rows from the top.
fn steps(of: &View, picture: &MapPicture) -> Result<(u32, u32, Vec<u8>), VizError> {
    let shape = of.data.shape();
    let two = of.as_map().filter(|map| !map.is_empty() && of.axes.len() == 2);
    let view: ArrayView2<f32> =
        two.ok_or_else(|| VizError::input("view", format!("shape {shape:?}: two axes, none empty, are expected")))?;
    let (rows, columns) = view.dim();
    let scale = picture.scale as usize;
    let most = 8192;
    if scale == 0 || rows * scale > most || columns * scale > most {
        let problem = format!("{columns} × {rows} cells at scale {scale}: 1 to {most} pixels a side are expected");
        return Err(VizError::input("view", problem));
    }
    let upwards = grows(&of.axes[0]);
    let mut pixels = Vec::with_capacity(rows * columns * scale * scale);
    for y in 0..rows {
        let row = view.row(if upwards { rows - 1 - y } else { y });
        let line: Vec<u8> = row
            .iter()
            .flat_map(|&v| std::iter::repeat_n(ColourMap::step(v, picture.low, picture.high), scale))
            .collect();
        (0..scale).for_each(|_| pixels.extend_from_slice(&line));
    }
    Ok(((columns * scale) as u32, (rows * scale) as u32, pixels))
}

/// Whether the value of the axis grows with the index.
pub(super) fn grows(axis: &Axis) -> bool {
    axis.step >= 0.0
}
