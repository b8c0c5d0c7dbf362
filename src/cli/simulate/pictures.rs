//! Pictures on disk, each with an npz of the same name that holds its numbers and axes.

use crate::base::atomic_file;
use crate::chain::{View, Views};
use crate::viz::{AxesPicture, ColourMap, VizError, sheet_png, with_unit};
use std::path::Path;

/// Writes a map of levels with its axes, from the strongest cell downwards: `NAME.png` and `NAME.npz`.
pub(super) fn write(
    folder: &Path,
    name: &str,
    title: &str,
    view: View,
    dynamic_range_db: f64,
) -> anyhow::Result<Vec<String>> {
    let data = view.as_map().ok_or_else(|| VizError::Input {
        what: name.into(),
        problem: format!("shape {:?}, two axes are expected", view.data.shape()),
    })?;
    let high = data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let picture = AxesPicture {
        title,
        data,
        rows: &view.axes[0],
        columns: &view.axes[1],
        colours: ColourMap::Inferno,
        limits: (high - dynamic_range_db as f32, high),
        values: &with_unit(&view.quantity, &view.unit),
        size: AxesPicture::ALONE,
    };
    let png = picture.png()?;
    let mut views = Views::new();
    views.insert(name, view);
    both(folder, name, &png, &views)
}

/// Writes all views of two axes on one sheet, `NAME.png`, and all views as numbers, `NAME.npz`.
pub(in crate::cli) fn write_sheet(
    folder: &Path,
    name: &str,
    title: &str,
    views: &Views,
) -> anyhow::Result<Vec<String>> {
    both(folder, name, &sheet_png(title, views)?, views)
}

fn both(folder: &Path, name: &str, png: &[u8], views: &Views) -> anyhow::Result<Vec<String>> {
    let files = vec![format!("{name}.png"), format!("{name}.npz")];
    atomic_file::write(&folder.join(&files[0]), png)?;
    atomic_file::write_with(&folder.join(&files[1]), |w| views.write_npz(w))?;
    Ok(files)
}
