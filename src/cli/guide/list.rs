//! `kinecho list`: what there is by name.

use super::schema::variants;
use crate::cli::kinds::{FileKind, shipped};
use crate::cli::{Global, print_line};
use crate::motion::score::ScoreBook;
use crate::propagation::Material;
use crate::recording::DataSet;
use crate::sensor::Sensor;
use crate::sensor::rfid::RfidSpec;
use crate::sensor::wifi::WifiSpec;
use crate::text::Vocabulary;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Arguments of `kinecho list`.
#[derive(Args)]
pub(in crate::cli) struct ListArgs {
    /// What to list; by default everything.
    #[arg(value_enum, value_name = "WHAT")]
    what: Vec<Listed>,
}

/// What can be listed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Listed {
    /// Motions that people can do: `people: [{motion: NAME}]` of a scene.
    Motions,
    /// Activities that have sentences: labels of `classify`.
    Activities,
    /// Presets of radars: `radar: {preset: NAME}`.
    Radars,
    /// Presets of WiFi devices: `sensors: {NAME: {kind: wifi, preset: NAME}}`.
    Wifi,
    /// Presets of RFID readers.
    Rfid,
    /// Body models of people.
    Bodies,
    /// Materials of walls, things and people.
    Materials,
    /// Shipped scenes: `kinecho simulate NAME`.
    Scenes,
    /// Shipped recipes of corpora: `kinecho corpus build NAME`.
    Recipes,
    /// Shipped experiments: `kinecho run NAME`.
    Experiments,
    /// Shipped training jobs: `kinecho pretrain NAME`.
    Training,
    /// Data sets that are imported by name: `kinecho import NAME DIR`.
    DataSets,
    /// Systems that can be trained: `model: {NAME: {…}}`.
    Models,
}

type Row = (String, String);

impl Listed {
    fn rows(self) -> Vec<Row> {
        let of = |names: Vec<&'static str>, about: &dyn Fn(&str) -> String| -> Vec<Row> {
            names.into_iter().map(|name| (name.to_owned(), about(name))).collect()
        };
        let files = |kind: FileKind| {
            shipped::of_folder(kind.folder()).map(|(name, text)| (name.into(), shipped::about(text))).collect()
        };
        match self {
            Self::Motions => {
                let book = ScoreBook::with_data_sets();
                let words = Vocabulary::with_data_sets();
                let row = |slug: &str| {
                    let ways: Vec<&str> = book.ways(slug).iter().filter_map(|score| score.way.as_deref()).collect();
                    let label = words.get(slug).map_or(String::new(), |activity| activity.label.clone());
                    let ways = if ways.is_empty() { String::new() } else { format!(" (also {})", ways.join(", ")) };
                    (slug.to_owned(), format!("{label}{ways}"))
                };
                book.iter().map(|score| row(&score.slug)).collect()
            }
            Self::Activities => {
                let all = Vocabulary::with_data_sets().activities();
                all.iter().map(|a| (a.slug.clone(), a.text[0].clone())).collect()
            }
            Self::Radars => of(Sensor::preset_names(), &|name| {
                Sensor::preset(name).map_or_else(|e| e.to_string(), |sensor| sensor.device().name().to_owned())
            }),
            Self::Wifi => of(WifiSpec::preset_names(), &|_| String::new()),
            Self::Rfid => of(RfidSpec::preset_names(), &|_| String::new()),
            Self::Bodies => vec![
                ("(none)".into(), "the CC0 body that comes with the program; stature, build and sex are drawn".into()),
                (
                    "FILE.npz".into(),
                    "SMPL, SMPL-H, SMPL-X or the like, which their owners give out (docs/bodies.md)".into(),
                ),
            ],
            Self::Materials => variants::<Material>(),
            Self::Scenes => files(FileKind::Scene),
            Self::Recipes => files(FileKind::Recipe),
            Self::Experiments => files(FileKind::Experiment),
            Self::Training => files(FileKind::Training),
            Self::DataSets => variants::<DataSet>(),
            Self::Models => models(),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn about(self) -> String {
        let help = self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string));
        help.unwrap_or_default()
    }
}

#[cfg(feature = "learn")]
fn models() -> Vec<Row> {
    let about = |name: &str| match name {
        "mmclip" => "transformers over heatmaps beside sentences (zero-shot)",
        "classifier" => "convolutions over any views, a class an output",
        "wiswiss" => "masked pre-training over spectra of any shape",
        "rfusion" => "WiFi, RFID and radar together, whichever are there",
        _ => "",
    };
    crate::model::system::SYSTEMS.iter().map(|name| ((*name).to_owned(), about(name).to_owned())).collect()
}

#[cfg(not(feature = "learn"))]
fn models() -> Vec<Row> {
    Vec::new()
}

/// Lists what there is.
pub(in crate::cli) fn run(args: &ListArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let kinds: Vec<Listed> = if args.what.is_empty() { Listed::value_variants().to_vec() } else { args.what.clone() };
    if global.json {
        let rows = |kind: Listed| -> Value {
            kind.rows().into_iter().map(|(name, about)| json!({"name": name, "about": about})).collect()
        };
        let all: Map<String, Value> = kinds.into_iter().map(|kind| (kind.name(), rows(kind))).collect();
        print_line(&Value::Object(all).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    for (i, kind) in kinds.iter().enumerate() {
        if kinds.len() > 1 {
            let gap = if i == 0 { "" } else { "\n" };
            print_line(&format!("{gap}{}: {}", kind.name(), kind.about()))?;
        }
        let rows = kind.rows();
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, about) in rows {
            print_line(format!("  {name:<width$}  {about}").trim_end())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
