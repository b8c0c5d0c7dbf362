//! `kinecho simulate`: one scene to the signal of its sensor, and what else is asked for, on disk.

mod estimate;
mod output_kind;
mod outputs;
mod outputs_iq;
mod spec;
mod spectrogram;

use super::capture_layout::{IqOrder, LaneCount};
use super::input::{Changes, output_folder};
use super::{Global, print_line};
use crate::base::atomic_file;
use crate::base::random::RandomTree;
use crate::recording::dca1000::Lanes;
use crate::sensor::Sensor;
use crate::signal::Signal;
use crate::sim::Simulator;
use clap::Args;
use estimate::{Limits, seconds_per_frame};
use output_kind::OutputKind;
use serde_json::json;
use spec::SimulateFile;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `kinecho simulate`.
#[derive(Args)]
pub(super) struct SimulateArgs {
    /// The scene.
    scene: PathBuf,
    /// Folder for all that is written; new or empty. By default a new one under `runs/`.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// What to write, in place of `outputs.write` of the file. May be given again and again.
    #[arg(short, long, value_name = "KIND", value_enum, value_delimiter = ',')]
    write: Vec<OutputKind>,
    /// Which part of a sample comes first in a raw capture, in place of `outputs.dca1000.iq`.
    #[arg(long, value_enum, value_name = "ORDER")]
    iq: Option<IqOrder>,
    /// Lanes of a raw capture, in place of `outputs.dca1000.lanes`; by default those of the radar's board.
    #[arg(long)]
    lanes: Option<LaneCount>,
    /// A body model (SMPL, SMPL-H, SMPL-X or the like as .npz) for all people that have none of their own.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Check everything and say what would be done: resolution, limits, size, time.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    changes: Changes,
}

/// Simulates a scene.
pub(super) fn run(args: &SimulateArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let document = args.changes.read(&args.scene, "seed")?;
    let capture = (args.lanes.map(Lanes::from), args.iq);
    let (file, scene) = SimulateFile::check(&document, &args.write, capture, args.body.as_deref())?;
    let limits = Limits::of(scene.sensor(), scene.frames());
    let tree = RandomTree::new(file.seed);
    let draw = scene.draw(&tree, 0, &[], &[])?;
    let set = draw.set()?;
    let simulator =
        Simulator::new(draw.radar.clone(), draw.radar_pose, file.simulation)?.with_receiver(draw.receiver.clone())?;
    let noise = tree.subtree(0, "receiver");
    if args.dry_run {
        let seconds = seconds_per_frame(&simulator, &set, scene.frames(), &noise)? * scene.frames() as f64;
        print_line(&if global.json {
            let mut plan = serde_json::to_value(&limits)?;
            plan["estimated_seconds"] = json!(seconds);
            plan["write"] = json!(file.outputs.kinds(scene.sensor()));
            plan.to_string()
        } else {
            limits.text(seconds)
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    // First, since it costs little and may be refused.
    let asked = file.outputs.kinds(scene.sensor()).contains(&OutputKind::Truth);
    let truth = asked.then(|| draw.truth(file.outputs.truth.clock, scene.frames())).transpose()?;
    let since = Instant::now();
    let simulated = simulator.run_set(&set, scene.frames(), Some(&noise))?;
    let seconds = since.elapsed().as_secs_f64();
    let folder = output_folder(args.output.as_deref(), "scene")?;
    let mut written = match (&simulated.signal, &draw.radar) {
        (Signal::Cube(cube), Sensor::Fmcw(radar)) => outputs::write(&folder, (cube, &simulated.report), &file, radar)?,
        (Signal::Iq(iq), sensor) => outputs_iq::write(&folder, iq, &file, sensor)?,
        (signal, _) => anyhow::bail!("a signal of {} cannot be written", signal.kind()),
    };
    if let Some(truth) = truth {
        truth.write(&folder.join("truth.npz"))?;
        written["truth"] = json!({"files": ["truth.npz", "truth.json"]});
    }
    let report = &simulated.report;
    let about = json!({"seed": file.seed, "draw": draw, "simulation": file.simulation, "report": report, "limits": limits, "written": written});
    atomic_file::write(&folder.join("scene.json"), &serde_json::to_vec_pretty(&about)?)?;
    if global.json {
        let result =
            json!({"output": folder, "seconds": seconds, "report": report, "limits": limits, "written": written});
        print_line(&result.to_string())?;
    } else {
        let (recorded, count) = (simulated.signal.duration_s(), limits.count());
        print_line(&format!("{count}, {recorded:.1} s of signal in {seconds:.2} s: {}", folder.display()))?;
        if let Some(adc) = report.adc.filter(|adc| adc.clipped > 0) {
            print_line(&format!("the ADC clipped {} of {} I and Q values", adc.clipped, adc.values))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
