//! The files that WiSwiss trains on: `SPLIT.hdf5` with `data[sample, …]` (float32), `label[sample]` (int64) and, where people's places are
//! known, `raw[sample, box, 5]` (float32): middle along range and angle, size along them, in cells, and class 0; rows of zeros are no boxes.

use super::cubes::Cubes;
use super::{ExportError, Exported, Hdf5Content, Job};
use crate::base::atomic_file;
use crate::base::axis::ArrayInfo;
use crate::corpus::SampleRow;
use crate::corpus::sample::boxes::boxes_in;
use ndarray::ArrayD;
use rust_hdf5::types::VarLenUnicode;
use rust_hdf5::{H5Dataset, H5File, Hdf5Error};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Numbers of a row of `raw`.
const BOX_COLUMNS: usize = 5;

pub(super) fn write(job: &Job<'_>, content: &Hdf5Content) -> Result<Exported, ExportError> {
    // One numbering for all splits.
    let labels: BTreeSet<&str> = job.rows.iter().map(|row| row.label.as_str()).collect();
    let numbers: BTreeMap<&str, i64> = labels.iter().copied().zip(0..).collect();
    let mut splits: BTreeMap<&str, Vec<&SampleRow>> = BTreeMap::new();
    for row in job.rows {
        splits.entry(if row.split.is_empty() { "all" } else { &row.split }).or_default().push(row);
    }
    let cubes = Cubes::new(job.corpus);
    let mut exported = Exported::default();
    for (split, rows) in &splits {
        let path = job.dir.join(format!("{split}.hdf5"));
        let mut file = SplitFile::create(&path, rows.len())?;
        for row in rows {
            match content {
                Hdf5Content::Cubes(settings) => {
                    let (cube, again) = cubes.get(row.id)?;
                    exported.made_again += u64::from(again);
                    let map = settings.of(&cube).map_err(|source| ExportError::Dsp { id: row.id, source })?;
                    file.add(row.id, &map.into_dyn(), None)?;
                }
                Hdf5Content::View(name) => file.add_view(job, row.id, name)?,
            }
            job.progress.advance(1);
        }
        file.finish(rows.iter().map(|row| numbers.get(row.label.as_str()).copied().unwrap_or(-1)).collect())?;
        exported.files += 1;
    }
    let lines: Vec<String> = labels.iter().enumerate().map(|(i, label)| format!("{i},{label}\n")).collect();
    atomic_file::write(&job.dir.join("labels.csv"), format!("label,name\n{}", lines.concat()).as_bytes())?;
    exported.files += 1;
    exported.samples = job.rows.len() as u64;
    Ok(exported)
}

/// A file in the making.
struct SplitFile<'a> {
    path: &'a Path,
    file: H5File,
    samples: usize,
    /// `data` with the shape of a sample, once the first one is there.
    data: Option<(H5Dataset, Vec<usize>)>,
    /// Boxes of the samples so far, in cells.
    boxes: Vec<Vec<[f32; 4]>>,
    written: usize,
}

impl<'a> SplitFile<'a> {
    fn create(path: &'a Path, samples: usize) -> Result<Self, ExportError> {
        let file = H5File::create(path).map_err(|e| ExportError::format(path, e))?;
        Ok(Self { path, file, samples, data: None, boxes: Vec::new(), written: 0 })
    }

    fn failed(&self, problem: Hdf5Error) -> ExportError {
        ExportError::format(self.path, problem)
    }

    /// A view as it is, with its axes as the attribute `array` of `data`, and the boxes of the people who are known to be there.
    fn add_view(&mut self, job: &Job<'_>, id: u64, name: &str) -> Result<(), ExportError> {
        let sample = job.corpus.read_views(id)?;
        let Some(view) = sample.views.get(name) else {
            let there = sample.views.names();
            return Err(ExportError::misfit(id, format!("views {there:?}; `{name}` is expected")));
        };
        if !(2..=3).contains(&view.axes.len()) {
            let problem =
                format!("`{name}` has {} axes; [frequency, time] or [time, range, angle] is expected", view.axes.len());
            return Err(ExportError::misfit(id, problem));
        }
        if !sample.targets.people.is_empty() {
            let lengths = |name: &str| view.axes.iter().find(|a| a.name == name).map_or(0, |a| a.len) as f32;
            let (ranges, angles) = (lengths("range"), lengths("azimuth"));
            let shares = boxes_in(&sample.targets.people, &view.axes).map_err(|e| ExportError::misfit(id, e))?;
            self.boxes
                .push(shares.iter().map(|b| [b[0] * ranges, b[1] * angles, b[2] * ranges, b[3] * angles]).collect());
        }
        self.add(id, &view.data, Some(view.array_info()))
    }

    fn add(&mut self, id: u64, values: &ArrayD<f32>, info: Option<ArrayInfo>) -> Result<(), ExportError> {
        let shape = values.shape();
        if self.data.is_none() {
            let (whole, chunk) = ([&[self.samples], shape].concat(), [&[1], shape].concat());
            let set = self.file.new_dataset::<f32>().shape(whole).chunk(&chunk).create("data");
            let set = set.map_err(|e| self.failed(e))?;
            if let Some(info) = info {
                let text = serde_json::to_string(&info).map_err(|e| ExportError::format(self.path, e))?;
                let attribute = set.new_attr::<VarLenUnicode>().shape(()).create("array");
                attribute.and_then(|a| a.write_string(&text)).map_err(|e| self.failed(e))?;
            }
            self.data = Some((set, shape.to_vec()));
        }
        let Some((set, first)) = &self.data else { return Ok(()) };
        if first != shape {
            return Err(ExportError::misfit(id, format!("shape {shape:?}, the first sample has {first:?}")));
        }
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        set.write_chunk(self.written, &bytes).map_err(|e| self.failed(e))?;
        self.written += 1;
        Ok(())
    }

    fn finish(self, labels: Vec<i64>) -> Result<(), ExportError> {
        let set = self.file.new_dataset::<i64>().shape([self.samples]).create("label");
        set.and_then(|set| set.write_raw(&labels)).map_err(|e| self.failed(e))?;
        let most = self.boxes.iter().map(Vec::len).max().unwrap_or(0);
        // Of all samples or of none: `raw` has a row for each.
        if most > 0 && self.boxes.len() == self.samples {
            let mut raw = vec![0.0_f32; self.samples * most * BOX_COLUMNS];
            for (row, boxes) in raw.chunks_exact_mut(most * BOX_COLUMNS).zip(&self.boxes) {
                for (to, from) in row.chunks_exact_mut(BOX_COLUMNS).zip(boxes) {
                    to[..4].copy_from_slice(from);
                }
            }
            let set = self.file.new_dataset::<f32>().shape([self.samples, most, BOX_COLUMNS]).create("raw");
            set.and_then(|set| set.write_raw(&raw)).map_err(|e| self.failed(e))?;
        }
        let path = self.path;
        self.file.close().map_err(|e| ExportError::format(path, e))
    }
}
