//! The sum over pieces, vectorised: lanes are pieces.

use crate::base::Complex64;
use crate::kernels::for_each_width;

/// Pieces side by side.
pub(super) const LANES: usize = 16;
/// TripTones of a trip, at most.
pub(super) const MAX_FEW: usize = 24;

/// LegPhasors of one leg at one moment, `[tile]`: at the first tone, divided by the distance, and from tone to tone.
#[derive(Default)]
pub(super) struct LegPhasors {
    pub(super) re: Vec<f32>,
    pub(super) im: Vec<f32>,
    pub(super) step_re: Vec<f32>,
    pub(super) step_im: Vec<f32>,
}

impl LegPhasors {
    pub(super) fn resize(&mut self, n: usize) {
        for v in [&mut self.re, &mut self.im, &mut self.step_re, &mut self.step_im] {
            v.clear();
            v.resize(n, 0.0);
        }
    }
}

for_each_width! {
    /// LegPhasors of a leg at the place `u` of a block: `exp(−j2π (f r/c + turn)) / (r + reference)`.
    ///
    /// `coefficients[power][tile]` of r in u, m; `turns[0..2][tile]`: of the walls at both ends, cycles; `per_metre`: cycles a metre at the first tone and from
    /// tone to tone. `first`: 1 where amplitudes fall with the distance.
    #[allow(clippy::too_many_arguments)]
    fn phasors_all(
        u: f32,
        coefficients: [&[f32]; 6],
        turns: [&[f32]; 2],
        per_metre: [f32; 2],
        reference: f32,
        re: &mut [f32],
        im: &mut [f32],
        step_re: &mut [f32],
        step_im: &mut [f32],
    ) {
        for i in 0..re.len() {
            let c = |p: usize| coefficients[p][i];
            let r = c(0) + u * (c(1) + u * (c(2) + u * (c(3) + u * (c(4) + u * c(5)))));
            let turn = turns[0][i] + u * turns[1][i];
            // The phase of what walls leave has the other sign.
            let (cos, sin) = cis(r * per_metre[0] - turn);
            let near = 1.0 / (r + reference);
            re[i] = cos * near;
            im[i] = -sin * near;
            let (cos, sin) = cis(r * per_metre[1]);
            step_re[i] = cos;
            step_im[i] = -sin;
        }
    }
}

/// See `phasors_all`.
pub(super) fn phasors(
    u: f32,
    coefficients: &[f32],
    turns: [&[f32]; 2],
    per_metre: [f32; 2],
    reference: f32,
    out: &mut LegPhasors,
) {
    let n = out.re.len();
    let c: [&[f32]; 6] = std::array::from_fn(|p| &coefficients[p * n..(p + 1) * n]);
    let LegPhasors { re, im, step_re, step_im } = out;
    phasors_all(u, c, turns.map(|t| &t[..n]), per_metre, reference, re, im, &mut step_re[..n], &mut step_im[..n]);
}

