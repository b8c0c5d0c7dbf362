//! One Zarr v3 group: an array of each view (`time_doppler[sample, doppler, time]` …, float32), `label[sample]` (int64) and `id[sample]`
//! (uint64), uncompressed, one chunk a sample. A sample that lacks a view has no chunk of it, which reads as NaN. Names of labels,
//! splits and subjects are attributes of the group, sample by sample; axes are attributes of their view.

use super::{ExportError, Exported, Job};
use crate::chain::View;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zarrs::array::{Array, ArrayBuilder, data_type};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::GroupBuilder;

pub(super) fn write(job: &Job<'_>) -> Result<Exported, ExportError> {
    let Job { corpus, rows, dir, progress } = *job;
    let store = Arc::new(FilesystemStore::new(dir).map_err(|e| ExportError::format(dir, e))?);
    let labels: BTreeSet<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let numbers: BTreeMap<&str, i64> = labels.iter().copied().zip(0..).collect();
    let group = GroupBuilder::new()
        .attributes(object(json!({
            "label_names": labels,
            "split": rows.iter().map(|row| &row.split).collect::<Vec<_>>(),
            "subject": rows.iter().map(|row| &row.subject).collect::<Vec<_>>(),
        })))
        .build(store.clone(), "/")
        .map_err(|e| ExportError::format(dir, e))?;
    group.store_metadata().map_err(|e| ExportError::format(dir, e))?;
    let mut views: BTreeMap<String, (Array<FilesystemStore>, Vec<usize>)> = BTreeMap::new();
    let mut files = 0;
    for (i, row) in rows.iter().enumerate() {
        let sample = corpus.read_views(row.id)?;
        for (name, view) in sample.views.iter() {
            if !views.contains_key(name) {
                let array = array_of(view, rows.len())
                    .build(store.clone(), &format!("/{name}"))
                    .map_err(|e| ExportError::format(dir, e))?;
                array.store_metadata().map_err(|e| ExportError::format(dir, e))?;
                views.insert(name.to_owned(), (array, view.data.shape().to_vec()));
                files += 1;
            }
            let Some((array, first)) = views.get(name) else { continue };
            if first != view.data.shape() {
                let problem = format!("view `{name}` of shape {:?}, an earlier one has {first:?}", view.data.shape());
                return Err(ExportError::misfit(row.id, problem));
            }
            let chunk: Vec<u64> = std::iter::once(i as u64).chain(first.iter().map(|_| 0)).collect();
            let numbers: Vec<f32> = view.data.iter().copied().collect();
            array.store_chunk(&chunk, numbers).map_err(|e| ExportError::format(dir, e))?;
            files += 1;
        }
        progress.advance(1);
    }
    let n = rows.len() as u64;
    let label: Vec<i64> = rows.iter().map(|row| numbers.get(row.label.as_str()).copied().unwrap_or(-1)).collect();
    let id: Vec<u64> = rows.iter().map(|row| row.id).collect();
    let column = |name: &str, builder: &mut ArrayBuilder| {
        let array = builder
            .bytes_to_bytes_codecs(Vec::new())
            .dimension_names(["sample"].into())
            .build(store.clone(), &format!("/{name}"))
            .map_err(|e| ExportError::format(dir, e))?;
        array.store_metadata().map_err(|e| ExportError::format(dir, e))?;
        Ok::<_, ExportError>(array)
    };
    column("label", &mut ArrayBuilder::new(vec![n], vec![n], data_type::int64(), -1_i64))?
        .store_chunk(&[0], label)
        .map_err(|e| ExportError::format(dir, e))?;
    column("id", &mut ArrayBuilder::new(vec![n], vec![n], data_type::uint64(), 0_u64))?
        .store_chunk(&[0], id)
        .map_err(|e| ExportError::format(dir, e))?;
    Ok(Exported { samples: n, files: files + 5, ..Exported::default() })
}

/// The array of a view over all samples.
fn array_of(view: &View, samples: usize) -> ArrayBuilder {
    let shape =
        |first: usize| std::iter::once(first).chain(view.data.shape().iter().copied()).map(|n| n as u64).collect();
    let (extents, chunk): (Vec<u64>, Vec<u64>) = (shape(samples), shape(1));
    let names: Vec<String> =
        std::iter::once("sample".to_owned()).chain(view.axes.iter().map(|a| a.name.clone())).collect();
    let mut builder = ArrayBuilder::new(extents, chunk, data_type::float32(), f32::NAN);
    builder
        .bytes_to_bytes_codecs(Vec::new())
        .dimension_names(Some(names))
        .attributes(object(json!({"quantity": view.quantity, "unit": view.unit, "axes": view.axes})));
    builder
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
