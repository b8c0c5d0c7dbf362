//! Views of several sensors on one sheet, each with its axes: to be looked at without a browser.

use super::axes_picture::AxesPicture;
use super::heatmap::maps;
use crate::base::axis::Axis;
use crate::chain::{View, Views};
use crate::viz::error::VizError;
use crate::viz::pixels::colour::ColourMap;
use crate::viz::pixels::picture::{Picture, Rgb};
use crate::viz::pixels::png::png_bytes;
use ndarray::s;

/// Views beside each other.
const COLUMNS: usize = 3;

/// All views of two axes, three in a row, as a PNG. Rows of which every number is the same at the end of a view, places for tags that are not there, are
/// left out.
pub fn sheet_png(views: &Views) -> Result<Vec<u8>, VizError> {
    let pictures: Vec<Picture> =
        maps(views)?.into_iter().map(|(name, view)| picture(name, view)).collect::<Result<_, _>>()?;
    let (width, height) = pictures.iter().fold((1, 1), |(w, h), p| (p.width().max(w), p.height().max(h)));
    let columns = COLUMNS.min(pictures.len()).max(1);
    let rows = pictures.len().div_ceil(columns);
    let mut sheet = Picture::from_pixel(width * columns as u32, height * rows as u32, Rgb([255, 255, 255]));
    for (i, picture) in pictures.iter().enumerate() {
        sheet.paste(picture, width * (i % columns) as u32, height * (i / columns) as u32);
    }
    png_bytes(&sheet)
}

fn picture(name: &str, view: &View) -> Result<Picture, VizError> {
    let data = view.as_map().ok_or_else(|| VizError::input(name, "it has not two axes"))?;
    let even = |row: ndarray::ArrayView1<'_, f32>| row.iter().all(|v| *v == row[0]);
    let empty = data.rows().into_iter().rev().take_while(|row| even(row.view())).count();
    let count = if empty < data.nrows() { data.nrows() - empty } else { data.nrows() };
    let data = data.slice(s![..count, ..]);
    let (low, high) = data.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let limits = if low < high { (low, high) } else { (low - 1.0, low + 1.0) };
    let rows = Axis { len: count, ..view.axes[0].clone() };
    let title = name.replace('_', " ");
    let unit = if view.unit == "1" { "" } else { view.unit.as_str() };
    let columns = &view.axes[1];
    AxesPicture { title: &title, data, rows: &rows, columns, colours: ColourMap::Viridis, limits, unit }.image()
}
