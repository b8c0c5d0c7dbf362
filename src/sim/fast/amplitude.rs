//! Paths and amplitudes of patches at one moment, sixteen patches at a time: lengths in f64, amplitudes in f32.
//!
//! The formulas are those of the seam ([`crate::sim::engine`]), rearranged so that nothing cancels: the lobe's angle comes from
//! the difference of the two unit vectors, the corner phases of the form factor are differences of one number per transmitter and
//! one per receiver. Relative to the exact engine the error is about 1e-6 of the amplitude (measured by the test of
//! [`crate::sim::fast`]).

use super::lanes::{BLOCK, Lanes};
use super::moments::{Row, cis};
use super::series::{EXP2, SINE, SQUARED_ANGLE, horner};
use super::wave::Wave;
use crate::base::Vec3;
use crate::sim::surface::{Facet, Patch};
use std::f32::consts::{LOG2_E, TAU};

type Row3 = [Row; 3];

/// Sixteen patches at one moment.
pub(super) struct Group {
    place: [[f64; BLOCK]; 3],
    normal: Row3,
    /// Scaled arms of the first two corners times the wave number; the third is minus their sum.
    arms: [Row3; 2],
    gain: Row,
    /// Exponent factor of the lobe over ln 2; zero for points.
    lobe: Row,
}

/// The way between an antenna and sixteen patches.
#[derive(Clone)]
pub(super) struct Way {
    /// Length, m.
    pub(super) length: [f64; BLOCK],
    inverse: Row,
    /// Unit vectors in the direction of travel; mirrored about the facets for transmitters.
    direction: Row3,
    /// Phases of the first two corners, rad.
    phases: [Row; 2],
}

const ZERO: Row = [0.0; BLOCK];

impl Group {
    pub(super) const EMPTY: Self =
        Self { place: [[0.0; BLOCK]; 3], normal: [ZERO; 3], arms: [[ZERO; 3]; 2], gain: ZERO, lobe: ZERO };

    /// Takes patch `i` of the group from where its corners are.
    #[inline(always)]
    pub(super) fn set(&mut self, i: usize, wave: &Wave, facet: &Facet, patch: &Patch, points: &[Vec3]) {
        let state = facet.at(points);
        let [a, b, c] = state.corners;
        let [wa, wb, wc] = patch.part.centre;
        let place = a * wa + b * wb + c * wc;
        let centre = (a + b + c) / 3.0;
        let scale = patch.part.scale * wave.wave_number;
        for x in 0..3 {
            self.place[x][i] = place[x];
            self.normal[x][i] = state.normal[x] as f32;
            self.arms[0][x][i] = (scale * (a[x] - centre[x])) as f32;
            self.arms[1][x][i] = (scale * (b[x] - centre[x])) as f32;
        }
        self.gain[i] = (state.gain * patch.part.weight) as f32;
        self.lobe[i] = (wave.lobe_exponent * state.lobed) as f32 * LOG2_E;
    }

    /// The way to (`sign` 1) or from (−1) an antenna.
    #[inline(always)]
    pub(super) fn way<V: Lanes>(&self, antenna: Vec3, sign: f64, mirrored: bool) -> Way {
        let mut way = Way { length: [0.0; BLOCK], inverse: ZERO, direction: [ZERO; 3], phases: [ZERO; 2] };
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
        }
        let mut lane = 0;
        while lane < BLOCK {
            let d = load3::<V>(&way.direction, lane);
            for (phase, arm) in way.phases.iter_mut().zip(&self.arms) {
                dot(d, load3::<V>(arm, lane)).store(&mut phase[lane..]);
            }
            if mirrored {
                let n = load3::<V>(&self.normal, lane);
                let twice = dot(d, n).mul(V::splat(2.0));
                for x in 0..3 {
                    n[x].fnma(twice, d[x]).store(&mut way.direction[x][lane..]);
                }
            }
            lane += V::COUNT;
        }
        way
    }

    /// Amplitudes of a pair: real and imaginary part.
    #[inline(always)]
    pub(super) fn amplitude<V: Lanes>(&self, tx: &Way, rx: &Way, formed: bool, re: &mut [f32], im: &mut [f32]) {
        let mut lane = 0;
        while lane < BLOCK {
            let at = |row: &Row| V::load(&row[lane..]);
            let (m, w) = (load3::<V>(&tx.direction, lane), load3::<V>(&rx.direction, lane));
            let d = [m[0].sub(w[0]), m[1].sub(w[1]), m[2].sub(w[2])];
            let size = at(&self.gain).mul(at(&tx.inverse)).mul(at(&rx.inverse)).mul(lobe(dot(d, d), at(&self.lobe)));
            if formed {
                let phase = |i: usize| at(&tx.phases[i]).sub(at(&rx.phases[i]));
                let g = form_factor(phase(0), phase(1));
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

#[inline(always)]
fn load3<V: Lanes>(rows: &Row3, lane: usize) -> [V; 3] {
    [V::load(&rows[0][lane..]), V::load(&rows[1][lane..]), V::load(&rows[2][lane..])]
}

#[inline(always)]
fn dot<V: Lanes>(a: [V; 3], b: [V; 3]) -> V {
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
    let term = |factorial: f64| V::splat((2.0 / factorial) as f32);
    // g₂ = −p, g₄ = p², g₆ = q² − p³, g₈ = p⁴ − 3pq², g₁₀ = 6p²q² − p⁵; signs −, +, −, +, −.
    let mut re = p2.mul(p3).sub(p2.mul(q2).mul(V::splat(6.0))).mul(term(479_001_600.0));
    re = p2.mul(p2).sub(p.mul(q2).mul(V::splat(3.0))).fma(term(3_628_800.0), re);
    re = p3.sub(q2).fma(term(40_320.0), re);
    re = p2.fma(term(720.0), re);
    re = p.fma(term(24.0), re).add(V::splat(1.0));
    // g₃ = q, g₅ = −2pq, g₇ = 3p²q, g₉ = q³ − 4p³q; signs −, +, −, +.
    let mut im = q2.sub(p3.mul(V::splat(4.0))).mul(term(39_916_800.0));
    im = p2.mul(V::splat(-3.0)).fma(term(362_880.0), im);
    im = p.mul(V::splat(-2.0)).fma(term(5_040.0), im);
    im = im.sub(term(120.0)).mul(q);
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
