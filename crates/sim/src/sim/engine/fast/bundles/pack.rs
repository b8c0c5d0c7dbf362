//! Members of bundles, sixteen at a time: chosen once for all moments, moved to where they are at each, and their ways relative to those
//! of the bundles' leaders, in which only the places are in f64.

use crate::base::Vec3;
use crate::kernels::{BLOCK, Lanes};
use crate::sim::engine::fast::amplitude::{Group, Way, Wide, ZERO, dot, load3};
use crate::sim::engine::fast::blocks::Row;
use crate::sim::engine::fast::wave::Wave;
use crate::sim::engine::surface::Surface;
use std::f32::consts::LOG2_E;

/// Sixteen patches as they are chosen once for all moments.
#[derive(Clone)]
pub(super) struct Pack {
    /// Points of the corners.
    corners: [[u32; BLOCK]; 3],
    /// Barycentric coordinates beside the second and the third corner.
    weights: [Row; 2],
    /// Size relative to the facet times the wave number.
    scale: Row,
    /// Share of the facet's area; gain of a point; zero for lanes that are to be silent.
    share: Row,
    /// One for triangles, zero for points.
    triangle: Row,
    formed: bool,
}

impl Pack {
    /// The patches that `patch` names by lane, and whether they sound.
    #[inline(always)]
    pub(super) fn of(wave: &Wave, surface: &Surface, patch: impl Fn(usize) -> (u32, bool)) -> Self {
        let (mut corners, mut weights) = ([[0; BLOCK]; 3], [ZERO; 2]);
        let (mut scale, mut share, mut triangle, mut formed) = (ZERO, ZERO, ZERO, false);
        for i in 0..BLOCK {
            let (patch, sounds) = patch(i);
            let patch = &surface.patches[patch as usize];
            let facet = &surface.facets[patch.facet as usize];
            for x in 0..3 {
                corners[x][i] = facet.corners[x];
            }
            weights[0][i] = patch.part.centre[1] as f32;
            weights[1][i] = patch.part.centre[2] as f32;
            scale[i] = (patch.part.scale * wave.wave_number) as f32;
            share[i] = if sounds { (patch.part.weight * facet.point_gain.unwrap_or(0.5)) as f32 } else { 0.0 };
            triangle[i] = if facet.point_gain.is_some() { 0.0 } else { 1.0 };
            formed |= patch.part.scale != 0.0;
        }
        Self { corners, weights, scale, share, triangle, formed }
    }
}

/// Ways from an antenna to sixteen leaders.
pub(super) struct Leads {
    pub(super) vector: [Wide; 3],
    /// Lengths, m.
    pub(super) length: Row,
}

impl Leads {
    /// The leaders being `vector` from the antenna, m.
    pub(super) fn of(vector: [Wide; 3]) -> Self {
        let [x, y, z] = &vector;
        let length = std::array::from_fn(|i| (x[i] * x[i] + y[i] * y[i] + z[i] * z[i]).sqrt() as f32);
        Self { vector, length }
    }
}

impl Group {
    /// Takes the patches of `pack` where their corners are at `points`. Only their places are in f64.
    #[inline(always)]
    pub(super) fn settle<V: Lanes>(&mut self, wave: &Wave, pack: &Pack, points: &[Vec3]) {
        let (mut p, mut q) = ([ZERO; 3], [ZERO; 3]);
        for i in 0..BLOCK {
            let [a, b, c] = pack.corners.map(|corner| &points[corner[i] as usize]);
            for x in 0..3 {
                p[x][i] = (b[x] - a[x]) as f32;
                q[x][i] = (c[x] - a[x]) as f32;
                self.place[x][i] = a[x];
            }
        }
        self.formed = pack.formed;
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let third = V::splat(1.0 / 3.0);
        let (oblique, exponent) = (V::splat(wave.oblique as f32), V::splat(wave.lobe_exponent as f32 * LOG2_E));
        let mut step = [ZERO; 3];
        let mut lane = 0;
        while lane < BLOCK {
            let (p, q) = (load3::<V>(&p, lane), load3::<V>(&q, lane));
            let (second, last) = (V::load(&pack.weights[0][lane..]), V::load(&pack.weights[1][lane..]));
            let scale = V::load(&pack.scale[lane..]);
            for x in 0..3 {
                p[x].fma(second, q[x].mul(last)).store(&mut step[x][lane..]);
                // From the centre to the first two corners.
                let centre = p[x].add(q[x]).mul(third);
                zero.sub(centre).mul(scale).store(&mut self.arms[0][x][lane..]);
                p[x].sub(centre).mul(scale).store(&mut self.arms[1][x][lane..]);
            }
            let cross = [
                p[1].mul(q[2]).sub(p[2].mul(q[1])),
                p[2].mul(q[0]).sub(p[0].mul(q[2])),
                p[0].mul(q[1]).sub(p[1].mul(q[0])),
            ];
            let twice = dot(cross, cross).sqrt();
            let inverse = one.div(twice.max(V::splat(f32::MIN_POSITIVE)));
            for x in 0..3 {
                cross[x].mul(inverse).store(&mut self.normal[x][lane..]);
            }
            let triangle = V::load(&pack.triangle[lane..]);
            let area = triangle.fma(twice, one.sub(triangle));
            V::load(&pack.share[lane..]).mul(area).store(&mut self.gain[lane..]);
            oblique.mul(triangle).store(&mut self.oblique[lane..]);
            exponent.mul(triangle).store(&mut self.lobe[lane..]);
            lane += V::COUNT;
        }
        for x in 0..3 {
            for i in 0..BLOCK {
                self.place[x][i] += f64::from(step[x][i]);
            }
        }
    }

