//! Where points of a body go: their paths in one picture, over a faint posture and a grid on the floor.

use super::contact_sheet::{Eye, FLOOR, INK, LETTERS, OVERSAMPLING, PAPER};
use crate::base::Vec3;
use crate::geometry::measure;
use crate::viz::pixels::lettering::text;
use crate::viz::pixels::picture::{Picture, Rgb};
use crate::viz::pixels::raster::{Camera, Canvas};

/// Colour of what belongs to the left side.
pub const LEFT_INK: Rgb = Rgb([40, 90, 180]);
/// Colour of what belongs to the right side.
pub const RIGHT_INK: Rgb = Rgb([190, 70, 40]);
/// Colour of what belongs to neither.
pub const MIDDLE_INK: Rgb = Rgb([60, 60, 66]);
/// The posture behind the paths.
const GHOST: Rgb = Rgb([222, 216, 208]);
/// Distance of the lines on the floor, m.
const FLOOR_GRID: f64 = 0.5;
/// No more lines than this each way, so that a point far away stops nothing.
const MOST_LINES: i64 = 200;

#[derive(Clone, Debug)]
enum Item {
    Path(Vec<Vec3>, Rgb),
    Spots(Vec<Vec3>, Rgb),
}

/// A square picture of paths; build it, then take its [`image`](Self::image).
#[derive(Clone, Debug)]
pub struct TracePanel {
    label: String,
    view: Eye,
    items: Vec<Item>,
    ghost: Option<(Vec<Vec3>, Vec<[u32; 3]>)>,
}

impl TracePanel {
    /// An empty panel seen from `view`.
    pub fn new(label: &str, view: Eye) -> Self {
        Self { label: label.to_owned(), view, items: Vec::new(), ghost: None }
    }

    /// Shows a posture faintly behind the paths.
    pub fn posture(mut self, vertices: &[Vec3], faces: &[[u32; 3]]) -> Self {
        self.ghost = Some((vertices.to_vec(), faces.to_vec()));
        self
    }

    /// Adds a line through `points`, m.
    pub fn path(mut self, points: Vec<Vec3>, colour: Rgb) -> Self {
        self.items.push(Item::Path(points, colour));
        self
    }

    /// Adds a spot at each of `points`, m.
    pub fn spots(mut self, points: Vec<Vec3>, colour: Rgb) -> Self {
        self.items.push(Item::Spots(points, colour));
        self
    }

    /// Draws the panel, `size_px` each way (32 to 2048; values outside are taken as the nearest).
    pub fn image(&self, size_px: u32) -> Picture {
        let size = size_px.clamp(32, 2048);
        let pixels = size * OVERSAMPLING;
        let points = || {
            let ghost = self.ghost.iter().flat_map(|(vertices, _)| vertices);
            self.items.iter().flat_map(|(Item::Path(p, _) | Item::Spots(p, _))| p).chain(ghost)
        };
        let finite: Vec<Vec3> = points().filter(|p| p.iter().all(|c| c.is_finite())).copied().collect();
        let (low, high) = measure::bounding_box(&finite).unwrap_or((Vec3::zeros(), Vec3::repeat(1.0)));
        let camera = Camera {
            centre: (low + high) * 0.5,
            azimuth_rad: self.view.azimuth_deg.to_radians(),
            elevation_rad: self.view.elevation_deg.to_radians(),
            // The largest side of the box with a margin for the label.
            metres_per_pixel: 1.2 * (high - low).amax().max(0.5) / f64::from(pixels),
        };
        let mut canvas = Canvas::new(pixels, pixels, PAPER);
        let first = |v: f64| (v / FLOOR_GRID).floor().max(-1e6) as i64;
        let lines = |a: f64, b: f64| first(a)..=(first(b) + 1).min(first(a) + MOST_LINES);
        let at = |x: i64, y: i64| Vec3::new(x as f64, y as f64, 0.0) * FLOOR_GRID;
        let (xs, ys) = (lines(low.x, high.x), lines(low.y, high.y));
        for x in xs.clone() {
            canvas.line(at(x, *ys.start()), at(x, *ys.end()), &camera, FLOOR);
        }
        for y in ys.clone() {
            canvas.line(at(*xs.start(), y), at(*xs.end(), y), &camera, FLOOR);
        }
        if let Some((vertices, faces)) = &self.ghost {
            canvas.lay_over();
            canvas.mesh(vertices, faces, &camera, GHOST);
        }
        let stroke = f64::from(OVERSAMPLING);
        for item in &self.items {
            canvas.lay_over();
            match item {
                Item::Path(points, colour) => {
                    for pair in points.windows(2) {
                        let steps = ((pair[1] - pair[0]).norm() / camera.metres_per_pixel).ceil().clamp(1.0, 4096.0);
                        for i in 0..=steps as usize {
                            let p = pair[0] + (pair[1] - pair[0]) * (i as f64 / steps);
                            canvas.spot(p, 0.7 * stroke, &camera, *colour);
                        }
                    }
                }
                Item::Spots(points, colour) => {
                    points.iter().for_each(|p| canvas.spot(*p, 2.2 * stroke, &camera, *colour));
                }
            }
        }
        let mut image = canvas.into_image().halved();
        let scale = (size / 220).max(1);
        let below = size.saturating_sub((LETTERS + 2) * scale);
        text(&mut image, 3 * scale, below, LETTERS * scale, &self.label, INK);
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(image: &Picture, near: Rgb) -> usize {
        image.pixels().filter(|p| p.0.iter().zip(near.0).all(|(a, b)| a.abs_diff(b) < 40)).count()
    }

    #[test]
    fn from_above_left_is_right_and_towards_the_sensor_is_down() {
        let ahead = vec![Vec3::zeros(), Vec3::new(0.0, -1.0, 0.0)];
        let panel = TracePanel::new("", Eye::TOP)
            .path(ahead, RIGHT_INK)
            .spots(vec![Vec3::new(1.0, 0.0, 0.0)], LEFT_INK)
            .image(100);
        let (mut blue, mut red) = ((0, 0), 0);
        for (x, y) in (0..100).flat_map(|y| (0..100).map(move |x| (x, y))) {
            let p = panel.get_pixel(x, y);
            if count(&Picture::from_pixel(1, 1, p), LEFT_INK) > 0 {
                blue = (x, y);
            }
            if count(&Picture::from_pixel(1, 1, p), RIGHT_INK) > 0 {
                red = red.max(y);
            }
        }
        assert!(blue.0 > 80 && blue.1 < 20, "the spot to the person's left lies at {blue:?}");
        assert!(red > 80, "the path towards the sensor ends at row {red}");
    }

    #[test]
    fn far_and_broken_points_are_a_picture_too() {
        let points = vec![Vec3::repeat(f64::NAN), Vec3::repeat(1e12), Vec3::zeros()];
        assert_eq!(TracePanel::new("far", Eye::FRONT).path(points, LEFT_INK).image(64).dimensions(), (64, 64));
        assert_eq!(TracePanel::new("", Eye::FRONT).image(1).dimensions(), (32, 32));
    }
}
