//! The front door: a sensor, where it stands, and what moves before it.

use super::error::SimError;
use super::fading;
use super::frame::{Band, Eye, Finders, FrameMaker, Look, sum};
use super::job::Job;
use super::reception::Reception;
use super::report::{FrameCounts, SimReport};
use super::settings::{Calibration, SimSettings};
use super::stage::Stage;
use super::stopwatch::{Step, Stopwatch};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::cube::{BARE, IfCube, ROOT_WATT};
use crate::base::progress::Progress;
use crate::base::random::RandomTree;
use crate::base::{Complex32, Complex64, Vec3};
use crate::geometry::MovingMesh;
use crate::propagation::split::SplitRule;
use crate::propagation::{Bounces, PointReflector, Room};
use crate::scene::Set;
use crate::sensor::receiver::ReceiverSpec;
use crate::sensor::receiver::adc::AdcReport;
use crate::sensor::sounding::{Eyes, Sounding};
use crate::sensor::{RadarPose, Sensor, Taken};
use crate::signal::Signal;
use ndarray::{Array2, Array5};
use rayon::prelude::*;
use std::cell::Cell;

/// Bytes of a signal, at most: longer recordings are simulated in pieces (`Job::start_s`).
const MAX_BYTES: u64 = 64 << 30;

thread_local! {
    /// Zeros, as many as a frame has samples, memory only: fresh memory costs a millisecond a frame.
    static SAMPLES: Cell<Vec<Complex64>> = const { Cell::new(Vec::new()) };
}

/// A sensor at its place, ready to look at scenes.
#[derive(Clone, Debug)]
pub struct Simulator {
    sensor: Sensor,
    /// With the antennas in the sensor frame.
    sounding: Sounding,
    pose: RadarPose,
    settings: SimSettings,
    receiver: ReceiverSpec,
}

/// A simulated recording.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// What the sensor measured.
    pub signal: Signal,
    /// What happened.
    pub report: SimReport,
}

impl Simulated {
    /// The IF cube of an FMCW radar; `None` for other sensors.
    pub fn cube(&self) -> Option<&IfCube> {
        self.signal.cube()
    }
}

/// A simulated recording in double precision, with the masks that were used.
#[derive(Clone, Debug)]
pub struct SimulatedExactly {
    /// `[frame, loop or shot, tx, rx, tone]`: of an FMCW radar `[frame, chirp, tx, rx, sample]`.
    pub data: Array5<Complex64>,
    /// Visible faces `[frame, face]`.
    pub visible: Array2<bool>,
    /// What happened.
    pub report: SimReport,
}

/// What is known of the frames of a run besides their samples.
struct Frames {
    counts: Vec<FrameCounts>,
    /// Visible faces of each frame.
    masks: Vec<Vec<bool>>,
    adc: Option<AdcReport>,
}

impl Simulator {
    /// Checks everything; the errors name all problems at once.
    pub fn new(sensor: impl Into<Sensor>, pose: RadarPose, settings: SimSettings) -> Result<Self, SimError> {
        let sensor = sensor.into();
        sensor.check()?;
        let sounding = sensor.device().sounding(settings.residual_video_phase);
        let mut problems = settings.problems();
        if !pose.is_finite() {
            problems.push(crate::base::yaml::Problem::new("pose", "position and angles must be finite"));
        }
        let receiver = ReceiverSpec::default();
        if problems.is_empty() {
            Ok(Self { sensor, sounding, pose, settings, receiver })
        } else {
            Err(SimError::Settings { problems })
        }
    }

    /// The same sensor with another receiver than the default one, which adds thermal noise only.
    pub fn with_receiver(self, receiver: ReceiverSpec) -> Result<Self, SimError> {
        let problems = receiver.problems(self.sensor.device());
        if problems.is_empty() { Ok(Self { receiver, ..self }) } else { Err(SimError::Settings { problems }) }
    }

    /// The sensor.
    pub fn sensor(&self) -> &Sensor {
        &self.sensor
    }

    /// The settings.
    pub fn settings(&self) -> &SimSettings {
        &self.settings
    }

