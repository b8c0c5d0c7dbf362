//! Paths and amplitudes of patches at one moment, sixteen patches at a time: lengths in f64, amplitudes in f32.
//!
//! The formulas are those of the seam ([`crate::sim::engine`]), rearranged so that nothing cancels: the lobe's angle comes from
//! the difference of the two unit vectors, the corner phases of the form factor are differences of one number per transmitter and
//! one per receiver. Relative to the exact engine the error is about 1e-6 of the amplitude (measured by the test of
//! [`crate::sim::engine::fast`]).

use super::blocks::Row;
use super::series::{EXP2, SINE, SQUARED_ANGLE, cis, horner};
use super::wave::Wave;
use crate::base::Vec3;
use crate::kernels::{BLOCK, Lanes};
use crate::sim::engine::surface::Surface;
use std::f32::consts::{LOG2_E, TAU};

type Row3 = [Row; 3];

pub(super) type Wide = [f64; BLOCK];

/// Sixteen patches at one moment.
pub(super) struct Group {
    /// Corners of the facets, `[corner][axis]`.
    corners: [[Wide; 3]; 3],
    /// Barycentric coordinates of the patches.
    weights: [Wide; 3],
    /// Size relative to the facet times the wave number.
    scale: Wide,
    /// Share of the facet's area; gain of a point.
    share: Wide,
    /// One for triangles, zero for points.
    triangle: Wide,
    pub(super) place: [Wide; 3],
    pub(super) normal: Row3,
    /// Scaled arms of the first two corners times the wave number; the third is minus their sum.
    pub(super) arms: [Row3; 2],
    pub(super) gain: Row,
    /// Exponent factor of the lobe over ln 2; zero for points.
    pub(super) lobe: Row,
    /// One for triangles with the projection cosine, else zero.
    pub(super) oblique: Row,
    /// Whether any patch has a form factor.
    pub(super) formed: bool,
}

/// The way between an antenna and sixteen patches.
#[derive(Clone)]
pub(super) struct Way {
    /// Length, m.
    pub(super) length: Wide,
    pub(super) inverse: Row,
    /// How much longer it is than that of the antenna beside which it was found (see `pack.rs`), m.
    pub(super) further: Row,
    /// From the antenna to the patches, m.
    pub(super) vector: Row3,
    /// Unit vectors in the direction of travel; mirrored about the facets for transmitters.
    direction: Row3,
    /// Phases of the first two corners, rad.
    phases: [Row; 2],
}

pub(super) const ZERO: Row = [0.0; BLOCK];

const WIDE: Wide = [0.0; BLOCK];

impl Way {
    pub(super) const EMPTY: Self =
        Self { length: WIDE, inverse: ZERO, further: ZERO, vector: [ZERO; 3], direction: [ZERO; 3], phases: [ZERO; 2] };
}

impl Group {
    pub(super) const EMPTY: Self = Self {
        corners: [[WIDE; 3]; 3],
        weights: [WIDE; 3],
        scale: WIDE,
        share: WIDE,
        triangle: WIDE,
        place: [WIDE; 3],
        normal: [ZERO; 3],
        arms: [[ZERO; 3]; 2],
        gain: ZERO,
        lobe: ZERO,
        oblique: ZERO,
        formed: false,
    };

    /// Chooses the patches; at most sixteen.
    #[inline(always)]
    pub(super) fn choose(&mut self, wave: &Wave, surface: &Surface, patches: &[u32]) {
        self.formed = false;
        for i in 0..BLOCK {
            // A short group is filled up with copies of its last patch.
            let patch = &surface.patches[patches[i.min(patches.len() - 1)] as usize];
            let facet = &surface.facets[patch.facet as usize];
            for x in 0..3 {
                self.weights[x][i] = patch.part.centre[x];
            }
            self.scale[i] = patch.part.scale * wave.wave_number;
            self.share[i] = patch.part.weight * facet.point_gain.unwrap_or(0.5);
            self.triangle[i] = if facet.point_gain.is_some() { 0.0 } else { 1.0 };
            self.formed |= patch.part.scale != 0.0;
        }
    }

