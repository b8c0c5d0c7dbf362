//! The exact engine: every path, phase and amplitude in f64 for every chirp and antenna pair; a rotation recurrence over the
//! samples. Ramps are independent and run in parallel; within a ramp the order of sums is fixed.
//!
//! The code of a ramp is compiled for several vector widths and chosen at run time. Since nothing is fused or reordered, all of
//! them give the same bits.

use super::engine::FrameProblem;
use super::error::SimError;
use super::kernel::{Accumulator, CHUNK, Kernel, LANES, Phasors, Portable, SEGMENT};
#[cfg(target_arch = "x86_64")]
use super::kernel::{Avx2, Avx512};
use super::surface::FacetState;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Complex64, Vec3};
use crate::propagation::elementary::cis_turns;
use crate::propagation::form_factor::form_factor;
use crate::propagation::specular::lobe;
use rayon::prelude::*;

type Lane = [f64; CHUNK];
type Lane3 = [Lane; 3];

/// Fills `out[loop, tx, rx, sample]` with the signal of the frame.
pub(super) fn synthesise(problem: &FrameProblem, out: &mut [Complex64]) -> Result<(), SimError> {
    let ramp_len = out.len() / problem.schedule.ramps().max(1);
    if ramp_len == 0 || problem.surface.patches.is_empty() {
        return Ok(());
    }
    let width = Width::best();
    out.par_chunks_mut(ramp_len)
        .enumerate()
        .try_for_each_init(|| Scratch::new(problem), |scratch, (ramp, out)| width.ramp(problem, ramp, scratch, out))
}

/// Memory that a thread keeps from ramp to ramp.
struct Scratch {
    points: Vec<Vec3>,
    facets: Vec<FacetState>,
    phasors: Phasors,
    sums: Vec<Accumulator>,
    /// Amplitudes of all pairs, `[pair][patch]`, for motion inside the chirp.
    amplitudes: Vec<Vec<(f64, f64)>>,
}

impl Scratch {
    fn new(problem: &FrameProblem) -> Self {
        let pairs = problem.tx.len() * problem.rx.len();
        Self {
            points: vec![Vec3::zeros(); problem.motion.point_count()],
            facets: Vec::with_capacity(problem.surface.facets.len()),
            phasors: Phasors::new(),
            sums: (0..pairs).map(|_| Accumulator::new(problem.waveform.n_samples)).collect(),
            amplitudes: vec![Vec::new(); if problem.intra_chirp { pairs } else { 0 }],
        }
    }
}

/// Vector width of the ramp's code.
#[derive(Clone, Copy)]
enum Width {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Width {
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                return Width::Avx512;
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                return Width::Avx2;
            }
        }
        Width::Portable
    }

    fn ramp(
        self,
        problem: &FrameProblem,
        ramp: usize,
        scratch: &mut Scratch,
        out: &mut [Complex64],
    ) -> Result<(), SimError> {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn avx2(p: &FrameProblem, ramp: usize, s: &mut Scratch, out: &mut [Complex64]) -> Result<(), SimError> {
                ramp_body::<Avx2>(p, ramp, s, out)
            }
            #[target_feature(enable = "avx512f")]
            fn avx512(p: &FrameProblem, ramp: usize, s: &mut Scratch, out: &mut [Complex64]) -> Result<(), SimError> {
                ramp_body::<Avx512>(p, ramp, s, out)
            }
            // SAFETY: `best` chose the variant after asking the processor for the feature that it is compiled for.
            match self {
                Width::Avx512 => return unsafe { avx512(problem, ramp, scratch, out) },
                Width::Avx2 => return unsafe { avx2(problem, ramp, scratch, out) },
                Width::Portable => {}
            }
        }
        ramp_body::<Portable>(problem, ramp, scratch, out)
    }
}

/// One ramp: all pairs of the transmitters that chirp in it.
#[inline(always)]
fn ramp_body<K: Kernel>(
    problem: &FrameProblem,
    ramp: usize,
    scratch: &mut Scratch,
    out: &mut [Complex64],
) -> Result<(), SimError> {
    let start = problem.start_s + problem.schedule.ramp_start_s(ramp);
    let transmitters = problem.schedule.ramp_transmitters(ramp);
    let n_rx = problem.rx.len();
    let n_pairs = transmitters.len() * n_rx;
    let n_samples = problem.waveform.n_samples;
    problem.motion.positions_at(start, &mut scratch.points)?;
    scratch.facets.clear();
    scratch.facets.extend(problem.surface.facets.iter().map(|f| f.at(&scratch.points)));
    scratch.sums[..n_pairs].iter_mut().for_each(Accumulator::clear);
    scratch.amplitudes.iter_mut().for_each(Vec::clear);
    let consts = Constants::of(problem);
    let mut block = PatchBlock::new();
    for patches in problem.surface.patches.chunks(CHUNK) {
        block.gather(&scratch.facets, patches);
        for (t, k) in transmitters.clone().enumerate() {
            let there = Transmit::new(&block, problem.tx[k]);
            for (r, rx) in problem.rx.iter().enumerate() {
                let pair = t * n_rx + r;
                let (path, amplitude) = receive(&block, &there, *rx, &consts);
                if problem.intra_chirp {
                    scratch.amplitudes[pair].extend((0..block.len).map(|i| (amplitude.0[i], amplitude.1[i])));
                } else {
                    let phasors = &mut scratch.phasors;
                    rotate::<K>(&path, &amplitude, block.len, &consts, n_samples, phasors, &mut scratch.sums[pair]);
                }
            }
        }
    }
    if problem.intra_chirp {
        moving_samples(problem, start, transmitters, &consts, scratch)?;
    }
    for (sum, out) in scratch.sums.iter().zip(out.chunks_exact_mut(n_samples)) {
        for (n, o) in out.iter_mut().enumerate() {
            let (re, im) = sum.at(n);
            *o += Complex64::new(re, im);
        }
    }
    Ok(())
}