for_each_width! {
    /// Sums of `amplitude · p · q · (p' q')^tone` for `few` tones, over the vectors that begin at the places `firsts`; amplitudes go from `[0]` to `[0] + [1]`
    /// as u goes from 0 to 1.
    #[allow(clippy::too_many_arguments)]
    fn trip_all(
        u: f32,
        firsts: &[u32],
        amplitude: [&[f32]; 2],
        p: [&[f32]; 4],
        q: [&[f32]; 4],
        few: usize,
        sums: &mut [[[f32; LANES]; 2]; MAX_FEW],
    ) {
        for first in firsts {
            let first = *first as usize;
            let at = |s: &[f32]| -> [f32; LANES] {
                let mut out = [0.0; LANES];
                out.copy_from_slice(&s[first..first + LANES]);
                out
            };
            let (a, b) = (at(amplitude[0]), at(amplitude[1]));
            let (pr, pi, sr, si) = (at(p[0]), at(p[1]), at(p[2]), at(p[3]));
            let (qr, qi, tr, ti) = (at(q[0]), at(q[1]), at(q[2]), at(q[3]));
            let (mut x, mut y, mut c, mut s) = ([0.0; LANES], [0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                let w = a[i] + u * b[i];
                x[i] = w * (pr[i] * qr[i] - pi[i] * qi[i]);
                y[i] = w * (pr[i] * qi[i] + pi[i] * qr[i]);
                c[i] = sr[i] * tr[i] - si[i] * ti[i];
                s[i] = sr[i] * ti[i] + si[i] * tr[i];
            }
            let mut tone = 0;
            while tone < few {
                for i in 0..LANES {
                    sums[tone][0][i] += x[i];
                    sums[tone][1][i] += y[i];
                    let next = x[i] * c[i] - y[i] * s[i];
                    y[i] = x[i] * s[i] + y[i] * c[i];
                    x[i] = next;
                }
                tone += 1;
            }
        }
    }
}

/// See `trip_all`; `amplitude[0..2][tile]` behind each other. Times −j, since what surfaces send on lags.
pub(super) fn trip(
    u: f32,
    firsts: &[u32],
    amplitude: [&[f32]; 2],
    p: &LegPhasors,
    q: &LegPhasors,
    out: &mut [Complex64],
) {
    let mut sums = [[[0.0; LANES]; 2]; MAX_FEW];
    trip_all(
        u,
        firsts,
        amplitude,
        [&p.re, &p.im, &p.step_re, &p.step_im],
        [&q.re, &q.im, &q.step_re, &q.step_im],
        out.len(),
        &mut sums,
    );
    for (out, [x, y]) in out.iter_mut().zip(&sums) {
        let total = |lanes: &[f32; LANES]| lanes.iter().map(|v| f64::from(*v)).sum::<f64>();
        let (x, y) = (total(x), total(y));
        *out += Complex64::new(y, -x);
    }
}

for_each_width! {
    /// Phasors of a leg at one tone: `exp(−j2π (r f/c − turn)) / (r + reference)`, with the phase of what walls leave.
    pub(super) fn leg_at(
        per_metre: f32,
        reference: f32,
        lengths: &[f32],
        turns: &[f32],
        re: &mut [f32],
        im: &mut [f32],
    ) {
        for i in 0..re.len() {
            let (cos, sin) = cis(lengths[i] * per_metre - turns[i]);
            let near = 1.0 / (lengths[i] + reference);
            re[i] = cos * near;
            im[i] = -sin * near;
        }
    }
}

for_each_width! {
    /// The sum of `amplitude · p · q`, amplitudes going from `[0]` to `[1]` as u goes from 0 to 1.
    fn trip_at_all(u: f32, amplitude: [&[f32]; 2], p: [&[f32]; 2], q: [&[f32]; 2], out: &mut [f32; 2]) {
        let mut sums = [[0.0_f32; LANES]; 2];
        let n = amplitude[0].len();
        let ([a, b], [pr, pi], [qr, qi]) = (amplitude.map(|v| &v[..n]), p.map(|v| &v[..n]), q.map(|v| &v[..n]));
        let mut start = 0;
        while start < n {
            let count = LANES.min(n - start);
            let [re, im] = &mut sums;
            for (lane, (re, im)) in re.iter_mut().zip(im).take(count).enumerate() {
                let i = start + lane;
                let w = a[i] + u * (b[i] - a[i]);
                *re += w * (pr[i] * qr[i] - pi[i] * qi[i]);
                *im += w * (pr[i] * qi[i] + pi[i] * qr[i]);
            }
            start += count;
        }
        *out = [sums[0].iter().sum(), sums[1].iter().sum()];
    }
}

/// See `trip_at_all`. Times −j, as [`trip`].
pub(super) fn trip_at(u: f32, amplitude: [&[f32]; 2], p: [&[f32]; 2], q: [&[f32]; 2]) -> Complex64 {
    let mut sum = [0.0; 2];
    trip_at_all(u, amplitude, p, q, &mut sum);
    Complex64::new(f64::from(sum[1]), -f64::from(sum[0]))
}

/// Cosine and sine of `turns` cycles within 1e-6; |turns| below 10⁴.
#[inline(always)]
fn cis(turns: f32) -> (f32, f32) {
    const ROUNDER: f32 = 12_582_912.0;
    let r = turns - ((turns + ROUNDER) - ROUNDER);
    let q = (4.0 * r + ROUNDER) - ROUNDER;
    let y = (r - 0.25 * q) * std::f32::consts::TAU;
    let z = y * y;
    let s = y * (1.0 + z * (-1.666_666_6e-1 + z * (8.333_331e-3 + z * -1.983_93e-4)));
    let c = 1.0 + z * (-0.5 + z * (4.166_664_6e-2 + z * (-1.388_73e-3 + z * 2.443_3e-5)));
    let cq = 1.0 - q.abs();
    let sq = q * (2.0 - q.abs());
    (c * cq - s * sq, s * cq + c * sq)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_circle_is_round() {
        for i in -40_000..40_000 {
            let x = f64::from(i) * 1.7e-3;
            let (c, s) = super::cis(x as f32);
            let (want_s, want_c) = (f64::from(x as f32) * std::f64::consts::TAU).sin_cos();
            assert!((f64::from(c) - want_c).abs() < 1e-6 && (f64::from(s) - want_s).abs() < 1e-6, "{x}: {c} {s}");
        }
    }
}
