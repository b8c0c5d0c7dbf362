//! Which pieces an antenna, or its image, sees: a small picture of depths, as seen from there.
//!
//! Waves of centimetres see no sharp edges: a piece is a disc in the picture, and what is behind another by more than about their sizes is hidden, by and
//! by. Things that stand still are drawn as triangles.

use super::skin::Skin;
use crate::base::Vec3;

/// Edge of a cell at the middle of what is looked at, wavelengths.
const CELL: f64 = 0.2;
/// What is behind something by this is hidden by half of it, wavelengths; from nothing to all over as much again.
const HIDES: f64 = 0.5;
/// Slope of a piece's plane against the picture, at most: m a m.
const STEEP: f32 = 4.0;
/// Cells along an edge of the picture, at most.
const MOST: usize = 256;
/// Sine of the angle by which pieces look away from the eye that are still looked up, since they may turn.
const AWAY: f32 = 0.5;
/// Nearer than this to the eye nothing is drawn, m.
const NEAR: f64 = 0.02;

/// A picture of depths, kept from eye to eye.
#[derive(Default)]
pub(super) struct Picture {
    depth: Vec<f32>,
}

/// The view of an eye at something round.
struct EyeView {
    eye: Vec3,
    /// Unit vectors to the right, upwards, and towards what is looked at.
    axes: [Vec3; 3],
    /// Cells a metre at the distance of the middle, times that distance.
    scale: f64,
    side: usize,
}

impl EyeView {
    /// At a ball about `middle`, with cells of `cell_m` there.
    fn new(eye: Vec3, middle: Vec3, radius_m: f64, cell_m: f64) -> Self {
        let distance = (middle - eye).norm().max(NEAR);
        let ahead = (middle - eye) / distance;
        let other = if ahead.z.abs() < 0.9 { Vec3::z() } else { Vec3::x() };
        let right = ahead.cross(&other).normalize();
        // Seen from near by, or from within, the ball fills the picture. What is large has larger cells.
        let cell_m = cell_m.max(2.2 * radius_m / MOST as f64);
        let side = ((2.2 * radius_m / cell_m).ceil() as usize).clamp(8, MOST);
        Self { eye, axes: [right, right.cross(&ahead), ahead], scale: distance / cell_m, side }
    }

    /// Cell coordinates and depth.
    fn place(&self, point: Vec3) -> Option<(f64, f64, f64)> {
        let way = point - self.eye;
        let depth = way.dot(&self.axes[2]);
        if depth < NEAR {
            return None;
        }
        let half = 0.5 * self.side as f64;
        let at = |axis: &Vec3| way.dot(axis) / depth * self.scale + half;
        Some((at(&self.axes[0]), at(&self.axes[1]), depth))
    }

    /// The same for the pieces of a skin, in single precision, with the slopes of their planes: depth a cell to the right and upwards.
    fn pieces<'a>(&self, skin: &'a Skin) -> impl Fn(usize) -> Placed + 'a {
        let eye = skin.about(self.eye);
        let axes = self.axes.map(|a| [a.x as f32, a.y as f32, a.z as f32]);
        let (scale, half) = (self.scale as f32, 0.5 * self.side as f32);
        let along = |v: &[f32; 3], a: &[f32; 3]| v[0] * a[0] + v[1] * a[1] + v[2] * a[2];
        move |i| {
            let way = [skin.place[0][i] - eye[0], skin.place[1][i] - eye[1], skin.place[2][i] - eye[2]];
            let area = [skin.area[0][i], skin.area[1][i], skin.area[2][i]];
            let depth = along(&way, &axes[2]);
            let cells = scale / depth.max(NEAR as f32);
            let ahead = -along(&area, &axes[2]).abs().max(1e-12);
            let slope = |axis| (-along(&area, axis) / ahead).clamp(-STEEP, STEEP) / cells;
            Placed {
                x: along(&way, &axes[0]) * cells + half,
                y: along(&way, &axes[1]) * cells + half,
                depth,
                cells,
                slope: [slope(&axes[0]), slope(&axes[1])],
            }
        }
    }
}

/// A piece in a picture.
struct Placed {
    x: f32,
    y: f32,
    depth: f32,
    /// Cells a metre at its depth.
    cells: f32,
    /// Depth a cell to the right and upwards, m.
    slope: [f32; 2],
}

impl Placed {
    /// Depth of its plane so many cells to the right and upwards.
    fn plane(&self, dx: f32, dy: f32) -> f32 {
        self.depth + self.slope[0] * dx + self.slope[1] * dy
    }
}

