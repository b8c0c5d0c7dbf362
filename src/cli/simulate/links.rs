//! What the sensors beside the radar measured, each whole on disk or not at all.

use super::pictures;
use super::spec::SimulateFile;
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::base::random::RandomTree;
use crate::chain::Views;
use crate::recording::{npy_csi, rfid_table};
use crate::scene::{LinkDraw, SceneDraw, Set};
use crate::signal::Signal;
use crate::sim::{DeviceTruth, LinkRecording, Simulated};
use anyhow::Context;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Simulates all of them.
pub(super) fn record(
    draw: &SceneDraw,
    set: &Set,
    file: &SimulateFile,
    tree: &RandomTree,
    progress: &dyn Progress,
) -> anyhow::Result<Vec<(String, LinkRecording)>> {
    let mut out = Vec::new();
    for (name, link) in &draw.sensors {
        progress.message(name);
        let tree = tree.subtree(0, &format!("recording of {name}"));
        let recording = link.record(draw, set, &file.simulation.channel, &tree)?;
        match &recording.signal {
            Signal::Csi(csi) if csi.packets() == 0 => tracing::warn!("{name}: no packet within the recording"),
            Signal::Rfid(reads) if reads.reads.is_empty() => tracing::warn!("{name}: no tag was read"),
            _ => {}
        }
        out.push((name.clone(), recording));
        progress.advance(1);
    }
    Ok(out)
}

/// What will be recorded, before it is: packets and attempts as they will be, with the files that they come from.
pub(super) fn planned(draw: &SceneDraw, tree: &RandomTree) -> anyhow::Result<Vec<(String, Value)>> {
    let mut out = Vec::new();
    for (name, link) in &draw.sensors {
        let tree = tree.subtree(0, &format!("recording of {name}"));
        let about = match link {
            LinkDraw::Wifi(wifi) => {
                let packets =
                    wifi.device.times(draw.duration_s, &tree).with_context(|| format!("scene.sensors.{name}"))?.len();
                let (subcarriers, rx, tx) =
                    (wifi.device.frequencies_hz().len(), wifi.device.n_rx(), wifi.device.n_tx());
                json!({"kind": "wifi", "packets": packets, "subcarriers": subcarriers, "rx": rx, "tx": tx, "bytes": 8 * packets * subcarriers * rx * tx})
            }
            LinkDraw::Rfid(rfid) => {
                let attempts = rfid.device.schedule(rfid.tags.len(), draw.duration_s, &tree)?.len();
                json!({"kind": "rfid", "attempts": attempts, "tags": rfid.tags.len()})
            }
        };
        out.push((name.clone(), about));
    }
    Ok(out)
}

/// What `planned` says, for people.
pub(super) fn in_words(about: &Value) -> String {
    let of = |key: &str| &about[key];
    if of("kind") == "wifi" {
        let megabytes = of("bytes").as_f64().unwrap_or_default() * 1e-6;
        let (packets, subcarriers) = (of("packets"), of("subcarriers"));
        return format!(
            "{packets} packets of {subcarriers} subcarriers, {} x {} antennas, {megabytes:.1} MB",
            of("tx"),
            of("rx")
        );
    }
    format!("{} attempts to read {} tags", of("attempts"), of("tags"))
}

/// Writes `NAME.npy` or `NAME.csv` and what was done to it, `NAME_report.json`; says which files.
pub(super) fn write(folder: &Path, links: &[(String, LinkRecording)]) -> anyhow::Result<Value> {
    let mut written = Map::new();
    for (name, link) in links {
        let report = format!("{name}_report.json");
        atomic_file::write(&folder.join(&report), &serde_json::to_vec(&link.report)?)?;
        let about = match &link.signal {
            Signal::Csi(csi) => {
                npy_csi::write(&folder.join(format!("{name}.npy")), csi)?;
                json!({"files": [format!("{name}.npy"), format!("{name}.json"), report], "packets": csi.packets()})
            }
            Signal::Rfid(reads) => {
                rfid_table::write_csv(&folder.join(format!("{name}.csv")), reads)?;
                json!({"files": [format!("{name}.csv"), report], "reads": reads.reads.len(), "tags": reads.tags})
            }
            other => anyhow::bail!("a signal of {} cannot be written", other.kind()),
        };
        written.insert(name.clone(), about);
    }
    Ok(Value::Object(written))
}

/// Writes the views of all sensors into one picture, `views.png`, and their numbers, `views.npz`.
pub(super) fn write_views(
    folder: &Path,
    radar: Option<&Simulated>,
    links: &[(String, LinkRecording)],
    (file, duration_s): (&SimulateFile, f64),
) -> anyhow::Result<Value> {
    let mut views = Views::new();
    if let Some(radar) = radar {
        views.extend_with("", file.chain.apply(&radar.signal, None)?.views);
    }
    for (name, link) in links {
        let chain = file.chain_of(&link.signal);
        let same = links.iter().filter(|(_, other)| other.signal.kind() == link.signal.kind()).count();
        let prefix = if same > 1 { format!("{name}_") } else { String::new() };
        views.extend_with(&prefix, chain.apply(&link.signal, Some(duration_s))?.views);
    }
    let files = pictures::write_sheet(folder, "views", "Views of all sensors", &views)?;
    Ok(json!({"files": files}))
}

/// A line on a recording.
pub(super) fn said(name: &str, link: &LinkRecording) -> String {
    let ways = link.report.channel.paths.len();
    match (&link.signal, &link.report.device) {
        (Signal::Rfid(reads), DeviceTruth::Rfid(truth)) => {
            let sum = |list: &[usize]| list.iter().sum::<usize>();
            let (unpowered, unheard) = (sum(&truth.unpowered), sum(&truth.unheard));
            format!(
                "{name}: {} reads of {} tags; {unpowered} attempts found a tag without power, {unheard} answers were too weak",
                reads.reads.len(),
                reads.tags.len()
            )
        }
        (Signal::Csi(csi), _) => {
            let (packets, subcarriers, rx, tx) = csi.data.dim();
            format!(
                "{name}: {packets} packets of {subcarriers} subcarriers, {tx} × {rx} antennas, {ways} ways beside those over people and things"
            )
        }
        _ => format!("{name}: {}", link.signal.kind()),
    }
}
