//! Few-shot recognition: which samples are the examples, and what a head makes of the rest.

use super::examples::{scores as scored, sound};
use super::head::{KShot, ShotHead};
use super::nearest::prototypes;
use super::{Outcome, best, scores as cosines, spread, zero_shot};
use crate::base::random::RandomTree;
use crate::model::mmclip::Embeddings;
use crate::train::TrainError;
use crate::train::data::shuffled;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Labelled embeddings.
#[derive(Clone, Copy)]
pub struct Labelled<'a> {
    /// Embeddings.
    pub embeddings: &'a Embeddings,
    /// Class of each.
    pub labels: &'a [usize],
}

/// Outcomes of several draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeated {
    /// Mean accuracy.
    pub mean: f64,
    /// Standard deviation of the accuracy over the draws (n − 1).
    pub deviation: f64,
    /// Each draw.
    pub outcomes: Vec<Outcome>,
}

/// One draw of the examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShotDraw {
    /// Places of the examples of each class.
    pub(crate) support: Vec<Vec<usize>>,
    /// Places of the samples that are asked about.
    pub(crate) asked: Vec<usize>,
}

/// The draws of a question: examples among samples with `labels`, and what is asked, which are all of `queries`, or, without them, the
/// rest, without those that `related` says share something with an example (a stretch of the same recording): they would be as good as
/// seen.
///
/// They depend on labels and settings alone, so that whoever answers by other means answers the same question.
pub(crate) fn shot_draws(
    labels: &[usize],
    queries: Option<usize>,
    classes: &[String],
    config: &KShot,
    related: &dyn Fn(usize, usize) -> bool,
) -> Result<Vec<ShotDraw>, TrainError> {
    let fail = |problem: String| Err(TrainError::data("k-shot", problem));
    let members: Vec<Vec<usize>> =
        (0..classes.len()).map(|class| (0..labels.len()).filter(|&i| labels[i] == class).collect()).collect();
    if let Some(class) = members.iter().position(|m| m.len() < config.shots) {
        return fail(format!(
            "class {} has {} samples, {} shots asked for",
            classes[class],
            members[class].len(),
            config.shots
        ));
    }
    let tree = RandomTree::new(config.seed).subtree(config.shots as u64, "k-shot support");
    let mut draws = Vec::with_capacity(config.repeats);
    for repeat in 0..config.repeats {
        let key = tree.subtree(repeat as u64, "repeat");
        let support: Vec<Vec<usize>> = members
            .iter()
            .enumerate()
            .map(|(class, members)| {
                let mut chosen = shuffled(members.clone(), &mut key.stream(class as u64, "class"));
                chosen.truncate(config.shots);
                chosen
            })
            .collect();
        let asked: Vec<usize> = match queries {
            Some(queries) => (0..queries).collect(),
            None => {
                let seen = |i: usize| support.iter().flatten().any(|&s| s == i || related(i, s));
                (0..labels.len()).filter(|&i| !seen(i)).collect()
            }
        };
        if asked.is_empty() {
            return fail(format!(
                "with {} examples a class nothing is left to ask that shares no stretch of a recording with an example; ask \
                 for fewer, or add samples",
                config.shots
            ));
        }
        draws.push(ShotDraw { support, asked });
    }
    Ok(draws)
}

