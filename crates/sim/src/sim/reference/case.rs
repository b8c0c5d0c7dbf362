//! Reading a golden case.

use super::error::ReferenceError;
use super::npz::Npz;
use crate::base::{Complex64, Vec3};
use crate::geometry::{Interpolation, KeyframeMesh};
use crate::propagation::FacetRule;
use crate::sensor::FmcwRadar;
use crate::sim::PointTarget;
use ndarray::{Array2, Array5};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What reflects in a golden case.
#[derive(Clone, Debug)]
pub enum Reflector {
    /// Moving points.
    Points(Vec<PointTarget>),
    /// A mesh.
    Mesh(KeyframeMesh),
}

/// A golden case.
#[derive(Clone, Debug)]
pub struct ReferenceCase {
    /// The file.
    pub path: PathBuf,
    /// Name of the file without its ending.
    pub name: String,
    /// The radar.
    pub radar: FmcwRadar,
    /// What reflects.
    pub reflector: Reflector,
    /// Rule by which the golden signal was summed up.
    pub rule: FacetRule,
    /// Width of the lobe, rad; 0 for none.
    pub sigma_rad: f64,
    /// Radius of hidden point removal; `None` when everything is visible.
    pub hpr_radius_factor: Option<f64>,
    /// Whether back faces were culled.
    pub cull_backfaces: bool,
    /// Whether the residual video phase is in.
    pub rvp: bool,
    /// Whether targets move inside a chirp.
    pub intra_chirp: bool,
    /// The stored visibility `[frame, face]`.
    pub visible: Option<Array2<bool>>,
    /// The golden signal `[frame, chirp, tx, rx, sample]`.
    pub want: Array5<Complex64>,
}

/// The scalars of a case.
#[derive(Deserialize)]
struct Meta {
    f0: f64,
    slope: f64,
    fs: f64,
    adc_start: f64,
    chirp_period: f64,
    frame_period: f64,
    n_samples: Option<usize>,
    n_loops: Option<usize>,
    n_frames: Option<usize>,
    #[serde(default)]
    tdm: bool,
    #[serde(default)]
    rvp: bool,
    #[serde(default)]
    intra_chirp: bool,
    key_fps: Option<f64>,
    sigma: Option<f64>,
    hpr_radius_factor: Option<f64>,
    cull_backfaces: Option<bool>,
    interp: Option<String>,
    centre_rule_relative_error_by_n: Option<serde_json::Value>,
    /// Further ones are notes of whoever made the case.
    #[serde(flatten)]
    notes: BTreeMap<String, serde_json::Value>,
}