    /// Moves them to where their corners are at `points`.
    #[inline(always)]
    pub(super) fn place(&mut self, wave: &Wave, surface: &Surface, patches: &[u32], points: &[Vec3]) {
        for i in 0..BLOCK {
            let patch = &surface.patches[patches[i.min(patches.len() - 1)] as usize];
            let corners = &surface.facets[patch.facet as usize].corners;
            for (to, corner) in self.corners.iter_mut().zip(corners) {
                let point = &points[*corner as usize];
                for x in 0..3 {
                    to[x][i] = point[x];
                }
            }
        }
        let [a, b, c] = &self.corners;
        for i in 0..BLOCK {
            let mut p = [0.0; 3];
            let mut q = [0.0; 3];
            for x in 0..3 {
                self.place[x][i] =
                    a[x][i] * self.weights[0][i] + b[x][i] * self.weights[1][i] + c[x][i] * self.weights[2][i];
                let third = (a[x][i] + b[x][i] + c[x][i]) / 3.0;
                self.arms[0][x][i] = (self.scale[i] * (a[x][i] - third)) as f32;
                self.arms[1][x][i] = (self.scale[i] * (b[x][i] - third)) as f32;
                p[x] = b[x][i] - a[x][i];
                q[x] = c[x][i] - a[x][i];
            }
            let cross = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
            let twice = (cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]).sqrt();
            // A triangle without area has no normal; the smallest number keeps the division defined.
            let inverse = 1.0 / twice.max(f64::MIN_POSITIVE);
            for x in 0..3 {
                self.normal[x][i] = (cross[x] * inverse) as f32;
            }
            self.gain[i] = (self.share[i] * (self.triangle[i] * twice + 1.0 - self.triangle[i])) as f32;
            self.oblique[i] = (wave.oblique * self.triangle[i]) as f32;
            self.lobe[i] = (wave.lobe_exponent * self.triangle[i]) as f32 * LOG2_E;
        }
    }

    /// The way to (`sign` 1) or from (−1) an antenna.
    #[inline(always)]
    pub(super) fn way<V: Lanes>(&self, antenna: Vec3, sign: f64, mirrored: bool) -> Way {
        let mut way = Way::EMPTY;
        for i in 0..BLOCK {
            let x = self.place[0][i] - antenna.x;
            let y = self.place[1][i] - antenna.y;
            let z = self.place[2][i] - antenna.z;
            let length = (x * x + y * y + z * z).sqrt();
            let inverse = sign / length;
            way.length[i] = length;
            way.inverse[i] = (1.0 / length) as f32;
            way.direction[0][i] = (x * inverse) as f32;
            way.direction[1][i] = (y * inverse) as f32;
            way.direction[2][i] = (z * inverse) as f32;
            way.vector[0][i] = x as f32;
            way.vector[1][i] = y as f32;
            way.vector[2][i] = z as f32;
        }
        let mut lane = 0;
        while lane < BLOCK {
            let d = load3::<V>(&way.direction, lane);
            self.point(&mut way, d, mirrored, lane);
            lane += V::COUNT;
        }
        way
    }

    /// Sets the directions and corner phases of some lanes, given unit vectors `d` in the direction of travel.
    #[inline(always)]
    pub(super) fn point<V: Lanes>(&self, way: &mut Way, d: [V; 3], mirrored: bool, lane: usize) {
        for (phase, arm) in way.phases.iter_mut().zip(&self.arms) {
            dot(d, load3::<V>(arm, lane)).store(&mut phase[lane..]);
        }
        let n = load3::<V>(&self.normal, lane);
        let twice = dot(d, n).mul(V::splat(if mirrored { 2.0 } else { 0.0 }));
        for x in 0..3 {
            n[x].fnma(twice, d[x]).store(&mut way.direction[x][lane..]);
        }
    }

    /// Amplitudes of a pair: real and imaginary part; without the form factor unless `form`.
    #[inline(always)]
    pub(super) fn amplitude<V: Lanes>(&self, tx: &Way, rx: &Way, form: bool, re: &mut [f32], im: &mut [f32]) {
        let mut lane = 0;
        while lane < BLOCK {
            let (m, w) = (load3::<V>(&tx.direction, lane), load3::<V>(&rx.direction, lane));
            let d = [m[0].sub(w[0]), m[1].sub(w[1]), m[2].sub(w[2])];
            let spread = V::load(&tx.inverse[lane..]).mul(V::load(&rx.inverse[lane..]));
            let shine = lobe(dot(d, d), V::load(&self.lobe[lane..]));
            // Of the mirrored way there and the way back: the sum of the cosines. Turned by the factor from 1 to half of it.
            let n = load3::<V>(&self.normal, lane);
            let cosines = dot(n, [m[0].add(w[0]), m[1].add(w[1]), m[2].add(w[2])]);
            let cosine = cosines.max(V::splat(0.0).sub(cosines)).mul(V::splat(0.5));
            let seen = cosine.sub(V::splat(1.0)).fma(V::load(&self.oblique[lane..]), V::splat(1.0));
            let size = V::load(&self.gain[lane..]).mul(spread).mul(shine).mul(seen);
            if form && self.formed {
                let g = form_factor(
                    V::load(&tx.phases[0][lane..]).sub(V::load(&rx.phases[0][lane..])),
                    V::load(&tx.phases[1][lane..]).sub(V::load(&rx.phases[1][lane..])),
                );
                size.mul(g.0).store(&mut re[lane..]);
                size.mul(g.1).store(&mut im[lane..]);
            } else {
                size.store(&mut re[lane..]);
                V::splat(0.0).store(&mut im[lane..]);
            }
            lane += V::COUNT;
        }
    }
}

