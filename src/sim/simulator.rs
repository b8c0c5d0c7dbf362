//! The front door: a radar, where it stands, and what moves before it.

use super::engine::FrameProblem;
use super::error::SimError;
use super::frame::{FrameMaker, Prepared};
use super::report::{FrameCounts, SimReport};
use super::schedule::{Schedule, Waveform};
use super::settings::{Calibration, Sampling, SimSettings};
use super::stage::{Chebyshev, EveryChirp, PointTarget, Stage};
use super::stopwatch::{Step, Stopwatch};
use crate::base::cube::IfCube;
use crate::base::random::RandomTree;
use crate::base::{Complex32, Complex64, Vec3};
use crate::geometry::MovingMesh;
use crate::propagation::budget::root_watts_per_amplitude;
use crate::propagation::specular::lobe_exponent;
use crate::propagation::split::SplitRule;
use crate::sensor::impairment::{add_thermal_noise, thermal_noise_power_w};
use crate::sensor::{FmcwRadar, RadarPose};
use ndarray::{Array2, Array5, ArrayView2};
use rayon::prelude::*;

/// Bytes of a cube, at most: longer recordings are simulated in pieces (`Job::start_s`).
const MAX_CUBE_BYTES: u64 = 64 << 30;

/// A radar at its place, ready to look at scenes.
#[derive(Clone, Debug)]
pub struct Simulator {
    radar: FmcwRadar,
    pose: RadarPose,
    settings: SimSettings,
}

/// What is to be simulated.
#[derive(Clone, Copy, Default)]
pub struct Job<'a> {
    /// Meshes; they hide each other.
    pub meshes: &'a [&'a dyn MovingMesh],
    /// Points; never hidden.
    pub points: &'a [PointTarget],
    /// Number of frames.
    pub n_frames: usize,
    /// Number of the first frame: it starts at `first_frame · frame_period`, and noise is keyed by it.
    pub first_frame: usize,
    /// Key of the thermal noise; no noise without it.
    pub noise: Option<&'a RandomTree>,
    /// Visible faces `[frame, face]` to be used in place of the visibility of the settings.
    pub mask: Option<ArrayView2<'a, bool>>,
    /// Counts where the time goes.
    pub watch: Option<&'a Stopwatch>,
}

/// A simulated recording.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The samples.
    pub cube: IfCube,
    /// What happened.
    pub report: SimReport,
}

/// A simulated recording in double precision, with the masks that were used.
#[derive(Clone, Debug)]
pub struct SimulatedExactly {
    /// `[frame, loop, tx, rx, sample]`.
    pub data: Array5<Complex64>,
    /// Visible faces `[frame, face]`.
    pub visible: Array2<bool>,
    /// What happened.
    pub report: SimReport,
}

impl Simulator {
    /// Checks everything; the errors name all problems at once.
    pub fn new(radar: FmcwRadar, pose: RadarPose, settings: SimSettings) -> Result<Self, SimError> {
        radar.check()?;
        let mut problems = settings.problems();
        if !pose.is_finite() {
            problems.push(crate::base::yaml::Problem::new("pose", "position and angles must be finite"));
        }
        if problems.is_empty() { Ok(Self { radar, pose, settings }) } else { Err(SimError::Settings { problems }) }
    }

    /// The radar.
    pub fn radar(&self) -> &FmcwRadar {
        &self.radar
    }

    /// The settings.
    pub fn settings(&self) -> &SimSettings {
        &self.settings
    }

    /// Simulates `n_frames` frames of moving meshes from time zero on; `noise` keys the thermal noise, none without it.
    ///
    /// # Shapes
    /// The cube is `[frame, loop, tx, rx, sample]`.
    pub fn run(
        &self,
        meshes: &[&dyn MovingMesh],
        n_frames: usize,
        noise: Option<&RandomTree>,
    ) -> Result<Simulated, SimError> {
        self.run_job(&Job { meshes, n_frames, noise, ..Job::default() })
    }

    /// Simulates a job.
    pub fn run_job(&self, job: &Job) -> Result<Simulated, SimError> {
        let shape = self.shape(job.n_frames, 8)?;
        let mut data = Array5::<Complex32>::zeros(shape);
        let narrow = |z: &Complex64| Complex32::new(z.re as f32, z.im as f32);
        let (counts, _) = self.frames(job, &mut data, |frame, out: &mut [Complex32]| {
            out.iter_mut().zip(frame).for_each(|(o, z)| *o = narrow(z));
        })?;
        let report = self.report(job, &counts);
        Ok(Simulated { cube: IfCube { data, info: self.radar.cube_info() }, report })
    }

