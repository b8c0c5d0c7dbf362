//! The scenarios of a folder, and their steps passage by passage.

use super::gathered::GatheredArrays;
use super::index::{self, IndexRow};
use super::{BEAMS, NOMINAL_PERIOD_S, files};
use crate::recording::{Dropped, Recording, RecordingError};
use crate::signal::{BeamSensor, BeamStep, BeamTrack, Signal};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Mean radius of the earth (IUGG), m.
const EARTH_M: f64 = 6_371_008.8;

/// Missing files that are named, by sensor.
const NAMED: usize = 5;

/// A scenario that was found.
pub(super) struct Scenario {
    dir: PathBuf,
    /// `scenario9`.
    name: String,
    index: Option<PathBuf>,
}

/// The scenarios of a folder and of the folders in it, in order of their numbers.
pub(super) fn find(dir: &Path) -> Result<Vec<Scenario>, RecordingError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        if path.is_dir() && path.file_name().is_some_and(|n| number_of(&n.to_string_lossy()).is_some()) {
            found.extend(within(&path)?);
        }
    }
    found.extend(within(dir)?);
    found.sort_by_key(|scenario| number_of(&scenario.name));
    match found.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some([one, other]) => {
            let what = format!("and {} are the same scenario; leave one", other.dir.display());
            Err(RecordingError::file(&one.dir, what))
        }
        _ => Ok(found),
    }
}

/// The number of `scenario9…`, whatever follows.
fn number_of(name: &str) -> Option<u32> {
    let lower = name.to_ascii_lowercase();
    let behind = lower.strip_prefix("scenario")?;
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    behind[..end].parse().ok()
}

fn within(dir: &Path) -> Result<Vec<Scenario>, RecordingError> {
    let mut indices: BTreeMap<u32, Vec<PathBuf>> = BTreeMap::new();
    let mut numbers = BTreeSet::new();
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(number) = number_of(&name).filter(|_| path.is_file()) else { continue };
        let is_index = [format!("scenario{number}.csv"), format!("scenario{number}_index.csv")].contains(&name);
        if is_index {
            indices.entry(number).or_default().push(path);
        }
        if is_index || name.contains("_unit1_pwr_60ghz_1-") {
            numbers.insert(number);
        }
    }
    let scenario = |number: u32| {
        let name = format!("scenario{number}");
        let mut index = indices.remove(&number).unwrap_or_default();
        index.sort();
        match index.len() {
            0 | 1 => Ok(Scenario { dir: dir.to_owned(), name, index: index.pop() }),
            _ => Err(RecordingError::file(&index[0], "is one of two indices of the scenario; leave one")),
        }
    };
    numbers.into_iter().map(scenario).collect()
}

/// What was missing of a sensor: how much, and the first of it.
#[derive(Default)]
struct Missing {
    count: usize,
    named: Vec<String>,
}

impl Scenario {
    /// Its passages.
    pub(super) fn read(&self) -> Result<Vec<Recording>, RecordingError> {
        let rows = self.index.as_deref().map(index::read).transpose()?;
        let arrays = GatheredArrays::read(&self.dir, &self.name)?;
        if let (Some(rows), Some(arrays), Some(path)) = (&rows, &arrays, &self.index) {
            if rows.len() != arrays.powers.nrows() {
                let found =
                    format!("has {} steps, {} has {}", rows.len(), arrays.path.display(), arrays.powers.nrows());
                return Err(RecordingError::file(path, found));
            }
            if let Some(at) = rows.iter().zip(&arrays.passages).position(|(row, passage)| row.passage != *passage) {
                let what =
                    format!("is of passage {}, the gathered arrays of {}", rows[at].passage, arrays.passages[at]);
                return Err(RecordingError::line(path, rows[at].line, what));
            }
        }
        let passages: Vec<i64> = match (&rows, &arrays) {
            (Some(rows), _) => rows.iter().map(|row| row.passage).collect(),
            (None, Some(arrays)) => arrays.passages.to_vec(),
            (None, None) => Vec::new(),
        };
        let mut missing: BTreeMap<BeamSensor, Missing> = BTreeMap::new();
        let mut lost: Vec<Dropped> = vec![Dropped::default(); passages.len()];
        let mut steps = self.steps(rows.as_deref(), arrays.as_ref(), &mut missing, &mut lost)?;
        if !steps.iter().any(|step| step.powers.is_some()) {
            let path = self.index.clone().unwrap_or_else(|| self.dir.clone());
            let what = "has no powers: neither the files that it lists nor gathered arrays are there";
            return Err(RecordingError::file(&path, what));
        }
        let mut said: Vec<String> =
            missing.iter().map(|(sensor, missing)| self.named(*sensor, missing, steps.len())).collect();
        if self.in_codebook_order(rows.as_deref().unwrap_or_default(), &mut steps)? {
            said.push(format!(
                "{}: powers stood in the other order of beams than the index, and were turned",
                self.name
            ));
        }
        self.cut(&passages, steps, &lost, &said)
    }

