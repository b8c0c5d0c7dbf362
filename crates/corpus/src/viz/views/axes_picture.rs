//! A map with its axes as one PNG: for pictures that stand alone, without a browser to write the text.

use crate::base::axis::Axis;
use crate::viz::error::VizError;
use crate::viz::pixels::colour::ColourMap;
use crate::viz::pixels::font::CELL_HEIGHT;
use crate::viz::pixels::picture::{Picture, Rgb};
use crate::viz::pixels::png::png_bytes;
use crate::viz::pixels::raster::{text, text_width};
use crate::viz::ticks::Ticks;
use ndarray::ArrayView2;

const PAPER: Rgb = Rgb([255, 255, 255]);
const INK: Rgb = Rgb([40, 40, 46]);
/// Pixels of the map itself.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
const LEFT: u32 = 76;
const RIGHT: u32 = 118;
const TOP: u32 = 56;
const BOTTOM: u32 = 58;
const SCALE: u32 = 2;
const BAR: u32 = 18;

/// A map with title, axes and colour bar.
#[derive(Clone, Debug)]
pub struct AxesPicture<'a> {
    /// Title; ASCII.
    pub title: &'a str,
    /// `data[row, column]`.
    pub data: ArrayView2<'a, f32>,
    /// Axis of the rows; grows upwards.
    pub rows: &'a Axis,
    /// Axis of the columns; grows to the right. Radians are shown in degrees.
    pub columns: &'a Axis,
    /// Colours.
    pub colours: ColourMap,
    /// Values of the lowest and the highest colour.
    pub limits: (f32, f32),
    /// Unit of the values.
    pub unit: &'a str,
}

impl AxesPicture<'_> {
    /// The picture as a PNG file.
    pub fn png(&self) -> Result<Vec<u8>, VizError> {
        png_bytes(&self.image()?)
    }

    /// Draws the picture.
    pub fn image(&self) -> Result<Picture, VizError> {
        let (rows, columns) = self.data.dim();
        let grows = self.rows.step > 0.0 && self.columns.step > 0.0;
        if rows == 0 || columns == 0 || self.rows.len != rows || self.columns.len != columns || !grows {
            let problem = format!("[{rows}, {columns}] values for axes of {} and {}", self.rows.len, self.columns.len);
            return Err(VizError::input(self.title, problem));
        }
        let mut image = Picture::from_pixel(LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM, PAPER);
        let palette = self.colours.palette();
        for y in 0..HEIGHT {
            let row = rows - 1 - (y as usize * rows / HEIGHT as usize).min(rows - 1);
            for x in 0..WIDTH {
                let column = (x as usize * columns / WIDTH as usize).min(columns - 1);
                let step = ColourMap::step(self.data[[row, column]], self.limits.0, self.limits.1);
                image.put_pixel(LEFT + x, TOP + y, Rgb(palette[step as usize]));
            }
        }
        frame(&mut image, LEFT, TOP, WIDTH, HEIGHT);
        text(&mut image, LEFT, 8, SCALE, self.title, INK);
        text(&mut image, 8, TOP - CELL_HEIGHT as u32 * SCALE - 6, SCALE, &label(self.rows), INK);
        let name = label(self.columns);
        let middle = LEFT + (WIDTH - text_width(&name, SCALE).min(WIDTH)) / 2;
        text(&mut image, middle, TOP + HEIGHT + 34, SCALE, &name, INK);
        for (share, words) in ticks(self.columns, 9) {
            let x = LEFT + (share * f64::from(WIDTH - 1)).round() as u32;
            (0..6).for_each(|d| image.put_pixel(x, TOP + HEIGHT + 1 + d, INK));
            let start = x.saturating_sub(text_width(&words, SCALE) / 2);
            text(&mut image, start, TOP + HEIGHT + 12, SCALE, &words, INK);
        }
        for (share, words) in ticks(self.rows, 8) {
            let y = TOP + HEIGHT - 1 - (share * f64::from(HEIGHT - 1)).round() as u32;
            (0..6).for_each(|d| image.put_pixel(LEFT - 2 - d, y, INK));
            let start = (LEFT - 12).saturating_sub(text_width(&words, SCALE));
            text(&mut image, start, y.saturating_sub(7), SCALE, &words, INK);
        }
        self.bar(&mut image, &palette);
        Ok(image)
    }

    /// The colour bar at the right.
    fn bar(&self, image: &mut Picture, palette: &[[u8; 3]; 256]) {
        let left = LEFT + WIDTH + 16;
        for y in 0..HEIGHT {
            let step = (255 * (HEIGHT - 1 - y) / (HEIGHT - 1)) as usize;
            (0..BAR).for_each(|x| image.put_pixel(left + x, TOP + y, Rgb(palette[step])));
        }
        frame(image, left, TOP, BAR, HEIGHT);
        let (low, high) = (f64::from(self.limits.0), f64::from(self.limits.1));
        text(image, left, TOP - CELL_HEIGHT as u32 * SCALE - 6, SCALE, self.unit, INK);
        for value in Ticks::linear(low, high, 6).values.into_iter().filter(|v| *v >= low && *v <= high) {
            let share = (value - low) / (high - low);
            let y = TOP + HEIGHT - 1 - (share * f64::from(HEIGHT - 1)).round() as u32;
            text(image, left + BAR + 6, y.saturating_sub(7), SCALE, &number(value), INK);
        }
    }
}

