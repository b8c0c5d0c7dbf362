//! Batches of sources whose views have different shapes: each batch is of one form, and which comes when is decided by the weights.

use super::{Draw, Mixture, Sampling, Source};
use crate::train::TrainError;

/// Sources by form; a mixture of those of each.
pub(crate) struct ByForm {
    groups: Vec<FormGroup>,
    /// Whose turn each step was so far: known up to here, and made further when it is asked for.
    turns: Vec<(usize, u64)>,
    done: Vec<u64>,
}

struct FormGroup {
    /// Places among all sources.
    sources: Vec<usize>,
    mixture: Mixture,
    share: f64,
}

impl ByForm {
    /// `forms[source]` are equal numbers where sources may stand in one batch; the rest as in [`Mixture::new`].
    pub(crate) fn new(
        sources: &[Source<'_>],
        labels: &[Vec<usize>],
        forms: &[usize],
        (sampling, batch, seed): (Sampling, usize, u64),
    ) -> Result<Self, TrainError> {
        let total: f64 = sources.iter().map(|s| s.weight).sum();
        let mut numbers = forms.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        let mut groups = Vec::new();
        for number in &numbers {
            let places: Vec<usize> = (0..sources.len()).filter(|&i| forms[i] == *number).collect();
            let some: Vec<Source<'_>> = places.iter().map(|&i| sources[i]).collect();
            let labels: Vec<Vec<usize>> = places.iter().map(|&i| labels[i].clone()).collect();
            let share = some.iter().map(|s| s.weight).sum::<f64>() / total;
            // A single form draws as ever; of several each has an order of its own.
            let mixture = Mixture::new(&some, &labels, sampling, batch, seed.wrapping_add(groups.len() as u64))?;
            groups.push(FormGroup { sources: places, mixture, share });
        }
        if groups.is_empty() {
            return Err(TrainError::data("training", "no source of samples"));
        }
        let done = vec![0; groups.len()];
        Ok(Self { groups, turns: Vec::new(), done })
    }

    /// Steps until every source has been seen once.
    pub(crate) fn epoch_steps(&self) -> u64 {
        let steps = |g: &FormGroup| (g.mixture.epoch_steps() as f64 / g.share).ceil() as u64;
        self.groups.iter().map(steps).max().unwrap_or(1)
    }

    /// The samples of a step, counted from 0: all of one form.
    pub(crate) fn batch(&mut self, step: u64) -> Vec<Draw> {
        if self.groups.len() == 1 {
            return self.groups[0].mixture.batch(step);
        }
        // Whoever is furthest behind its share has the next turn, the first of equals: a function of the shares and the step alone.
        while (self.turns.len() as u64) <= step {
            let next = self.turns.len() as f64 + 1.0;
            let behind = |g: usize| self.groups[g].share * next - self.done[g] as f64;
            let turn = (1..self.groups.len()).fold(0, |best, g| if behind(g) > behind(best) + 1e-9 { g } else { best });
            self.turns.push((turn, self.done[turn]));
            self.done[turn] += 1;
        }
        let (turn, own_step) = usize::try_from(step).ok().and_then(|s| self.turns.get(s).copied()).unwrap_or_default();
        let group = &mut self.groups[turn];
        let mut draws = group.mixture.batch(own_step);
        draws.iter_mut().for_each(|draw| draw.source = group.sources[draw.source]);
        draws
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::train::data::Dataset;
    use ndarray::Array4;

    fn set(samples: usize) -> Dataset {
        Dataset::new(vec!["x".into()], Array4::ones((samples, 1, 2, 2)), vec![0; samples], vec!["c".into()]).unwrap()
    }

    #[test]
    fn every_batch_is_of_one_form_and_forms_take_turns_by_weight() {
        let sets = [set(7), set(5), set(11)];
        let source = |(samples, weight)| Source { name: "s", samples: samples as &dyn crate::train::Samples, weight };
        let sources: Vec<Source<'_>> = sets.iter().zip([2.0, 1.0, 5.0]).map(source).collect();
        let labels: Vec<Vec<usize>> = sets.iter().map(|s| s.labels.clone()).collect();
        let of = |forms: &[usize]| ByForm::new(&sources, &labels, forms, (Sampling::Shuffled, 6, 9)).unwrap();
        // The first two have one form: 3 of 8 steps are theirs, two thirds of each batch the first one's.
        let mut mixed = of(&[0, 0, 2]);
        let steps: Vec<Vec<Draw>> = (0..80).map(|step| mixed.batch(step)).collect();
        let third = |batch: &Vec<Draw>| batch.iter().filter(|d| d.source == 2).count();
        assert!(steps.iter().all(|b| b.len() == 6 && (third(b) == 0 || third(b) == 6)));
        assert_eq!(steps.iter().filter(|b| third(b) == 6).count(), 50);
        let firsts = steps.iter().flatten().filter(|d| d.source == 0).count();
        assert_eq!(firsts, 120);
        // At no time is a form more than a step ahead of its share.
        for n in 1..=80 {
            let theirs = steps[..n].iter().filter(|b| third(b) == 6).count();
            assert!((theirs as f64 - n as f64 * 5.0 / 8.0).abs() <= 1.0, "{n}: {theirs}");
        }
        // Asked from the middle on, as a run that goes on does, the same comes.
        let mut resumed = of(&[0, 0, 2]);
        assert_eq!((37..80).map(|step| resumed.batch(step)).collect::<Vec<_>>(), steps[37..]);
        // Every sample once before any comes twice.
        let mut seen: Vec<usize> = steps.iter().flatten().filter(|d| d.source == 2).take(11).map(|d| d.index).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..11).collect::<Vec<_>>());
        // One form alone is what it was.
        let mut one = of(&[0, 0, 0]);
        let mut plain = Mixture::new(&sources, &labels, Sampling::Shuffled, 6, 9).unwrap();
        assert!((0..30).all(|step| one.batch(step) == plain.batch(step)));
    }
}
