//! A small software rasteriser: meshes and lines into a picture.

use super::picture::{Picture, Rgb};
use crate::base::Vec3;
use crate::geometry::measure;

/// An orthographic view of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The point in the middle of the picture, m.
    pub centre: Vec3,
    /// From where one looks, rad: 0 from −y (from the sensor, a person's front), π/2 from +x (a person's left).
    pub azimuth_rad: f64,
    /// How far from above one looks, rad; 0 is level.
    pub elevation_rad: f64,
    /// Length of the world that one pixel shows, m, above 0.
    pub metres_per_pixel: f64,
}

/// The axes of a view: right and up in the picture, and away from the viewer.
struct ViewAxes {
    right: Vec3,
    up: Vec3,
    away: Vec3,
}

impl Camera {
    fn axes(&self) -> ViewAxes {
        let ((sa, ca), (se, ce)) = (self.azimuth_rad.sin_cos(), self.elevation_rad.sin_cos());
        let away = Vec3::new(-sa * ce, ca * ce, -se);
        let right = Vec3::new(ca, sa, 0.0);
        ViewAxes { right, up: right.cross(&away), away }
    }
}

/// A picture in the making, with the depth of what each pixel shows.
#[derive(Clone, Debug)]
pub struct Canvas {
    image: Picture,
    /// Distance along the view of the nearest surface, m.
    depth: Vec<f64>,
}

