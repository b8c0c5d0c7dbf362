//! The files that WiSwiss trains on: `SPLIT.hdf5` with `data[sample, time, range, angle]` (float32) and `label[sample]` (int64).

use super::cubes::Cubes;
use super::{ExportError, Exported, Job, TimeRangeAngle};
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::corpus::SampleRow;
use rust_hdf5::H5File;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) fn write(job: &Job<'_>, settings: TimeRangeAngle) -> Result<Exported, ExportError> {
    let Job { corpus, rows, dir, progress } = *job;
    // One numbering for all splits.
    let labels: BTreeSet<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let numbers: BTreeMap<&str, i64> = labels.iter().copied().zip(0..).collect();
    let mut splits: BTreeMap<&str, Vec<&SampleRow>> = BTreeMap::new();
    for row in rows {
        splits.entry(if row.split.is_empty() { "all" } else { &row.split }).or_default().push(row);
    }
    let cubes = Cubes::new(corpus);
    let mut exported = Exported::default();
    for (split, rows) in &splits {
        let path = dir.join(format!("{split}.hdf5"));
        exported.made_again += write_split(&cubes, rows, &numbers, settings, &path, progress)?;
        exported.files += 1;
    }
    let lines: Vec<String> = labels.iter().enumerate().map(|(i, label)| format!("{i},{label}\n")).collect();
    atomic_file::write(&dir.join("labels.csv"), format!("label,name\n{}", lines.concat()).as_bytes())?;
    exported.files += 1;
    exported.samples = rows.len() as u64;
    Ok(exported)
}

fn write_split(
    cubes: &Cubes<'_>,
    rows: &[&SampleRow],
    numbers: &BTreeMap<&str, i64>,
    settings: TimeRangeAngle,
    path: &Path,
    progress: &dyn Progress,
) -> Result<u64, ExportError> {
    let failed = |e: rust_hdf5::Hdf5Error| ExportError::format(path, e);
    let file = H5File::create(path).map_err(failed)?;
    let mut data = None;
    let mut made_again = 0;
    for (i, row) in rows.iter().enumerate() {
        let (cube, again) = cubes.get(row.id)?;
        made_again += u64::from(again);
        let map = settings.of(&cube).map_err(|source| ExportError::Dsp { id: row.id, source })?;
        let [time, range, angle] = [map.dim().0, map.dim().1, map.dim().2];
        if data.is_none() {
            let shape = [rows.len(), time, range, angle];
            let set = file.new_dataset::<f32>().shape(shape).chunk(&[1, time, range, angle]).create("data");
            data = Some((set.map_err(failed)?, [time, range, angle]));
        }
        let Some((set, shape)) = &data else { continue };
        if *shape != [time, range, angle] {
            let problem = format!("[time, range, angle] = {:?}, the first sample has {shape:?}", [time, range, angle]);
            return Err(ExportError::misfit(row.id, problem));
        }
        let bytes: Vec<u8> = map.iter().flat_map(|v| v.to_le_bytes()).collect();
        set.write_chunk(i, &bytes).map_err(failed)?;
        progress.advance(1);
    }
    let labels: Vec<i64> = rows.iter().map(|row| numbers.get(row.label.as_str()).copied().unwrap_or(-1)).collect();
    let set = file.new_dataset::<i64>().shape([rows.len()]).create("label").map_err(failed)?;
    set.write_raw(&labels).map_err(failed)?;
    file.close().map_err(failed)?;
    Ok(made_again)
}
