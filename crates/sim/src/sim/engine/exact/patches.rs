//! Paths and amplitudes of some patches at one moment, each quantity in an array of its own.

use super::kernel::CHUNK;
use crate::base::Vec3;
use crate::propagation::form_factor::form_factor;
use crate::propagation::specular::lobe;
use crate::sensor::receiver::high_pass::HighPass;
use crate::sensor::sounding::Tones;
use crate::sim::engine::frame_problem::FrameProblem;
use crate::sim::engine::surface::{FacetState, Patch};

pub(in crate::sim) type Lane = [f64; CHUNK];
type Lane3 = [Lane; 3];

/// Numbers that all patches share.
pub(in crate::sim) struct Constants {
    start_frequency: f64,
    pub(super) slope: f64,
    pub(super) adc_start: f64,
    pub(super) sample_period: f64,
    /// Half the slope, or zero without the residual video phase.
    half_slope_rvp: f64,
    wave_number: f64,
    lobe_exponent: f64,
    oblique: bool,
    /// Whether any patch has a form factor.
    formed: bool,
    /// Where there are filters.
    high_pass: Option<HighPass>,
}

impl Constants {
    pub(in crate::sim) fn of(problem: &FrameProblem) -> Self {
        let tones = &problem.sounding.tones;
        // A comb is a sweep that lasts a second from tone to tone: its time is the number of the tone.
        let (start_frequency, slope, adc_start, sample_period, half_slope_rvp) = match tones {
            Tones::Comb(comb) => (comb.first_hz, comb.step_hz, 0.0, 1.0, 0.0),
            Tones::Sweep(w) => {
                let half_slope = if w.residual_video_phase { 0.5 * w.slope_hz_per_s } else { 0.0 };
                (w.start_frequency_hz, w.slope_hz_per_s, w.adc_start_s, 1.0 / w.sample_rate_hz, half_slope)
            }
        };
        Self {
            start_frequency,
            slope,
            adc_start,
            sample_period,
            half_slope_rvp,
            wave_number: tones.mid_wave_number(),
            lobe_exponent: problem.lobe_exponent,
            oblique: problem.oblique,
            formed: problem.surface.patches.iter().any(|p| p.part.scale != 0.0),
            high_pass: Some(problem.high_pass).filter(|h| !h.is_none()),
        }
    }

    /// Phase in cycles of the delay `tau` at the time `t` in the ramp, or at tone `t` of a comb.
    #[inline(always)]
    pub(super) fn turns(&self, tau: f64, t: f64) -> f64 {
        self.start_frequency * tau + (self.slope * t - self.half_slope_rvp * tau) * tau
    }
}

/// Some patches at one moment, each quantity in an array of its own.
pub(in crate::sim) struct PatchBlock {
    pub(super) len: usize,
    position: Lane3,
    normal: Lane3,
    /// From the facet's centre to its corners, times the patch's scale.
    arms: [Lane3; 3],
    gain: Lane,
    lobed: Lane,
}

impl PatchBlock {
    pub(in crate::sim) fn new() -> Self {
        let z = [0.0; CHUNK];
        Self { len: 0, position: [z; 3], normal: [z; 3], arms: [[z; 3]; 3], gain: z, lobed: z }
    }

    #[inline(always)]
    pub(in crate::sim) fn gather(&mut self, facets: &[FacetState], patches: &[Patch]) {
        self.len = patches.len();
        for i in 0..CHUNK {
            // A short block is filled up with copies of its last patch: finite numbers that nobody reads.
            let patch = &patches[i.min(patches.len() - 1)];
            let f = &facets[patch.facet as usize];
            let part = &patch.part;
            let [a, b, c] = f.corners;
            let place = a * part.centre[0] + b * part.centre[1] + c * part.centre[2];
            let centre = (a + b + c) / 3.0;
            for x in 0..3 {
                self.position[x][i] = place[x];
                self.normal[x][i] = f.normal[x];
                for (arm, corner) in self.arms.iter_mut().zip(&f.corners) {
                    arm[x][i] = part.scale * (corner[x] - centre[x]);
                }
            }
            self.gain[i] = f.gain * part.weight;
            self.lobed[i] = f.lobed;
        }
    }
}

