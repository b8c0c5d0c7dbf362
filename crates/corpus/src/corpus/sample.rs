//! A sample: maps, label, origin and whatever else was kept.

use super::array::{ArrayData, NamedArray, describe_mismatch};
use super::npy;
use crate::base::axis::{ArrayInfo, Axis};
use crate::base::integers;
use crate::dsp::maps::Maps;
use ndarray::Ix3;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Name of the maps among the arrays of a sample.
pub const MAPS_KEY: &str = "hm";
/// Version of a sample's JSON.
const SAMPLE_VERSION: u32 = 1;

/// Where a sample comes from and what it shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SampleMeta {
    /// For example `train`, `validation`, `test`.
    pub split: String,
    /// The activity's slug in the vocabulary.
    pub label: String,
    /// Who moved: a recorded or a simulated subject.
    pub subject: String,
    /// `simulated`, or the name of the recorded data set.
    pub source: String,
    /// The recording or motion that the sample was cut from.
    pub recording: String,
    /// The session of the recording, where the data set has sessions.
    pub session: String,
    /// Seed from which a simulated sample can be made again, 0 to 2⁵³ − 1; 0 for a recorded one.
    pub seed: u64,
    /// Start within the recording, s.
    pub start_s: f64,
    /// Length, s.
    pub duration_s: f64,
    /// Whatever else is known: scene, stature, facing …
    #[serde(default)]
    pub details: Map<String, Value>,
}

/// One sample of a corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Number in the corpus; decides the shard.
    pub id: u64,
    /// Label and origin.
    pub meta: SampleMeta,
    /// The input of the models.
    pub maps: Maps,
    /// Further arrays by name (`cube`, `points` …): lower-case letters, digits and `_`.
    pub extras: Vec<(String, NamedArray)>,
}

impl Sample {
    /// The array of this name among the extras.
    pub fn extra(&self, name: &str) -> Option<&NamedArray> {
        self.extras.iter().find(|(n, _)| n == name).map(|(_, a)| a)
    }
}

/// The JSON of a sample. `id` and the fields of `SampleMeta` stand at the top level, so that a line of Python finds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleDoc {
    pub(super) version: u32,
    pub(super) id: u64,
    #[serde(flatten)]
    pub(super) meta: SampleMeta,
    pub(super) arrays: BTreeMap<String, ArrayDoc>,
}

impl SampleDoc {
    /// Keys in their order of letters. A dependency of some feature may make JSON objects keep the order in which keys were
    /// entered; the bytes of a corpus must not depend on that.
    fn sort_keys(&mut self) {
        sort(&mut self.meta.details);
        self.arrays.values_mut().for_each(|array| sort(&mut array.calibration));
    }
}

fn sort(map: &mut Map<String, Value>) {
    map.sort_keys();
    map.values_mut().for_each(Value::sort_all_objects);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ArrayDoc {
    pub(super) info: ArrayInfo,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    calibration: Map<String, Value>,
    /// For stacked maps: name and row axis of each, in order of the first axis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    maps: Vec<MapDoc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct MapDoc {
    name: String,
    rows: Axis,
}

/// Why a sample cannot be written or read: the array, where it is one, and the problem.
pub(super) type Problem = (Option<String>, String);

/// The files of a sample as (extension, bytes), in the order in which they are stored: description, maps, extras by name.
pub(super) type Encoded = Vec<(String, Vec<u8>)>;

/// A sample in the bytes that a shard keeps of it.
pub(super) fn encode(sample: &Sample) -> Result<Encoded, Problem> {
    let mut arrays = BTreeMap::new();
    let mut files = vec![(String::from("json"), Vec::new())];
    let in_maps = |problem: String| (Some(MAPS_KEY.to_owned()), problem);
    arrays.insert(MAPS_KEY.to_owned(), describe_maps(&sample.maps).map_err(in_maps)?);
    let maps = ArrayData::F32(sample.maps.data.clone().into_dyn());
    files.push((format!("{MAPS_KEY}.npy"), npy::encode(&maps).map_err(in_maps)?));
    let mut extras: Vec<&(String, NamedArray)> = sample.extras.iter().collect();
    extras.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, array) in extras {
        let here = |problem: String| (Some(name.clone()), problem);
        if !is_array_name(name) {
            return Err(here("a name of lower-case letters, digits and `_` is expected".into()));
        }
        if let Some(problem) = describe_mismatch(&array.info, array.data.dtype(), array.data.shape()) {
            return Err(here(problem));
        }
        let doc = ArrayDoc { info: array.info.clone(), calibration: array.calibration.clone(), maps: Vec::new() };
        if arrays.insert(name.clone(), doc).is_some() {
            return Err(here("the name is taken twice".into()));
        }
        files.push((format!("{name}.npy"), npy::encode(&array.data).map_err(here)?));
    }
    let mut doc = SampleDoc { version: SAMPLE_VERSION, id: sample.id, meta: sample.meta.clone(), arrays };
    doc.sort_keys();
    let value = serde_json::to_value(&doc).map_err(|e| (None, e.to_string()))?;
    if let Some((path, number)) = integers::first_beyond(&value) {
        let problem =
            format!("its description has {number} at `{path}`; integers within 2^53 - 1, or text, are expected");
        return Err((None, problem));
    }
    files[0].1 = serde_json::to_vec(&doc).map_err(|e| (None, e.to_string()))?;
    // JSON has no NaN: a description that holds one anywhere does not come back as it was.
    match decode_doc(&files[0].1, sample.id) {
        Ok(back) if back == doc => Ok(files),
        Ok(_) => Err((None, "its description does not survive JSON".into())),
        Err(problem) => Err((None, format!("its description holds NaN or an infinity somewhere: {problem}"))),
    }
}

