//! `kinecho simulate`: one scene to an IF cube on disk.

use super::input::{Changes, output_folder};
use super::{Global, print_line};
use crate::base::atomic_file;
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::dsp::heatmap::{HeatmapConfig, heatmaps};
use crate::recording::npy_cube;
use crate::scene::{Scene, SceneSpec};
use crate::sim::{SimSettings, Simulator};
use crate::viz::{MapPicture, maps_png};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `kinecho simulate`.
#[derive(Args)]
pub(super) struct SimulateArgs {
    /// The scene.
    scene: PathBuf,
    /// Folder for the cube, the heatmaps and the scene as drawn; new or empty. By default a new one under `runs/`.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// A body model (SMPL, SMPL-H, SMPL-X or the like as .npz) for all people that have none of their own.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Check everything and say what would be done.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    changes: Changes,
}

/// A scene file with the settings of the simulator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SimulateFile {
    version: u32,
    #[serde(default)]
    seed: u64,
    scene: SceneSpec,
    #[serde(default)]
    simulation: SimSettings,
    #[serde(default)]
    heatmaps: Option<HeatmapConfig>,
}

/// Simulates a scene.
pub(super) fn run(args: &SimulateArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let document = args.changes.read(&args.scene, "seed")?;
    let mut file: SimulateFile = document.typed()?;
    if let Some(body) = &args.body {
        file.scene.people.iter_mut().filter(|p| p.body.is_none()).for_each(|p| p.body = Some(body.clone()));
    }
    let mut problems: Vec<Problem> = Vec::new();
    if file.version != 1 {
        problems.push(Problem::new("version", format!("{}; this program reads version 1", file.version)));
    }
    problems.extend(file.simulation.problems().into_iter().map(|p| p.under("simulation")));
    let scene = match Scene::check(&file.scene, false) {
        Ok(scene) if problems.is_empty() => scene,
        Ok(_) => return Err(document.rejected(problems).into()),
        Err(more) => {
            problems.extend(more.into_iter().map(|p| p.under("scene")));
            return Err(document.rejected(problems).into());
        }
    };
    let radar = scene.radar();
    let (frames, bytes) = (scene.frames(), radar.cube_bytes(scene.frames()));
    let limits = json!({
        "radar": radar.name,
        "frames": frames,
        "cube_bytes": bytes,
        "range_resolution_m": radar.range_resolution_m(),
        "max_range_m": radar.max_range_m(),
        "velocity_resolution_mps": radar.velocity_resolution_mps(),
        "max_velocity_mps": radar.max_velocity_mps(),
    });
    if args.dry_run {
        print_line(&serde_json::to_string_pretty(&limits)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let tree = RandomTree::new(file.seed);
    let draw = scene.draw(&tree, 0, &[], &[])?;
    let meshes = draw.meshes()?;
    let people: Vec<_> = meshes.iter().map(|mesh| &**mesh).collect();
    let simulator = Simulator::new(draw.radar.clone(), draw.radar_pose, file.simulation)?;
    let since = Instant::now();
    let simulated = simulator.run(&people, frames, Some(&tree.subtree(0, "receiver")))?;
    let seconds = since.elapsed().as_secs_f64();
    let output = output_folder(args.output.as_deref(), "scene")?;
    npy_cube::write(&output.join("cube.npy"), &simulated.cube)?;
    let about = json!({"seed": file.seed, "draw": draw, "simulation": file.simulation, "report": simulated.report, "limits": limits});
    atomic_file::write(&output.join("scene.json"), &serde_json::to_vec_pretty(&about)?)?;
    let maps = heatmaps(&simulated.cube, &file.heatmaps.unwrap_or_default())?;
    atomic_file::write(&output.join("heatmaps.png"), &maps_png(&maps, &MapPicture::default())?)?;
    if global.json {
        print_line(
            &json!({"output": output, "seconds": seconds, "report": simulated.report, "limits": limits}).to_string(),
        )?;
    } else {
        let recorded = frames as f64 * draw.radar.frame_period_s;
        print_line(&format!("{frames} frames, {recorded:.1} s of signal in {seconds:.2} s: {}", output.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
