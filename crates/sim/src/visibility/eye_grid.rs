//! Triangles as one eye sees them: a grid over the picture, whose cells name the triangles that reach into them.
//!
//! All rays start at the eye, so that each is a point of the picture and meets the triangles of one cell only. The grid narrows the
//! choice; the test of a triangle is that of [`super::accel`], and so is the answer.

use super::accel::blocks;
use crate::base::Vec3;
use std::ops::RangeInclusive;

/// Depth of a corner along the line of sight, as a share of its distance, below which the picture is too wide.
const SIDEWAYS: f64 = 0.1;
/// By how much places in the picture and depths may be off by rounding, relative.
const ROUNDING: f64 = 1e-9;

/// A triangle in the picture.
#[derive(Clone, Copy)]
struct Shape {
    /// Corners of the box around it.
    low: [f64; 2],
    high: [f64; 2],
    nearest: f64,
}

/// The picture of some triangles; the memory is kept from one moment to the next.
#[derive(Default)]
pub(super) struct EyeGrid {
    eye: Vec3,
    /// Right, up and ahead in the picture.
    axes: [Vec3; 3],
    corner: [f64; 2],
    cells_per_unit: f64,
    /// Columns and rows.
    size: [usize; 2],
    /// Places and depths of the vertices.
    places: Vec<Option<([f64; 2], f64)>>,
    shapes: Vec<Shape>,
    numbers: Vec<u32>,
    /// Where the list of each cell ends, the first place of the first cell being 0.
    ends: Vec<u32>,
    lists: Vec<u32>,
}

impl EyeGrid {
    /// Looks at those of the faces that `hides` chooses. Returns whether the picture holds them: not where one comes beside or behind
    /// the eye.
    pub(super) fn look(
        &mut self,
        eye: Vec3,
        (vertices, faces): (&[Vec3], &[[u32; 3]]),
        hides: impl Fn(usize) -> bool,
    ) -> bool {
        self.eye = eye;
        let sum: Vec3 = vertices.iter().map(|v| v - eye).sum();
        let Some(ahead) = sum.try_normalize(0.0) else { return false };
        let right = ahead.cross(&if ahead.z.abs() < 0.7 { Vec3::z() } else { Vec3::x() }).normalize();
        self.axes = [right, right.cross(&ahead), ahead];
        let mut places = std::mem::take(&mut self.places);
        places.clear();
        places.extend(vertices.iter().map(|v| self.place(*v)));
        self.shapes.clear();
        self.numbers.clear();
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        let mut holds = true;
        for (i, face) in faces.iter().enumerate().filter(|(i, _)| hides(*i)) {
            let [Some(a), Some(b), Some(c)] = face.map(|v| places[v as usize]) else {
                holds = false;
                break;
            };
            let mut shape = Shape { low: a.0, high: a.0, nearest: a.1.min(b.1).min(c.1) };
            for x in 0..2 {
                let (least, most) = (a.0[x].min(b.0[x]).min(c.0[x]), a.0[x].max(b.0[x]).max(c.0[x]));
                let off = ROUNDING * (1.0 + least.abs().max(most.abs()));
                (shape.low[x], shape.high[x]) = (least - off, most + off);
                (low[x], high[x]) = (low[x].min(shape.low[x]), high[x].max(shape.high[x]));
            }
            self.shapes.push(shape);
            self.numbers.push(i as u32);
        }
        self.places = places;
        if holds {
            self.sort(low, high);
        }
        holds
    }

    /// Deals the shapes out to cells, some times as many as there are shapes, in the box from `low` to `high`.
    fn sort(&mut self, low: [f64; 2], high: [f64; 2]) {
        self.size = [1, 1];
        self.corner = low;
        self.cells_per_unit = 0.0;
        let (wide, tall) = (high[0] - low[0], high[1] - low[1]);
        if wide > 0.0 && tall > 0.0 {
            // Some times as many, since the small faces of hands and heads stand close together.
            self.cells_per_unit = (4.0 * self.shapes.len() as f64 / (wide * tall)).sqrt();
            let count = |length: f64| ((length * self.cells_per_unit) as usize + 1).min(4 * self.shapes.len());
            self.size = [count(wide), count(tall)];
        }
        self.ends.clear();
        self.ends.resize(self.size[0] * self.size[1] + 1, 0);
        let width = self.size[0];
        for shape in &self.shapes {
            let [columns, rows] = self.cells(shape);
            for row in rows {
                let first = row * width + 1;
                self.ends[first + columns.start()..=first + columns.end()].iter_mut().for_each(|end| *end += 1);
            }
        }
        for cell in 1..self.ends.len() {
            self.ends[cell] += self.ends[cell - 1];
        }
        self.lists.clear();
        self.lists.resize(self.ends.last().map_or(0, |end| *end as usize), 0);
        // Filled from the back, after which each place is the first of its cell.
        for number in (0..self.shapes.len()).rev() {
            let [columns, rows] = self.cells(&self.shapes[number]);
            for row in rows {
                let first = row * width + 1;
                for end in &mut self.ends[first + columns.start()..=first + columns.end()] {
                    *end -= 1;
                    self.lists[*end as usize] = number as u32;
                }
            }
        }
    }

