//! Whether the motion files of a recipe can be used, found out before hours are spent.

use super::maker::SampleMaker;
use crate::base::progress::Progress;
use crate::corpus::files::set_aside::AsideRow;
use rayon::prelude::*;

/// Reads what of every motion file samples show, and puts it on a body. What a build would set aside, in the order of the files;
/// nothing is written.
pub fn check_motions(maker: &SampleMaker, progress: &dyn Progress) -> Vec<AsideRow> {
    let ids = maker.captured().first_ids();
    progress.begin("opening motions", ids.len() as u64);
    let known = maker.captured().set_aside().iter();
    let mut rows: Vec<AsideRow> =
        known.map(|aside| AsideRow { file: aside.file.clone(), reason: aside.reason.clone(), samples: 0 }).collect();
    let found: Vec<Option<AsideRow>> = ids
        .into_par_iter()
        .map(|id| {
            let opened = maker.open_motion(id);
            progress.advance(1);
            let out = maker.left_out(opened.err()?).ok()?;
            Some(AsideRow { file: out.file, reason: out.reason, samples: maker.captured().samples_of(id) })
        })
        .collect();
    progress.finish();
    rows.extend(found.into_iter().flatten());
    rows
}