    /// Simulates `n_frames` frames of moving meshes from time zero on; `noise` keys the thermal noise, none without it.
    ///
    /// # Shapes
    /// A cube is `[frame, chirp, tx, rx, sample]`, I/Q is `[rx, time]`.
    pub fn run(
        &self,
        meshes: &[&dyn MovingMesh],
        n_frames: usize,
        noise: Option<&RandomTree>,
    ) -> Result<Simulated, SimError> {
        self.run_job(&Job { meshes, n_frames, noise, ..Job::default() })
    }

    /// Simulates `n_frames` frames of a drawn scene from time zero on; `noise` keys the thermal noise, none without it.
    pub fn run_set(&self, set: &Set, n_frames: usize, noise: Option<&RandomTree>) -> Result<Simulated, SimError> {
        self.run_set_telling(set, n_frames, noise, None)
    }

    /// The same; `progress` is told of every frame.
    pub fn run_set_telling(
        &self,
        set: &Set,
        n_frames: usize,
        noise: Option<&RandomTree>,
        progress: Option<&dyn Progress>,
    ) -> Result<Simulated, SimError> {
        let meshes: Vec<&dyn MovingMesh> = set.meshes.iter().map(|mesh| &**mesh).collect();
        let reflectors: Vec<&dyn PointReflector> = set.reflectors.iter().map(|reflector| &**reflector).collect();
        self.run_job(&Job { n_frames, noise, progress, reflectors: &reflectors, ..Job::of(set, &meshes) })
    }

    /// Simulates a job.
    pub fn run_job(&self, job: &Job) -> Result<Simulated, SimError> {
        let shape = self.shape(job.n_frames, 8)?;
        let mut data = Array5::<Complex32>::zeros(shape);
        let narrow = |z: Complex64| Complex32::new(z.re as f32, z.im as f32);
        let Frames { counts, adc, .. } = self.frames(job, &mut data, narrow)?;
        let report = self.report(job, &counts, adc);
        let unit = match self.settings.calibration {
            Calibration::RootWatt => ROOT_WATT,
            Calibration::Unit => BARE,
        };
        let taken = Taken { receiver: &self.receiver, unit, first_frame: job.first_frame };
        Ok(Simulated { signal: self.sensor.device().signal(data, &taken), report })
    }

    /// Simulates a job and keeps double precision: for references and tests.
    pub fn run_exactly(&self, job: &Job) -> Result<SimulatedExactly, SimError> {
        let shape = self.shape(job.n_frames, 16)?;
        let mut data = Array5::<Complex64>::zeros(shape);
        let Frames { counts, masks, adc } = self.frames(job, &mut data, |z| z)?;
        let faces = masks.first().map_or(0, Vec::len);
        let visible = Array2::from_shape_fn((masks.len(), faces), |(f, i)| masks[f][i]);
        Ok(SimulatedExactly { data, visible, report: self.report(job, &counts, adc) })
    }

    fn shape(&self, n_frames: usize, bytes: u64) -> Result<[usize; 5], SimError> {
        let [slow, tx, rx, tones] = self.sounding.shape();
        let shape = [n_frames, slow, tx, rx, tones];
        let bytes = shape.iter().fold(bytes, |product, &n| product.saturating_mul(n as u64));
        if bytes > MAX_BYTES {
            return Err(SimError::TooLarge { frames: n_frames, bytes, limit: MAX_BYTES });
        }
        Ok(shape)
    }

    fn report(&self, job: &Job, counts: &[FrameCounts], adc: Option<AdcReport>) -> SimReport {
        SimReport {
            facets: job.meshes.iter().map(|m| m.faces().len() as u64).sum(),
            points: (job.points.len() + job.reflectors.len()) as u64,
            behind_dropped: self.settings.drop_behind,
            beyond_range_dropped: self.settings.drop_beyond_range,
            noise_power: if job.noise.is_some() { self.noise_power() } else { 0.0 },
            adc,
            ..SimReport::of_frames(counts)
        }
    }

    /// √W, or one, for an amplitude of one.
    fn scale(&self) -> f64 {
        match self.settings.calibration {
            Calibration::Unit => 1.0,
            Calibration::RootWatt => self.sensor.device().link().root_watts(),
        }
    }

