//! Views side by side on one sheet, each with its axes: to be looked at without a browser.

use super::axes_picture::{AxesPicture, with_unit};
use super::heatmap::maps;
use super::map_figure::plain_name;
use crate::base::axis::Axis;
use crate::chain::{View, Views};
use crate::viz::error::VizError;
use crate::viz::pixels::colour::ColourMap;
use crate::viz::pixels::lettering::{text, text_width};
use crate::viz::pixels::picture::{Picture, Rgb};
use crate::viz::pixels::png::png_bytes;
use ndarray::s;

/// Views beside each other.
const COLUMNS: usize = 3;
/// Pixels of each map.
const MAP: (u32, u32) = (420, 320);
const TITLE: u32 = 26;

/// All views of two axes, three in a row below a title, as a PNG. Rows that are only counted and of which every number is the same at the end of a view,
/// places for tags that are not there, are left out.
pub fn sheet_png(title: &str, views: &Views) -> Result<Vec<u8>, VizError> {
    let pictures: Vec<Picture> =
        maps(views)?.into_iter().map(|(name, view)| picture(name, view)).collect::<Result<_, _>>()?;
    let (width, height) = pictures.iter().fold((1, 1), |(w, h), p| (p.width().max(w), p.height().max(h)));
    let columns = COLUMNS.min(pictures.len()).max(1);
    let rows = pictures.len().div_ceil(columns);
    let head = TITLE + 16;
    let across = (width * columns as u32).max(text_width(title, TITLE) + 32);
    let mut sheet = Picture::from_pixel(across, head + height * rows as u32, Rgb([255, 255, 255]));
    text(&mut sheet, 16, 12, TITLE, title, Rgb([40, 40, 46]));
    for (i, picture) in pictures.iter().enumerate() {
        sheet.paste(picture, width * (i % columns) as u32, head + height * (i / columns) as u32);
    }
    png_bytes(&sheet)
}

fn picture(name: &str, view: &View) -> Result<Picture, VizError> {
    let data = view.as_map().ok_or_else(|| VizError::input(name, "it has not two axes"))?;
    let even = |row: ndarray::ArrayView1<'_, f32>| row.iter().all(|v| *v == row[0]);
    // An axis of velocities or ranges stays whole: cut at one end it would no longer be seen where zero is.
    let counted = view.axes[0].unit == "1";
    let empty = data.rows().into_iter().rev().take_while(|row| counted && even(row.view())).count();
    let count = if empty < data.nrows() { data.nrows() - empty } else { data.nrows() };
    let data = data.slice(s![..count, ..]);
    let (low, high) = data.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let limits = if low < high { (low, high) } else { (low - 1.0, low + 1.0) };
    let rows = Axis { len: count, ..view.axes[0].clone() };
    AxesPicture {
        title: &plain_name(name),
        data,
        rows: &rows,
        columns: &view.axes[1],
        colours: ColourMap::Viridis,
        limits,
        values: &with_unit(&view.quantity, &view.unit),
        size: MAP,
    }
    .image()
}
