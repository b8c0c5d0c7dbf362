//! A matrix of features, as scikit-learn takes it.
//!
//! `features.npy` is float32 `[sample, feature]`, NaN where a sample lacks a view; `features.txt` has the name of a feature a line; `samples.csv` a
//! line a sample in the same order, with its label and what samples must be grouped by. A view becomes means and standard deviations of its rows
//! over time, and the means of its columns in order of size: [`map_numbers`].

use super::{ExportError, Exported, Job};
use crate::base::atomic_file;
use crate::base::axis::Axis as NamedAxis;
use crate::chain::{View, ViewInfo, Views};
use crate::dsp::map_numbers::map_numbers;
use ndarray::{Array2, ArrayView2, Axis, IxDyn};
use ndarray_npy::WriteNpyExt;
use std::io;

/// Columns of `samples.csv`.
const COLUMNS: [&str; 9] =
    ["id", "label", "split", "subject", "session", "source", "recording", "start_s", "duration_s"];

pub(super) fn write(job: &Job<'_>) -> Result<Exported, ExportError> {
    let Job { corpus, rows, dir, progress } = *job;
    let index_path = dir.join("samples.csv");
    let index_error = |e: csv::Error| ExportError::write(&index_path)(io::Error::other(e));
    let mut index = csv::Writer::from_writer(Vec::new());
    index.write_record(COLUMNS).map_err(index_error)?;
    let mut layout: Vec<ViewInfo> = Vec::new();
    let mut samples: Vec<Vec<Option<Vec<f32>>>> = Vec::with_capacity(rows.len());
    for row in rows {
        let views = corpus.read_views(row.id)?.views;
        samples.push(numbers(row.id, &views, &mut layout)?);
        let (id, start, length) = (row.id.to_string(), row.start_s.to_string(), row.duration_s.to_string());
        let (label, split, subject, session) = (&row.label, &row.split, &row.subject, &row.session);
        let line = [&id, label, split, subject, session, &row.source, &row.recording, &start, &length];
        index.write_record(line).map_err(index_error)?;
        progress.advance(1);
    }
    let names: Vec<Vec<String>> = layout.iter().map(names).collect();
    let width = names.iter().map(Vec::len).sum();
    let mut matrix = Array2::from_elem((samples.len(), width), f32::NAN);
    for (mut row, sample) in matrix.outer_iter_mut().zip(&samples) {
        let mut first = 0;
        for (place, names) in names.iter().enumerate() {
            let values = sample.get(place).and_then(Option::as_ref);
            row.iter_mut().skip(first).zip(values.into_iter().flatten()).for_each(|(to, value)| *to = *value);
            first += names.len();
        }
    }
    atomic_file::write_with(&dir.join("features.npy"), |w| matrix.write_npy(w).map_err(io::Error::other))?;
    let text: String = names.iter().flatten().map(|name| format!("{name}\n")).collect();
    atomic_file::write(&dir.join("features.txt"), text.as_bytes())?;
    let index = index.into_inner().map_err(|e| ExportError::write(&index_path)(e.into_error()))?;
    atomic_file::write(&index_path, &index)?;
    Ok(Exported { samples: rows.len() as u64, files: 3, ..Exported::default() })
}

/// The numbers of the views of a sample, by the places of `layout`, to which views are added that no sample before had.
fn numbers(id: u64, views: &Views, layout: &mut Vec<ViewInfo>) -> Result<Vec<Option<Vec<f32>>>, ExportError> {
    for found in views.infos() {
        match layout.iter().find(|known| known.name == found.name) {
            None => layout.push(found),
            Some(known) if known.shape() == found.shape() => {}
            Some(known) => {
                let (name, here, there) = (&found.name, found.shape(), known.shape());
                let problem =
                    format!("view {name} has shape {here:?}, in samples before {there:?}; a matrix takes one size");
                return Err(ExportError::misfit(id, problem));
            }
        }
    }
    Ok(layout.iter().map(|info| views.get(&info.name).map(of_view)).collect())
}

/// The place of the axis that runs over time, or else the last one.
fn time_axis(axes: &[NamedAxis]) -> usize {
    axes.iter().position(|axis| axis.name == "time").unwrap_or(axes.len().saturating_sub(1))
}

/// The numbers of a view, all axes but time taken for its rows.
fn of_view(view: &View) -> Vec<f32> {
    let mut data = view.data.view();
    let (last, time) = (data.ndim().saturating_sub(1), time_axis(&view.axes));
    let mut order: Vec<usize> = (0..=last).filter(|axis| *axis != time).collect();
    order.push(time);
    data = data.permuted_axes(IxDyn(&order));
    let columns = data.len_of(Axis(last));
    let values: Vec<f32> = data.iter().copied().collect();
    let map = ArrayView2::from_shape((values.len() / columns.max(1), columns), &values);
    map.map(map_numbers).unwrap_or_default()
}

/// The names of the numbers of a view: `time_range mean range=1.25 m`.
fn names(info: &ViewInfo) -> Vec<String> {
    let time = time_axis(&info.axes);
    let mut rows = vec![String::new()];
    for axis in info.axes.iter().enumerate().filter(|(place, _)| *place != time).map(|(_, axis)| axis) {
        let unit = if axis.unit == "1" { String::new() } else { format!(" {}", axis.unit) };
        let entry = |i: usize| format!(" {}={:.6}{unit}", axis.name, axis.value(i));
        rows = rows.iter().flat_map(|row| (0..axis.len).map(move |i| format!("{row}{}", entry(i)))).collect();
    }
    let name = &info.name;
    let columns = info.axes.get(time).map_or(0, |axis| axis.len);
    let of_rows = ["mean", "deviation"].into_iter().flat_map(|what| rows.iter().map(move |row| (what, row)));
    let of_rows = of_rows.map(|(what, row)| format!("{name} {what}{row}"));
    of_rows.chain((0..columns).map(|i| format!("{name} column mean rank={i}"))).collect()
}
