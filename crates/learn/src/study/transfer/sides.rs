//! Who learns, who is shown without labels, who is asked.

use super::fault;
use super::spec::{TransferStudy, TransferTask};
use crate::study::experiment::{ExperimentError, Item};
use std::collections::BTreeSet;

/// The samples of one model, by their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TaskSides {
    /// The group that is left out and asked about.
    pub(super) left_out: Option<String>,
    /// Whose labels are learnt from.
    pub(super) learn: Vec<usize>,
    /// That are shown without labels.
    pub(super) unlabelled: Vec<usize>,
    /// That are asked about.
    pub(super) test: Vec<usize>,
}

/// The sides of a task, once or for each group that is left out.
///
/// # Errors
/// A side without samples; recordings of the target on the side that learns; people on both unless the study says so; recordings that are
/// asked about and shown before unless it says so; classes that one scene alone has. Labels of samples that are shown without them are not
/// looked at.
pub(super) fn sides(
    study: &TransferStudy,
    task: &TransferTask,
    items: &[Item],
) -> Result<Vec<TaskSides>, ExperimentError> {
    let all = |accepts: &dyn Fn(&Item) -> bool| (0..items.len()).filter(|&i| accepts(&items[i])).collect::<Vec<_>>();
    let learn = all(&|item| task.learn.accepts(item));
    let unlabelled = all(&|item| task.unlabelled.accepts(item));
    let test = all(&|item| task.test.accepts(item));
    let found = match study.leave_one_out {
        None => vec![TaskSides { left_out: None, learn, unlabelled, test }],
        Some(group) => {
            let values: BTreeSet<&str> = test.iter().map(|&i| group.of(&items[i])).collect();
            let of = |value: &str| {
                let side = |from: &[usize], inside: bool| {
                    from.iter().copied().filter(|&i| (group.of(&items[i]) == value) == inside).collect()
                };
                TaskSides {
                    left_out: Some(format!("{} {value}", group.name())),
                    learn: side(&learn, false),
                    unlabelled: side(&unlabelled, false),
                    test: side(&test, true),
                }
            };
            values.into_iter().map(of).collect()
        }
    };
    if found.is_empty() {
        return Err(fault(format!("transfers ({})", task.name), "there is nothing to ask about: look at `test`"));
    }
    found.iter().try_for_each(|one| check(study, task, items, one))?;
    Ok(found)
}

fn recording_of(item: &Item) -> &str {
    &item.recording
}

fn check(study: &TransferStudy, task: &TransferTask, items: &[Item], of: &TaskSides) -> Result<(), ExperimentError> {
    let wrong = |problem: String| {
        let left_out = of.left_out.as_ref().map_or(String::new(), |left| format!(", without {left}"));
        Err(fault(format!("transfers ({}{left_out})", task.name), problem))
    };
    let sides = [("learn", &of.learn), ("unlabelled", &of.unlabelled), ("test", &of.test)];
    for (key, list) in sides {
        // Where nothing is aligned nobody is shown.
        if list.is_empty() && (key != "unlabelled" || study.adapts()) {
            return wrong(format!("`{key}` accepts no sample: the domain is empty"));
        }
    }
    let values = |list: &[usize], of: fn(&Item) -> &str| -> BTreeSet<String> {
        list.iter().map(|&i| of(&items[i]).to_owned()).filter(|value| !value.is_empty()).collect()
    };
    let told = |shared: &BTreeSet<String>| {
        let some: Vec<&str> = shared.iter().take(5).map(String::as_str).collect();
        format!("{}{}", some.join(", "), if shared.len() > 5 { ", …" } else { "" })
    };
    let learnt = values(&of.learn, recording_of);
    for (key, list) in [("unlabelled", &of.unlabelled), ("test", &of.test)] {
        let shared = &learnt & &values(list, recording_of);
        if !shared.is_empty() {
            return wrong(format!("{} recordings are in `learn` and in `{key}`: {}", shared.len(), told(&shared)));
        }
    }
    let shared = &values(&of.unlabelled, recording_of) & &values(&of.test, recording_of);
    if !shared.is_empty() && !study.transductive {
        return wrong(format!(
            "{} recordings are shown without labels and asked about: {}; take others, or say `transductive: true`",
            shared.len(),
            told(&shared)
        ));
    }
    let shared = &values(&of.learn, |item| &item.subject) & &values(&of.test, |item| &item.subject);
    if !shared.is_empty() && !study.shared_people {
        return wrong(format!(
            "people are in `learn` and in `test`: {}; leave them out in turn (`leave_one_out: subject`), or say `shared_people: true`",
            told(&shared)
        ));
    }
    let labels = |list: &[usize]| values(list, |item| &item.label);
    let (known, asked) = (labels(&of.learn), labels(&of.test));
    let unknown: BTreeSet<String> = &asked - &known;
    if !unknown.is_empty() {
        let message = "asked about but not learnt (an open set, which this model does not know)";
        return wrong(format!("{} {message}", told(&unknown)));
    }
    // Of a group that is left out some classes may be missing; of a whole scene none.
    let missing: BTreeSet<String> = &known - &asked;
    if !missing.is_empty() && study.leave_one_out.is_none() {
        return wrong(format!("{} learnt but not asked about: the two scenes have different classes", told(&missing)));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
