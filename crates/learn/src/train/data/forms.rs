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
