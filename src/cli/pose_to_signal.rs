//! `kinecho pose-to-signal`: from recorded joints to a simulated radar, compared with the recorded one frame by frame (mmCLIP, §5.5, on
//! public data).

use super::{Global, print_line};
use crate::base::Vec3;
use crate::base::progress::Progress;
use crate::base::random::RandomTree;
use crate::body::{BodyModel, BodyShape, ShapedBody};
use crate::dsp::detect::{DetectConfig, detect};
use crate::motion::joint_fit::{Joints, pose, stature};
use crate::motion::{Clip, Performer, Placement, Smoothness};
use crate::propagation::Material;
use crate::recording::mars::{FRAME_PERIOD_S, KINECT_JOINTS, PairedStretch, read_paired};
use crate::scene::Set;
use crate::sensor::{FmcwRadar, RadarPose};
use crate::signal::{PointCloud, PointFrame};
use crate::sim::{SimSettings, Simulator};
use anyhow::Context;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kinecho pose-to-signal`.
#[derive(Args)]
pub(super) struct PoseToSignalArgs {
    /// Files with radar frames and Kinect joints side by side (MARS: paired/*.npz).
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Body mass index of the bodies, kg/m²; the stature is fitted to the joints.
    #[arg(long, value_name = "BMI", default_value_t = 22.5)]
    body_mass_index: f64,
    /// Mean of the joints over so many frames before the fit; 1 takes them as they are.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=15))]
    smooth: u8,
}

/// What is compared, one value a frame.
#[derive(Clone, Debug, Default)]
struct Frames {
    recorded_velocity: Vec<f64>,
    simulated_velocity: Vec<f64>,
    joint_velocity: Vec<f64>,
    recorded_range: Vec<f64>,
    simulated_range: Vec<f64>,
    joint_range: Vec<f64>,
    /// Frames in which the simulation shows nothing.
    empty: usize,
}

/// One line of the answer.
#[derive(Serialize)]
struct Agreement {
    name: String,
    frames: usize,
    frames_without_simulated_points: usize,
    stature_m: Option<f64>,
    velocity_correlation: f64,
    velocity_correlation_of_joints: f64,
    range_correlation: f64,
    range_correlation_of_joints: f64,
    /// Simulated minus recorded, m: mean and mean absolute.
    range_offset_m: f64,
    range_error_m: f64,
}

/// Compares.
pub(super) fn run(args: &PoseToSignalArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let mut lines = Vec::new();
    let mut all = Frames::default();
    let progress = global.progress();
    for path in &args.files {
        let stretches = read_paired(path)?;
        let joints: Vec<Vec<Joints>> = stretches.iter().map(joints_of).collect();
        let body = body(&joints.concat(), args.body_mass_index)?;
        progress.begin("simulating", stretches.len() as u64);
        for (stretch, joints) in stretches.iter().zip(&joints) {
            let found = compare(stretch, joints, &body, args.smooth.into())
                .with_context(|| format!("{}, stretch {}", path.display(), stretch.name))?;
            lines.push(line(&stretch.name, Some(body.1), &found));
            all.append(found);
            progress.advance(1);
        }
        progress.finish();
    }
    lines.push(line("all", None, &all));
    if global.json {
        print_line(&serde_json::to_string_pretty(&lines)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    print_line("stretch            frames  velocity r  (joints)  range r  (joints)  offset m  error m")?;
    for l in &lines {
        print_line(&format!(
            "{:<18} {:>6}  {:>10.2}  {:>8.2}  {:>7.2}  {:>8.2}  {:>8.3}  {:>7.3}",
            l.name,
            l.frames,
            l.velocity_correlation,
            l.velocity_correlation_of_joints,
            l.range_correlation,
            l.range_correlation_of_joints,
            l.range_offset_m,
            l.range_error_m
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The joints that the fit looks at, frame by frame.
fn joints_of(stretch: &PairedStretch) -> Vec<Joints> {
    let place = |name: &str| KINECT_JOINTS.iter().position(|j| *j == name).unwrap_or(0);
    let both = |name: &str| [place(&format!("{name}Left")), place(&format!("{name}Right"))];
    let (base, top, head) = (place("SpineBase"), place("SpineShoulder"), place("Head"));
    let limbs = ["Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle"].map(both);
    stretch
        .joints_m
        .outer_iter()
        .map(|frame| {
            let at =
                |joint: usize| Vec3::new(frame[[joint, 0]].into(), frame[[joint, 1]].into(), frame[[joint, 2]].into());
            let [shoulder, elbow, wrist, hip, knee, ankle] = limbs.map(|pair| pair.map(at));
            Joints {
                spine_base: at(base),
                spine_top: at(top),
                head: at(head),
                shoulder,
                elbow,
                wrist,
                hip,
                knee,
                ankle,
            }
        })
        .collect()
}

/// The body of the person whose joints these are, and its stature, m.
fn body(joints: &[Joints], body_mass_index: f64) -> anyhow::Result<(ShapedBody, f64)> {
    let shape = BodyShape { body_mass_index, ..BodyShape::default() };
    let usual = BodyModel::cc0().shaped(&shape)?;
    let stature_m = stature(joints, &usual.skeleton, shape.stature_m);
    Ok((BodyModel::cc0().shaped(&BodyShape { stature_m, ..shape })?, stature_m))
}

fn compare(
    stretch: &PairedStretch,
    joints: &[Joints],
    (body, _): &(ShapedBody, f64),
    smooth: usize,
) -> anyhow::Result<Frames> {
    // Frames lie on the sensor's grid; where one is missing the joints run on between its neighbours.
    let slots: Vec<usize> =
        stretch.points.frames.iter().map(|f| (f.time_s / FRAME_PERIOD_S).round() as usize).collect();
    let grid = on_grid(joints, &slots);
    let grid = smoothed(&grid, smooth);
    let poses = grid.iter().enumerate().map(|(i, j)| pose(j, &body.skeleton, i)).collect::<Result<Vec<_>, _>>()?;
    let clip = Clip::with_smoothness(1.0 / FRAME_PERIOD_S, poses, Smoothness::Acceleration)?;
    let performer = Performer::new(body.clone(), clip, Placement::default())?;
    let radar = FmcwRadar::preset("iwr1443_mars")?;
    let frequency_hz = radar.cube_info().centre_frequency_hz(radar.samples_per_chirp);
    let settings = SimSettings { integral_tolerance: 0.05, ..SimSettings::default() };
    let simulator = Simulator::new(radar, RadarPose::default(), settings)?;
    let reflects = vec![Material::Skin.amplitude(frequency_hz)];
    let set = Set {
        meshes: vec![Box::new(performer)],
        reflects,
        materials: vec![Some(Material::Skin)],
        still: vec![false],
        scatters: Vec::new(),
        reflectors: Vec::new(),
        room: None,
        track: None,
    };
    let noise = RandomTree::new(0).subtree(0, "receiver");
    let simulated = simulator.run_set(&set, grid.len(), Some(&noise))?;
    let cube = simulated.cube().context("an FMCW radar gives a cube")?;
    let points = detect(cube, &chain()?)?;
    Ok(frames(stretch, &slots, &points, &grid))
}

/// The detection chain of `scenes/experiments/mars.yaml`.
fn chain() -> anyhow::Result<DetectConfig> {
    let experiment: serde_yaml::Value = serde_yaml::from_str(include_str!("../../scenes/experiments/mars.yaml"))?;
    Ok(serde_yaml::from_value(experiment["source"]["output"]["points"]["detect"].clone())?)
}

/// Joints on every slot from the first to the last.
fn on_grid(joints: &[Joints], slots: &[usize]) -> Vec<Joints> {
    let mut grid = Vec::new();
    for (pair, slot) in joints.windows(2).zip(slots.windows(2)) {
        let steps = slot[1] - slot[0];
        grid.extend(
            (0..steps).map(|k| mix(&[(pair[0], 1.0 - k as f64 / steps as f64), (pair[1], k as f64 / steps as f64)])),
        );
    }
    grid.extend(joints.last());
    grid
}

fn smoothed(grid: &[Joints], over: usize) -> Vec<Joints> {
    let (before, after) = (over / 2, over.div_ceil(2));
    (0..grid.len())
        .map(|i| {
            let window = &grid[i.saturating_sub(before)..(i + after).min(grid.len())];
            mix(&window.iter().map(|j| (*j, 1.0 / window.len() as f64)).collect::<Vec<_>>())
        })
        .collect()
}

/// Weighted sum of joints.
fn mix(parts: &[(Joints, f64)]) -> Joints {
    let sum = |of: &dyn Fn(&Joints) -> Vec3| parts.iter().map(|(j, w)| of(j) * *w).sum::<Vec3>();
    let both = |of: fn(&Joints) -> &[Vec3; 2]| [sum(&|j| of(j)[0]), sum(&|j| of(j)[1])];
    Joints {
        spine_base: sum(&|j| j.spine_base),
        spine_top: sum(&|j| j.spine_top),
        head: sum(&|j| j.head),
        shoulder: both(|j| &j.shoulder),
        elbow: both(|j| &j.elbow),
        wrist: both(|j| &j.wrist),
        hip: both(|j| &j.hip),
        knee: both(|j| &j.knee),
        ankle: both(|j| &j.ankle),
    }
}

/// The values of every recorded frame that the simulation shows as well.
fn frames(stretch: &PairedStretch, slots: &[usize], simulated: &PointCloud, grid: &[Joints]) -> Frames {
    let mut out = Frames::default();
    let mean = |frame: &PointFrame, value: fn(&crate::signal::Point) -> f64| {
        let n = frame.points.len();
        (n > 0).then(|| frame.points.iter().map(value).sum::<f64>() / n as f64)
    };
    let ranges: Vec<Vec<f64>> = grid.iter().map(|j| all_of(j).iter().map(Vec3::norm).collect()).collect();
    for (recorded, &slot) in stretch.points.frames.iter().zip(slots) {
        let Some(made) = simulated.frames.get(slot) else { continue };
        let (Some(v), Some(r)) = (mean(recorded, |p| p.velocity_mps), mean(recorded, |p| p.range_m)) else { continue };
        let (Some(sv), Some(sr)) = (mean(made, |p| p.velocity_mps), mean(made, |p| p.range_m)) else {
            out.empty += 1;
            continue;
        };
        let (before, after) = (slot.saturating_sub(1), (slot + 1).min(grid.len() - 1));
        let n = ranges[slot].len() as f64;
        let gone: f64 = ranges[after].iter().zip(&ranges[before]).map(|(b, a)| b - a).sum::<f64>() / n;
        out.recorded_velocity.push(v);
        out.simulated_velocity.push(sv);
        out.joint_velocity.push(gone / ((after - before).max(1) as f64 * FRAME_PERIOD_S));
        out.recorded_range.push(r);
        out.simulated_range.push(sr);
        out.joint_range.push(ranges[slot].iter().sum::<f64>() / n);
    }
    out
}

fn all_of(j: &Joints) -> Vec<Vec3> {
    let single = [j.spine_base, j.spine_top, j.head];
    single.into_iter().chain([j.shoulder, j.elbow, j.wrist, j.hip, j.knee, j.ankle].into_iter().flatten()).collect()
}

impl Frames {
    fn append(&mut self, mut other: Self) {
        self.recorded_velocity.append(&mut other.recorded_velocity);
        self.simulated_velocity.append(&mut other.simulated_velocity);
        self.joint_velocity.append(&mut other.joint_velocity);
        self.recorded_range.append(&mut other.recorded_range);
        self.simulated_range.append(&mut other.simulated_range);
        self.joint_range.append(&mut other.joint_range);
        self.empty += other.empty;
    }
}

fn line(name: &str, stature_m: Option<f64>, f: &Frames) -> Agreement {
    let n = f.recorded_range.len().max(1) as f64;
    let apart = || f.simulated_range.iter().zip(&f.recorded_range).map(|(s, r)| s - r);
    Agreement {
        name: name.into(),
        frames: f.recorded_velocity.len(),
        frames_without_simulated_points: f.empty,
        stature_m,
        velocity_correlation: correlation(&f.recorded_velocity, &f.simulated_velocity),
        velocity_correlation_of_joints: correlation(&f.recorded_velocity, &f.joint_velocity),
        range_correlation: correlation(&f.recorded_range, &f.simulated_range),
        range_correlation_of_joints: correlation(&f.recorded_range, &f.joint_range),
        range_offset_m: apart().sum::<f64>() / n,
        range_error_m: apart().map(f64::abs).sum::<f64>() / n,
    }
}

/// Pearson's correlation; NaN where one side does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma).powi(2);
        bb += (y - mb).powi(2);
    }
    ab / (aa * bb).sqrt()
}
