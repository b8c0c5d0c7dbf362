//! The front door: a radar, where it stands, and what moves before it.

use super::error::SimError;
use super::fading;
use super::frame::FrameMaker;
use super::reception::Reception;
use super::report::{FrameCounts, SimReport};
use super::schedule::{Schedule, Waveform};
use super::settings::{Calibration, SimSettings};
use super::sight::{Finders, Look};
use super::stage::{PointTarget, Stage};
use super::stopwatch::{Step, Stopwatch};
use super::sum::{Band, sum};
use crate::base::cube::{BARE, CubeInfo, IfCube, ROOT_WATT};
use crate::base::random::RandomTree;
use crate::base::{Complex32, Complex64, Vec3};
use crate::geometry::MovingMesh;
use crate::propagation::budget::root_watts_per_amplitude;
use crate::propagation::split::SplitRule;
use crate::propagation::{Bounces, Room};
use crate::scene::Set;
use crate::sensor::impairment::thermal_noise_power_w;
use crate::sensor::receiver::ReceiverSpec;
use crate::sensor::receiver::adc::AdcReport;
use crate::sensor::{FmcwRadar, RadarPose, RadarTrack};
use ndarray::{Array2, Array5, ArrayView2};
use rayon::prelude::*;
use std::cell::Cell;

/// Bytes of a cube, at most: longer recordings are simulated in pieces (`Job::start_s`).
const MAX_CUBE_BYTES: u64 = 64 << 30;

thread_local! {
    /// Zeros, as many as a frame has samples, memory only: fresh memory costs a millisecond a frame.
    static SAMPLES: Cell<Vec<Complex64>> = const { Cell::new(Vec::new()) };
}

/// A radar at its place, ready to look at scenes.
#[derive(Clone, Debug)]
pub struct Simulator {
    radar: FmcwRadar,
    pose: RadarPose,
    settings: SimSettings,
    receiver: ReceiverSpec,
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
    /// Key of all that is random in the receiver; without it there is neither thermal nor phase noise.
    pub noise: Option<&'a RandomTree>,
    /// Visible faces `[frame, face]` to be used in place of the visibility of the settings; they do not fade.
    pub mask: Option<ArrayView2<'a, bool>>,
    /// Share of the amplitude that each mesh reflects, 0..1 ([`crate::propagation::Material::amplitude`]); 1 for meshes beyond the
    /// list.
    pub reflects: &'a [f64],
    /// Walls that mirror. They stand still, and so must the radar.
    pub room: Option<&'a Room>,
    /// Where the radar is over time, in place of the simulator's pose.
    pub track: Option<&'a RadarTrack>,
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
    /// `[frame, chirp, tx, rx, sample]`.
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
    pub fn new(radar: FmcwRadar, pose: RadarPose, settings: SimSettings) -> Result<Self, SimError> {
        radar.check()?;
        let mut problems = settings.problems();
        if !pose.is_finite() {
            problems.push(crate::base::yaml::Problem::new("pose", "position and angles must be finite"));
        }
        let receiver = ReceiverSpec::default();
        if problems.is_empty() {
            Ok(Self { radar, pose, settings, receiver })
        } else {
            Err(SimError::Settings { problems })
        }
    }

    /// The same radar with another receiver than the default one, which adds thermal noise only.
    pub fn with_receiver(self, receiver: ReceiverSpec) -> Result<Self, SimError> {
        let problems = receiver.problems(&self.radar);
        if problems.is_empty() { Ok(Self { receiver, ..self }) } else { Err(SimError::Settings { problems }) }
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
    /// The cube is `[frame, chirp, tx, rx, sample]`.
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
        let meshes: Vec<&dyn MovingMesh> = set.meshes.iter().map(|mesh| &**mesh).collect();
        let (reflects, room, track) = (set.reflects.as_slice(), set.room.as_ref(), set.track.as_ref());
        self.run_job(&Job { meshes: &meshes, n_frames, noise, reflects, room, track, ..Job::default() })
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
        let channel_factors = self.receiver.channel_factors(&self.radar);
        let info = CubeInfo { channel_factors, ..self.radar.cube_info() };
        let cube = IfCube { data, info, unit: unit.into() };
        Ok(Simulated { cube, report })
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
        let r = &self.radar;
        let bytes = (r.cube_bytes(n_frames) / 8).saturating_mul(bytes);
        if bytes > MAX_CUBE_BYTES {
            return Err(SimError::TooLarge { frames: n_frames, bytes, limit: MAX_CUBE_BYTES });
        }
        Ok([n_frames, r.loops_per_frame, r.n_tx(), r.n_rx(), r.samples_per_chirp])
    }

    fn report(&self, job: &Job, counts: &[FrameCounts], adc: Option<AdcReport>) -> SimReport {
        SimReport {
            facets: job.meshes.iter().map(|m| m.faces().len() as u64).sum(),
            points: job.points.len() as u64,
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
            Calibration::RootWatt => {
                let r = &self.radar;
                root_watts_per_amplitude(r.transmit_power_dbm, r.tx_gain_dbi, r.rx_gain_dbi)
            }
        }
    }

