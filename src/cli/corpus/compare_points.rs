//! `kinecho corpus compare-points`: simulated and recorded point clouds of the same activities, by distribution.

use crate::cli::{Global, print_line};
use crate::corpus::{CorpusReader, points_from_array};
use crate::dsp::point_statistics::{Distance, PointStatistics, Quantity, distance, histogram};
use crate::text::Vocabulary;
use crate::viz::{Cell, Figure, LineChart, Note, Report, Series, Table};
use anyhow::bail;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Intervals of a histogram.
const BINS: usize = 40;

/// Arguments of `kinecho corpus compare-points`.
#[derive(Args)]
pub(in crate::cli) struct ComparePointsArgs {
    /// The simulated corpus (`chain.points` in its recipe).
    simulated: PathBuf,
    /// The recorded corpus (`kinecho import`).
    recorded: PathBuf,
    /// Write tables and pictures as HTML.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only these sessions of the recordings.
    #[arg(long, value_name = "SESSION")]
    session: Vec<String>,
    /// Only these subjects of the recordings.
    #[arg(long, value_name = "SUBJECT")]
    subject: Vec<String>,
}

/// One quantity of one activity on both sides.
#[derive(Serialize)]
struct Comparison {
    activity: String,
    quantity: Quantity,
    unit: &'static str,
    simulated_mean: Option<f64>,
    simulated_sd: Option<f64>,
    recorded_mean: Option<f64>,
    recorded_sd: Option<f64>,
    simulated_values: usize,
    recorded_values: usize,
    distance: Option<Distance>,
    /// Mean distance between the recordings of two sessions (or, of a single session, of two subjects): no simulation need come nearer.
    floor: Option<Distance>,
}

type ByActivity = BTreeMap<String, PointStatistics>;

/// The points of a corpus by activity, and those of each session (of a single one: of each subject) by themselves.
struct Gathered {
    all: ByActivity,
    apart: Vec<ByActivity>,
}

