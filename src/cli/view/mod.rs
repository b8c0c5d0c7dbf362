//! `kinecho view`: a scene, a recording or a corpus as a page in the browser.
//!
//! ```text
//! stage.rs  bodies, things, walls and sensors
//! panel.rs  what sensors measured
//! page.rs   the page as one file
//! serve.rs  the page on the loopback device
//! glb.rs    the scene as binary glTF
//! ```

mod glb;
mod page;
mod panel;
mod serve;
mod stage;

use super::input::Changes;
use super::kinds::FileKind;
use super::simulate::SceneRun;
use super::{Global, print_line};
use crate::base::atomic_file;
use crate::chain::Chain;
use crate::corpus::{CorpusReader, SampleRow};
use crate::recording::any;
use crate::viz::sheet_png;
use anyhow::bail;
use clap::Args;
use page::{Card, Page};
use panel::address;
use serde_json::json;
use stage::Stage;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `kinecho view`.
#[derive(Args)]
pub(super) struct ViewArgs {
    /// A scene (YAML, or the name of one that comes with the program), a recording, or the folder of a corpus.
    what: PathBuf,
    /// Write one file that holds everything, in place of a server: it may be sent and opened anywhere.
    #[arg(long, value_name = "FILE.html")]
    export: Option<PathBuf>,
    /// Write a scene as binary glTF, with bodies that move, walls and sensors.
    #[arg(long, value_name = "FILE.glb")]
    glb: Option<PathBuf>,
    /// Port of the loopback device; by default a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Postures a second; between them bodies go straight.
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=60))]
    postures: u16,
    /// Samples of a corpus whose pictures an exported file holds; the first so many.
    #[arg(long, value_name = "N", default_value_t = 60)]
    count: usize,
    #[command(flatten)]
    changes: Changes,
}

/// Postures of a scene, at most.
const MOST_POSTURES: f64 = 240.0;

/// Shows something.
pub(super) fn run(args: &ViewArgs, global: &Global) -> anyhow::Result<ExitCode> {
    if args.what.is_dir() {
        return corpus(args, global);
    }
    let name = args.what.to_string_lossy();
    let ends = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
    let is_scene = ends(".yaml") || ends(".yml") || name == "-" || !args.what.exists();
    if args.glb.is_some() && !is_scene {
        bail!("{name}: --glb writes scenes; a recording holds no body");
    }
    let page = if is_scene { scene(args, global)? } else { Some(recording(&args.what)?) };
    match page {
        Some(page) => give(args, global, &page, &|_| None),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// A scene and what its sensors measure; none where only a glTF file is wanted.
fn scene(args: &ViewArgs, global: &Global) -> anyhow::Result<Option<Page>> {
    let run = SceneRun::signals_of(&args.changes.read(&args.what, "seed", FileKind::Scene)?)?;
    let set = run.draw().set()?;
    let count = (run.duration_s() * f64::from(args.postures)).clamp(1.0, MOST_POSTURES) as usize + 1;
    let stage = Stage::of(&run, &set, count);
    if let Some(file) = &args.glb {
        let bytes = glb::glb(&stage)?;
        atomic_file::write(file, &bytes)?;
        if args.export.is_none() {
            say(global, "glb", file, bytes.len())?;
            return Ok(None);
        }
    }
    let progress = global.progress();
    let mut notes = Vec::new();
    let signal = run.radar(&set, &progress)?.signal;
    let mut panels = panel::of_signal("", &signal, &run.chain_of(&signal), None, &mut notes);
    let links = if run.draw().sensors.is_empty() { Vec::new() } else { run.links(&set, &progress)? };
    for (name, link) in links {
        let chain = run.chain_of(&link.signal);
        panels.extend(panel::of_signal(&format!("{name}: "), &link.signal, &chain, Some(run.duration_s()), &mut notes));
    }
    let people: Vec<String> = run.draw().people.iter().map(|person| person.motion.replace('_', " ")).collect();
    let about = format!(
        "{} in front of {}, {:.2} s, seed {}",
        if people.is_empty() { "nobody".into() } else { people.join(" and ") },
        run.draw().radar.device().name(),
        run.duration_s(),
        run.seed()
    );
    Ok(Some(Page {
        title: args.what.display().to_string(),
        about,
        notes,
        duration_s: run.duration_s(),
        stage: Some(stage.page()),
        panels,
        samples: None,
    }))
}

/// What a recording holds.
fn recording(path: &Path) -> anyhow::Result<Page> {
    let (signal, dropped) = any::read(path)?;
    let mut notes = dropped.said.clone();
    let panels = panel::of_signal("", &signal, &Chain::usual_of(&signal), None, &mut notes);
    let duration_s = signal.duration_s();
    let about = format!("a recording of {}, {duration_s:.2} s", signal.kind());
    Ok(Page { title: path.display().to_string(), about, notes, duration_s, stage: None, panels, samples: None })
}

/// The picture of a sample.
fn picture(reader: &CorpusReader, row: &SampleRow) -> anyhow::Result<Vec<u8>> {
    Ok(sheet_png(&row.label, &reader.read_views(row.id)?.views)?)
}

/// The samples of a corpus as a grid.
fn corpus(args: &ViewArgs, global: &Global) -> anyhow::Result<ExitCode> {
    if args.glb.is_some() {
        bail!("{}: --glb writes scenes", args.what.display());
    }
    let reader = CorpusReader::open(&args.what)?;
    let mut cards = Vec::new();
    for (i, row) in reader.rows().iter().enumerate() {
        let picture = match (&args.export, i < args.count) {
            (None, _) => Some(format!("/sample/{}.png", row.id)),
            (Some(_), true) => Some(address(&picture(&reader, row)?)),
            (Some(_), false) => None,
        };
        let SampleRow { id, label, split, subject, session, .. } = row.clone();
        cards.push(Card { id, label, split, subject, session, picture });
    }
    let page = Page {
        title: args.what.display().to_string(),
        about: format!("a corpus of {} samples", cards.len()),
        notes: Vec::new(),
        duration_s: 0.0,
        stage: None,
        panels: Vec::new(),
        samples: Some(cards),
    };
    give(args, global, &page, &|path| {
        let id: u64 = path.strip_prefix("/sample/")?.strip_suffix(".png")?.parse().ok()?;
        let row = reader.rows().iter().find(|row| row.id == id)?;
        Some(picture(&reader, row).map(|png| (png, "image/png")))
    })
}

/// Writes the page, or serves it until the process is stopped.
fn give(args: &ViewArgs, global: &Global, page: &Page, more: &serve::Answer<'_>) -> anyhow::Result<ExitCode> {
    let html = page.html()?;
    if let Some(file) = &args.export {
        atomic_file::write(file, html.as_bytes())?;
        say(global, "page", file, html.len())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (server, address) = serve::bind(args.port)?;
    print_line(&if global.json {
        json!({"url": address}).to_string()
    } else {
        format!("{address} shows {} until Ctrl-C", page.title)
    })?;
    serve::run(&server, &|path| match path {
        "/" => Some(Ok((html.clone().into_bytes(), "text/html; charset=utf-8"))),
        other => more(other),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn say(global: &Global, what: &str, file: &Path, bytes: usize) -> anyhow::Result<()> {
    print_line(&if global.json {
        json!({what: file, "bytes": bytes}).to_string()
    } else {
        format!("{} ({:.1} MB)", file.display(), bytes as f64 / 1e6)
    })
}