impl Picture {
    /// Shares of the pieces of a body that an eye sees past itself, `others` and `triangles` with waves of the given length; −1 for what looks away
    /// by more than [`AWAY`].
    pub(super) fn look(
        &mut self,
        eye: Vec3,
        skin: &Skin,
        wavelength_m: f64,
        others: &[&Skin],
        triangles: &[[Vec3; 3]],
        out: &mut [f32],
    ) {
        let (middle, radius_m) = (skin.middle, skin.radius_m);
        let view = EyeView::new(eye, middle, radius_m + CELL * wavelength_m, CELL * wavelength_m);
        self.depth.clear();
        self.depth.resize(view.side * view.side, f32::INFINITY);
        let farthest = (middle - eye).norm() + radius_m;
        triangles.iter().for_each(|t| self.draw(&view, t, farthest));
        let facing = facing(skin, eye);
        self.discs(&view, skin, &facing);
        for other in others {
            self.discs(&view, other, &self::facing(other, eye));
        }
        let place = view.pieces(skin);
        let hides = (HIDES * wavelength_m) as f32;
        let side = view.side as f32;
        for (i, out) in out.iter_mut().enumerate() {
            let area = std::f32::consts::PI * skin.radius[i] * skin.radius[i];
            if facing[i] <= -AWAY * area {
                *out = -1.0;
                continue;
            }
            let at = place(i);
            let radius = 0.5 * skin.radius[i] * at.cells;
            let mut sum = 0.0;
            for (dx, dy) in [(0.0, 0.0), (radius, 0.0), (-radius, 0.0), (0.0, radius), (0.0, -radius)] {
                let (column, row) = (at.x + dx, at.y + dy);
                let inside = column >= 0.0 && row >= 0.0 && column < side && row < side;
                let front = if inside { self.depth[row as usize * view.side + column as usize] } else { f32::INFINITY };
                sum += 1.0 - ((at.plane(dx, dy) - front - 0.5 * hides) / hides).clamp(0.0, 1.0);
            }
            *out = 0.2 * sum;
        }
    }

    /// Draws the pieces that face the eye.
    fn discs(&mut self, view: &EyeView, skin: &Skin, facing: &[f32]) {
        let place = view.pieces(skin);
        let side = view.side as f32;
        for (i, facing) in facing.iter().enumerate().filter(|(_, f)| **f > 0.0) {
            let at = place(i);
            if at.depth < NEAR as f32 {
                continue;
            }
            let (x, y) = (at.x, at.y);
            // πr² cos θ, so that what is seen aslant is smaller. No holes: a disc covers the middle of a cell at least.
            let radius = (1.1 * (facing / std::f32::consts::PI).sqrt() * at.cells).max(0.71);
            let (left, right) = ((x - radius).max(0.0), (x + radius).min(side - 1.0));
            let (low, high) = ((y - radius).max(0.0), (y + radius).min(side - 1.0));
            if left > right || low > high {
                continue;
            }
            for row in low as usize..=high as usize {
                let dy = row as f32 + 0.5 - y;
                let cells = &mut self.depth[row * view.side..(row + 1) * view.side];
                for (column, cell) in cells.iter_mut().enumerate().take(right as usize + 1).skip(left as usize) {
                    let dx = column as f32 + 0.5 - x;
                    if dx * dx + dy * dy <= radius * radius {
                        *cell = cell.min(at.plane(dx, dy));
                    }
                }
            }
        }
    }

    /// Draws a triangle.
    fn draw(&mut self, view: &EyeView, corners: &[Vec3; 3], farthest: f64) {
        let nearest = corners.iter().map(|c| (c - view.eye).dot(&view.axes[2])).fold(f64::INFINITY, f64::min);
        if nearest > farthest {
            return;
        }
        let mut polygon = before(view, corners);
        if polygon.len() < 3 {
            return;
        }
        let first = polygon.remove(0);
        for pair in polygon.windows(2) {
            self.fill(view, [first, pair[0], pair[1]]);
        }
    }

    /// Fills a triangle of cell coordinates and inverse depths.
    fn fill(&mut self, view: &EyeView, [a, b, c]: [(f64, f64, f64); 3]) {
        let twice = (b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1);
        if twice == 0.0 {
            return;
        }
        let top = (view.side - 1) as f64;
        let range = |values: [f64; 3]| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (high >= 0.0 && low <= top + 1.0).then(|| (low.max(0.0) as usize, high.min(top) as usize))
        };
        let (Some((left, right)), Some((low, high))) = (range([a.0, b.0, c.0]), range([a.1, b.1, c.1])) else { return };
        for row in low..=high {
            for column in left..=right {
                let (x, y) = (column as f64 + 0.5, row as f64 + 0.5);
                let u = ((x - a.0) * (c.1 - a.1) - (c.0 - a.0) * (y - a.1)) / twice;
                let v = ((b.0 - a.0) * (y - a.1) - (x - a.0) * (b.1 - a.1)) / twice;
                if u >= 0.0 && v >= 0.0 && u + v <= 1.0 {
                    let inverse = a.2 + u * (b.2 - a.2) + v * (c.2 - a.2);
                    let cell = &mut self.depth[row * view.side + column];
                    *cell = cell.min((1.0 / inverse) as f32);
                }
            }
        }
    }
}

