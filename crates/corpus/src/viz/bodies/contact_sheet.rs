//! Contact sheets: postures of one motion side by side, one motion a row.

use crate::base::Vec3;
use crate::geometry::measure;
use crate::viz::pixels::lettering::{text, text_width};
use crate::viz::pixels::picture::{Picture, Rgb};
use crate::viz::pixels::raster::{Camera, Canvas};
use rayon::prelude::*;

pub(super) const PAPER: Rgb = Rgb([250, 250, 248]);
pub(super) const INK: Rgb = Rgb([40, 40, 46]);
pub(super) const FLOOR: Rgb = Rgb([214, 216, 222]);
pub(super) const SKIN: Rgb = Rgb([196, 178, 160]);
/// Cells are drawn this many times larger and then reduced, which smooths the edges.
pub(super) const OVERSAMPLING: u32 = 2;
/// Height of a line of text in small cells, pixels; larger cells have multiples of it.
pub(super) const LETTERS: u32 = 13;
/// Distance of the lines on the floor, m.
const FLOOR_GRID: f64 = 0.5;

/// From where the postures are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eye {
    /// 0° from the front (the sensor), 90° from the person's left.
    pub azimuth_deg: f64,
    /// 0° level, 90° from above.
    pub elevation_deg: f64,
}

impl Eye {
    /// From the sensor, level.
    pub const FRONT: Self = Self { azimuth_deg: 0.0, elevation_deg: 4.0 };
    /// Half from the person's left, a little from above.
    pub const THREE_QUARTER: Self = Self { azimuth_deg: 40.0, elevation_deg: 14.0 };
    /// From the person's left.
    pub const SIDE: Self = Self { azimuth_deg: 90.0, elevation_deg: 4.0 };
    /// From above, the sensor below the picture.
    pub const TOP: Self = Self { azimuth_deg: 0.0, elevation_deg: 90.0 };
}

/// A sheet of rows; build it, then take its [`image`](Self::image).
#[derive(Clone, Debug)]
pub struct ContactSheet {
    cell_px: u32,
    title: Option<String>,
    view: Eye,
    rows: Vec<SheetRow>,
    panel: Option<Picture>,
}

#[derive(Clone, Debug)]
struct SheetRow {
    label: String,
    view: Eye,
    frames: Vec<Vec<Vec3>>,
    faces: Vec<[u32; 3]>,
    captions: Vec<String>,
}

impl ContactSheet {
    /// An empty sheet of square cells, 32 to 1024 pixels each (values outside are taken as the nearest).
    pub fn new(cell_px: u32) -> Self {
        Self { cell_px: cell_px.clamp(32, 1024), title: None, view: Eye::THREE_QUARTER, rows: Vec::new(), panel: None }
    }

    /// Writes a title above the rows.
    pub fn title(mut self, words: &str) -> Self {
        self.title = Some(words.to_owned());
        self
    }

    /// Sets the view of the rows that follow.
    pub fn view(mut self, view: Eye) -> Self {
        self.view = view;
        self
    }

    /// Adds a row: a label and the postures from left to right.
    ///
    /// # Shapes
    /// `frames[posture][vertex]`, m; all postures share `faces`.
    pub fn row(mut self, label: &str, frames: &[Vec<Vec3>], faces: &[[u32; 3]]) -> Self {
        let (frames, faces) = (frames.to_vec(), faces.to_vec());
        self.rows.push(SheetRow { label: label.to_owned(), view: self.view, frames, faces, captions: Vec::new() });
        self
    }

    /// Writes a few words, for example the time, into the corner of each cell of the last row.
    pub fn captions(mut self, captions: &[String]) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.captions = captions.to_vec();
        }
        self
    }

    /// Puts a picture to the right of the rows, for example a [`TracePanel`](crate::viz::TracePanel).
    pub fn panel(mut self, picture: Picture) -> Self {
        self.panel = Some(picture);
        self
    }

    /// Draws the sheet. Every posture is centred sideways in its cell; one scale holds for a row, and the floor stays level.
    pub fn image(&self) -> Picture {
        let scale = (self.cell_px / 110).max(1);
        let (letters, line) = (LETTERS * scale, (LETTERS + 2) * scale);
        let columns = self.rows.iter().map(|r| r.frames.len()).max().unwrap_or(0) as u32;
        let words = self.title.iter().map(|t| text_width(t, letters + LETTERS / 2) + 8 * scale).max().unwrap_or(0);
        let labels = self.rows.iter().map(|r| text_width(&r.label, letters) + 8 * scale).max().unwrap_or(0);
        let beside = self.panel.as_ref().map_or((0, 0), Picture::dimensions);
        let width = (columns * self.cell_px + beside.0).max(words).max(labels).max(1);
        let head = if self.title.is_some() { line + 10 * scale } else { 0 };
        let height = (head + self.rows.len() as u32 * (self.cell_px + line)).max(head + beside.1).max(1);
        let mut sheet = Picture::from_pixel(width, height, PAPER);
        if let Some(title) = &self.title {
            text(&mut sheet, 4 * scale, 4 * scale, letters + LETTERS / 2, title, INK);
        }
        if let Some(panel) = &self.panel {
            sheet.paste(panel, columns * self.cell_px, head);
        }
        for (index, row) in self.rows.iter().enumerate() {
            let top = head + index as u32 * (self.cell_px + line);
            text(&mut sheet, 4 * scale, top + scale, letters, &row.label, INK);
            let camera = row.camera(self.cell_px * OVERSAMPLING);
            let cells: Vec<Picture> = row.frames.par_iter().map(|f| row.cell(f, camera, self.cell_px)).collect();
            for (column, cell) in cells.iter().enumerate() {
                let left = column as u32 * self.cell_px;
                sheet.paste(cell, left, top + line);
                if let Some(caption) = row.captions.get(column) {
                    text(&mut sheet, left + 3 * scale, top + line + 2 * scale, letters, caption, INK);
                }
            }
        }
        sheet
    }
}