    /// Units of the samples in a √W: bare amplitudes get noise, leakage and a full scale of the same ratio to the signal.
    fn unit(&self) -> f64 {
        self.scale() / self.sensor.device().link().root_watts()
    }

    /// Mean power of the thermal noise in the squared unit of the samples.
    fn noise_power(&self) -> f64 {
        let power_w = self.sensor.device().link().noise_power_w;
        if self.receiver.thermal_noise { power_w * self.unit().powi(2) } else { 0.0 }
    }

    /// Makes all frames, each sample of which `narrow` turns into what `data` holds.
    fn frames<T: Send>(
        &self,
        job: &Job,
        data: &mut Array5<T>,
        narrow: impl Fn(Complex64) -> T + Sync,
    ) -> Result<Frames, SimError> {
        let stage = self.stage(job)?;
        let (unit, noise_power) = (self.unit(), self.noise_power());
        let turn = self.pose(job).rotation().inverse();
        let reception =
            Reception::new(&self.receiver, self.sensor.device(), &self.sounding, job.noise, (unit, noise_power), turn);
        let placed = self.placed(job);
        if let Some(mask) = job.mask {
            let (frames, faces) = mask.dim();
            if frames < job.n_frames || faces != stage.faces.len() {
                let (expected_frames, expected_faces) = (job.n_frames, stage.faces.len());
                return Err(SimError::Mask { frames, faces, expected_frames, expected_faces });
            }
        }
        let idle = Stopwatch::default();
        let watch = job.watch.unwrap_or(&idle);
        let maker = self.maker(job, &stage, &placed, watch);
        let band = Band::new(&maker, &reception);
        let look = |frame: usize| {
            // Whoever stops the work by unwinding here does so before a frame is begun.
            job.progress.into_iter().for_each(|progress| progress.advance(0));
            let number = job.first_frame + frame;
            let mask: Option<Vec<bool>> = job.mask.map(|m| m.row(frame).to_vec());
            maker.look(number, placed.frame_start_s(number), mask.as_deref())
        };
        let one = |frame: usize, now: &Look, next: Option<&Look>, out: &mut [T]| -> Result<FrameCounts, SimError> {
            let number = job.first_frame + frame;
            // All zeros, as `receive` leaves them.
            let mut samples = SAMPLES.take();
            samples.resize(out.len(), Complex64::new(0.0, 0.0));
            let counts = sum(&maker, &band, &reception, number, (now, next), &mut samples)?;
            let receive = || reception.receive(&mut samples, number as u64, self.scale(), out, &narrow);
            watch.time(Step::Receiver, receive);
            SAMPLES.set(samples);
            job.progress.into_iter().for_each(|progress| progress.advance(1));
            Ok(counts)
        };
        let frame_len = (data.len() / job.n_frames.max(1)).max(1);
        let data = data.as_slice_mut().unwrap_or_default();
        if !(self.settings.fade_visibility || placed.continuous) || job.mask.is_some() {
            let results: Result<Vec<_>, SimError> = data
                .par_chunks_mut(frame_len)
                .enumerate()
                .with_max_len(1)
                .map(|(frame, out)| {
                    watch.time(Step::Frame, || {
                        let now = look(frame)?;
                        Ok((one(frame, &now, None, out)?, now.into_visible()))
                    })
                })
                .collect();
            let (counts, masks) = results?.into_iter().unzip();
            return Ok(Frames { counts, masks, adc: reception.adc_report() });
        }
        // Each frame needs the look of the next one as well: found once, a block of frames at a time.
        let (mut counts, mut masks) = (Vec::new(), Vec::new());
        let mut looks: Vec<Look> = Vec::new();
        for (block, out) in data.chunks_mut(frame_len * fading::BLOCK).enumerate() {
            let first = block * fading::BLOCK;
            let frames = out.len() / frame_len;
            let more: Result<Vec<Look>, SimError> = (first + looks.len()..=first + frames)
                .into_par_iter()
                .map(|f| watch.time(Step::Frame, || look(f)))
                .collect();
            looks.extend(more?);
            let results: Result<Vec<_>, SimError> = out
                .par_chunks_mut(frame_len)
                .enumerate()
                .with_max_len(1)
                .map(|(i, out)| watch.time(Step::Frame, || one(first + i, &looks[i], Some(&looks[i + 1]), out)))
                .collect();
            counts.extend(results?);
            masks.extend(looks.drain(..frames).map(Look::into_visible));
        }
        Ok(Frames { counts, masks, adc: reception.adc_report() })
    }

