//! A map with its axes as one PNG: for pictures that stand alone, without a browser to write the text.

use super::heatmap::grows;
use super::map_figure::plain_name;
use crate::base::axis::Axis;
use crate::viz::error::VizError;
use crate::viz::pixels::colour::ColourMap;
use crate::viz::pixels::lettering::{text, text_upwards, text_width};
use crate::viz::pixels::picture::{Picture, Rgb};
use crate::viz::pixels::png::png_bytes;
use crate::viz::ticks::Ticks;
use ndarray::ArrayView2;

const PAPER: Rgb = Rgb([255, 255, 255]);
const INK: Rgb = Rgb([40, 40, 46]);
const LEFT: u32 = 92;
const RIGHT: u32 = 124;
const TOP: u32 = 44;
const BOTTOM: u32 = 62;
/// Height of a line of text, pixels.
const LETTERS: u32 = 18;
const TITLE: u32 = 22;
const BAR: u32 = 18;

/// A map with title, axes and colour bar.
#[derive(Clone, Debug)]
pub struct AxesPicture<'a> {
    /// Title.
    pub title: &'a str,
    /// `data[row, column]`.
    pub data: ArrayView2<'a, f32>,
    /// Axis of the rows; its values grow upwards. Radians are shown in degrees.
    pub rows: &'a Axis,
    /// Axis of the columns; grows to the right. Radians are shown in degrees.
    pub columns: &'a Axis,
    /// Colours.
    pub colours: ColourMap,
    /// Values of the lowest and the highest colour.
    pub limits: (f32, f32),
    /// What the values are and their unit, for example `power (dBW)`.
    pub values: &'a str,
    /// Pixels of the map itself, across and down; axes and words come on top.
    pub size: (u32, u32),
}

impl AxesPicture<'_> {
    /// Size of a map that stands alone.
    pub const ALONE: (u32, u32) = (640, 480);

    /// The picture as a PNG file.
    pub fn png(&self) -> Result<Vec<u8>, VizError> {
        png_bytes(&self.image()?)
    }

    /// Draws the picture.
    pub fn image(&self) -> Result<Picture, VizError> {
        let (rows, columns) = self.data.dim();
        if rows == 0 || columns == 0 || self.rows.len != rows || self.columns.len != columns {
            let problem = format!("[{rows}, {columns}] values for axes of {} and {}", self.rows.len, self.columns.len);
            return Err(VizError::input(self.title, problem));
        }
        let stands = |axis: &Axis| !(axis.step.is_finite() && axis.step != 0.0 && axis.first.is_finite());
        if stands(self.rows) || stands(self.columns) || !grows(self.columns) {
            let problem = "both axes must have steps, and the second one must grow".to_owned();
            return Err(VizError::input(self.title, problem));
        }
        let (width, height) = self.size;
        if !(64..=4096).contains(&width) || !(64..=4096).contains(&height) {
            return Err(VizError::input(
                self.title,
                format!("{width} × {height}: 64 to 4096 pixels a side are expected"),
            ));
        }
        let mut image = Picture::from_pixel(LEFT + width + RIGHT, TOP + height + BOTTOM, PAPER);
        self.map(&mut image);
        frame(&mut image, (LEFT, TOP), self.size);
        text(&mut image, LEFT, 10, TITLE, self.title, INK);
        let name = label(self.rows);
        let middle = TOP + height - height.saturating_sub(text_width(&name, LETTERS)) / 2;
        text_upwards(&mut image, 6, middle, LETTERS, &name, INK);
        let name = label(self.columns);
        let middle = LEFT + width.saturating_sub(text_width(&name, LETTERS)) / 2;
        text(&mut image, middle, TOP + height + 36, LETTERS, &name, INK);
        for (share, words) in ticks(self.columns, (width / 70) as usize) {
            let x = LEFT + (share * f64::from(width - 1)).round() as u32;
            (0..6).for_each(|d| image.put_pixel(x, TOP + height + 1 + d, INK));
            let start = x.saturating_sub(text_width(&words, LETTERS) / 2);
            text(&mut image, start, TOP + height + 10, LETTERS, &words, INK);
        }
        for (share, words) in ticks(self.rows, (height / 60) as usize) {
            let y = TOP + height - 1 - (share * f64::from(height - 1)).round() as u32;
            (0..6).for_each(|d| image.put_pixel(LEFT - 2 - d, y, INK));
            let start = (LEFT - 12).saturating_sub(text_width(&words, LETTERS));
            text(&mut image, start, y.saturating_sub(LETTERS / 2), LETTERS, &words, INK);
        }
        self.bar(&mut image);
        Ok(image)
    }

    /// The cells, each as many pixels as come to it.
    fn map(&self, image: &mut Picture) {
        let ((rows, columns), (width, height)) = (self.data.dim(), self.size);
        let palette = self.colours.palette();
        for y in 0..height {
            let down = (y as usize * rows / height as usize).min(rows - 1);
            let row = if grows(self.rows) { rows - 1 - down } else { down };
            for x in 0..width {
                let column = (x as usize * columns / width as usize).min(columns - 1);
                let step = ColourMap::step(self.data[[row, column]], self.limits.0, self.limits.1);
                image.put_pixel(LEFT + x, TOP + y, Rgb(palette[step as usize]));
            }
        }
    }

    /// The colour bar at the right.
    fn bar(&self, image: &mut Picture) {
        let ((width, height), palette) = (self.size, self.colours.palette());
        let left = LEFT + width + 16;
        for y in 0..height {
            let step = (255 * (height - 1 - y) / (height - 1)) as usize;
            (0..BAR).for_each(|x| image.put_pixel(left + x, TOP + y, Rgb(palette[step])));
        }
        frame(image, (left, TOP), (BAR, height));
        let (low, high) = (f64::from(self.limits.0), f64::from(self.limits.1));
        let round = Ticks::linear(low, high, (height / 80) as usize).values;
        for value in round.into_iter().filter(|v| *v >= low && *v <= high) {
            let share = (value - low) / (high - low);
            let y = TOP + height - 1 - (share * f64::from(height - 1)).round() as u32;
            (0..4).for_each(|d| image.put_pixel(left + BAR + 1 + d, y, INK));
            text(image, left + BAR + 7, y.saturating_sub(LETTERS / 2), LETTERS, &number(value), INK);
        }
        let middle = TOP + height - height.saturating_sub(text_width(self.values, LETTERS)) / 2;
        text_upwards(image, LEFT + width + RIGHT - LETTERS - 6, middle, LETTERS, self.values, INK);
    }
}

