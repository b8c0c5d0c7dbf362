//! Maps as pictures: time runs to the right, the value of the row axis grows upwards.

use super::colour::ColourMap;
use super::error::VizError;
use super::png::indexed_png;
use crate::base::axis::Axis;
use crate::dsp::maps::Maps;
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
    /// One pixel a cell, −1 to 1 in viridis: what `Maps` promises.
    fn default() -> Self {
        Self { colours: ColourMap::Viridis, low: -1.0, high: 1.0, scale: 1 }
    }
}

/// One map as a PNG. Time runs to the right and the value of the row axis grows upwards: farther, receding faster, further
/// to the right are up.
pub fn heatmap_png(maps: &Maps, map: usize, picture: &MapPicture) -> Result<Vec<u8>, VizError> {
    check(maps)?;
    if map >= maps.rows.len() {
        return Err(VizError::input("maps", format!("no map {map} among {}", maps.rows.len())));
    }
    let (width, height, steps) = steps(maps, map, picture)?;
    indexed_png(width, height, &picture.colours.palette(), &steps)
}

/// All maps side by side as a PNG, in their order, with a gap of 4 cells in the lowest colour. Axes as in `heatmap_png`.
pub fn maps_png(maps: &Maps, picture: &MapPicture) -> Result<Vec<u8>, VizError> {
    const GAP: usize = 4;
    check(maps)?;
    let tiles: Vec<(u32, u32, Vec<u8>)> =
        (0..maps.rows.len()).map(|m| steps(maps, m, picture)).collect::<Result<_, _>>()?;
    let (width, height) = (tiles[0].0 as usize, tiles[0].1 as usize);
    let pitch = width + GAP * picture.scale as usize;
    let total = pitch * tiles.len() - GAP * picture.scale as usize;
    let mut canvas = vec![0; total * height];
    for (i, (_, _, tile)) in tiles.iter().enumerate() {
        for (y, row) in tile.chunks_exact(width).enumerate() {
            let start = y * total + i * pitch;
            canvas[start..start + width].copy_from_slice(row);
        }
    }
    indexed_png(total as u32, height as u32, &picture.colours.palette(), &canvas)
}

/// Pixels of one map as steps of the palette, rows from the top.
fn steps(maps: &Maps, map: usize, picture: &MapPicture) -> Result<(u32, u32, Vec<u8>), VizError> {
    let view: ArrayView2<f32> = maps.data.index_axis(ndarray::Axis(0), map);
    let (rows, columns) = view.dim();
    let scale = picture.scale as usize;
    let most = 8192;
    if scale == 0 || rows * scale > most || columns * scale > most {
        let problem = format!("{columns} × {rows} cells at scale {scale}: 1 to {most} pixels a side are expected");
        return Err(VizError::input("maps", problem));
    }
    let upwards = grows(&maps.rows[map]);
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

/// A stack of maps must be one before it is drawn.
pub(super) fn check(maps: &Maps) -> Result<(), VizError> {
    let (count, rows, columns) = maps.data.dim();
    if count == 0 || rows == 0 || columns == 0 || maps.rows.len() != count || maps.names.len() != count {
        let problem = format!(
            "shape [{count}, {rows}, {columns}] with {} names and {} row axes: as many as maps, and no empty axis, are expected",
            maps.names.len(),
            maps.rows.len()
        );
        return Err(VizError::input("maps", problem));
    }
    Ok(())
}