/// The description of a sample, checked for its version and id.
pub(super) fn decode_doc(bytes: &[u8], id: u64) -> Result<SampleDoc, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| format!("its .json is not JSON: {e}"))?;
    let version = value.get("version").and_then(Value::as_u64);
    if version != Some(SAMPLE_VERSION.into()) {
        let found = version.map_or("none".into(), |v| v.to_string());
        return Err(format!("its .json has version {found}, {SAMPLE_VERSION} expected"));
    }
    let doc: SampleDoc =
        serde_json::from_value(value).map_err(|e| format!("its .json does not describe a sample: {e}"))?;
    if doc.id != id {
        return Err(format!("its .json says that it is sample {}", doc.id));
    }
    Ok(doc)
}

/// Puts a sample together from its description and the bytes of its arrays; arrays that are not among `files` are left out.
pub(super) fn decode(doc: SampleDoc, files: &BTreeMap<String, Vec<u8>>) -> Result<Sample, Problem> {
    let mut maps = None;
    let mut extras = Vec::new();
    for (name, bytes) in files {
        let here = |problem: String| (Some(name.clone()), problem);
        let Some(array) = doc.arrays.get(name) else {
            return Err(here("is in the shard, but not in the sample's .json".into()));
        };
        let data = npy::decode(bytes).map_err(here)?;
        if let Some(problem) = describe_mismatch(&array.info, data.dtype(), data.shape()) {
            return Err(here(problem));
        }
        if name == MAPS_KEY {
            maps = Some(restore_maps(array, data).map_err(here)?);
        } else {
            let calibration = array.calibration.clone();
            extras.push((name.clone(), NamedArray { info: array.info.clone(), calibration, data }));
        }
    }
    let maps = maps.ok_or((Some(MAPS_KEY.to_owned()), "is not in the shard".to_owned()))?;
    Ok(Sample { id: doc.id, meta: doc.meta, maps, extras })
}

/// Whether an array may bear this name; it becomes a part of a file name.
pub(super) fn is_array_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !name.is_empty() && name.len() <= 32 && name.bytes().all(plain)
}

fn describe_maps(maps: &Maps) -> Result<ArrayDoc, String> {
    let (count, rows, columns) = maps.data.dim();
    let fits = maps.names.len() == count && maps.rows.len() == count && maps.rows.iter().all(|r| r.len == rows);
    if !fits || maps.time.len != columns {
        let lens: Vec<usize> = maps.rows.iter().map(|r| r.len).collect();
        return Err(format!(
            "maps of shape [{count}, {rows}, {columns}] have {} names, row axes of {lens:?} and a time axis of {}",
            maps.names.len(),
            maps.time.len
        ));
    }
    if let Some(((map, row, column), value)) = maps.data.indexed_iter().find(|(_, v)| !v.is_finite()) {
        let name = &maps.names[map];
        return Err(format!("map `{name}` is {value} at row {row}, column {column}; finite numbers are expected"));
    }
    let info = ArrayInfo {
        quantity: maps.quantity.clone(),
        unit: "1".into(),
        dtype: "float32".into(),
        // The row axis differs from map to map; the axis of the stack is only counted.
        axes: vec![Axis::index("map", count), Axis::index("row", rows), maps.time.clone()],
    };
    let maps = maps.names.iter().zip(&maps.rows).map(|(n, r)| MapDoc { name: n.clone(), rows: r.clone() }).collect();
    Ok(ArrayDoc { info, calibration: Map::new(), maps })
}

fn restore_maps(doc: &ArrayDoc, data: ArrayData) -> Result<Maps, String> {
    let ArrayData::F32(data) = data else {
        return Err(format!("float32 expected, not {}", data.dtype()));
    };
    let data = data.into_dimensionality::<Ix3>().map_err(|_| "three axes expected: map, row, time".to_owned())?;
    if doc.maps.len() != data.dim().0 || doc.maps.iter().any(|m| m.rows.len != data.dim().1) {
        return Err(format!("its .json names {} maps for an array of shape {:?}", doc.maps.len(), data.dim()));
    }
    let (names, rows) = doc.maps.iter().map(|m| (m.name.clone(), m.rows.clone())).unzip();
    Ok(Maps { quantity: doc.info.quantity.clone(), names, data, time: doc.info.axes[2].clone(), rows })
}
