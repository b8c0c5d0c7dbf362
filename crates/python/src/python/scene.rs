//! Scenes to signals.

use super::arrays::{Described, given, given_truth, of_signal};
use super::fail::{Failure, Words, fail};
use super::settings::Settings;
use super::work::work;
use kinecho::base::progress::Progress;
use kinecho::cli::{FileKind, SceneRun};
use kinecho::corpus::NamedArray;
use kinecho::scene::TruthClock;
use kinecho::signal::Signal;
use pyo3::prelude::*;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// Arrays by name, lists of words, and what else there is to know in JSON.
type TruthParts<'py> = (Vec<(String, Described<'py>)>, Vec<(String, Vec<String>)>, String);

/// A signal of a scene: its kind, its numbers, and what is made of it.
struct Measured {
    name: String,
    kind: &'static str,
    array: NamedArray,
    chain: String,
}

/// A scene that has been simulated.
#[pyclass(frozen, module = "kinecho._native")]
pub(crate) struct NativeScene {
    run: Arc<SceneRun>,
    /// Until Python has taken them.
    measured: Mutex<Vec<Measured>>,
    about: String,
}

/// Simulates a scene: what the radar measures, unless it is not wanted, and what the sensors beside it measure.
#[pyfunction]
#[pyo3(signature = (settings, set, seed, radar, progress))]
pub(crate) fn simulate(
    py: Python<'_>,
    settings: Settings,
    set: Vec<String>,
    seed: Option<u64>,
    radar: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<NativeScene> {
    work(py, progress, move |watched| {
        let document = settings.read((set, seed), "seed", FileKind::Scene)?;
        let run = SceneRun::signals_of(&document)?;
        simulated(run, radar, watched)
    })
}

fn simulated(run: SceneRun, radar: bool, progress: &dyn Progress) -> Result<NativeScene, Failure> {
    let set = run.draw().set().words()?;
    let mut measured = Vec::new();
    let mut add = |name: String, signal: Signal| -> Result<(), Failure> {
        let chain = serde_yaml::to_string(&run.chain_of(&signal)).words()?;
        let (kind, array) = of_signal(signal)?;
        measured.push(Measured { name, kind, array, chain });
        Ok(())
    };
    let mut report = Value::Null;
    if radar {
        let simulated = run.radar(&set, progress)?;
        report = json!(simulated.report);
        add("radar".into(), simulated.signal)?;
    }
    let mut reports = serde_json::Map::new();
    for (name, link) in run.links(&set, progress)? {
        reports.insert(name.clone(), json!(link.report));
        add(name, link.signal)?;
    }
    let about = json!({
        "seed": run.seed(),
        "duration_s": run.duration_s(),
        "frames": run.frames(),
        "draw": run.draw(),
        "simulation": run.settings(),
        "report": report,
        "sensor_reports": reports,
    });
    drop(set);
    Ok(NativeScene { run: Arc::new(run), measured: Mutex::new(measured), about: about.to_string() })
}

#[pymethods]
impl NativeScene {
    /// What was drawn and what happened, in JSON.
    fn about(&self) -> String {
        self.about.clone()
    }

    /// The signals, once: name, kind, array, and the chain that makes views of it as YAML.
    fn take<'py>(&self, py: Python<'py>) -> Vec<(String, &'static str, Described<'py>, String)> {
        let measured = std::mem::take(&mut *self.measured.lock().unwrap_or_else(PoisonError::into_inner));
        measured.into_iter().map(|m| (m.name, m.kind, given(py, m.array), m.chain)).collect()
    }

    /// The truth at the times of a clock (`chirp`, `frame`, or that of the file): arrays by name, lists of words, and what else there is to
    /// know in JSON.
    fn truth<'py>(&self, py: Python<'py>, clock: Option<&str>) -> PyResult<TruthParts<'py>> {
        let clock = match clock {
            None => None,
            Some("chirp") => Some(TruthClock::Chirp),
            Some("frame") => Some(TruthClock::Frame),
            Some(other) => return Err(fail(format!("clock: `{other}`; expected `chirp` or `frame`"))),
        };
        let run = self.run.clone();
        let truth = work(py, None, move |_| run.truth(clock).words())?;
        let arrays = truth.arrays.into_iter().map(|array| given_truth(py, array)).collect();
        Ok((arrays, truth.words, truth.about.to_string()))
    }
}