/// Compares two corpora.
pub(super) fn run(args: &ComparePointsArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let simulated = gather(&CorpusReader::open(&args.simulated)?, &[], &[])?.all;
    let Gathered { all: recorded, apart } = gather(&CorpusReader::open(&args.recorded)?, &args.session, &args.subject)?;
    let both: Vec<&String> = simulated.keys().filter(|label| recorded.contains_key(*label)).collect();
    if both.is_empty() {
        let names = |side: &ByActivity| side.keys().cloned().collect::<Vec<_>>().join(", ");
        bail!("no activity is in both corpora: simulated {}; recorded {}", names(&simulated), names(&recorded));
    }
    let lines: Vec<Comparison> = both
        .iter()
        .flat_map(|label| {
            let of = |quantity| line(label, quantity, &simulated[*label], &recorded[*label]);
            Quantity::ALL.map(|quantity| Comparison { floor: floor(label, quantity, &apart), ..of(quantity) })
        })
        .collect();
    if let Some(path) = &args.output {
        report(&both, &simulated, &recorded, &lines).write(path)?;
    }
    if global.json {
        print_line(&serde_json::to_string_pretty(&lines)?)?;
    } else {
        for l in &lines {
            let (name, unit) = l.quantity.name_and_unit();
            let side = |mean: Option<f64>, sd: Option<f64>| match (mean, sd) {
                (Some(mean), Some(sd)) => format!("{mean:7.2} ± {sd:5.2}"),
                _ => "      -        ".into(),
            };
            let text = |d: Distance| format!("W1 {:6.3} {unit}, KS {:.2}", d.wasserstein_1, d.kolmogorov_smirnov);
            let floor = l.floor.map_or_else(String::new, |d| format!(" (floor {})", text(d)));
            let apart = l.distance.map_or_else(String::new, |d| format!("{}{floor}", text(d)));
            print_line(&format!(
                "{:<24} {name:<34} {}   {}   {apart}",
                l.activity,
                side(l.simulated_mean, l.simulated_sd),
                side(l.recorded_mean, l.recorded_sd)
            ))?;
        }
        print_line(
            "columns: simulated, recorded (mean ± sd), distance (floor: between sessions or subjects of the recordings)",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The points of a corpus by activity; windows of a recording that overlap one taken already are left out.
fn gather(corpus: &CorpusReader, sessions: &[String], subjects: &[String]) -> anyhow::Result<Gathered> {
    let meets = |list: &[String], value: &String| list.is_empty() || list.contains(value);
    let rows: Vec<_> =
        corpus.rows().iter().filter(|r| meets(sessions, &r.session) && meets(subjects, &r.subject)).collect();
    let by_session = rows.iter().any(|r| r.session != rows[0].session);
    let mut ends: BTreeMap<String, f64> = BTreeMap::new();
    let mut all = ByActivity::new();
    let mut apart: BTreeMap<&str, ByActivity> = BTreeMap::new();
    for row in rows {
        let end = ends.entry(row.recording.clone()).or_insert(f64::NEG_INFINITY);
        if row.start_s < *end - 1e-6 {
            continue;
        }
        *end = row.start_s + row.duration_s;
        let sample = corpus.read(row.id)?;
        let Some(array) = sample.extra("points") else {
            bail!("{}: sample {} holds no `points`; expected a corpus of detections", corpus.dir().display(), row.id);
        };
        let points = points_from_array(array)?;
        let group = apart.entry(if by_session { &row.session } else { &row.subject }).or_default();
        for found in [&mut all, group] {
            found.entry(row.label.clone()).or_default().add(&points);
        }
    }
    Ok(Gathered { all, apart: apart.into_values().collect() })
}

/// Mean distance between two of the groups that hold the activity; none of fewer than two.
fn floor(label: &str, quantity: Quantity, apart: &[ByActivity]) -> Option<Distance> {
    let values: Vec<&[f64]> = apart.iter().filter_map(|of| Some(of.get(label)?.values(quantity))).collect();
    let pairs = (0..values.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let found: Vec<Distance> = pairs.filter_map(|(i, j)| distance(values[i], values[j])).collect();
    let mean = |of: fn(&Distance) -> f64| found.iter().map(of).sum::<f64>() / found.len() as f64;
    (!found.is_empty()).then(|| Distance {
        wasserstein_1: mean(|d| d.wasserstein_1),
        kolmogorov_smirnov: mean(|d| d.kolmogorov_smirnov),
    })
}

fn line(label: &str, quantity: Quantity, simulated: &PointStatistics, recorded: &PointStatistics) -> Comparison {
    Comparison {
        activity: label.to_owned(),
        quantity,
        unit: quantity.name_and_unit().1,
        simulated_mean: simulated.mean(quantity),
        simulated_sd: simulated.deviation(quantity),
        recorded_mean: recorded.mean(quantity),
        recorded_sd: recorded.deviation(quantity),
        simulated_values: simulated.values(quantity).len(),
        recorded_values: recorded.values(quantity).len(),
        distance: distance(simulated.values(quantity), recorded.values(quantity)),
        floor: None,
    }
}

fn label_of(slug: &str) -> String {
    Vocabulary::with_data_sets().get(slug).map_or_else(|| slug.to_owned(), |a| a.label.clone())
}

fn report(both: &[&String], simulated: &ByActivity, recorded: &ByActivity, lines: &[Comparison]) -> Report {
    let mut report = Report::new(
        "Simulated and recorded point clouds",
        "Points about the person (1.5 m), by activity: how many a frame holds, where they are, how fast, how strong.",
    );
    let section = report.section("Distances");
    section.text(
        "W1 is the Wasserstein-1 distance in the unit of the quantity: how far the values of one side must be moved on average to \
         become those of the other. KS is the largest difference of the cumulative distributions, 0 to 1. The floor is the mean distance \
         between the recordings of two sessions (of a single session: of two subjects): no simulation need come nearer.",
    );
    section.note(
        Note::Remark,
        "Range and side are counted from the median of the moving points of a window, intensity from the median of the window: the \
         sensor's zero is not known. A frame that the sensor did not send is not counted.",
    );
    for quantity in Quantity::ALL {
        let (name, unit) = quantity.name_and_unit();
        let mut table = Table::new(
            format!("{name} ({unit})"),
            [
                "activity",
                "simulated",
                "sd",
                "recorded",
                "sd",
                "W1",
                "floor",
                "KS",
                "floor",
                "values simulated",
                "values recorded",
            ],
        );
        for l in lines.iter().filter(|l| l.quantity == quantity) {
            let number = |v: Option<f64>| v.map_or_else(Cell::empty, |v| Cell::number(v, 3));
            table.row([
                Cell::text(label_of(&l.activity)),
                number(l.simulated_mean),
                number(l.simulated_sd),
                number(l.recorded_mean),
                number(l.recorded_sd),
                number(l.distance.map(|d| d.wasserstein_1)).strong(),
                number(l.floor.map(|d| d.wasserstein_1)),
                number(l.distance.map(|d| d.kolmogorov_smirnov)),
                number(l.floor.map(|d| d.kolmogorov_smirnov)),
                Cell::count(l.simulated_values as u64),
                Cell::count(l.recorded_values as u64),
            ]);
        }
        section.subsection(name).table(&table);
    }
    let section = report.section("Distributions");
    for label in both {
        section.subsection(&label_of(label));
        for quantity in Quantity::ALL {
            let (name, unit) = quantity.name_and_unit();
            let (a, b) = (simulated[*label].values(quantity), recorded[*label].values(quantity));
            let Some((low, high)) = limits(a, b) else { continue };
            let step = (high - low) / BINS as f64;
            let shares = |values: &[f64]| {
                let shares = histogram(values, low, high, BINS);
                shares
                    .into_iter()
                    .enumerate()
                    .map(|(i, s)| (low + (i as f64 + 0.5) * step, 100.0 * s))
                    .collect::<Vec<_>>()
            };
            let chart = LineChart::new(format!("{name}, {unit}"), "share, %")
                .with(Series::new("simulated", shares(a)))
                .with(Series::new("recorded", shares(b)));
            section.figure(&Figure::lines(&chart, name, format!("{}: {name}.", label_of(label))));
        }
    }
    report
}

/// From the first to the last percentile of both sides together, at least one unit of the last place wide.
fn limits(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let ends = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        (at(0.005), at(0.995))
    };
    let ((a0, a1), (b0, b1)) = (ends(a), ends(b));
    let (low, high) = (a0.min(b0), a1.max(b1));
    Some((low, if high > low { high } else { low + 1.0 }))
}
