//! The signal itself, in the layouts of a capture card and of RF-Genesis.

use super::{ExportError, Exported, Job};
use crate::base::Complex64;
use crate::base::atomic_file;
use crate::base::cube::IfCube;
use crate::corpus::files::index::SampleRow;
use crate::corpus::making::maker::SampleMaker;
use crate::corpus::plan::made_of::other_ingredients;
use crate::corpus::read::CorpusReader;
use crate::corpus::sample::signals::cube_from_array;
use crate::recording::dca1000::{self, CaptureFormat, Lanes};
use crate::recording::npy_cube::CubeDescription;
use crate::signal::Signal;
use ndarray_npy::WriteNpyExt;
use std::io;

/// Where the signals of a corpus come from: its own arrays, or once more from the recipe and the seed.
pub(super) struct Cubes<'a> {
    corpus: &'a CorpusReader,
    maker: Option<SampleMaker>,
}

impl<'a> Cubes<'a> {
    pub(super) fn new(corpus: &'a CorpusReader) -> Self {
        Self { corpus, maker: SampleMaker::of_plan(corpus.plan()) }
    }

    /// The signal of a sample, and whether it had to be made again.
    pub(super) fn get(&self, id: u64) -> Result<(IfCube, bool), ExportError> {
        let mut sample = self.corpus.read(id)?;
        if let Some(at) = sample.extras.iter().position(|(name, _)| name == "cube") {
            return Ok((cube_from_array(sample.extras.swap_remove(at).1)?, false));
        }
        match &self.maker {
            Some(maker) if let Some(others) = other_ingredients(&self.corpus.plan().made_of, &maker.made_of()) => {
                let problem = format!(
                    "the corpus keeps no `cube`, and making it again would give others: {others}; an IF cube is expected"
                );
                Err(ExportError::misfit(id, problem))
            }
            Some(maker) => match maker.simulate(id)?.signal {
                Some(Signal::Cube(cube)) => Ok((cube, true)),
                Some(other) => Err(ExportError::misfit(id, format!("{}; IF cubes are expected", other.kind()))),
                None => {
                    Err(ExportError::misfit(id, "the recipe makes nothing of a radar's signal; IF cubes are expected"))
                }
            },
            None => {
                let problem = "the corpus keeps no `cube`, and there is no recipe to make it again from, or its folders of motions are gone or have \
                     changed; an IF cube is expected";
                Err(ExportError::misfit(id, problem))
            }
        }
    }
}

/// `000000042.bin` with its geometry `000000042.json`, as the reader of recordings takes it.
pub(super) fn write_dca1000(job: &Job<'_>) -> Result<Exported, ExportError> {
    each(job, |row, cube| {
        let format = CaptureFormat { lanes: Lanes::Two, q_first: false };
        let bin = job.dir.join(format!("{:09}.bin", row.id));
        let clipped = dca1000::write(&bin, cube, format, dca1000::half_scale(cube))?;
        Ok((2, clipped))
    })
}

/// `000000042/radar_frames.npy`, complex128 `[frame, tx, rx, chirp, sample]`, with its description `radar_frames.json`, as
/// the reader of cubes takes it.
pub(super) fn write_rf_genesis(job: &Job<'_>) -> Result<Exported, ExportError> {
    each(job, |row, cube| {
        let folder = job.dir.join(format!("{:09}", row.id));
        let ordered = cube.data.view().permuted_axes([0, 2, 3, 1, 4]);
        let wide = ordered.mapv(|z| Complex64::new(z.re.into(), z.im.into()));
        let wide = wide.as_standard_layout();
        let path = folder.join("radar_frames.npy");
        atomic_file::write_with(&path, |w| wide.write_npy(w).map_err(io::Error::other))?;
        let mut array = cube.array_info();
        array.axes = [0, 2, 3, 1, 4].into_iter().map(|i| array.axes[i].clone()).collect();
        array.dtype = "complex128".into();
        let about = CubeDescription { array, cube: cube.info.clone() };
        let about = serde_json::to_vec_pretty(&about).map_err(|e| ExportError::misfit(row.id, e.to_string()))?;
        atomic_file::write(&folder.join("radar_frames.json"), &about)?;
        Ok((2, 0))
    })
}

/// Every signal by `write`, which returns the number of its files and of its clipped values; then `labels.csv`.
fn each(
    job: &Job<'_>,
    write: impl Fn(&SampleRow, &IfCube) -> Result<(u64, u64), ExportError>,
) -> Result<Exported, ExportError> {
    let cubes = Cubes::new(job.corpus);
    let mut exported = Exported::default();
    for row in job.rows {
        let (cube, made_again) = cubes.get(row.id)?;
        let (files, clipped) = write(row, &cube)?;
        exported.samples += 1;
        exported.files += files;
        exported.clipped += clipped;
        exported.made_again += u64::from(made_again);
        job.progress.advance(1);
    }
    write_labels(job)?;
    exported.files += 1;
    Ok(exported)
}

/// `labels.csv`: what each signal shows.
fn write_labels(job: &Job<'_>) -> Result<(), ExportError> {
    let path = job.dir.join("labels.csv");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |e: csv::Error| ExportError::write(&path)(io::Error::other(e));
    writer.write_record(["id", "label", "split", "subject"]).map_err(failed)?;
    for row in job.rows {
        writer.write_record([&format!("{:09}", row.id), &row.label, &row.split, &row.subject]).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|e| ExportError::write(&path)(e.into_error()))?;
    Ok(atomic_file::write(&path, &bytes)?)
}
