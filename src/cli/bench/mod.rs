//! `kinecho bench`: how fast frames, WiFi links and RFID reads are simulated on this machine, and where the time goes.

mod costs;
mod links;

use super::{Global, print_line};
use crate::base::Vec3;
use crate::base::random::RandomTree;
use crate::body::{BodyModel, BodyShape};
use crate::geometry::MovingMesh;
use crate::motion::score::{Rendition, ScoreBook};
use crate::motion::{Performer, Placement};
use crate::propagation::Scattering;
use crate::sensor::{FmcwRadar, RadarPose};
use crate::sim::fast::Width;
use crate::sim::{Engine, Job, SimReport, SimSettings, Simulator, Step, Stopwatch};
use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Motion of the benchmark.
const MOTION: &str = "walk_forward_backward";
/// Where the walk begins, m: it passes 3 m within its first second.
const START_M: f64 = 3.5;
/// Height of the radar, m.
const RADAR_HEIGHT_M: f64 = 1.0;

/// Arguments of `kinecho bench`.
#[derive(Args)]
pub(super) struct BenchArgs {
    /// Frames of the walk that are simulated, 1 to 200.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=200))]
    frames: u16,
    /// How often all frames are simulated, 1 to 1000; medians are over all of them.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    repeats: u16,
    /// Radar preset.
    #[arg(long, default_value = "awr1843", value_parser = FmcwRadar::preset_names())]
    radar: String,
    /// Measure as well what a frame costs over facets, people, antennas, walls and furniture.
    #[arg(long)]
    costs: bool,
    /// Vector instructions of the fast engine; by default the best that the processor has.
    #[arg(long, value_enum)]
    instructions: Option<Instructions>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Instructions {
    Portable,
    Avx2,
    Avx512,
}

impl Instructions {
    fn width(self) -> Width {
        match self {
            Instructions::Portable => Width::Portable,
            Instructions::Avx2 => Width::Avx2,
            Instructions::Avx512 => Width::Avx512,
        }
    }
}

/// A walker whose motion and skinning are timed apart.
struct Timed {
    walker: Performer,
    motion: AtomicU64,
    skinning: AtomicU64,
}

impl MovingMesh for Timed {
    fn faces(&self) -> &[[u32; 3]] {
        self.walker.faces()
    }

    fn vertex_count(&self) -> usize {
        self.walker.vertex_count()
    }

    fn is_solid(&self) -> bool {
        self.walker.is_solid()
    }

    fn crease_rad(&self) -> f64 {
        self.walker.crease_rad()
    }

    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let since = Instant::now();
        let pose = self.walker.pose_at(time_s);
        let posed = since.elapsed();
        self.walker.body().skin(&pose, out);
        let nanoseconds = |d: Duration| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX);
        self.motion.fetch_add(nanoseconds(posed), Ordering::Relaxed);
        self.skinning.fetch_add(nanoseconds(since.elapsed().saturating_sub(posed)), Ordering::Relaxed);
    }
}

/// Median milliseconds of a frame, by what they went into.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Stages {
    motion: f64,
    skinning: f64,
    visibility: f64,
    /// Which facets reflect, and their division into patches.
    facets: f64,
    signal: f64,
    /// Thermal noise, and the samples as they are kept.
    noise: f64,
    /// Memory, sampling of the skinned vertices.
    other: f64,
}

impl Stages {
    const NAMES: [&'static str; 7] = ["motion", "skinning", "visibility", "facets", "signal", "noise", "other"];

    fn values(&self) -> [f64; 7] {
        [self.motion, self.skinning, self.visibility, self.facets, self.signal, self.noise, self.other]
    }

    fn of(values: [f64; 7]) -> Self {
        let [motion, skinning, visibility, facets, signal, noise, other] = values;
        Self { motion, skinning, visibility, facets, signal, noise, other }
    }

    /// The medians of each stage.
    fn median(runs: &[Self]) -> Self {
        Self::of(std::array::from_fn(|i| median(runs.iter().map(|r| r.values()[i]).collect())))
    }
}

/// What a pool of threads achieves.
#[derive(Debug, Serialize)]
struct Speed {
    threads: usize,
    /// Wall time.
    frame_ms: f64,
    frames_per_s: f64,
    /// Recorded time over the time it takes.
    real_time_factor: f64,
    /// Processor time of a frame, summed over threads.
    stages_ms: Stages,
}

struct Bench {
    radar: FmcwRadar,
    simulator: Simulator,
    walker: Timed,
    noise: RandomTree,
}

impl Bench {
    fn new(radar: &str, frames: u16, width: Width) -> anyhow::Result<Self> {
        let radar = FmcwRadar::preset(radar)?;
        let seconds = f64::from(frames) * radar.frame_period_s + 0.2;
        let walker = walker(Vec3::new(0.0, START_M, 0.0), seconds, 0)?;
        let walker = Timed { walker, motion: AtomicU64::new(0), skinning: AtomicU64::new(0) };
        let pose = RadarPose::at(Vec3::new(0.0, 0.0, RADAR_HEIGHT_M));
        let simulator = Simulator::new(radar.clone(), pose, SimSettings { width, ..SimSettings::default() })?;
        Ok(Self { radar, simulator, walker, noise: RandomTree::new(1) })
    }