    fn named(&self, sensor: BeamSensor, missing: &Missing, steps: usize) -> String {
        let more = missing.count - missing.named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (count, names) = (missing.count, missing.named.join(", "));
        format!("{}: {count} of {steps} files of {} are missing: {names}{more}", self.name, sensor.name())
    }

    /// All steps; what is missing is counted.
    fn steps(
        &self,
        rows: Option<&[IndexRow]>,
        arrays: Option<&GatheredArrays>,
        missing: &mut BTreeMap<BeamSensor, Missing>,
        lost: &mut [Dropped],
    ) -> Result<Vec<BeamStep>, RecordingError> {
        let (mut station, mut size): (Option<[f64; 2]>, Option<[usize; 2]>) = (None, None);
        let mut steps = Vec::with_capacity(lost.len());
        for (i, lost) in lost.iter_mut().enumerate() {
            let row = rows.map(|rows| &rows[i]);
            let mut file = |sensor: BeamSensor| {
                let listed = row?.files[sensor as usize].as_ref()?;
                let path = index::inside(&self.dir, listed);
                if path.is_file() {
                    return Some(path);
                }
                let found = missing.entry(sensor).or_default();
                found.count += 1;
                if found.named.len() < NAMED {
                    found.named.push(listed.clone());
                }
                None
            };
            let mut step =
                BeamStep { time_s: row.and_then(|row| row.time_s).unwrap_or(f64::NAN), ..BeamStep::default() };
            let powers = match arrays {
                Some(arrays) => Some(arrays.powers.row(i).to_vec()),
                None => file(BeamSensor::Powers).map(|path| files::powers(&path)).transpose()?,
            };
            if let Some(powers) = powers {
                if powers.iter().all(|p| p.is_finite()) {
                    step.powers = Some(powers.iter().map(|p| *p as f32).collect());
                } else {
                    lost.lose(1, "powers that are no numbers");
                }
            }
            let (at, vehicle) = match arrays {
                Some(arrays) => {
                    let of = |rows: &ndarray::Array2<f64>| Some([rows[[i, 0]], rows[[i, 1]]]);
                    (of(&arrays.station_deg), of(&arrays.vehicle_deg))
                }
                None => {
                    if let (None, Some(path)) =
                        (station, row.and_then(|row| row.station.as_ref()).filter(|p| p.is_file()))
                    {
                        station = Some(files::position(path)?);
                    }
                    (station, file(BeamSensor::Gnss).map(|path| files::position(&path)).transpose()?)
                }
            };
            if let (Some(station), Some(vehicle)) = (at, vehicle) {
                if station.iter().chain(&vehicle).all(|v| v.is_finite()) {
                    step.position_m = Some(self.metres(i, station, vehicle)?);
                } else {
                    lost.lose(1, "positions that are no numbers");
                }
            }
            step.radar = file(BeamSensor::Radar).map(|path| files::radar(&path)).transpose()?;
            step.lidar = file(BeamSensor::Lidar).map(|path| files::lidar(&path)).transpose()?;
            step.image = file(BeamSensor::Image).map(|path| files::image(&path, &mut size)).transpose()?;
            steps.push(step);
        }
        Ok(steps)
    }