/// Numbers that all patches share.
struct Constants {
    start_frequency: f64,
    slope: f64,
    adc_start: f64,
    sample_period: f64,
    /// Half the slope, or zero without the residual video phase.
    half_slope_rvp: f64,
    wave_number: f64,
    lobe_exponent: f64,
    /// Whether any patch has a form factor.
    formed: bool,
}

impl Constants {
    fn of(problem: &FrameProblem) -> Self {
        let w = problem.waveform;
        Self {
            start_frequency: w.start_frequency_hz,
            slope: w.slope_hz_per_s,
            adc_start: w.adc_start_s,
            sample_period: 1.0 / w.sample_rate_hz,
            half_slope_rvp: if w.residual_video_phase { 0.5 * w.slope_hz_per_s } else { 0.0 },
            wave_number: w.mid_wave_number(),
            lobe_exponent: problem.lobe_exponent,
            formed: problem.surface.patches.iter().any(|p| p.part.scale != 0.0),
        }
    }

    /// Phase in cycles of the delay `tau` at the time `t` in the ramp.
    #[inline(always)]
    fn turns(&self, tau: f64, t: f64) -> f64 {
        self.start_frequency * tau + (self.slope * t - self.half_slope_rvp * tau) * tau
    }
}

/// Some patches at one moment, each quantity in an array of its own.
struct PatchBlock {
    len: usize,
    position: Lane3,
    normal: Lane3,
    /// From the facet's centre to its corners, times the patch's scale.
    arms: [Lane3; 3],
    gain: Lane,
    lobed: Lane,
}

impl PatchBlock {
    fn new() -> Self {
        let z = [0.0; CHUNK];
        Self { len: 0, position: [z; 3], normal: [z; 3], arms: [[z; 3]; 3], gain: z, lobed: z }
    }

