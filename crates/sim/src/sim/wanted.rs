//! The points of a surface, made of the vertices of the stage: some of them, and points over faces.

use crate::base::Vec3;

/// A point that goes with a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Raised {
    /// Shares of the face's corners in the point below it; they sum up to one.
    pub(super) shares: [f64; 3],
    /// Height over the face, m, along its normal.
    pub(super) height: f64,
}

impl Raised {
    /// The point `place` over the triangle with `corners`, whose unit normal is `normal`.
    pub(super) fn at(place: Vec3, [a, b, c]: [Vec3; 3], normal: Vec3) -> Self {
        let (ab, ac, way) = (b - a, c - a, place - a);
        let twice = ab.cross(&ac).dot(&normal);
        let second = way.cross(&ac).dot(&normal) / twice;
        let third = ab.cross(&way).dot(&normal) / twice;
        Self { shares: [1.0 - second - third, second, third], height: way.dot(&normal) }
    }
}

/// Points over one face.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Over {
    /// Vertices of the stage.
    face: [u32; 3],
    /// How many of the raised points are its.
    count: usize,
}

/// Which points a surface has, in their order: vertices first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// Vertices of the stage.
    pub(super) vertices: Vec<u32>,
    faces: Vec<Over>,
    raised: Vec<Raised>,
}

impl Wanted {
    /// Adds points over a face; returns the number of the first among the raised points.
    pub(super) fn raise(&mut self, face: [u32; 3], points: &[Raised]) -> usize {
        self.faces.push(Over { face, count: points.len() });
        self.raised.extend_from_slice(points);
        self.raised.len() - points.len()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.vertices.len() + self.raised.len()
    }

    /// Writes the points into `out[point]`, the vertices of the stage being at `all`.
    pub(super) fn write(&self, all: &[Vec3], out: &mut [Vec3]) {
        self.write_where(|_| true, all, out);
    }

    /// The same of the points that belong to some vertices of the stage; the others stay as they are.
    pub(super) fn write_where(&self, belongs: impl Fn(u32) -> bool, all: &[Vec3], out: &mut [Vec3]) {
        let (vertices, mut points) = out.split_at_mut(self.vertices.len());
        for (o, &v) in vertices.iter_mut().zip(&self.vertices).filter(|(_, v)| belongs(**v)) {
            *o = all[v as usize];
        }
        let mut raised = self.raised.as_slice();
        for over in &self.faces {
            let (own, others) = raised.split_at(over.count);
            let (places, left) = points.split_at_mut(over.count);
            if belongs(over.face[0]) {
                let [a, b, c] = over.face.map(|v| all[v as usize]);
                // A triangle that collapses within the frame has no normal; its points lie in it then.
                let normal = (b - a).cross(&(c - a)).try_normalize(0.0).unwrap_or_default();
                for (o, r) in places.iter_mut().zip(own) {
                    *o = a * r.shares[0] + b * r.shares[1] + c * r.shares[2] + normal * r.height;
                }
            }
            (raised, points) = (others, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_point_goes_with_its_face() {
        let corners = [Vec3::new(1.0, 0.0, 0.0), Vec3::new(0.2, 1.1, 0.3), Vec3::new(-0.4, 0.1, 0.9)];
        let normal = (corners[1] - corners[0]).cross(&(corners[2] - corners[0])).normalize();
        let place = Vec3::new(0.3, 0.5, 0.6);
        let mut wanted = Wanted { vertices: vec![2], ..Wanted::default() };
        wanted.raise([0, 1, 2], &[Raised::at(place, corners, normal)]);
        let at = |all: &[Vec3]| {
            let mut out = vec![Vec3::zeros(); wanted.len()];
            wanted.write(all, &mut out);
            out
        };
        let now = at(&corners);
        assert_eq!((wanted.len(), now[0]), (2, corners[2]));
        assert!((now[1] - place).norm() < 1e-14);
        let turn = crate::base::Rotation::from_scaled_axis(Vec3::new(0.3, -1.0, 0.4));
        let moved = corners.map(|c| turn * c + Vec3::new(0.0, 3.0, 1.0));
        assert!((at(&moved)[1] - (turn * place + Vec3::new(0.0, 3.0, 1.0))).norm() < 1e-14);
    }
}