/// Reads one case.
pub fn read_case(path: &Path) -> Result<ReferenceCase, ReferenceError> {
    let file = Npz::read(path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let meta: Meta = serde_json::from_str(&file.text("meta")?)
        .map_err(|e| file.fault("meta", format!("is no JSON with the scalars of a case: {e}")))?;
    let notes: Vec<&str> = meta.notes.keys().map(String::as_str).collect();
    if !notes.is_empty() {
        tracing::warn!("{}: meta: taken for notes and not read: {}", path.display(), notes.join(", "));
    }
    let (shape, want) = file.complex("if_cube", 5)?;
    let dims = [shape[0], shape[1], shape[2], shape[3], shape[4]];
    let (tx, rx) = (antennas(&file, "tx")?, antennas(&file, "rx")?);
    let stated = [
        ("n_frames", 0, meta.n_frames),
        ("n_loops", 1, meta.n_loops),
        ("tx", 2, Some(tx.len())),
        ("rx", 3, Some(rx.len())),
        ("n_samples", 4, meta.n_samples),
    ];
    for (what, axis, value) in stated {
        if let Some(value) = value.filter(|&v| v != dims[axis]) {
            return Err(file.fault("if_cube", format!("has the shape {shape:?}, but {what} is {value} (axis {axis})")));
        }
    }
    let want = Array5::from_shape_vec(dims, want).map_err(|e| file.fault("if_cube", e.to_string()))?;
    let radar = radar(&file, &meta, name.clone(), dims, (tx, rx))?;
    let reflector = reflector(&file, &meta)?;
    let visible = match &reflector {
        Reflector::Mesh(mesh) if file.has("visible") => Some(mask(&file, dims[0], mesh.faces.len())?),
        _ => None,
    };
    let integral = meta.centre_rule_relative_error_by_n.is_some() || name.contains("integral");
    Ok(ReferenceCase {
        path: path.to_owned(),
        name,
        radar,
        reflector,
        rule: if integral { FacetRule::Integral } else { FacetRule::Centre },
        sigma_rad: meta.sigma.unwrap_or(0.0),
        hpr_radius_factor: meta.hpr_radius_factor,
        cull_backfaces: meta.cull_backfaces.unwrap_or(false),
        rvp: meta.rvp,
        intra_chirp: meta.intra_chirp,
        visible,
        want,
    })
}

/// All cases of a folder in the order of their names, or the one case of a file.
pub fn read_folder(path: &Path) -> Result<Vec<Result<ReferenceCase, ReferenceError>>, ReferenceError> {
    if path.is_file() {
        return Ok(vec![read_case(path)]);
    }
    let fail = |source| ReferenceError::Read { path: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let file = entry.map_err(fail)?.path();
        if file.extension().is_some_and(|e| e == "npz") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(ReferenceError::Empty { path: path.to_owned() });
    }
    files.sort();
    Ok(files.iter().map(|f| read_case(f)).collect())
}

fn radar(
    file: &Npz,
    meta: &Meta,
    name: String,
    dims: [usize; 5],
    (tx, rx): (Vec<[f64; 3]>, Vec<[f64; 3]>),
) -> Result<FmcwRadar, ReferenceError> {
    // Only the sum of idle and ramp time is stated. What counts of the ramp is what is sampled of it: it ends with the samples.
    let ramp_time_s = meta.adc_start + dims[4] as f64 / meta.fs;
    let idle_time_s = meta.chirp_period - ramp_time_s;
    // Rounding must not refuse samples that fill the chirp.
    if idle_time_s.is_nan() || idle_time_s < -1e-9 * meta.chirp_period {
        let message = format!(
            "has chirp_period {:e} s, but its {} samples end {ramp_time_s:e} s after the ramp start",
            meta.chirp_period, dims[4]
        );
        return Err(file.fault("meta", message));
    }
    Ok(FmcwRadar {
        name,
        start_frequency_hz: meta.f0,
        chirp_slope_hz_per_s: meta.slope,
        idle_time_s: idle_time_s.max(0.0),
        ramp_time_s: ramp_time_s.min(meta.chirp_period),
        adc_start_s: meta.adc_start,
        sample_rate_hz: meta.fs,
        samples_per_chirp: dims[4],
        loops_per_frame: dims[1],
        frame_period_s: meta.frame_period,
        time_multiplexed: meta.tdm,
        tx_m: tx,
        rx_m: rx,
        rx_phase_deg: Vec::new(),
        lvds_lanes: 2,
        board: None,
        transmit_power_dbm: 0.0,
        tx_gain_dbi: 0.0,
        rx_gain_dbi: 0.0,
        pattern: None,
        high_pass: None,
        noise_figure_db: 0.0,
    })
}

/// Every array of the case has a part in its signal: what is left over would be missing from it.
fn refuse_further(file: &Npz, reflector: &str, known: &[&str]) -> Result<(), ReferenceError> {
    const ALWAYS: [&str; 4] = ["if_cube", "meta", "tx", "rx"];
    match file.names().find(|name| !ALWAYS.contains(name) && !known.contains(name)) {
        Some(name) => {
            let message = format!("is no array of {reflector}; expected {}, {}", ALWAYS.join(", "), known.join(", "));
            Err(file.fault(name, message))
        }
        None => Ok(()),
    }
}

fn triples(file: &Npz, name: &str) -> Result<Vec<[f64; 3]>, ReferenceError> {
    let (shape, values) = file.real(name, 2)?;
    if shape[1] != 3 {
        return Err(file.fault(name, format!("has the shape {shape:?}, expected [n, 3]")));
    }
    Ok(values.as_chunks::<3>().0.to_vec())
}

fn antennas(file: &Npz, name: &str) -> Result<Vec<[f64; 3]>, ReferenceError> {
    let positions = triples(file, name)?;
    if positions.is_empty() { Err(file.fault(name, "is empty, expected at least one antenna")) } else { Ok(positions) }
}

fn vectors(file: &Npz, name: &str) -> Result<Vec<Vec3>, ReferenceError> {
    Ok(triples(file, name)?.into_iter().map(Vec3::from).collect())
}

fn reflector(file: &Npz, meta: &Meta) -> Result<Reflector, ReferenceError> {
    if file.has("points") {
        let positions = vectors(file, "points")?;
        let n = positions.len();
        refuse_further(file, "a case of points", &["points", "velocity", "acceleration", "gain"])?;
        let moving = |name| if file.has(name) { vectors(file, name) } else { Ok(vec![Vec3::zeros(); n]) };
        let (velocity, acceleration) = (moving("velocity")?, moving("acceleration")?);
        let gain = if file.has("gain") { file.real("gain", 1)?.1 } else { vec![1.0; n] };
        for (name, len) in [("velocity", velocity.len()), ("acceleration", acceleration.len()), ("gain", gain.len())] {
            if len != n {
                return Err(file.fault(name, format!("has {len} entries, expected one for each of {n} points")));
            }
        }
        let points = (0..n).map(|i| PointTarget {
            position: positions[i],
            velocity: velocity[i],
            acceleration: acceleration[i],
            gain: gain[i],
        });
        return Ok(Reflector::Points(points.collect()));
    }
    let keys = if file.has("key_vertices") {
        refuse_further(file, "a case of a moving mesh", &["key_vertices", "faces", "visible"])?;
        let (shape, values) = file.real("key_vertices", 3)?;
        if shape[2] != 3 || shape[0] == 0 || shape[1] == 0 {
            return Err(file.fault("key_vertices", format!("has the shape {shape:?}, expected [key, vertex, 3]")));
        }
        let flat: Vec<Vec3> = values.as_chunks::<3>().0.iter().map(|v| Vec3::from(*v)).collect();
        flat.chunks_exact(shape[1]).map(<[Vec3]>::to_vec).collect()
    } else if file.has("vertices") {
        refuse_further(file, "a case of a still mesh", &["vertices", "faces", "visible"])?;
        vec![vectors(file, "vertices")?]
    } else {
        return Err(file.fault("key_vertices", "missing, and there is neither `vertices` nor `points` in its place"));
    };
    let fps = match meta.key_fps {
        Some(fps) if fps > 0.0 && fps.is_finite() => fps,
        None if keys.len() == 1 => 1.0,
        other => return Err(file.fault("meta", format!("has key_fps {other:?}, expected a rate above 0"))),
    };
    let interpolation = match meta.interp.as_deref() {
        None | Some("linear") => Interpolation::Linear,
        Some("catmull_rom") => Interpolation::CatmullRom,
        Some(other) => {
            return Err(file.fault("meta", format!("has interp `{other}`, expected `linear` or `catmull_rom`")));
        }
    };
    let faces = faces(file, keys[0].len())?;
    Ok(Reflector::Mesh(KeyframeMesh { keys, fps, faces, interpolation }))
}

fn faces(file: &Npz, vertex_count: usize) -> Result<Vec<[u32; 3]>, ReferenceError> {
    triples(file, "faces")?
        .iter()
        .map(|face| {
            if face.iter().all(|&v| v >= 0.0 && v < vertex_count as f64) {
                Ok(face.map(|v| v as u32))
            } else {
                Err(file.fault("faces", format!("names the vertices {face:?}, expected 0 to {}", vertex_count - 1)))
            }
        })
        .collect()
}

fn mask(file: &Npz, frames: usize, faces: usize) -> Result<Array2<bool>, ReferenceError> {
    let (shape, values) = file.real("visible", 2)?;
    if shape != [frames, faces] {
        return Err(file.fault("visible", format!("has the shape {shape:?}, expected [{frames}, {faces}]")));
    }
    let mask = values.iter().map(|&v| v != 0.0).collect();
    Array2::from_shape_vec((frames, faces), mask).map_err(|e| file.fault("visible", e.to_string()))
}