/// The way from a transmitter to the patches.
pub(in crate::sim) struct Transmit {
    distance: Lane,
    /// Unit vectors from the antenna to the patches.
    direction: Lane3,
    /// Their mirror images about the facets.
    mirror: Lane3,
}

impl Transmit {
    #[inline(always)]
    pub(in crate::sim) fn new(block: &PatchBlock, antenna: Vec3) -> Self {
        let z = [0.0; CHUNK];
        let mut out = Self { distance: z, direction: [z; 3], mirror: [z; 3] };
        let ([px, py, pz], [nx, ny, nz]) = (&block.position, &block.normal);
        for i in 0..CHUNK {
            let (x, y, z) = (px[i] - antenna.x, py[i] - antenna.y, pz[i] - antenna.z);
            let d = (x * x + y * y + z * z).sqrt();
            let (x, y, z) = (x / d, y / d, z / d);
            let twice = 2.0 * (x * nx[i] + y * ny[i] + z * nz[i]);
            out.distance[i] = d;
            (out.direction[0][i], out.direction[1][i], out.direction[2][i]) = (x, y, z);
            out.mirror[0][i] = x - twice * nx[i];
            out.mirror[1][i] = y - twice * ny[i];
            out.mirror[2][i] = z - twice * nz[i];
        }
        out
    }
}

/// Two-way path lengths and complex amplitudes (relative to the phase of the patch's centre) at one receiver.
#[inline(always)]
pub(in crate::sim) fn receive(
    block: &PatchBlock,
    there: &Transmit,
    antenna: Vec3,
    consts: &Constants,
) -> (Lane, (Lane, Lane)) {
    let z = [0.0; CHUNK];
    let (mut path, mut size, mut cosine, mut seen) = (z, z, z, z);
    let mut phases = [z; 3];
    let [px, py, pz] = &block.position;
    for i in 0..CHUNK {
        let (x, y, z) = (antenna.x - px[i], antenna.y - py[i], antenna.z - pz[i]);
        let d = (x * x + y * y + z * z).sqrt();
        let (x, y, z) = (x / d, y / d, z / d);
        path[i] = there.distance[i] + d;
        size[i] = block.gain[i] / (there.distance[i] * d);
        cosine[i] = there.mirror[0][i] * x + there.mirror[1][i] * y + there.mirror[2][i] * z;
        let [nx, ny, nz] = &block.normal;
        let [mx, my, mz] = &there.mirror;
        seen[i] = 0.5 * (nx[i] * (mx[i] + x) + ny[i] * (my[i] + y) + nz[i] * (mz[i] + z)).abs();
        let gx = consts.wave_number * (there.direction[0][i] - x);
        let gy = consts.wave_number * (there.direction[1][i] - y);
        let gz = consts.wave_number * (there.direction[2][i] - z);
        for (phase, arm) in phases.iter_mut().zip(&block.arms) {
            phase[i] = gx * arm[0][i] + gy * arm[1][i] + gz * arm[2][i];
        }
    }
    if consts.lobe_exponent > 0.0 {
        for i in 0..CHUNK {
            size[i] *= lobe(cosine[i], consts.lobe_exponent * block.lobed[i]);
        }
    }
    if consts.oblique {
        for i in 0..CHUNK {
            size[i] *= 1.0 + block.lobed[i] * (seen[i] - 1.0);
        }
    }
    let (mut re, mut im) = (size, z);
    if consts.formed {
        for i in 0..CHUNK {
            let g = form_factor([phases[0][i], phases[1][i], phases[2][i]]);
            re[i] = size[i] * g.0;
            im[i] = size[i] * g.1;
        }
    }
    if let Some(high_pass) = &consts.high_pass {
        for i in 0..CHUNK {
            let h = high_pass.at(path[i]);
            (re[i], im[i]) = (re[i] * h.re - im[i] * h.im, re[i] * h.im + im[i] * h.re);
        }
    }
    (path, (re, im))
}