/// Few-shot recognition by the [`ShotHead`] of `config`.
///
/// Support comes from `pool`. Queries are `queries`, or, without them, the rest of the pool, without those that `related` says
/// share something with a support sample (a stretch of the same recording): they would be as good as seen.
pub fn k_shot(
    pool: Labelled<'_>,
    queries: Option<Labelled<'_>>,
    text: Option<&Embeddings>,
    classes: &[String],
    config: &KShot,
    related: &dyn Fn(usize, usize) -> bool,
) -> Result<Repeated, TrainError> {
    let truth = queries.map_or(pool.labels, |queries| queries.labels);
    let outcomes = k_shot_answers(pool, queries, text, classes, config, related)?
        .into_iter()
        .map(|(draw, answers)| {
            let truth: Vec<usize> = draw.asked.iter().map(|&i| truth[i]).collect();
            Outcome::new(classes, &truth, &answers)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (mean, deviation) = spread(&outcomes.iter().map(|o| o.accuracy).collect::<Vec<_>>());
    Ok(Repeated { mean, deviation, outcomes })
}

/// Scores of every class for every query, from examples that are given; the larger, the likelier. [`KShot::head`] answers, as in [`k_shot`];
/// shots, repeats and seed have no meaning here.
///
/// # Shapes
/// → `[query, class]`.
///
/// # Errors
/// A class without an example, labels and embeddings that do not fit, a head that does not go with the share of the text, and embeddings that
/// hold what is no number.
pub fn scores_by_examples(
    examples: Labelled<'_>,
    queries: &Embeddings,
    text: Option<&Embeddings>,
    classes: &[String],
    config: &KShot,
) -> Result<Array2<f64>, TrainError> {
    let fail = |problem: String| Err(TrainError::data("few-shot", problem));
    if examples.labels.len() != examples.embeddings.len() {
        return fail(format!("{} labels for {} examples", examples.labels.len(), examples.embeddings.len()));
    }
    if let Some(label) = examples.labels.iter().find(|label| **label >= classes.len()) {
        return fail(format!("label {label} of {} classes", classes.len()));
    }
    let of_class = |class| (0..examples.labels.len()).filter(|&i| examples.labels[i] == class).collect();
    let support: Vec<Vec<usize>> = (0..classes.len()).map(of_class).collect();
    if let Some(class) = support.iter().position(Vec::is_empty) {
        return fail(format!("class {} has no example; expected one or more of each", classes[class]));
    }
    if text.is_some_and(|text| text.len() != classes.len()) {
        return fail(format!("{} text embeddings for {} classes", text.map_or(0, Embeddings::len), classes.len()));
    }
    if let Some(problem) = config.head.share_problem(config.text_share) {
        return fail(format!("text_share {} {problem}", config.text_share));
    }
    sound("example", examples.embeddings)?;
    sound("question", queries)?;
    text.map_or(Ok(()), |text| sound("class", text))?;
    match config.head {
        ShotHead::Mean => {
            Ok(cosines(queries, &prototypes(examples.embeddings, &support, text, config), &config.scoring))
        }
        ShotHead::Regression => scored(examples.embeddings, &support, text, queries, config),
        ShotHead::RegressionWithoutText => scored(examples.embeddings, &support, None, queries, config),
    }
}

/// The draws of [`k_shot`], each with the class of every sample that it asks about.
pub(crate) fn k_shot_answers(
    pool: Labelled<'_>,
    queries: Option<Labelled<'_>>,
    text: Option<&Embeddings>,
    classes: &[String],
    config: &KShot,
    related: &dyn Fn(usize, usize) -> bool,
) -> Result<Vec<(ShotDraw, Vec<usize>)>, TrainError> {
    let fail = |problem: String| Err(TrainError::data("k-shot", problem));
    if config.repeats == 0 || !(0.0..=1.0).contains(&config.text_share) {
        return fail(format!(
            "repeats {} and text_share {}: expected ≥ 1 and 0 to 1",
            config.repeats, config.text_share
        ));
    }
    if let Some(problem) = config.head.share_problem(config.text_share).filter(|_| config.shots > 0) {
        return fail(format!("text_share {} {problem}", config.text_share));
    }
    if text.is_none() && (config.text_share > 0.0 || config.shots == 0) {
        return fail("text embeddings are needed for text_share above 0 or no shots".into());
    }
    if text.is_some_and(|t| t.len() != classes.len()) {
        return fail(format!("{} text embeddings for {} classes", text.map_or(0, Embeddings::len), classes.len()));
    }
    let asked = queries.map_or(pool.embeddings, |queries| queries.embeddings);
    sound("sample", pool.embeddings)?;
    sound("question", asked)?;
    text.map_or(Ok(()), |text| sound("class", text))?;
    let text = text.filter(|_| config.head != ShotHead::RegressionWithoutText);
    let answered = |draw: ShotDraw| {
        let queries = asked.select(&draw.asked);
        let answers = match config.head {
            _ if config.shots == 0 => {
                zero_shot(&queries, &prototypes(pool.embeddings, &draw.support, text, config), &config.scoring)
            }
            ShotHead::Mean => {
                zero_shot(&queries, &prototypes(pool.embeddings, &draw.support, text, config), &config.scoring)
            }
            ShotHead::Regression | ShotHead::RegressionWithoutText => {
                best(&scored(pool.embeddings, &draw.support, text, &queries, config)?)
            }
        };
        Ok((draw, answers))
    };
    let draws = shot_draws(pool.labels, queries.map(|q| q.labels.len()), classes, config, related)?;
    draws.into_iter().map(answered).collect()
}