    /// Place in the picture and depth, where it has one.
    fn place(&self, point: Vec3) -> Option<([f64; 2], f64)> {
        let way = point - self.eye;
        let [right, up, ahead] = self.axes.map(|axis| axis.dot(&way));
        (ahead > SIDEWAYS * way.norm()).then(|| ([right / ahead, up / ahead], ahead))
    }

    fn cell(&self, place: f64, x: usize) -> usize {
        // Negative numbers become zero.
        (((place - self.corner[x]) * self.cells_per_unit) as usize).min(self.size[x] - 1)
    }

    /// Columns and rows that a shape reaches into.
    fn cells(&self, shape: &Shape) -> [RangeInclusive<usize>; 2] {
        [0, 1].map(|x| self.cell(shape.low[x], x)..=self.cell(shape.high[x], x))
    }

    /// Whether one of the triangles other than `except` crosses the way from the eye to `to`; `None` where the picture does not hold `to`.
    pub(super) fn blocked(&self, to: Vec3, except: u32, triangles: &[[Vec3; 3]]) -> Option<bool> {
        let (place, depth) = self.place(to)?;
        let cell = self.cell(place[1], 1) * self.size[0] + self.cell(place[0], 0);
        let (start, end) =
            (self.ends[cell + 1] as usize, self.ends.get(cell + 2).map_or(self.lists.len(), |e| *e as usize));
        let depth = depth * (1.0 + ROUNDING);
        Some(self.lists[start..end].iter().any(|&number| {
            let shape = &self.shapes[number as usize];
            let own = self.numbers[number as usize];
            let inside = |x: usize| shape.low[x] <= place[x] && place[x] <= shape.high[x];
            shape.nearest < depth
                && inside(0)
                && inside(1)
                && own != except
                && blocks(self.eye, to, &triangles[own as usize])
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::RandomTree;
    use rand::RngExt;

    #[test]
    fn the_grid_gives_what_trying_every_triangle_gives() {
        let mut stream = RandomTree::new(5).stream(0, "eye grid");
        let mut point = |spread: f64, away: f64| {
            let mut x = || stream.random_range(-1.0..1.0);
            Vec3::new(spread * x(), away + 0.5 * x(), spread * x())
        };
        for (count, size, spread) in [(400, 0.05, 0.5), (60, 0.5, 1.0), (1, 0.3, 0.0), (200, 0.0, 1.0)] {
            let triangles: Vec<[Vec3; 3]> = (0..count)
                .map(|_| {
                    let middle = point(spread, 3.0);
                    [(); 3].map(|()| middle + point(size, 0.0))
                })
                .collect();
            let eye = point(0.2, 0.0);
            let mut grid = EyeGrid::default();
            let vertices: Vec<Vec3> = triangles.iter().flatten().copied().collect();
            let faces: Vec<[u32; 3]> = (0..count as u32).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
            assert!(grid.look(eye, (&vertices, &faces), |i| i % 7 != 3));
            let mut hidden = 0;
            for (i, t) in triangles.iter().enumerate() {
                let centre = t[0] / 3.0 + t[1] / 3.0 + t[2] / 3.0;
                let want = triangles.iter().enumerate().any(|(k, t)| k != i && k % 7 != 3 && blocks(eye, centre, t));
                assert_eq!(grid.blocked(centre, i as u32, &triangles), Some(want), "{i} of {count}");
                hidden += usize::from(want);
            }
            assert!(count < 60 || size == 0.0 || (hidden > 5 && hidden < count), "{hidden}");
        }
        let mut grid = EyeGrid::default();
        assert!(!grid.look(Vec3::zeros(), (&[Vec3::y(), Vec3::x(), -Vec3::x()], &[[0, 1, 2]]), |_| true));
    }
}