impl SheetRow {
    /// A camera that shows the highest and the widest posture of the row, and the floor.
    fn camera(&self, pixels: u32) -> Camera {
        let mut reach = 0.3f64;
        let mut top = 0.5f64;
        let mut bottom = 0.0f64;
        for (low, high) in self.frames.iter().filter_map(|f| measure::bounding_box(f)) {
            let size = high - low;
            if size.iter().all(|s| s.is_finite()) {
                // Seen from any side the width is at most the diagonal.
                let turn = self.view.azimuth_deg.to_radians();
                reach = reach.max(0.5 * (size.x * turn.cos().abs() + size.y * turn.sin().abs()));
                top = top.max(high.z);
                bottom = bottom.min(low.z);
            }
        }
        let elevation_rad = self.view.elevation_deg.to_radians();
        let tall = (top - bottom) * elevation_rad.cos() + 2.0 * 0.45 * elevation_rad.sin();
        // Captions lie above the heads.
        let captions = if self.captions.is_empty() { 0.0 } else { 0.12 * tall };
        let shown = 1.08 * (tall + captions).max(2.0 * reach);
        Camera {
            centre: Vec3::new(0.0, 0.0, 0.5 * (top + bottom + captions)),
            azimuth_rad: self.view.azimuth_deg.to_radians(),
            elevation_rad,
            metres_per_pixel: shown / pixels as f64,
        }
    }

    fn cell(&self, vertices: &[Vec3], mut camera: Camera, cell_px: u32) -> Picture {
        let pixels = cell_px * OVERSAMPLING;
        let mut canvas = Canvas::new(pixels, pixels, PAPER);
        if let Some((low, high)) =
            measure::bounding_box(vertices).filter(|(l, h)| (h - l).iter().all(|c| c.is_finite()))
        {
            let middle = (low + high) * 0.5;
            (camera.centre.x, camera.centre.y) = (middle.x, middle.y);
        }
        canvas.mesh(vertices, &self.faces, &camera, SKIN);
        floor(&mut canvas, &camera);
        canvas.into_image().halved()
    }
}

/// Lines on the floor, fixed to the world so that one sees a person walk.
fn floor(canvas: &mut Canvas, camera: &Camera) {
    let snap = |v: f64| (v / FLOOR_GRID).round() * FLOOR_GRID;
    let (x, y) = (snap(camera.centre.x), snap(camera.centre.y));
    let half = 2.0 * FLOOR_GRID;
    for i in -2..=2 {
        let d = i as f64 * FLOOR_GRID;
        canvas.line(Vec3::new(x - half, y + d, 0.0), Vec3::new(x + half, y + d, 0.0), camera, FLOOR);
        canvas.line(Vec3::new(x + d, y - half, 0.0), Vec3::new(x + d, y + half, 0.0), camera, FLOOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::primitives::capsule;

    #[test]
    fn sheet_has_a_cell_for_every_posture() {
        let mesh = capsule(0.2, 1.2, 16).translated(Vec3::new(0.0, 0.0, 0.8));
        let away = mesh.translated(Vec3::new(3.0, -7.0, 0.0));
        let frames = [mesh.vertices.clone(), away.vertices, mesh.vertices];
        let sheet =
            ContactSheet::new(64).title("two").row("a", &frames, &mesh.faces).row("b", &frames[..1], &mesh.faces);
        let image = sheet.image();
        assert_eq!(image.width(), 3 * 64);
        let drawn = |x: u32, top: u32| (top..top + 64).any(|y| image.get_pixel(x, y).0[2] < 150);
        let (first, second) = (image.height() - 2 * 64 - (LETTERS + 2), image.height() - 64);
        assert!([32, 96, 160].iter().all(|x| drawn(*x, first)), "each posture lies in the middle of its cell");
        assert!(drawn(32, second) && !drawn(96, second));
        assert_eq!(image, sheet.image(), "the same sheet whatever the threads");
    }

    #[test]
    fn empty_sheets_and_postures_are_pictures_too() {
        assert!(ContactSheet::new(0).image().width() >= 1);
        let sheet = ContactSheet::new(64).row("nothing", &[vec![], vec![Vec3::repeat(f64::NAN); 3]], &[[0, 1, 2]]);
        assert_eq!(sheet.image().width(), 128);
    }
}