/// High-pass filters on the amplitudes of a pair, by the length of their paths: [`crate::sensor::receiver::high_pass::HighPass::at`] in f32.
#[inline(always)]
pub(super) fn filter(wave: &Wave, tx: &Way, rx: &Way, re: &mut [f32], im: &mut [f32]) {
    let Some(corners) = wave.high_pass else { return };
    let (re, im) = (&mut re[..BLOCK], &mut im[..BLOCK]);
    for i in 0..BLOCK {
        let per_metre = 1.0 / (tx.length[i] + rx.length[i]) as f32;
        let (mut a, mut b) = (1.0_f32, 0.0_f32);
        for corner in corners {
            let share = corner * per_metre;
            (a, b) = (a + b * share, b - a * share);
        }
        let scale = 1.0 / (a * a + b * b);
        (re[i], im[i]) = ((re[i] * a + im[i] * b) * scale, (im[i] * a - re[i] * b) * scale);
    }
}

#[inline(always)]
pub(super) fn load3<V: Lanes>(rows: &Row3, lane: usize) -> [V; 3] {
    [V::load(&rows[0][lane..]), V::load(&rows[1][lane..]), V::load(&rows[2][lane..])]
}

#[inline(always)]
pub(super) fn dot<V: Lanes>(a: [V; 3], b: [V; 3]) -> V {
    a[2].fma(b[2], a[1].fma(b[1], a[0].mul(b[0])))
}

/// `exp2(−exponent θ²)`, where θ is the angle between unit vectors whose difference has the square `chord`.
///
/// sin²(θ/2) = chord/4; one half-angle step leads to q = sin²(θ/4) ≤ ½, and θ²/q is a polynomial in q.
#[inline(always)]
fn lobe<V: Lanes>(chord: V, exponent: V) -> V {
    let one = V::splat(1.0);
    let h = chord.mul(V::splat(0.25)).min(one);
    let q = h.div(one.add(one.sub(h).sqrt())).mul(V::splat(0.5));
    let squared = q.mul(horner(&SQUARED_ANGLE, q));
    let power = V::splat(0.0).sub(squared.mul(exponent).min(V::splat(120.0)));
    let rest = power.fraction();
    horner(&EXP2, rest).mul(power.sub(rest).whole_exp2())
}

