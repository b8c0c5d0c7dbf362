//! Confusion matrices.

use crate::viz::error::VizError;
use crate::viz::html::escape;
use ndarray::Array2;
use std::fmt::Write;

/// How often each class was taken for each.
///
/// # Shapes
/// `counts[true class, predicted class]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    labels: Vec<String>,
    counts: Array2<u64>,
}

/// Beyond this many classes cells are too small for numbers; they are in the tooltips.
const MOST_WITH_NUMBERS: usize = 16;

impl ConfusionMatrix {
    /// A matrix of counts with the names of its classes.
    pub fn new(labels: Vec<String>, counts: Array2<u64>) -> Result<Self, VizError> {
        if labels.is_empty() || counts.dim() != (labels.len(), labels.len()) {
            let problem = format!("{} labels for counts of shape {:?}", labels.len(), counts.dim());
            return Err(VizError::input("confusion matrix", problem));
        }
        Ok(Self { labels, counts })
    }

    /// Counts pairs of (true, predicted) class.
    pub fn from_pairs(labels: Vec<String>, pairs: impl IntoIterator<Item = (usize, usize)>) -> Result<Self, VizError> {
        let n = labels.len();
        let mut counts = Array2::zeros((n, n));
        for (truth, predicted) in pairs {
            let Some(count) = counts.get_mut((truth, predicted)) else {
                let problem = format!("pair ({truth}, {predicted}) beyond {n} classes");
                return Err(VizError::input("confusion matrix", problem));
            };
            *count += 1;
        }
        Self::new(labels, counts)
    }

    /// Share of samples on the diagonal; NaN without samples.
    pub fn accuracy(&self) -> f64 {
        self.counts.diag().sum() as f64 / self.total() as f64
    }

    /// Samples in all.
    pub fn total(&self) -> u64 {
        self.counts.sum()
    }

    /// The strongest confusions in words: (true, predicted, share of the true class), strongest first.
    pub fn worst(&self, most: usize) -> Vec<(&str, &str, f64)> {
        let mut pairs: Vec<(&str, &str, f64)> = self
            .counts
            .indexed_iter()
            .filter(|((t, p), count)| t != p && **count > 0)
            .map(|((t, p), count)| {
                let share = *count as f64 / self.counts.row(t).sum() as f64;
                (self.labels[t].as_str(), self.labels[p].as_str(), share)
            })
            .collect();
        pairs.sort_by(|a, b| b.2.total_cmp(&a.2));
        pairs.truncate(most);
        pairs
    }

    pub(super) fn to_html(&self) -> String {
        let n = self.labels.len();
        let numbers = n <= MOST_WITH_NUMBERS;
        let mut html = format!(
            "<figure class=\"tabular\"><figcaption>{} samples, {:.1} % on the diagonal. Rows are the true class, columns the \
             prediction{}. Blue is right, orange is wrong.</figcaption>\n<div class=\"scroll\" tabindex=\"0\">\
             <table class=\"confusion{}\">\n<thead><tr><th class=\"corner\" scope=\"col\">true ↓ &nbsp; predicted →</th>",
            self.total(),
            self.accuracy() * 100.0,
            if numbers { "; cells are per cent of the row" } else { "; point at a cell for its numbers" },
            if numbers { "" } else { " dense" },
        );
        for label in &self.labels {
            let _ = write!(html, "<th scope=\"col\"><span>{}</span></th>", escape(label));
        }
        html.push_str("<th scope=\"col\" class=\"n\"><span>samples</span></th></tr></thead>\n<tbody>\n");
        for (t, label) in self.labels.iter().enumerate() {
            let row = self.counts.row(t);
            let total = row.sum();
            let _ = write!(html, "<tr><th scope=\"row\">{}</th>", escape(label));
            for (p, &count) in row.iter().enumerate() {
                let share = if total > 0 { count as f64 / total as f64 } else { 0.0 };
                let class = match (t == p, share > 0.75) {
                    (true, true) => "hit deep",
                    (true, false) => "hit",
                    (false, true) => "miss deep",
                    (false, false) => "miss",
                };
                let per_cent = share * 100.0;
                let text = if numbers && count > 0 { format!("{per_cent:.0}") } else { String::new() };
                let _ = write!(
                    html,
                    "<td class=\"{class}\" style=\"--p:{per_cent:.0}%\" title=\"{} taken for {}: {count} of {total}\">{text}</td>",
                    escape(label),
                    escape(&self.labels[p])
                );
            }
            let _ = writeln!(html, "<td class=\"n\">{total}</td></tr>");
        }
        html + "</tbody></table></div></figure>\n"
    }
}