    /// Everything that moves, seen from where the radar is.
    fn stage<'a>(&self, job: &Job<'a>) -> Result<Stage<'a>, SimError> {
        if job.track.is_some() && job.room.is_some_and(|room| room.order > 0) {
            return Err(SimError::MovingInRoom);
        }
        if let Some(message) = job.room.and_then(Room::problem) {
            return Err(SimError::Room { message });
        }
        if let Some(mesh) = job.reflects.iter().position(|s| !(0.0..=1.0).contains(s)) {
            return Err(SimError::Reflects { mesh, share: job.reflects[mesh] });
        }
        let wavelength_m = SPEED_OF_LIGHT / self.sounding.centre_hz();
        let stage = Stage::new(job.meshes, job.points)?.with_reflectors(job.reflectors, wavelength_m)?;
        let stage = stage.reflecting(job.reflects).scattering(job.scatters, wavelength_m).observed(job.track);
        Ok(if self.settings.bends() { stage.smooth() } else { stage })
    }

    /// Where the antennas are: in the sensor frame itself when the radar is on the move.
    fn pose(&self, job: &Job) -> RadarPose {
        if job.track.is_some() { RadarPose::default() } else { self.pose }
    }

    /// The sounding with its antennas in the frame of the stage.
    fn placed(&self, job: &Job) -> Sounding {
        let pose = self.pose(job);
        let world = |antennas: &[Vec3]| -> Vec<Vec3> { antennas.iter().map(|a| pose.to_world(*a)).collect() };
        let ends = &self.sounding.ends;
        self.sounding.between(world(&ends.tx), world(&ends.rx))
    }

    fn maker<'a>(
        &'a self,
        job: &'a Job,
        stage: &'a Stage<'a>,
        sounding: &'a Sounding,
        watch: &'a Stopwatch,
    ) -> FrameMaker<'a> {
        let pose = self.pose(job);
        // A room without reflections only says what is outside; its walls stand still, so that a moving radar cannot ask.
        let room = job.room.filter(|_| job.track.is_none());
        let ways = room.map_or_else(Vec::new, |room| Bounces::all(room.walls.len(), room.order).split_off(1));
        // Antennas on one board look ahead; those that stand apart look everywhere.
        let ahead = (sounding.ends.eyes == Eyes::One).then(|| pose.boresight());
        let eyes = sounding.ends.eyes().into_iter().map(|place| Eye { place, ahead });
        FrameMaker {
            stage,
            watch,
            settings: &self.settings,
            sounding,
            eyes: eyes.collect(),
            boresight: pose.boresight(),
            upright: pose.rotation() * Vec3::z(),
            max_range_m: self.sensor.device().max_range_m(),
            split: SplitRule {
                wave_number: sounding.tones.mid_wave_number(),
                half_sweep: sounding.tones.half_sweep_wave_number(),
                tolerance: self.settings.integral_tolerance,
                sweep_tolerance: self.settings.sweep_tolerance,
            },
            bend: self.settings.bend_rule(sounding.tones.mid_wave_number()),
            finders: Finders::default(),
            room,
            ways,
        }
    }

    /// Only the visibility of a job.
    ///
    /// # Shapes
    /// The result is `[frame, face]`.
    pub fn masks(&self, job: &Job) -> Result<Array2<bool>, SimError> {
        let stage = self.stage(job)?;
        let placed = self.placed(job);
        let idle = Stopwatch::default();
        let watch = job.watch.unwrap_or(&idle);
        let maker = FrameMaker { ways: Vec::new(), ..self.maker(job, &stage, &placed, watch) };
        let mut masks = Array2::default((job.n_frames, stage.faces.len()));
        for (frame, mut row) in masks.outer_iter_mut().enumerate() {
            let number = job.first_frame + frame;
            let look = maker.look(number, placed.frame_start_s(number), None)?;
            row.iter_mut().zip(look.into_visible()).for_each(|(m, v)| *m = v);
        }
        Ok(masks)
    }
}