    /// Simulates a job and keeps double precision: for references and tests.
    pub fn run_exactly(&self, job: &Job) -> Result<SimulatedExactly, SimError> {
        let shape = self.shape(job.n_frames, 16)?;
        let mut data = Array5::<Complex64>::zeros(shape);
        let (counts, masks) = self.frames(job, &mut data, |frame, out: &mut [Complex64]| out.copy_from_slice(frame))?;
        let faces = masks.first().map_or(0, Vec::len);
        let visible = Array2::from_shape_fn((masks.len(), faces), |(f, i)| masks[f][i]);
        Ok(SimulatedExactly { data, visible, report: self.report(job, &counts) })
    }

    fn shape(&self, n_frames: usize, bytes: u64) -> Result<[usize; 5], SimError> {
        let r = &self.radar;
        let bytes = (r.cube_bytes(n_frames) / 8).saturating_mul(bytes);
        if bytes > MAX_CUBE_BYTES {
            return Err(SimError::TooLarge { frames: n_frames, bytes, limit: MAX_CUBE_BYTES });
        }
        Ok([n_frames, r.loops_per_frame, r.n_tx(), r.n_rx(), r.samples_per_chirp])
    }

    fn report(&self, job: &Job, counts: &[FrameCounts]) -> SimReport {
        SimReport {
            facets: job.meshes.iter().map(|m| m.faces().len() as u64).sum(),
            points: job.points.len() as u64,
            behind_dropped: self.settings.drop_behind,
            beyond_range_dropped: self.settings.drop_beyond_range,
            noise_power: if job.noise.is_some() { self.noise_power() } else { 0.0 },
            ..SimReport::of_frames(counts)
        }
    }

    /// √W, or one, for an amplitude of one.
    fn scale(&self) -> f64 {
        match self.settings.calibration {
            Calibration::Unit => 1.0,
            Calibration::RootWatt => {
                let r = &self.radar;
                root_watts_per_amplitude(r.transmit_power_dbm, r.tx_gain_dbi, r.rx_gain_dbi)
            }
        }
    }

    /// Mean power of the noise in the squared unit of the samples. Bare amplitudes get noise of the same ratio to the signal.
    fn noise_power(&self) -> f64 {
        let r = &self.radar;
        let full = root_watts_per_amplitude(r.transmit_power_dbm, r.tx_gain_dbi, r.rx_gain_dbi);
        thermal_noise_power_w(r) * (self.scale() / full).powi(2)
    }

    /// Makes all frames, each handed to `store` as f64 samples with its part of `data`.
    fn frames<T: Send>(
        &self,
        job: &Job,
        data: &mut Array5<T>,
        store: impl Fn(&[Complex64], &mut [T]) + Sync,
    ) -> Result<(Vec<FrameCounts>, Vec<Vec<bool>>), SimError> {
        let stage = Stage::new(job.meshes, job.points)?;
        let (schedule, waveform) = Schedule::of(&self.radar, self.settings.residual_video_phase);
        let (tx, rx) = self.antennas();
        if let Some(mask) = job.mask {
            let (frames, faces) = mask.dim();
            if frames < job.n_frames || faces != stage.faces.len() {
                let (expected_frames, expected_faces) = (job.n_frames, stage.faces.len());
                return Err(SimError::Mask { frames, faces, expected_frames, expected_faces });
            }
        }
        let idle = Stopwatch::default();
        let watch = job.watch.unwrap_or(&idle);
        let maker = self.maker(&stage, &waveform, (&tx, &rx), watch);
        let one = |frame: usize, out: &mut [T]| -> Result<(FrameCounts, Vec<bool>), SimError> {
            let number = job.first_frame + frame;
            let start_s = schedule.frame_start_s(number);
            let mask: Option<Vec<bool>> = job.mask.map(|m| m.row(frame).to_vec());
            let prepared = watch.time(Step::Prepare, || maker.prepare(number, start_s, mask.as_deref()))?;
            let mut samples = vec![Complex64::new(0.0, 0.0); out.len()];
            self.signal(&maker, &prepared, &schedule, &waveform, start_s, &mut samples)?;
            let scale = self.scale();
            if scale != 1.0 {
                samples.iter_mut().for_each(|s| *s *= scale);
            }
            if let Some(tree) = job.noise {
                let chunk = samples.len() / schedule.loops;
                let power = self.noise_power();
                watch.time(Step::Noise, || add_thermal_noise(&mut samples, chunk, power, tree, number as u64));
            }
            store(&samples, out);
            Ok((prepared.counts, prepared.visible))
        };
        let frame_len = data.len() / job.n_frames.max(1);
        let results: Result<Vec<_>, SimError> = data
            .as_slice_mut()
            .unwrap_or_default()
            .par_chunks_mut(frame_len.max(1))
            .enumerate()
            .map(|(frame, out)| watch.time(Step::Frame, || one(frame, out)))
            .collect();
        Ok(results?.into_iter().unzip())
    }

