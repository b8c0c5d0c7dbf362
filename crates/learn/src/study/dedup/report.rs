//! What was found, with pictures of the pairs.

use super::{CorpusDuplicates, DedupConfig, DedupError};
use crate::chain::Views;
use crate::corpus::CorpusReader;
use crate::viz::{Cell, Gallery, MapPicture, Report, Table};
use std::path::Path;

/// Pairs of a corpus that are shown.
const SHOWN: usize = 12;

/// Writes the report: how many samples of which corpus say the same as others, and what they look like.
pub fn report(
    corpora: &[CorpusReader],
    found: &[CorpusDuplicates],
    config: &DedupConfig,
    path: &Path,
) -> Result<(), DedupError> {
    let mut report = Report::new("Samples that say the same", "");
    let mut table =
        Table::new("", ["corpus", "samples", "removed", "share", "threshold", "noisy pairs: 10 %, median, 90 %"]);
    for one in found {
        table.row([
            Cell::text(&one.corpus),
            Cell::count(one.samples as u64),
            Cell::count(one.removed.len() as u64),
            Cell::percent(one.ratio()),
            Cell::text(format!("{:.4}", one.threshold)),
            Cell::text(format!("{:.4}, {:.4}, {:.4}", one.positive[1], one.positive[2], one.positive[3])),
        ]);
    }
    report
        .section("Corpora")
        .text(&format!(
            "A sample is removed from what is learnt when the cosine of its vector with that of an earlier sample of its corpus is above \
             the threshold: closer than the percentile {} of the distances of samples to noisy versions of themselves (σ = {} of a mean \
             power of 1). The corpora are as they were; the list says what training leaves out.",
            config.percentile, config.noise
        ))
        .table(&table);
    for (corpus, one) in corpora.iter().zip(found).filter(|(_, one)| !one.removed.is_empty()) {
        let mut gallery = Gallery::new();
        let step = one.removed.len().div_ceil(SHOWN).max(1);
        for pair in one.removed.iter().step_by(step) {
            for (id, word) in [(pair.kept, "kept"), (pair.id, "removed")] {
                let sample = corpus.read_views(id)?;
                let views: Views = sample.views;
                let flat = views.iter().filter(|(_, view)| view.axes.len() == 2).flat_map(|(_, view)| view.data.iter());
                let (low, high) = flat.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
                // Cubes have no picture of two axes; their pairs are in the list.
                if low < high {
                    gallery = gallery.drawn(MapPicture { low, high, ..MapPicture::default() });
                    let note = format!("{word}: sample {id}, {}, {}", sample.meta.subject, sample.meta.recording);
                    gallery.add(&format!("{} · cosine {:.4}", sample.targets.label, pair.cosine), &note, &views)?;
                }
            }
        }
        report.section(&one.corpus).gallery(&gallery);
    }
    Ok(report.write(path)?)
}