impl Canvas {
    /// An empty picture of at least one pixel.
    pub fn new(width: u32, height: u32, background: Rgb) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let depth = vec![f64::INFINITY; width as usize * height as usize];
        Self { image: Picture::from_pixel(width, height, background), depth }
    }

    /// Draws a mesh with flat Lambert shading from a light over the viewer's shoulder and a soft light from the sky.
    ///
    /// Triangles that face away, lie outside or have coordinates that are not finite are left out.
    pub fn mesh(&mut self, vertices: &[Vec3], faces: &[[u32; 3]], camera: &Camera, colour: Rgb) {
        let axes = camera.axes();
        let light = (axes.up * 0.6 - axes.right * 0.4 - axes.away * 0.8).normalize();
        for face in faces {
            if face.iter().any(|i| *i as usize >= vertices.len()) {
                continue;
            }
            let corners = measure::corners(vertices, face);
            let normal = measure::unit_normal(&corners);
            if !normal.iter().all(|c| c.is_finite()) || normal.dot(&axes.away) >= 0.0 {
                continue;
            }
            let brightness = 0.28 + 0.14 * (0.5 + 0.5 * normal.z) + 0.62 * normal.dot(&light).max(0.0);
            let shade = Rgb(colour.0.map(|c| (c as f64 * brightness).min(255.0) as u8));
            self.triangle(corners.map(|p| self.project(&p, camera, &axes)), shade);
        }
    }

    /// Draws a line in the world where nothing nearer hides it.
    pub fn line(&mut self, from: Vec3, to: Vec3, camera: &Camera, colour: Rgb) {
        let axes = camera.axes();
        let (a, b) = (self.project(&from, camera, &axes), self.project(&to, camera, &axes));
        let length = (b - a).xy().amax();
        if !length.is_finite() {
            return;
        }
        // No line is drawn with more steps than a few screens have pixels.
        let steps = length.ceil().clamp(1.0, 4.0 * (self.image.width() + self.image.height()) as f64) as usize;
        for i in 0..=steps {
            let p = a + (b - a) * (i as f64 / steps as f64);
            self.dot(p.x.floor() as i64, p.y.floor() as i64, p.z, colour);
        }
    }

    /// What is drawn from now on lies over everything that is there.
    pub fn lay_over(&mut self) {
        self.depth.fill(f64::INFINITY);
    }

    /// Draws a round spot of `radius` pixels where nothing nearer hides it.
    pub fn spot(&mut self, at: Vec3, radius: f64, camera: &Camera, colour: Rgb) {
        let p = self.project(&at, camera, &camera.axes());
        let r = radius.clamp(0.5, 64.0);
        if !p.iter().all(|c| c.is_finite()) {
            return;
        }
        let reach = r.ceil() as i64;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                if (dx * dx + dy * dy) as f64 <= r * r {
                    self.dot(p.x.floor() as i64 + dx, p.y.floor() as i64 + dy, p.z, colour);
                }
            }
        }
    }

    /// The picture as it is now.
    pub fn into_image(self) -> Picture {
        self.image
    }

    /// Pixel position (x right, y down) and distance of a point.
    fn project(&self, p: &Vec3, camera: &Camera, axes: &ViewAxes) -> Vec3 {
        let d = p - camera.centre;
        let x = 0.5 * self.image.width() as f64 + d.dot(&axes.right) / camera.metres_per_pixel;
        let y = 0.5 * self.image.height() as f64 - d.dot(&axes.up) / camera.metres_per_pixel;
        Vec3::new(x, y, d.dot(&axes.away))
    }

    fn dot(&mut self, x: i64, y: i64, distance: f64, colour: Rgb) {
        let (width, height) = (self.image.width() as i64, self.image.height() as i64);
        if x < 0 || y < 0 || x >= width || y >= height {
            return;
        }
        let at = (y * width + x) as usize;
        if distance < self.depth[at] {
            self.depth[at] = distance;
            self.image.put_pixel(x as u32, y as u32, colour);
        }
    }

    /// Fills a projected triangle: every pixel whose centre lies inside, nearest surface first.
    fn triangle(&mut self, [a, b, c]: [Vec3; 3], colour: Rgb) {
        let twice_area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        if !twice_area.is_finite() || twice_area.abs() < 1e-12 {
            return;
        }
        let (width, height) = (self.image.width() as f64, self.image.height() as f64);
        let (low, high) = (a.inf(&b).inf(&c), a.sup(&b).sup(&c));
        let (x0, x1) = ((low.x - 0.5).ceil().max(0.0) as i64, (high.x - 0.5).floor().min(width - 1.0) as i64);
        let (y0, y1) = ((low.y - 0.5).ceil().max(0.0) as i64, (high.y - 0.5).floor().min(height - 1.0) as i64);
        for y in y0..=y1 {
            for x in x0..=x1 {
                let (px, py) = (x as f64 + 0.5, y as f64 + 0.5);
                let u = ((px - a.x) * (c.y - a.y) - (c.x - a.x) * (py - a.y)) / twice_area;
                let v = ((b.x - a.x) * (py - a.y) - (px - a.x) * (b.y - a.y)) / twice_area;
                if u >= 0.0 && v >= 0.0 && u + v <= 1.0 {
                    self.dot(x, y, a.z + u * (b.z - a.z) + v * (c.z - a.z), colour);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::primitives::{cuboid, plate};

    const WHITE: Rgb = Rgb([255; 3]);
    const RED: Rgb = Rgb([200, 0, 0]);
    const BLUE: Rgb = Rgb([0, 0, 200]);

    fn camera(azimuth_rad: f64) -> Camera {
        Camera { centre: Vec3::zeros(), azimuth_rad, elevation_rad: 0.0, metres_per_pixel: 0.01 }
    }

    fn count(image: &Picture, is: impl Fn(&Rgb) -> bool) -> usize {
        image.pixels().filter(|p| is(p)).count()
    }

    #[test]
    fn a_plate_covers_its_area_from_the_front_and_nothing_from_behind() {
        let mesh = plate(0.6, 0.4, 4);
        let mut canvas = Canvas::new(100, 100, WHITE);
        canvas.mesh(&mesh.vertices, &mesh.faces, &camera(0.0), RED);
        assert_eq!(count(&canvas.into_image(), |p| *p != WHITE), 60 * 40);
        let mut canvas = Canvas::new(100, 100, WHITE);
        canvas.mesh(&mesh.vertices, &mesh.faces, &camera(std::f64::consts::PI), RED);
        assert_eq!(count(&canvas.into_image(), |p| *p != WHITE), 0);
    }

    #[test]
    fn the_nearer_thing_hides_the_farther_whatever_the_order() {
        let near = cuboid(Vec3::new(0.2, 0.2, 0.2)).translated(Vec3::new(0.0, -1.0, 0.0));
        let far = cuboid(Vec3::new(0.4, 0.2, 0.4));
        for order in [[(&near, RED), (&far, BLUE)], [(&far, BLUE), (&near, RED)]] {
            let mut canvas = Canvas::new(100, 100, WHITE);
            for (mesh, colour) in order {
                canvas.mesh(&mesh.vertices, &mesh.faces, &camera(0.0), colour);
            }
            let image = canvas.into_image();
            assert_eq!(count(&image, |p| p.0[0] > 0 && p.0[2] == 0), 20 * 20);
            assert_eq!(count(&image, |p| p.0[2] > 0 && p.0[0] == 0), 40 * 40 - 20 * 20);
        }
    }

    #[test]
    fn left_of_the_person_is_right_in_the_front_view() {
        let mut canvas = Canvas::new(100, 100, WHITE);
        let (left, up) = (Vec3::new(0.3, 0.0, 0.0), Vec3::new(0.0, 0.0, 0.3));
        canvas.line(left, left, &camera(0.0), RED);
        canvas.line(up, up, &camera(0.0), BLUE);
        let image = canvas.into_image();
        assert_eq!((image.get_pixel(80, 50), image.get_pixel(50, 20)), (RED, BLUE));
    }

    #[test]
    fn broken_meshes_are_drawn_as_far_as_they_go() {
        let mut mesh = cuboid(Vec3::new(0.2, 0.2, 0.2));
        mesh.vertices[0].x = f64::NAN;
        mesh.vertices[5] *= 1e300;
        mesh.faces.push([0, 1, 99]);
        let mut canvas = Canvas::new(20, 20, WHITE);
        canvas.mesh(&mesh.vertices, &mesh.faces, &camera(0.3), RED);
        canvas.line(Vec3::repeat(f64::NAN), Vec3::repeat(1e300), &camera(0.3), RED);
        assert_eq!(canvas.into_image().dimensions(), (20, 20));
    }
}
