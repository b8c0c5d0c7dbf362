//! Recordings, and what chains make of signals.

use super::arrays::{Described, given, given_view, given_views, of_signal, taken, to_signal};
use super::fail::{Failure, Words};
use super::work::work;
use kinecho::base::yaml::Document;
use kinecho::chain::{Applied, Chain, View};
use kinecho::corpus::{cube_from_array, points_array};
use kinecho::dsp::power_map::{PowerMap, range_velocity};
use kinecho::dsp::range_doppler::RangeDopplerConfig;
use kinecho::recording::any;
use kinecho::signal::Signal;
use pyo3::prelude::*;
use std::path::PathBuf;

/// Reads a recording of any kind that is known: kind, array, length in s, and what was left out in JSON.
#[pyfunction]
pub(crate) fn read(py: Python<'_>, path: PathBuf) -> PyResult<(&'static str, Described<'_>, f64, String)> {
    let (kind, array, length, dropped) = work(py, None, move |_| {
        let (signal, dropped) = any::read(&path).words()?;
        let length = signal.duration_s();
        let (kind, array) = of_signal(signal)?;
        Ok((kind, array, length, serde_json::to_string(&dropped).words()?))
    })?;
    Ok((kind, given(py, array), length, dropped))
}

/// What a chain (YAML and its name in errors; the usual one without) makes of a signal: views with their names, and the points that were
/// detected on the way. `window` cuts windows of so many seconds, one every so many, each with its start, s.
#[pyfunction]
#[pyo3(signature = (kind, data, about, chain, length_s, window))]
#[allow(clippy::type_complexity)]
pub(crate) fn chain<'py>(
    py: Python<'py>,
    kind: String,
    data: &Bound<'py, PyAny>,
    about: &str,
    chain: Option<(String, PathBuf)>,
    length_s: Option<f64>,
    window: Option<(f64, f64)>,
) -> PyResult<Vec<(f64, Vec<(String, Described<'py>)>, Option<Described<'py>>)>> {
    let array = taken(&kind, data, about)?;
    let made = work(py, None, move |_| {
        let signal = to_signal(&kind, array)?;
        let chain = match chain {
            Some((text, origin)) => read_chain(&Document::parse(&text, &origin).words()?)?,
            None => Chain::usual_of(&signal),
        };
        let pieces = match window {
            None => vec![(0.0, signal)],
            Some((length, hop)) => windows(&chain, &signal, length, hop)?,
        };
        let length_s = window.map_or(length_s, |(length, _)| Some(length));
        let made = |(start, signal): (f64, Signal)| {
            let Applied { views, points } = chain.apply(&signal, length_s).words()?;
            // Points that came in are no news.
            let points = points.filter(|_| !matches!(signal, Signal::Points(_)));
            Ok((start, views, points.map(|cloud| points_array(&cloud)).transpose().words()?))
        };
        pieces.into_iter().map(made).collect::<Result<Vec<_>, Failure>>()
    })?;
    let given = made
        .into_iter()
        .map(|(start, views, points)| (start, given_views(py, views), points.map(|points| given(py, points))));
    Ok(given.collect())
}

/// Mean power of the frames and channels of an IF cube by range and radial velocity, `[range, velocity]` in dB.
#[pyfunction]
pub(crate) fn range_doppler<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    about: &str,
    max_range_m: Option<f64>,
    remove_static: bool,
) -> PyResult<Described<'py>> {
    let array = taken("cube", data, about)?;
    let view = work(py, None, move |_| {
        let cube = cube_from_array(array).words()?;
        let config = RangeDopplerConfig { max_range_m, remove_static, ..RangeDopplerConfig::default() };
        let PowerMap { data, range, other, unit } = range_velocity(&cube, &config).words()?;
        Ok(View { quantity: "power".into(), unit: unit.into(), axes: vec![range, other], data: data.into_dyn() })
    })?;
    Ok(given_view(py, view))
}

/// A chain whose values are all admissible.
fn read_chain(document: &Document) -> Result<Chain, Failure> {
    let chain: Chain = document.typed().words()?;
    let problems = chain.problems();
    if problems.is_empty() { Ok(chain) } else { Err(Failure::new(document.rejected(problems).to_string())) }
}

fn windows(chain: &Chain, signal: &Signal, length_s: f64, hop_s: f64) -> Result<Vec<(f64, Signal)>, Failure> {
    for (name, value) in [("window_s", length_s), ("hop_s", hop_s)] {
        if !(value > 0.0 && value <= 3600.0) {
            return Err(Failure::new(format!("{name}: {value}; expected above 0, at most 3600 s")));
        }
    }
    chain.windows(signal, length_s, hop_s).words()
}