    #[inline(always)]
    fn gather(&mut self, facets: &[FacetState], patches: &[super::surface::Patch]) {
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
struct Transmit {
    distance: Lane,
    /// Unit vectors from the antenna to the patches.
    direction: Lane3,
    /// Their mirror images about the facets.
    mirror: Lane3,
}

impl Transmit {
    #[inline(always)]
    fn new(block: &PatchBlock, antenna: Vec3) -> Self {
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
fn receive(block: &PatchBlock, there: &Transmit, antenna: Vec3, consts: &Constants) -> (Lane, (Lane, Lane)) {
    let z = [0.0; CHUNK];
    let (mut path, mut size, mut cosine) = (z, z, z);
    let mut phases = [z; 3];
    let [px, py, pz] = &block.position;
    for i in 0..CHUNK {
        let (x, y, z) = (antenna.x - px[i], antenna.y - py[i], antenna.z - pz[i]);
        let d = (x * x + y * y + z * z).sqrt();
        let (x, y, z) = (x / d, y / d, z / d);
        path[i] = there.distance[i] + d;
        size[i] = block.gain[i] / (there.distance[i] * d);
        cosine[i] = there.mirror[0][i] * x + there.mirror[1][i] * y + there.mirror[2][i] * z;
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
    if !consts.formed {
        return (path, (size, z));
    }
    let (mut re, mut im) = (z, z);
    for i in 0..CHUNK {
        let g = form_factor([phases[0][i], phases[1][i], phases[2][i]]);
        re[i] = size[i] * g.0;
        im[i] = size[i] * g.1;
    }
    (path, (re, im))
}

/// Lets the phasors of a block rotate over the samples of a chirp.
#[inline(always)]
fn rotate<K: Kernel>(
    path: &Lane,
    amplitude: &(Lane, Lane),
    len: usize,
    consts: &Constants,
    n_samples: usize,
    phasors: &mut Phasors,
    sum: &mut Accumulator,
) {
    let (mut step_re, mut step_im) = ([0.0; CHUNK], [0.0; CHUNK]);
    for (i, path) in path.iter().enumerate() {
        let beat = consts.slope * (path / SPEED_OF_LIGHT) * consts.sample_period;
        (step_re[i], step_im[i]) = cis_turns(beat);
        (phasors.leap_re[i], phasors.leap_im[i]) = cis_turns(LANES as f64 * beat);
    }
    let mut first = 0;
    while first < n_samples {
        let t = consts.adc_start + first as f64 * consts.sample_period;
        for (i, path) in path.iter().enumerate() {
            let (c, s) = cis_turns(consts.turns(path / SPEED_OF_LIGHT, t));
            phasors.re[0][i] = amplitude.0[i] * c - amplitude.1[i] * s;
            phasors.im[0][i] = amplitude.0[i] * s + amplitude.1[i] * c;
        }
        for k in 1..LANES {
            for i in 0..CHUNK {
                let (r, s) = (phasors.re[k - 1][i], phasors.im[k - 1][i]);
                phasors.re[k][i] = r * step_re[i] - s * step_im[i];
                phasors.im[k][i] = r * step_im[i] + s * step_re[i];
            }
        }
        sum.add::<K>(phasors, len, first);
        first += SEGMENT;
    }
}

/// Samples one by one, with the patches where they are at each.
#[inline(always)]
fn moving_samples(
    problem: &FrameProblem,
    start: f64,
    transmitters: std::ops::Range<usize>,
    consts: &Constants,
    scratch: &mut Scratch,
) -> Result<(), SimError> {
    for n in 0..problem.waveform.n_samples {
        let t = problem.waveform.sample_time_s(n);
        problem.motion.positions_at(start + t, &mut scratch.points)?;
        for (m, patch) in problem.surface.patches.iter().enumerate() {
            let [a, b, c] = problem.surface.facets[patch.facet as usize].corners.map(|v| scratch.points[v as usize]);
            let [wa, wb, wc] = patch.part.centre;
            let place = a * wa + b * wb + c * wc;
            for (i, k) in transmitters.clone().enumerate() {
                let d_tx = (place - problem.tx[k]).norm();
                for (r, rx) in problem.rx.iter().enumerate() {
                    let pair = i * problem.rx.len() + r;
                    let tau = (d_tx + (rx - place).norm()) / SPEED_OF_LIGHT;
                    let (c, s) = cis_turns(consts.turns(tau, t));
                    let (re, im) = scratch.amplitudes[pair][m];
                    scratch.sums[pair].add_at(n, re * c - im * s, re * s + im * c);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propagation::split::Part;
    use crate::sim::engine::PointMotion;
    use crate::sim::schedule::{Schedule, Waveform};
    use crate::sim::surface::{Facet, Patch, Surface};

    /// A crumpled strip that drifts.
    struct Strip;

    impl PointMotion for Strip {
        fn point_count(&self) -> usize {
            70
        }
        fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
            for (i, o) in out.iter_mut().enumerate() {
                let x = i as f64;
                *o = Vec3::new(0.01 * x, 2.0 + 0.02 * (3.0 * x).sin() + time_s, 0.03 * (2.0 * x).cos());
            }
            Ok(())
        }
    }

    #[test]
    fn every_vector_width_gives_the_same_bits() {
        let waveform = Waveform {
            start_frequency_hz: 77e9,
            slope_hz_per_s: 60e12,
            sample_rate_hz: 4.4e6,
            adc_start_s: 6e-6,
            n_samples: 37,
            residual_video_phase: true,
        };
        let schedule =
            Schedule { frame_period_s: 0.1, chirp_period_s: 72e-6, loops: 1, n_tx: 2, time_multiplexed: false };
        let mut surface = Surface::default();
        for i in 0..67 {
            surface.facets.push(Facet { corners: [i, i + 1, i + 2], point_gain: None });
            surface.patches.push(Patch { facet: i, part: Part::WHOLE });
        }
        surface.facets.push(Facet { corners: [69; 3], point_gain: Some(0.1) });
        surface.patches.push(Patch { facet: 67, part: Part::POINT });
        let (tx, rx) = ([Vec3::zeros(), Vec3::new(0.1, 0.0, 0.0)], [Vec3::new(0.0, 0.0, 0.05)]);
        let problem = FrameProblem {
            waveform: &waveform,
            schedule: &schedule,
            start_s: 0.0,
            tx: &tx,
            rx: &rx,
            surface: &surface,
            motion: &Strip,
            lobe_exponent: 0.5 / 0.09,
            intra_chirp: false,
        };
        let with = |width: Width| {
            let mut out = vec![Complex64::new(0.0, 0.0); 74];
            width.ramp(&problem, 0, &mut Scratch::new(&problem), &mut out).map(|()| out)
        };
        let portable = with(Width::Portable).unwrap_or_default();
        assert!(portable.len() == 74 && portable.iter().all(|z| z.norm() > 0.0));
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                assert_eq!(with(Width::Avx2).unwrap_or_default(), portable);
            }
            if std::arch::is_x86_feature_detected!("avx512f") {
                assert_eq!(with(Width::Avx512).unwrap_or_default(), portable);
            }
        }
    }
}
