//! Arrays of a whole scenario, a row a step.

use super::BEAMS;
use crate::base::npy;
use crate::recording::RecordingError;
use ndarray::{Array1, Array2, Ix1, Ix2};
use std::path::{Path, PathBuf};

/// The arrays of a scenario.
pub(super) struct GatheredArrays {
    /// `[step, beam]`, linear.
    pub(super) powers: Array2<f64>,
    /// Latitude and longitude of the vehicle, degrees.
    pub(super) vehicle_deg: Array2<f64>,
    /// Those of the base station.
    pub(super) station_deg: Array2<f64>,
    /// The passage of each step.
    pub(super) passages: Array1<i64>,
    /// The array of the powers, for messages.
    pub(super) path: PathBuf,
}

/// The file of an array, whatever number of rows its name tells.
pub(super) fn file(dir: &Path, scenario: &str, what: &str) -> Result<Option<PathBuf>, RecordingError> {
    let begin = format!("{scenario}_{what}_1-");
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.strip_prefix(&begin).and_then(|n| n.strip_suffix(".npy")).is_some_and(|n| n.parse::<usize>().is_ok()) {
            found.push(path);
        }
    }
    found.sort();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        n => Err(RecordingError::file(&found[0], format!("is one of {n} files of {scenario}'s {what}; leave one"))),
    }
}

impl GatheredArrays {
    /// Those of a scenario; `None` where there are no powers.
    pub(super) fn read(dir: &Path, scenario: &str) -> Result<Option<Self>, RecordingError> {
        let Some(path) = file(dir, scenario, "unit1_pwr_60ghz")? else { return Ok(None) };
        let beside = |what: &str| {
            file(dir, scenario, what)?.ok_or_else(|| {
                RecordingError::file(&path, format!("stands without {scenario}_{what}_1-*.npy of the same steps"))
            })
        };
        let passages_path = beside("seq_index")?;
        // Of scenarios 8 and 9 only calibrated positions say much of the beam: nearest neighbours find 31 % by them, 9 % by the others.
        let calibrated = file(dir, scenario, "unit2_loc_cal")?;
        let vehicle_path = calibrated.map_or_else(|| beside("unit2_loc"), Ok)?;
        let station_path = beside("unit1_loc")?;
        let powers = table(&path)?;
        let (vehicle_deg, station_deg) = (table(&vehicle_path)?, table(&station_path)?);
        let bytes = std::fs::read(&passages_path).map_err(RecordingError::read(&passages_path))?;
        let passages: Array1<i64> =
            npy::decode::<_, Ix1>(&bytes).map_err(|e| RecordingError::array(&passages_path, "seq_index", e))?;
        let steps = powers.nrows();
        let others = [
            (&vehicle_path, vehicle_deg.dim(), (steps, 2)),
            (&station_path, station_deg.dim(), (steps, 2)),
            (&passages_path, (passages.len(), 1), (steps, 1)),
            (&path, powers.dim(), (steps, BEAMS)),
        ];
        for (path, found, wanted) in others {
            if found != wanted {
                let name = file_name(path);
                let what = format!(
                    "{} steps of {} values; expected {} of {}, as many steps as there are powers",
                    found.0, found.1, wanted.0, wanted.1
                );
                return Err(RecordingError::array(path, &name, what));
            }
        }
        Ok(Some(Self { powers, vehicle_deg, station_deg, passages, path }))
    }
}

fn file_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn table(path: &Path) -> Result<Array2<f64>, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    npy::decode::<f64, Ix2>(&bytes).map_err(|e| RecordingError::array(path, &file_name(path), e))
}