    /// Units of the samples in a √W: bare amplitudes get noise, leakage and a full scale of the same ratio to the signal.
    fn unit(&self) -> f64 {
        let r = &self.radar;
        self.scale() / root_watts_per_amplitude(r.transmit_power_dbm, r.tx_gain_dbi, r.rx_gain_dbi)
    }

    /// Mean power of the thermal noise in the squared unit of the samples.
    fn noise_power(&self) -> f64 {
        if self.receiver.thermal_noise { thermal_noise_power_w(&self.radar) * self.unit().powi(2) } else { 0.0 }
    }

    /// Makes all frames, each sample of which `narrow` turns into what `data` holds.
    fn frames<T: Send>(
        &self,
        job: &Job,
        data: &mut Array5<T>,
        narrow: impl Fn(Complex64) -> T + Sync,
    ) -> Result<Frames, SimError> {
        let stage = self.stage(job)?;
        let (schedule, waveform) = Schedule::of(&self.radar, self.settings.residual_video_phase);
        let (unit, noise_power) = (self.unit(), self.noise_power());
        let turn = self.pose(job).rotation().inverse();
        let reception =
            Reception::new(&self.receiver, &self.radar, (schedule, waveform), job.noise, (unit, noise_power), turn);
        let (tx, rx) = self.antennas(job);
        if let Some(mask) = job.mask {
            let (frames, faces) = mask.dim();
            if frames < job.n_frames || faces != stage.faces.len() {
                let (expected_frames, expected_faces) = (job.n_frames, stage.faces.len());
                return Err(SimError::Mask { frames, faces, expected_frames, expected_faces });
            }
        }
        let idle = Stopwatch::default();
        let watch = job.watch.unwrap_or(&idle);
        let maker = self.maker(job, &stage, &waveform, (&tx, &rx), watch);
        let band = Band::new(&maker, &reception);
        let look = |frame: usize| {
            let number = job.first_frame + frame;
            let mask: Option<Vec<bool>> = job.mask.map(|m| m.row(frame).to_vec());
            maker.look(number, band.schedule.frame_start_s(number), mask.as_deref())
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
            Ok(counts)
        };
        let frame_len = (data.len() / job.n_frames.max(1)).max(1);
        let data = data.as_slice_mut().unwrap_or_default();
        if !self.settings.fade_visibility || job.mask.is_some() {
            let results: Result<Vec<_>, SimError> = data
                .par_chunks_mut(frame_len)
                .enumerate()
                .with_max_len(1)
                .map(|(frame, out)| {
                    watch.time(Step::Frame, || {
                        let now = look(frame)?;
                        Ok((one(frame, &now, None, out)?, now.visible))
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
            masks.extend(looks.drain(..frames).map(|look| look.visible));
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
        Ok(Stage::new(job.meshes, job.points)?.reflecting(job.reflects).observed(job.track))
    }

    /// Where the antennas are: in the sensor frame itself when the radar is on the move.
    fn pose(&self, job: &Job) -> RadarPose {
        if job.track.is_some() { RadarPose::default() } else { self.pose }
    }

    /// Antennas in the frame of the stage.
    fn antennas(&self, job: &Job) -> (Vec<Vec3>, Vec<Vec3>) {
        let pose = self.pose(job);
        let world =
            |antennas: &[[f64; 3]]| -> Vec<Vec3> { antennas.iter().map(|a| pose.to_world(Vec3::from(*a))).collect() };
        (world(&self.radar.tx_m), world(&self.radar.rx_m))
    }

    fn maker<'a>(
        &'a self,
        job: &'a Job,
        stage: &'a Stage<'a>,
        waveform: &Waveform,
        (tx, rx): (&'a [Vec3], &'a [Vec3]),
        watch: &'a Stopwatch,
    ) -> FrameMaker<'a> {
        let pose = self.pose(job);
        // A room without reflections only says what is outside; its walls stand still, so that a moving radar cannot ask.
        let room = job.room.filter(|_| job.track.is_none());
        let ways = room.map_or_else(Vec::new, |room| Bounces::all(room.walls.len(), room.order).split_off(1));
        FrameMaker {
            stage,
            watch,
            settings: &self.settings,
            tx,
            rx,
            boresight: pose.boresight(),
            upright: pose.rotation() * Vec3::z(),
            max_range_m: self.radar.max_range_m(),
            split: SplitRule {
                wave_number: waveform.mid_wave_number(),
                half_sweep: waveform.half_sweep_wave_number(),
                tolerance: self.settings.integral_tolerance,
                sweep_tolerance: self.settings.sweep_tolerance,
            },
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
        let (schedule, waveform) = Schedule::of(&self.radar, self.settings.residual_video_phase);
        let (tx, rx) = self.antennas(job);
        let idle = Stopwatch::default();
        let watch = job.watch.unwrap_or(&idle);
        let maker = FrameMaker { ways: Vec::new(), ..self.maker(job, &stage, &waveform, (&tx, &rx), watch) };
        let mut masks = Array2::default((job.n_frames, stage.faces.len()));
        for (frame, mut row) in masks.outer_iter_mut().enumerate() {
            let number = job.first_frame + frame;
            let look = maker.look(number, schedule.frame_start_s(number), None)?;
            row.iter_mut().zip(look.visible).for_each(|(m, v)| *m = v);
        }
        Ok(masks)
    }
}