/// Below this span of the corner phases, rad, the power series is used.
const SERIES_SPAN: f32 = 2.0;

#[inline(always)]
fn term<V: Lanes>(factorial: f64) -> V {
    V::splat((2.0 / factorial) as f32)
}

/// [`crate::propagation::form_factor::form_factor`] of the phases a, b and −a − b, in f32: absolute error below 5e-7.
#[inline(always)]
fn form_factor<V: Lanes>(a: V, b: V) -> (V, V) {
    let c = V::splat(0.0).sub(a.add(b));
    let low = a.min(b).min(c);
    let high = a.max(b).max(c);
    let span = high.sub(low);
    // The series 2 Σ gₙ jⁿ / (n + 2)! with gₙ = −p gₙ₋₂ + q gₙ₋₃, written out: |p| ≤ span²/3, |q| ≤ span³ · 0.07.
    let p = a.mul(b).add(c.mul(a.add(b)));
    let q = a.mul(b).mul(c);
    let (p2, q2) = (p.mul(p), q.mul(q));
    let p3 = p2.mul(p);
    // g₂ = −p, g₄ = p², g₆ = q² − p³, g₈ = p⁴ − 3pq², g₁₀ = 6p²q² − p⁵; signs −, +, −, +, −.
    let mut re = p2.mul(p3).sub(p2.mul(q2).mul(V::splat(6.0))).mul(term::<V>(479_001_600.0));
    re = p2.mul(p2).sub(p.mul(q2).mul(V::splat(3.0))).fma(term::<V>(3_628_800.0), re);
    re = p3.sub(q2).fma(term::<V>(40_320.0), re);
    re = p2.fma(term::<V>(720.0), re);
    re = p.fma(term::<V>(24.0), re).add(V::splat(1.0));
    // g₃ = q, g₅ = −2pq, g₇ = 3p²q, g₉ = q³ − 4p³q; signs −, +, −, +.
    let mut im = q2.sub(p3.mul(V::splat(4.0))).mul(term::<V>(39_916_800.0));
    im = p2.mul(V::splat(-3.0)).fma(term::<V>(362_880.0), im);
    im = p.mul(V::splat(-2.0)).fma(term::<V>(5_040.0), im);
    im = im.sub(term::<V>(120.0)).mul(q);
    // The divided difference of the means along the edges.
    let middle = V::splat(0.0).sub(low.add(high));
    let upper = edge(high, middle);
    let lower = edge(middle, low);
    let limit = V::splat(SERIES_SPAN);
    let factor = V::splat(2.0).div(span.max(limit));
    let far = (upper.1.sub(lower.1).mul(factor), lower.0.sub(upper.0).mul(factor));
    (span.where_below(limit, re, far.0), span.where_below(limit, im, far.1))
}

/// Mean of `exp(jφ)` along an edge.
#[inline(always)]
fn edge<V: Lanes>(a: V, b: V) -> (V, V) {
    let half_turns = V::splat(0.5 / TAU);
    let (c, s) = cis(a.add(b).mul(half_turns).fraction());
    let t = a.sub(b).mul(half_turns);
    let f = t.fraction();
    // sin 2πt / 2πt with the polynomial sin 2πf / f; f = t up to half a turn. t is not negative.
    let half = V::splat(0.5);
    let share = t.where_below(half, V::splat(1.0), f.div(t.max(half)));
    let size = horner(&SINE, f.mul(f)).mul(V::splat(1.0 / TAU)).mul(share);
    (c.mul(size), s.mul(size))
}
