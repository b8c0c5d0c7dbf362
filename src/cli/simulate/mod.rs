//! `kinecho simulate`: one scene to the signal of its sensor, and what else is asked for, on disk.

mod estimate;
mod links;
mod output_kind;
mod outputs;
mod outputs_iq;
pub(super) mod pictures;
mod say;
mod scene_run;
mod spec;
mod spectrogram;

use super::capture_layout::{IqOrder, LaneCount};
use super::input::{Changes, output_folder};
use super::kinds::FileKind;
use super::{Global, print_line, tell};
use crate::base::atomic_file;
use crate::base::progress::Silent;
use crate::recording::dca1000::Lanes;
use crate::sensor::Sensor;
use crate::signal::Signal;
pub use scene_run::SceneRun;
pub(super) use spec::SimulateFile;

use clap::Args;
use estimate::{Limits, seconds_per_frame};
use output_kind::OutputKind;
use serde_json::json;
use spec::Replaced;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `kinecho simulate`.
#[derive(Args)]
pub(super) struct SimulateArgs {
    /// The scene: a YAML file, the name of one that comes with the program (`kinecho list scenes`), or `-` for standard input.
    #[arg(required_unless_present = "say", conflicts_with = "say")]
    scene: Option<PathBuf>,
    /// A sentence in place of a scene: one person does the motion that it means. The scene is written beside the results.
    #[arg(long, value_name = "SENTENCE")]
    say: Option<String>,
    /// Width and depth of the room of `--say`, m, for example 4x5; its walls mirror. By default there are no walls.
    #[arg(long, value_name = "WxD", requires = "say", value_parser = say::room_size)]
    room: Option<say::RoomSize>,
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
    let said = args.say.as_deref().map(|sentence| say::scene(sentence, args.room)).transpose()?;
    let document = match (&said, &args.scene) {
        (Some(said), _) => {
            tell(&said.taken);
            if !said.unsaid.is_empty() {
                let words: Vec<String> = said.unsaid.iter().map(|word| format!("`{word}`")).collect();
                tell(&format!("warning: nothing was made of {}", words.join(", ")));
            }
            args.changes.apply(say::document(said)?, "seed")?
        }
        (None, Some(scene)) => args.changes.read(scene, "seed", FileKind::Scene)?,
        (None, None) => anyhow::bail!("name a scene, or say what is done with --say"),
    };
    let capture = (args.lanes.map(Lanes::from), args.iq);
    let write = (!args.write.is_empty()).then_some(args.write.as_slice());
    let run = SceneRun::new(&document, &Replaced { write, capture, body: args.body.as_deref() })?;
    let SceneRun { file, scene, draw, tree } = &run;
    let limits = Limits::of(scene.sensor(), scene.frames());
    let set = draw.set()?;
    let kinds = file.outputs.kinds(scene.sensor());
    let wants_radar = file.wants_radar(scene.sensor());
    if args.dry_run {
        let simulator = run.simulator()?;
        let per_frame = || seconds_per_frame(&simulator, &set, scene.frames(), &run.noise());
        let seconds = if wants_radar { per_frame()? * scene.frames() as f64 } else { 0.0 };
        let planned = links::planned(draw, tree)?;
        print_line(&if global.json {
            let mut plan = serde_json::to_value(&limits)?;
            plan["sensors"] = planned.iter().cloned().collect::<serde_json::Map<String, serde_json::Value>>().into();
            plan["estimated_seconds"] = json!(seconds);
            plan["write"] = json!(file.outputs.kinds(scene.sensor()));
            plan.to_string()
        } else {
            let sensors = planned.iter().map(|(name, about)| format!("\n{name:<11} {}", links::in_words(about)));
            limits.text(seconds) + &sensors.collect::<String>()
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    // First, since it costs little and may be refused.
    let asked = file.outputs.kinds(scene.sensor()).contains(&OutputKind::Truth);
    let truth = asked.then(|| run.truth(None)).transpose()?;
    let since = Instant::now();
    let simulated = wants_radar.then(|| run.radar(&set, &Silent)).transpose()?;
    let wants_links = kinds.iter().any(|kind| [OutputKind::Sensors, OutputKind::Views].contains(kind));
    let recorded = if wants_links { run.links(&set, &Silent)? } else { Vec::new() };
    let seconds = since.elapsed().as_secs_f64();
    let folder = output_folder(args.output.as_deref(), "scene")?;
    if let Some(said) = &said {
        atomic_file::write(&folder.join("scene.yaml"), said.text.as_bytes())?;
    }
    let mut written = match simulated.as_ref().map(|s| (&s.signal, &s.report)) {
        None => json!({}),
        Some((Signal::Cube(cube), report)) => match &draw.radar {
            Sensor::Fmcw(radar) => outputs::write(&folder, (cube, report), file, radar)?,
            Sensor::Cw(_) => anyhow::bail!("a CW radar gave an IF cube"),
        },
        Some((Signal::Iq(iq), _)) => outputs_iq::write(&folder, iq, file, &draw.radar)?,
        Some((signal, _)) => anyhow::bail!("a signal of {} cannot be written", signal.kind()),
    };
    if kinds.contains(&OutputKind::Sensors) {
        written["sensors"] = links::write(&folder, &recorded)?;
    }
    if kinds.contains(&OutputKind::Views) {
        let about = (file, scene.duration_s());
        written["views"] = links::write_views(&folder, simulated.as_ref(), &recorded, about)?;
    }
    if let Some(truth) = truth {
        truth.write(&folder.join("truth.npz"))?;
        written["truth"] = json!({"files": ["truth.npz", "truth.json"]});
    }
    let report = simulated.as_ref().map(|s| &s.report);
    if let Some(report) = report.filter(|report| report.empty_frames > 0) {
        tracing::warn!(
            "nothing reflects in {} of {} frames: what is there is {}",
            report.empty_frames,
            report.frames,
            report.lost()
        );
    }
    let channels: serde_json::Map<String, serde_json::Value> =
        recorded.iter().map(|(name, link)| (name.clone(), json!(link.report.channel))).collect();
    let about = json!({"seed": file.seed, "draw": draw, "simulation": file.simulation, "report": report, "channels": channels, "limits": limits, "written": written});
    atomic_file::write(&folder.join("scene.json"), &serde_json::to_vec_pretty(&about)?)?;
    if global.json {
        let result =
            json!({"output": folder, "seconds": seconds, "report": report, "limits": limits, "written": written});
        print_line(&result.to_string())?;
    } else {
        let what = match &simulated {
            Some(simulated) => format!("{}, {:.1} s of signal", limits.count(), simulated.signal.duration_s()),
            None if recorded.is_empty() => format!("the truth of {:.1} s, without a signal", scene.duration_s()),
            None => format!(
                "{:.1} s of {} sensor{}",
                scene.duration_s(),
                recorded.len(),
                if recorded.len() == 1 { "" } else { "s" }
            ),
        };
        print_line(&format!("{what} in {seconds:.2} s: {}", folder.display()))?;
        for (name, link) in &recorded {
            print_line(&links::said(name, link))?;
        }
        if let Some(adc) = report.and_then(|r| r.adc).filter(|adc| adc.clipped > 0) {
            print_line(&format!("the ADC clipped {} of {} I and Q values", adc.clipped, adc.values))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