    /// Where the patches are from a place.
    #[inline(always)]
    pub(super) fn from(&self, place: Vec3) -> [Wide; 3] {
        let mut out = self.place;
        for x in 0..3 {
            for i in 0..BLOCK {
                out[x][i] -= place[x];
            }
        }
        out
    }

    /// The way to (`sign` 1) or from (−1) an antenna whose ways to other patches, the leaders, are `lead`; no length, but by how much it is
    /// longer than the leader's: |v| − |u| = (v − u)·(v + u) / (|v| + |u|), in which f32 loses nothing once the product is taken.
    #[inline(always)]
    pub(super) fn way_from<V: Lanes>(&self, antenna: Vec3, lead: &Leads, sign: f32, mirrored: bool) -> Way {
        let mut way = Way::EMPTY;
        let vector = self.from(antenna);
        let mut product = [0.0_f64; BLOCK];
        for x in 0..3 {
            for i in 0..BLOCK {
                let (v, u) = (vector[x][i], lead.vector[x][i]);
                product[i] += (v - u) * (v + u);
                way.vector[x][i] = v as f32;
            }
        }
        let mut narrow = ZERO;
        for i in 0..BLOCK {
            narrow[i] = product[i] as f32;
        }
        let mut lane = 0;
        while lane < BLOCK {
            let v = load3::<V>(&way.vector, lane);
            let length = dot(v, v).sqrt();
            let inverse = V::splat(1.0).div(length);
            V::load(&narrow[lane..]).div(length.add(V::load(&lead.length[lane..]))).store(&mut way.further[lane..]);
            inverse.store(&mut way.inverse[lane..]);
            let unit = inverse.mul(V::splat(sign));
            self.point(&mut way, [v[0].mul(unit), v[1].mul(unit), v[2].mul(unit)], mirrored, lane);
            lane += V::COUNT;
        }
        way
    }

    /// The way of an antenna that stands `offset` (m) beside the one with the way `from`; no length. As exact as f32 allows: with
    /// q = (|o|² − 2 o·v) / |v|² the length is |v| √(1 + q), and the difference of the two |v| q / (1 + √(1 + q)).
    #[inline(always)]
    pub(super) fn beside<V: Lanes>(&self, from: &Way, offset: [f32; 3], sign: f32, mirrored: bool) -> Way {
        let mut way = Way::EMPTY;
        let o = [V::splat(offset[0]), V::splat(offset[1]), V::splat(offset[2])];
        let one = V::splat(1.0);
        let mut lane = 0;
        while lane < BLOCK {
            let v = load3::<V>(&from.vector, lane);
            let inverse = V::load(&from.inverse[lane..]);
            let twice = [o[0].sub(v[0].add(v[0])), o[1].sub(v[1].add(v[1])), o[2].sub(v[2].add(v[2]))];
            let q = dot(o, twice).mul(inverse).mul(inverse);
            let root = one.add(q).sqrt();
            let inverse_here = inverse.div(root);
            q.div(inverse.mul(one.add(root))).store(&mut way.further[lane..]);
            inverse_here.store(&mut way.inverse[lane..]);
            let unit = inverse_here.mul(V::splat(sign));
            let d = [v[0].sub(o[0]).mul(unit), v[1].sub(o[1]).mul(unit), v[2].sub(o[2]).mul(unit)];
            self.point(&mut way, d, mirrored, lane);
            lane += V::COUNT;
        }
        way
    }
}
