//! The HTML report of an experiment.

use crate::corpus::CorpusReader;
use crate::study::experiment::controls::LearntFrom;
use crate::study::experiment::error::ExperimentError;
use crate::study::experiment::results::{EvaluationResult, Results};
use crate::study::experiment::spec::Experiment;
use crate::study::experiment::spec::TestedOn;
use crate::text::Vocabulary;
use crate::viz::{Bar, BarChart, Cell, ConfusionMatrix, Figure, Gallery, LineChart, Note, Report, Series, Table};
use ndarray::Array2;
use std::path::Path;

/// What a report is made of.
pub(super) struct Material<'a> {
    /// The experiment.
    pub(super) experiment: &'a Experiment,
    /// The same as YAML with every default filled in.
    pub(super) resolved: &'a str,
    /// What came out.
    pub(super) results: &'a Results,
    /// The simulated corpus, where there is one.
    pub(super) source: Option<&'a CorpusReader>,
    /// What was tested on.
    pub(super) target: &'a CorpusReader,
    /// Time of the whole run, s.
    pub(super) seconds: f64,
}

/// Writes the report.
pub(super) fn write_report(material: &Material<'_>, path: &Path) -> Result<(), ExperimentError> {
    let Material { experiment, results, .. } = material;
    let mut report = Report::new(&experiment.title, &experiment.summary);
    for e in results.evaluations.iter().take(4) {
        let seeds = counted(e.accuracy_by_seed.len(), "seed");
        let held_out = e.held_out_note().map_or_else(String::new, |note| format!("{note}, "));
        let note = format!("{held_out}chance {:.0} %, {} samples, {seeds}", 100.0 * e.chance, e.samples);
        report.headline(&percent(e.accuracy), &named(experiment, e), &note);
    }
    accuracies(&mut report, material);
    controls(&mut report, material);
    folds(&mut report, material);
    confusions(&mut report, material)?;
    training(&mut report, results);
    galleries(&mut report, material)?;
    let run = report.section("What ran");
    run.facts([
        ("Program", format!("kinecho {}", results.kinecho_version)),
        ("Seeds", format!("{:?}", results.seeds)),
        ("Time", format!("{:.0} s on {} threads", material.seconds, rayon::current_num_threads())),
        ("System", results.system.clone()),
        ("Text encoder", "all-MiniLM-L6-v2, int8".into()),
        ("Simulated training samples", results.source_samples.to_string()),
        ("Target samples", results.target_samples.to_string()),
        ("Samples of further recordings", results.test_data_samples.to_string()),
        ("Parameters of the model", results.parameters.get("total").copied().unwrap_or(0).to_string()),
    ]);
    run.folded("The experiment with every default filled in", material.resolved);
    report.write(path)?;
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Heading of an answer: variant, question, and whether further recordings were asked about.
pub fn heading(experiment: &Experiment, e: &EvaluationResult) -> String {
    let variant = experiment.variants.iter().find(|v| Some(&v.name) == e.variant.as_ref());
    let variant = variant.map(|v| if v.title.is_empty() { v.name.clone() } else { v.title.clone() });
    let further = (e.tested_on == TestedOn::TestData).then(|| "further recordings".to_owned());
    [variant, Some(e.title.clone()), further].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Heading and number of shots.
fn named(experiment: &Experiment, e: &EvaluationResult) -> String {
    let title = heading(experiment, e);
    if e.shots == 0 { title } else { format!("{title}, {} a class", counted(e.shots, "example")) }
}

/// `1 seed`, `3 seeds`.
fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn label_of(slug: &str) -> String {
    Vocabulary::with_data_sets().get(slug).map_or_else(|| slug.to_owned(), |a| a.label.clone())
}

fn accuracies(report: &mut Report, material: &Material<'_>) {
    let (experiment, results) = (material.experiment, material.results);
    let section = report.section("Accuracy");
    if experiment.target.simulated.is_some() {
        section.note(
            Note::Caution,
            "No recordings here: the target is a second simulation with other people, places and noise. It shows that the pipeline \
             works, not how well it does on a real radar.",
        );
    }
    let mut chart = BarChart::new("Bars: accuracy, mean over the seeds").percent();
    let mut table = Table::new(
        "Mean and standard deviation over the seeds, a window an answer. By recording: the label with the largest mean score over \
         the windows of a recording. 95 %: where the accuracy lies when recordings are drawn with replacement. Held out: accuracy on the classes that the adaptation did not see, choosing among all; seen: on the others; and their harmonic mean. Baseline: \
         a supervised model that learnt the labels of what the adaptation saw, where the experiment asks for one.",
        [
            "question",
            "examples a class",
            "adapted on",
            "classes",
            "samples",
            "accuracy",
            "95 %",
            "by recording",
            "mean recall",
            "held out",
            "seen",
            "harmonic mean",
            "baseline",
            "chance",
        ],
    );
    for (i, e) in results.evaluations.iter().enumerate() {
        chart = chart.with(Bar::of_runs(named(experiment, e), &e.accuracy_by_seed).group(i));
        table.row([
            Cell::text(heading(experiment, e)),
            if e.shots == 0 { Cell::text(by_what(results)) } else { Cell::count(e.shots as u64) },
            Cell::count(e.adapted_on as u64),
            Cell::count(e.classes.len() as u64),
            Cell::count(e.samples as u64),
            Cell::percent_of_runs(&e.accuracy_by_seed).strong(),
            interval(e.accuracy_interval),
            e.recording_accuracy.map_or_else(Cell::empty, Cell::percent),
            Cell::percent(e.mean_recall),
            e.held_out_accuracy.map_or_else(Cell::empty, Cell::percent),
            e.seen_accuracy.map_or_else(Cell::empty, Cell::percent),
            e.harmonic_mean.map_or_else(Cell::empty, Cell::percent),
            e.baseline.as_ref().map_or_else(Cell::empty, |b| Cell::percent_of_runs(&b.accuracy_by_seed)),
            Cell::percent(e.chance),
        ]);
    }
    if let [first, rest @ ..] = results.evaluations.as_slice()
        && rest.iter().all(|e| e.chance == first.chance)
    {
        chart = chart.reference("chance", first.chance);
    }
    section.figure(&Figure::bars(&chart, "Accuracy of each question", "Questions in the order of the experiment."));
    section.table(&table);
}

fn by_what(results: &Results) -> &'static str {
    if results.parameters.contains_key("text") { "none: by text" } else { "none: by name" }
}

fn interval(of: Option<[f64; 2]>) -> Cell {
    of.map_or_else(Cell::empty, |[low, high]| Cell::text(format!("{:.1} to {:.1} %", 100.0 * low, 100.0 * high)))
}

/// What is answered without a network.
fn controls(report: &mut Report, material: &Material<'_>) {
    let mut table = Table::new(
        "Simple methods on a few numbers of a window. First half second and mean see no motion: what they are right about beyond \
         chance is the level of a room or an hour, which a model may use as well. The numbers of the views are what a simple method makes \
         of what the model sees, the features of the points what people count by hand.",
        [
            "question",
            "examples a class",
            "looks at",
            "by",
            "learnt from",
            "accuracy",
            "95 %",
            "held out",
            "harmonic mean",
        ],
    );
    let mut any = false;
    for (e, control) in material.results.evaluations.iter().flat_map(|e| e.controls.iter().map(move |c| (e, c))) {
        any = true;
        let from = match control.learnt_from {
            LearntFrom::Training => "training",
            LearntFrom::Examples => "the examples alone",
            LearntFrom::Both => "training and examples",
            LearntFrom::WithSimulation => "training and simulation",
        };
        table.row([
            Cell::text(heading(material.experiment, e)),
            Cell::count(e.shots as u64),
            Cell::text(&control.look),
            Cell::text(control.method.name()),
            Cell::text(from),
            Cell::percent(control.accuracy),
            interval(control.accuracy_interval),
            control.held_out_accuracy.map_or_else(Cell::empty, Cell::percent),
            control.harmonic_mean.map_or_else(Cell::empty, Cell::percent),
        ]);
    }
    if any {
        report.section("Without a network").table(&table);
    }
}

/// What was left out in turn.
fn folds(report: &mut Report, material: &Material<'_>) {
    let folded = material.results.evaluations.iter().filter(|e| !e.folds.is_empty());
    let mut table = Table::new(
        "Each session or subject tested with a model whose adaptation had not seen it.",
        ["question", "left out", "samples", "accuracy"],
    );
    let mut any = false;
    for (e, fold) in folded.flat_map(|e| e.folds.iter().map(move |fold| (e, fold))) {
        any = true;
        table.row([
            Cell::text(named(material.experiment, e)),
            Cell::text(&fold.left_out),
            Cell::count(fold.samples as u64),
            Cell::percent_of_runs(&fold.accuracy_by_seed),
        ]);
    }
    if any {
        report.section("Left out in turn").table(&table);
    }
}

fn confusions(report: &mut Report, material: &Material<'_>) -> Result<(), ExperimentError> {
    let section = report.section("Confusion");
    section.text(
        "Rows are what was done, columns what was recognised; counts summed over seeds and draws. Labels that were neither done nor \
         recognised are left out.",
    );
    for e in &material.results.evaluations {
        let occurs =
            |&c: &usize| e.confusion[c].iter().sum::<usize>() + e.confusion.iter().map(|r| r[c]).sum::<usize>() > 0;
        let shown: Vec<usize> = (0..e.classes.len()).filter(occurs).collect();
        let n = shown.len();
        let counts = Array2::from_shape_fn((n, n), |(t, p)| e.confusion[shown[t]][shown[p]] as u64);
        let labels = shown.iter().map(|&c| label_of(&e.classes[c])).collect();
        section.subsection(&named(material.experiment, e)).confusion(&ConfusionMatrix::new(labels, counts)?);
    }
    Ok(())
}

fn training(report: &mut Report, results: &Results) {
    if results.pretraining.is_empty() {
        return;
    }
    let section = report.section("Pre-training");
    let mut chart = LineChart::new("step", "contrastive loss");
    let mut table = Table::new(
        "Held-back subjects: zero-shot accuracy among all seen classes on simulated people that training did not see.",
        ["run", "steps", "held-back subjects", "ms a step", "samples/s", "seconds"],
    );
    for line in &results.pretraining {
        let points = line.losses.iter().map(|&(step, loss)| (step as f64, loss));
        let name = line.variant.as_ref().map_or_else(String::new, |v| format!("{v}, "));
        let name = format!("{name}seed {}", line.seed);
        chart = chart.with(Series::new(&name, points));
        table.row([
            Cell::text(name),
            Cell::count(line.steps),
            line.validation_accuracy.map_or_else(Cell::empty, Cell::percent),
            Cell::number(line.step_ms, 3),
            Cell::number(line.samples_per_s, 3),
            Cell::number(line.seconds, 3),
        ]);
    }
    section.figure(&Figure::lines(&chart, "Loss over the steps of pre-training", "Loss of pre-training."));
    section.table(&table);
    let table = [
        ("map_encoders", "Parameters of the map encoders"),
        ("fusion", "of the fusion"),
        ("text", "of the text branch"),
    ];
    section
        .facts(table.into_iter().filter_map(|(part, words)| Some((words, results.parameters.get(part)?.to_string()))));
}

fn galleries(report: &mut Report, material: &Material<'_>) -> Result<(), ExperimentError> {
    let section = report.section("What the model sees");
    let sides = [
        ("Simulated: one sample of every class", material.source),
        ("Target: one sample of every class", Some(material.target)),
    ];
    for (title, corpus) in sides {
        let Some(corpus) = corpus else { continue };
        let mut gallery = Gallery::new();
        let mut shown: Vec<&str> = Vec::new();
        for row in corpus.rows() {
            if shown.contains(&row.label.as_str()) {
                continue;
            }
            shown.push(&row.label);
            let sample = corpus.read_views(row.id)?;
            gallery.add(&label_of(&row.label), &format!("{} {}", row.source, row.recording), &sample.views)?;
        }
        section.subsection(title).gallery(&gallery);
    }
    Ok(())
}