    /// Simulates `count` frames from `first` on: wall time and stages of one of them, ms.
    fn frames(&self, first: usize, count: usize) -> anyhow::Result<(f64, Stages, SimReport)> {
        self.walker.motion.store(0, Ordering::Relaxed);
        self.walker.skinning.store(0, Ordering::Relaxed);
        let watch = Stopwatch::default();
        let job = Job {
            meshes: &[&self.walker],
            n_frames: count,
            first_frame: first,
            noise: Some(&self.noise),
            scatters: &[Scattering::default()],
            watch: Some(&watch),
            ..Job::default()
        };
        let since = Instant::now();
        let simulated = self.simulator.run_job(&job)?;
        let wall = since.elapsed().as_secs_f64() * 1e3 / count as f64;
        let spent = |step| watch.total(step).as_secs_f64() * 1e3 / count as f64;
        let counted = |clock: &AtomicU64| clock.load(Ordering::Relaxed) as f64 * 1e-6 / count as f64;
        let mut stages = Stages {
            motion: counted(&self.walker.motion),
            skinning: counted(&self.walker.skinning),
            visibility: spent(Step::Visibility),
            facets: spent(Step::Division),
            signal: spent(Step::Signal),
            noise: spent(Step::Receiver),
            other: 0.0,
        };
        let known: f64 = stages.values().iter().sum();
        stages.other = (spent(Step::Frame) - known).max(0.0);
        Ok((wall, stages, simulated.report))
    }

    /// How far the signal of the first frame is from the exact engine's, relative rms.
    fn error(&self) -> anyhow::Result<f64> {
        let job = Job { meshes: &[&self.walker], n_frames: 1, scatters: &[Scattering::default()], ..Job::default() };
        let with = |engine| {
            let settings = SimSettings { engine, ..*self.simulator.settings() };
            let pose = RadarPose::at(Vec3::z() * RADAR_HEIGHT_M);
            anyhow::Ok(Simulator::new(self.radar.clone(), pose, settings)?.run_exactly(&job)?.data)
        };
        let (fast, exact) = (with(Engine::Fast)?, with(Engine::Exact)?);
        let (mut off, mut size) = (0.0, 0.0);
        for (f, e) in fast.iter().zip(&exact) {
            off += (f - e).norm_sqr();
            size += e.norm_sqr();
        }
        Ok((off / size).sqrt())
    }