/// Round values of an axis with their place, 0 to 1 from edge to edge: the cells are centred on their values.
fn ticks(axis: &Axis, count: usize) -> Vec<(f64, String)> {
    let unit = if axis.unit == "rad" { 1_f64.to_degrees() } else { 1.0 };
    let low = (axis.value(0) - 0.5 * axis.step) * unit;
    let high = (axis.value(axis.len - 1) + 0.5 * axis.step) * unit;
    let within = |v: &f64| *v >= low && *v <= high;
    let values = Ticks::linear(low, high, count).values.into_iter().filter(within);
    values.map(|v| ((v - low) / (high - low), number(v))).collect()
}

/// At most four digits, without needless zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Name, unit and sign of an axis.
fn label(axis: &Axis) -> String {
    let unit = if axis.unit == "rad" { "degrees" } else { &axis.unit };
    let sign = axis.sign.as_ref().map_or(String::new(), |s| format!(", {s}"));
    format!("{} ({unit}{sign})", axis.name)
}

fn frame(image: &mut Picture, left: u32, top: u32, width: u32, height: u32) {
    for x in left - 1..=left + width {
        image.put_pixel(x, top - 1, INK);
        image.put_pixel(x, top + height, INK);
    }
    for y in top - 1..=top + height {
        image.put_pixel(left - 1, y, INK);
        image.put_pixel(left + width, y, INK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn the_highest_value_stands_at_its_place() {
        let mut data = Array2::zeros((10, 20));
        data[[8, 3]] = 1.0;
        let (rows, columns) = (Axis::new("range", "m", 10, 0.0, 0.5), Axis::new("azimuth", "rad", 20, -1.0, 0.1));
        let picture = AxesPicture {
            title: "test",
            data: data.view(),
            rows: &rows,
            columns: &columns,
            colours: ColourMap::Inferno,
            limits: (0.0, 1.0),
            unit: "dB",
        };
        let image = picture.image().unwrap();
        let high = Rgb(ColourMap::Inferno.palette()[255]);
        // The second row from the top, the fourth column from the left.
        assert_eq!(image.get_pixel(LEFT + 3 * 32 + 16, TOP + 48 + 24), high);
        assert_ne!(image.get_pixel(LEFT + 5 * 32 + 16, TOP + 48 + 24), high);
        let short = Axis { len: 9, ..rows.clone() };
        assert!(AxesPicture { rows: &short, ..picture }.image().is_err());
        assert_eq!((number(-0.0), number(2.5), number(-60.0)), ("0".into(), "2.5".into(), "-60".into()));
    }
}
