//! Which samples one answer is about: a question may be asked once, on further recordings, or once for every group left out.

use super::item::Item;
use super::pool::Pool;
use super::spec::{Evaluation, Examples, Group, TestedOn};
use crate::train::TrainError;
use crate::train::evaluate::{KShot, ShotDraw, shot_draws};
use std::collections::BTreeSet;

/// What an adaptation must not see besides.
pub(super) type LeftOut = Option<(Group, String)>;

/// A test with one model.
pub(super) struct Fold {
    pub(super) left_out: LeftOut,
    pub(super) tested_on: TestedOn,
    /// Places in the pool that is tested.
    pub(super) test: Vec<usize>,
}

/// All folds of an evaluation, those on the target's own recordings first.
///
/// On further recordings all of their samples are tested and nothing is left out of the adaptation.
pub(super) fn folds(evaluation: &Evaluation, target: &Pool, further: Option<&Pool>) -> Vec<Fold> {
    let test = target.select(&evaluation.test, &evaluation.classes);
    let mut folds = match evaluation.leave_one_out {
        None => vec![Fold { left_out: None, tested_on: TestedOn::Data, test }],
        Some(group) => {
            let values: BTreeSet<&str> = test.iter().map(|&i| group.of(&target.items[i])).collect();
            let fold = |value: &str| Fold {
                left_out: Some((group, value.to_owned())),
                tested_on: TestedOn::Data,
                test: test.iter().copied().filter(|&i| group.of(&target.items[i]) == value).collect(),
            };
            values.into_iter().map(fold).collect()
        }
    };
    if let Some(further) = further {
        let test = (0..further.items.len()).filter(|&i| evaluation.classes.contains(&further.items[i].label)).collect();
        folds.push(Fold { left_out: None, tested_on: TestedOn::TestData, test });
    }
    folds.retain(|fold| evaluation.tested_on.is_none_or(|only| fold.tested_on == only));
    folds
}

/// How examples are drawn and compared with.
pub(super) fn few_shot_settings(of: &Evaluation, shots: usize, seed: u64) -> KShot {
    KShot {
        shots,
        repeats: of.support_draws,
        seed,
        head: of.head,
        text_share: of.text_share,
        scoring: of.example_scoring,
        text_scoring: of.text_scoring,
    }
}

/// The draws of examples that the model is asked with: of samples with these labels, which are the tested ones (`items`) or others.
pub(super) fn few_shot_draws(
    of: &Evaluation,
    shots: usize,
    seed: u64,
    labels: &[usize],
    items: &[&Item],
) -> Result<Vec<ShotDraw>, TrainError> {
    let overlaps = |a: usize, b: usize| items[a].overlaps(items[b]);
    let queries = (of.examples == Examples::Others).then_some(items.len());
    shot_draws(labels, queries, &of.classes, &few_shot_settings(of, shots, seed), &overlaps)
}