    /// The speed of the pool that this runs in. `apart`: frame by frame, for medians of single frames.
    fn speed(&self, args: &BenchArgs, apart: bool) -> anyhow::Result<(Speed, SimReport)> {
        let frames = usize::from(args.frames);
        let (mut walls, mut runs) = (Vec::new(), Vec::new());
        // Once for warm caches and tables.
        let (_, _, report) = self.frames(0, frames)?;
        for _ in 0..args.repeats {
            let parts: Vec<(usize, usize)> =
                if apart { (0..frames).map(|i| (i, 1)).collect() } else { vec![(0, frames)] };
            for (first, count) in parts {
                let (wall, stages, _) = self.frames(first, count)?;
                walls.push(wall);
                runs.push(stages);
            }
        }
        let frame_ms = median(walls);
        let period_ms = 1e3 * self.radar.frame_period_s;
        let speed = Speed {
            threads: rayon::current_num_threads(),
            frame_ms,
            frames_per_s: 1e3 / frame_ms,
            real_time_factor: period_ms / frame_ms,
            stages_ms: Stages::median(&runs),
        };
        Ok((speed, report))
    }
}

/// Somebody who walks from `position` towards the radar.
fn walker(position: Vec3, seconds: f64, seed: u64) -> anyhow::Result<Performer> {
    let body = BodyModel::cc0().shaped(&BodyShape::default())?;
    let score = ScoreBook::builtin().get(MOTION).with_context(|| format!("no motion {MOTION}"))?;
    let rendition = Rendition::draw(score, &mut RandomTree::new(seed).stream(0, "rendition"));
    let clip = score.play(&body.skeleton, &rendition, seconds, 120.0)?;
    Ok(Performer::new(body, clip, Placement { position, facing_rad: 0.0 })?)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    if n == 0 { 0.0 } else { 0.5 * (values[(n - 1) / 2] + values[n / 2]) }
}

/// Measures and prints.
pub(super) fn run(args: &BenchArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let width = args.instructions.map_or(Width::best(), Instructions::width);
    ensure!(width.is_supported(), "this processor does not have {}", width.name());
    let bench = Bench::new(&args.radar, args.frames, width)?;
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("cannot start a thread")?;
    let (one_core, report) = one.install(|| bench.speed(args, true))?;
    let (all_cores, _) = bench.speed(args, false)?;
    let error = bench.error()?;
    let links = one.install(|| links::costs(args.repeats.min(5)))?;
    let costs = if args.costs { costs::costs(args, width)? } else { Vec::new() };
    let (cpu, instructions) = (processor(), width.name());
    let radar = &bench.radar;
    if global.json {
        let result = json!({
            "machine": {"cpu": cpu, "instructions": instructions, "threads": all_cores.threads},
            "radar": radar.name,
            "motion": MOTION,
            "frames": args.frames,
            "repeats": args.repeats,
            "facets": report.facets,
            "visible_facets": report.reflecting.mean + report.faint.mean,
            "reflecting_facets": report.reflecting.mean,
            "scattering_places": report.scattering.mean,
            "patches": report.patches.mean,
            "one_core": one_core,
            "all_cores": all_cores,
            "signal_ms_one_core": one_core.stages_ms.signal,
            "frame_ms_all_cores": all_cores.frame_ms,
            "real_time_factor": all_cores.real_time_factor,
            "relative_rms_error": error,
            "costs": costs,
            "csi_second_ms": links.csi_second_ms,
            "rfid_second_ms": links.rfid_second_ms,
        });
        print_line(&serde_json::to_string_pretty(&result)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    print_line(&format!("{cpu}, {instructions}"))?;
    print_line(&format!(
        "{}: {} loops x {} pairs x {} samples, {:.0} ms a frame; {} frames of a walk at 3 m, {} times",
        radar.name,
        radar.loops_per_frame,
        radar.n_tx() * radar.n_rx(),
        radar.samples_per_chirp,
        1e3 * radar.frame_period_s,
        args.frames,
        args.repeats
    ))?;
    print_line(&format!(
        "{:.0} of {} facets visible; {:.0} of them mirror into the receiver and {:.0} places scatter: {:.0} patches",
        report.reflecting.mean + report.faint.mean,
        report.facets,
        report.reflecting.mean,
        report.scattering.mean,
        report.patches.mean
    ))?;
    print_line(&format!("{error:.1e} rms of the signal off the exact engine's"))?;
    for speed in [&one_core, &all_cores] {
        let threads = if speed.threads == 1 { "1 thread".into() } else { format!("{} threads", speed.threads) };
        print_line("")?;
        print_line(&format!(
            "{threads}: {:.2} ms a frame, {:.1} frames/s, {:.2} x real time",
            speed.frame_ms, speed.frames_per_s, speed.real_time_factor
        ))?;
        let total: f64 = speed.stages_ms.values().iter().sum();
        for (name, ms) in Stages::NAMES.into_iter().zip(speed.stages_ms.values()) {
            print_line(&format!("  {name:<12}{ms:>9.2} ms {:>6.1} %", 100.0 * ms / total))?;
        }
    }
    print_line(&format!(
        "\n1 thread: a second of WiFi, 1,000 packets x 3 antennas x 114 subcarriers, {:.0} ms; of RFID, 200 reads of 23 tags, {:.0} ms",
        links.csi_second_ms, links.rfid_second_ms
    ))?;
    if !costs.is_empty() {
        print_line(&format!("\n{:<40}{:>10}{:>10}{:>14}", "on all cores", "ms a frame", "relative", "x real time"))?;
    }
    for cost in &costs {
        let (contents, relative, factor) = (cost.contents, cost.relative, cost.real_time_factor);
        print_line(&format!("{contents:<40}{:>10.1}{relative:>10.2}{factor:>14.2}", cost.frame_ms))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the processor calls itself.
fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::__cpuid;
        // The brand string, in three leaves of four registers.
        if __cpuid(0x8000_0000).eax >= 0x8000_0004 {
            let bytes: Vec<u8> = (0x8000_0002..=0x8000_0004)
                .map(__cpuid)
                .flat_map(|r| [r.eax, r.ebx, r.ecx, r.edx])
                .flat_map(u32::to_le_bytes)
                .take_while(|b| *b != 0)
                .collect();
            let name = String::from_utf8_lossy(&bytes).trim().to_owned();
            if !name.is_empty() {
                return name;
            }
        }
    }
    std::env::consts::ARCH.to_owned()
}