/// A name and its unit as they stand beside an axis.
pub fn with_unit(name: &str, unit: &str) -> String {
    let name = plain_name(name);
    match unit {
        "1" | "" => name,
        "rad" => format!("{name} (°)"),
        unit => format!("{name} ({})", unit.replace("sqrt(W)", "√W")),
    }
}

/// Round values of an axis with their place, 0 to 1 from edge to edge: the cells are centred on their values.
fn ticks(axis: &Axis, count: usize) -> Vec<(f64, String)> {
    let unit = if axis.unit == "rad" { 1_f64.to_degrees() } else { 1.0 };
    let ends = [axis.value(0) - 0.5 * axis.step, axis.value(axis.len - 1) + 0.5 * axis.step].map(|end| end * unit);
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let within = |v: &f64| *v >= low && *v <= high;
    let values = Ticks::linear(low, high, count).values.into_iter().filter(within);
    values.map(|v| ((v - low) / (high - low), number(v))).collect()
}

/// At most four digits behind the point, without needless zeros.
fn number(value: f64) -> String {
    let text = format!("{:.4}", value.abs());
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if value < 0.0 && text != "0" { format!("−{text}") } else { text.into() }
}

/// Name, unit and sign of an axis.
fn label(axis: &Axis) -> String {
    let named = with_unit(&axis.name, &axis.unit);
    axis.sign.as_ref().map_or(named.clone(), |sign| format!("{named}, {sign}"))
}

fn frame(image: &mut Picture, (left, top): (u32, u32), (width, height): (u32, u32)) {
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
            values: "power (dB)",
            size: AxesPicture::ALONE,
        };
        let image = picture.image().unwrap();
        let high = Rgb(ColourMap::Inferno.palette()[255]);
        // The second row from the top, the fourth column from the left.
        assert_eq!(image.get_pixel(LEFT + 3 * 32 + 16, TOP + 48 + 24), high);
        assert_ne!(image.get_pixel(LEFT + 5 * 32 + 16, TOP + 48 + 24), high);
        // Where the axis falls, the same row is the second from the bottom.
        let falls = Axis { first: 4.5, step: -0.5, ..rows.clone() };
        let turned = AxesPicture { rows: &falls, ..picture.clone() }.image().unwrap();
        assert_eq!(turned.get_pixel(LEFT + 3 * 32 + 16, TOP + 480 - 48 - 24), high);
        let short = Axis { len: 9, ..rows.clone() };
        assert!(AxesPicture { rows: &short, ..picture.clone() }.image().is_err());
        let stuck = Axis { step: 0.0, ..rows.clone() };
        assert!(AxesPicture { rows: &stuck, ..picture }.image().is_err());
        assert_eq!((number(-0.0), number(2.5), number(-60.0)), ("0".into(), "2.5".into(), "−60".into()));
        assert_eq!(label(&columns.signed("positive = right")), "azimuth (°), positive = right");
    }

    #[test]
    fn ticks_of_an_axis_that_falls_stand_where_their_cells_are() {
        let rises = ticks(&Axis::new("range", "m", 11, 0.0, 1.0), 5);
        assert_eq!(rises, ticks(&Axis::new("range", "m", 11, 10.0, -1.0), 5));
        let (share, words) = &rises[0];
        assert!((share - 0.5 / 11.0).abs() < 1e-12 && words == "0");
    }
}