    /// Metres to the east and to the north on the tangent plane.
    fn metres(&self, step: usize, station: [f64; 2], vehicle: [f64; 2]) -> Result<[f64; 2], RecordingError> {
        let sound = |[latitude, longitude]: [f64; 2]| latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        if !sound(station) || !sound(vehicle) {
            let what = format!(
                "step {step} is at {vehicle:?}, the base station at {station:?}; expected degrees of latitude and longitude"
            );
            return Err(RecordingError::file(&self.dir.join(&self.name), what));
        }
        let [north, east] = [0, 1].map(|k| (vehicle[k] - station[k]).to_radians() * EARTH_M);
        Ok([east * station[0].to_radians().cos(), north])
    }

    /// Brings powers into the order of the index's beams; whether they had to be turned.
    fn in_codebook_order(&self, rows: &[IndexRow], steps: &mut [BeamStep]) -> Result<bool, RecordingError> {
        let best = |step: &BeamStep| {
            let powers = step.powers.as_ref()?;
            (0..powers.len()).max_by(|&a, &b| powers[a].total_cmp(&powers[b]))
        };
        let known: Vec<(u64, usize, usize)> =
            rows.iter().zip(steps.iter()).filter_map(|(row, step)| Some((row.line, row.beam?, best(step)?))).collect();
        if known.iter().all(|(_, beam, best)| beam == best) {
            return Ok(false);
        }
        // What most steps say is the order; the first that says otherwise is named.
        let straight = known.iter().filter(|(_, beam, best)| beam == best).count();
        let turned = known.iter().filter(|(_, beam, best)| *beam == BEAMS - 1 - best).count();
        let expected = |best: usize| if turned > straight { BEAMS - 1 - best } else { best };
        if let Some((line, beam, best)) = known.iter().find(|(_, beam, best)| *beam != expected(*best)) {
            let (said, found) = (beam + 1, expected(*best) + 1);
            let what = format!(
                "says beam {said}, but beam {found} has the greatest power, in the order that most lines follow"
            );
            let path = self.index.clone().unwrap_or_else(|| self.dir.clone());
            return Err(RecordingError::line(&path, *line, what));
        }
        steps.iter_mut().filter_map(|step| step.powers.as_mut()).for_each(|powers| powers.reverse());
        Ok(true)
    }

    /// A recording a passage.
    fn cut(
        &self,
        passages: &[i64],
        steps: Vec<BeamStep>,
        lost: &[Dropped],
        said: &[String],
    ) -> Result<Vec<Recording>, RecordingError> {
        let mut recordings: Vec<Recording> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut steps = steps.into_iter().zip(lost);
        for run in passages.chunk_by(|a, b| a == b) {
            let passage = run[0];
            let path = self.index.clone().unwrap_or_else(|| self.dir.join(&self.name));
            if !seen.insert(passage) {
                let what = format!("passage {passage} begins twice: its steps must stand behind each other");
                return Err(RecordingError::file(&path, what));
            }
            let mut dropped = Dropped::default();
            let mut own: Vec<BeamStep> = Vec::with_capacity(run.len());
            for (step, lost) in steps.by_ref().take(run.len()) {
                dropped.add(lost);
                own.push(step);
            }
            said.iter().for_each(|line| dropped.say(line));
            let start = own[0].time_s;
            let rises = start.is_finite() && own.windows(2).all(|w| w[1].time_s > w[0].time_s);
            for (k, step) in own.iter_mut().enumerate() {
                step.time_s = if rises { step.time_s - start } else { k as f64 * NOMINAL_PERIOD_S };
            }
            if !rises && self.index.is_some() {
                dropped.say(format!(
                    "{}: stamps of some passages do not rise; their steps are {NOMINAL_PERIOD_S} s apart",
                    self.name
                ));
            }
            let track = BeamTrack { steps: own, beams: BEAMS };
            if let Some(problem) = track.problem() {
                return Err(RecordingError::file(&path, format!("passage {passage}: {problem}")));
            }
            let name = format!("{}/{passage:03}", self.name);
            recordings.push(Recording {
                name: name.clone(),
                activity: "drive past".into(),
                session: Some(name),
                subject: Some(self.name.clone()),
                room: Some(self.name.clone()),
                official_split: None,
                signal: Signal::Beams(track),
                dropped,
            });
        }
        Ok(recordings)
    }
}
