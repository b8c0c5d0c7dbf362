//! One Zarr v3 group: `maps[sample, map, row, time]` (float32), `label[sample]` (int64) and `id[sample]` (uint64), uncompressed,
//! one chunk a sample. The names of labels, splits and subjects are attributes of the group, sample by sample.

use super::{ExportError, Exported, Job};
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
    let mut maps: Option<(Array<FilesystemStore>, [usize; 3])> = None;
    for (i, row) in rows.iter().enumerate() {
        let sample = corpus.read_maps(row.id)?;
        let shape = [sample.maps.data.dim().0, sample.maps.data.dim().1, sample.maps.data.dim().2];
        if maps.is_none() {
            let extents = [rows.len(), shape[0], shape[1], shape[2]].map(|n| n as u64);
            let array = ArrayBuilder::new(
                extents.to_vec(),
                [1, extents[1], extents[2], extents[3]].to_vec(),
                data_type::float32(),
                0.0_f32,
            )
            .bytes_to_bytes_codecs(Vec::new())
            .dimension_names(["sample", "map", "row", "time"].into())
            .attributes(object(json!({
                "map_names": sample.maps.names, "rows": sample.maps.rows, "time": sample.maps.time,
            })))
            .build(store.clone(), "/maps")
            .map_err(|e| ExportError::format(dir, e))?;
            array.store_metadata().map_err(|e| ExportError::format(dir, e))?;
            maps = Some((array, shape));
        }
        let Some((array, first)) = &maps else { continue };
        if *first != shape {
            return Err(ExportError::misfit(
                row.id,
                format!("maps of shape {shape:?}, the first sample has {first:?}"),
            ));
        }
        let numbers: Vec<f32> = sample.maps.data.iter().copied().collect();
        array.store_chunk(&[i as u64, 0, 0, 0], numbers).map_err(|e| ExportError::format(dir, e))?;
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
    Ok(Exported { samples: n, files: n + 6, ..Exported::default() })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