    /// Antennas in the world frame.
    fn antennas(&self) -> (Vec<Vec3>, Vec<Vec3>) {
        let world = |antennas: &[[f64; 3]]| -> Vec<Vec3> {
            antennas.iter().map(|a| self.pose.to_world(Vec3::from(*a))).collect()
        };
        (world(&self.radar.tx_m), world(&self.radar.rx_m))
    }

    fn maker<'a>(
        &'a self,
        stage: &'a Stage<'a>,
        waveform: &Waveform,
        (tx, rx): (&'a [Vec3], &'a [Vec3]),
        watch: &'a Stopwatch,
    ) -> FrameMaker<'a> {
        FrameMaker {
            stage,
            watch,
            settings: &self.settings,
            tx,
            rx,
            boresight: self.pose.boresight(),
            max_range_m: self.radar.max_range_m(),
            split: SplitRule {
                wave_number: waveform.mid_wave_number(),
                half_sweep: waveform.half_sweep_wave_number(),
                tolerance: self.settings.integral_tolerance,
                sweep_tolerance: self.settings.sweep_tolerance,
            },
        }
    }

    /// Only the visibility of a job.
    ///
    /// # Shapes
    /// The result is `[frame, face]`.
    pub fn masks(&self, job: &Job) -> Result<Array2<bool>, SimError> {
        let stage = Stage::new(job.meshes, job.points)?;
        let (schedule, waveform) = Schedule::of(&self.radar, self.settings.residual_video_phase);
        let (tx, rx) = self.antennas();
        let idle = Stopwatch::default();
        let maker = self.maker(&stage, &waveform, (&tx, &rx), job.watch.unwrap_or(&idle));
        let mut masks = Array2::default((job.n_frames, stage.faces.len()));
        for (frame, mut row) in masks.outer_iter_mut().enumerate() {
            let number = job.first_frame + frame;
            let prepared = maker.prepare(number, schedule.frame_start_s(number), None)?;
            row.iter_mut().zip(prepared.visible).for_each(|(m, v)| *m = v);
        }
        Ok(masks)
    }

    fn signal(
        &self,
        maker: &FrameMaker,
        prepared: &Prepared,
        schedule: &Schedule,
        waveform: &Waveform,
        start_s: f64,
        out: &mut [Complex64],
    ) -> Result<(), SimError> {
        if prepared.surface.patches.is_empty() {
            return Ok(());
        }
        let (stage, wanted) = (maker.stage, &prepared.wanted);
        let every_chirp = EveryChirp { stage, wanted };
        let chebyshev = match self.settings.sampling {
            Sampling::EveryChirp => None,
            Sampling::Chebyshev => {
                let last_ramp = schedule.ramp_start_s(schedule.ramps() - 1);
                let tail = if self.settings.intra_chirp { waveform.sample_time_s(waveform.n_samples) } else { 0.0 };
                let (end_s, nodes) = (start_s + last_ramp + tail, self.settings.sampling_nodes);
                let sample = || Chebyshev::sample(stage, wanted, start_s, end_s, nodes, &mut Vec::new());
                Some(maker.watch.time(Step::Sampling, sample)?)
            }
        };
        let problem = FrameProblem {
            waveform,
            schedule,
            start_s,
            tx: maker.tx,
            rx: maker.rx,
            surface: &prepared.surface,
            motion: chebyshev.as_ref().map_or(&every_chirp, |c| c),
            lobe_exponent: lobe_exponent(self.settings.sigma_rad),
            intra_chirp: self.settings.intra_chirp,
        };
        maker.watch.time(Step::Signal, || self.settings.engine.synthesise(&problem, out))
    }
}