/// Areas of pieces towards an eye, m².
fn facing(skin: &Skin, eye: Vec3) -> Vec<f32> {
    let from = skin.about(eye);
    let towards = |i: usize| {
        let way = [0, 1, 2].map(|x| from[x] - skin.place[x][i]);
        let size = (way[0] * way[0] + way[1] * way[1] + way[2] * way[2]).sqrt().max(1e-6);
        (way[0] * skin.area[0][i] + way[1] * skin.area[1][i] + way[2] * skin.area[2][i]) / size
    };
    (0..skin.len()).map(towards).collect()
}

/// The part of a triangle before the eye, in cell coordinates and inverse depths.
fn before(view: &EyeView, corners: &[Vec3; 3]) -> Vec<(f64, f64, f64)> {
    let depth = |p: &Vec3| (p - view.eye).dot(&view.axes[2]) - 2.0 * NEAR;
    let mut kept: Vec<Vec3> = Vec::with_capacity(4);
    for i in 0..3 {
        let (p, q) = (corners[i], corners[(i + 1) % 3]);
        let (dp, dq) = (depth(&p), depth(&q));
        if dp >= 0.0 {
            kept.push(p);
        }
        if (dp >= 0.0) != (dq >= 0.0) {
            kept.push(p + (q - p) * (dp / (dp - dq)));
        }
    }
    kept.iter().filter_map(|p| view.place(*p)).map(|(x, y, z)| (x, y, 1.0 / z)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::skin::facets::Facets;
    use super::super::skin::grouping::grouped;
    use super::super::skin::tiles::{Tile, Tiling};
    use super::*;
    use crate::geometry::primitives;
    use std::f64::consts::PI;

    fn look(eye: Vec3, triangles: &[[Vec3; 3]]) -> Vec<(Tile, f32)> {
        let ball = primitives::icosphere(0.3, 4);
        let edge = 0.05;
        let facets = Facets::new(&ball, &ball.vertices, edge);
        let (corners, neighbours) = (facets.corners(&ball.vertices), facets.neighbours(&ball.vertices));
        let tiling = Tiling::new(&corners, &neighbours, &grouped(&corners, &neighbours, edge), edge);
        let tiles = tiling.at(&facets.records(&ball.vertices, Vec3::zeros()), Vec3::zeros());
        let skin = Skin::new(&tiles);
        let mut lit = vec![0.0; tiles.len()];
        Picture::default().look(eye, &skin, 2.0 * edge, &[], triangles, &mut lit);
        let facing = facing(&skin, eye);
        lit.iter_mut().zip(facing).filter(|(_, f)| *f <= 0.0).for_each(|(lit, _)| *lit = 0.0);
        tiles.into_iter().zip(lit).collect()
    }

    #[test]
    fn half_a_ball_is_seen() {
        let eye = Vec3::new(0.0, -2.0, 0.3);
        // Solid angle of what is seen: that of a ball, whose horizon is near by.
        let seen: f64 = look(eye, &[])
            .iter()
            .map(|(t, share)| {
                let way = t.centre - eye;
                f64::from(*share) * (-t.area.dot(&way)).max(0.0) / way.norm().powi(3)
            })
            .sum();
        let angle = 2.0 * PI * (1.0 - (1.0 - 0.09 / eye.norm_squared()).sqrt());
        assert!((seen / angle - 1.0).abs() < 0.05, "{seen} {angle}");
        // Nothing of the far half faces the eye, and all of the near one is seen.
        let near: Vec<f32> =
            look(eye, &[]).iter().filter(|(t, _)| t.centre.y < -0.12).map(|(_, share)| *share).collect();
        assert!(near.len() > 20 && near.iter().all(|s| *s > 0.9), "{near:?}");
    }

    #[test]
    fn a_screen_hides_what_is_behind_it() {
        let eye = Vec3::new(0.0, -2.0, 0.0);
        let corner = |x: f64, z: f64| Vec3::new(x, -1.0, z);
        // It covers what lies right of the middle.
        let screen = [corner(0.0, -9.0), corner(0.0, 9.0), corner(30.0, 0.0)];
        for (tile, share) in look(eye, &[screen]) {
            let faces = tile.area.dot(&(tile.centre - eye)) < 0.0 && tile.area.dot(&tile.centre) > 0.0;
            if faces && tile.centre.x > 0.08 {
                assert!(share < 0.05, "{:?} {share}", tile.centre);
            }
            if faces && tile.centre.x < -0.08 && tile.centre.y < -0.12 {
                assert!(share > 0.9, "{:?} {share}", tile.centre);
            }
        }
    }
}
