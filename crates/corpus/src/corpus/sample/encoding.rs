//! The bytes of a sample: its description as JSON, its arrays as `.npy`.

use super::array::{ArrayData, NamedArray, describe_mismatch};
use super::targets::Targets;
use super::{Sample, SampleMeta, npy};
use crate::base::axis::{ArrayInfo, Axis};
use crate::base::integers;
use crate::chain::{View, Views};
use crate::dsp::maps::Maps;
use ndarray::Ix3;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Name of the stacked maps in samples of version 1, which all had one size.
pub(in crate::corpus) const OLD_MAPS: &str = "hm";
/// Version of a sample's JSON.
const SAMPLE_VERSION: u32 = 2;

/// The JSON of a sample. `id` and the fields of `SampleMeta` stand at the top level, so that a line of Python finds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::corpus) struct SampleDoc {
    pub(in crate::corpus) version: u32,
    pub(in crate::corpus) id: u64,
    #[serde(flatten)]
    pub(in crate::corpus) meta: SampleMeta,
    #[serde(flatten)]
    pub(in crate::corpus) targets: Targets,
    /// Which of the arrays are views, in order. In version 1 there is none: the maps are.
    #[serde(default)]
    views: Vec<String>,
    pub(in crate::corpus) arrays: BTreeMap<String, ArrayDoc>,
}

impl SampleDoc {
    /// Whether an array is a view or holds some.
    pub(in crate::corpus) fn is_view(&self, name: &str) -> bool {
        if self.version == 1 { name == OLD_MAPS } else { self.views.iter().any(|view| view == name) }
    }

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
pub(in crate::corpus) struct ArrayDoc {
    pub(in crate::corpus) info: ArrayInfo,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    calibration: Map<String, Value>,
    /// For the stacked maps of version 1: name and row axis of each, in order of the first axis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    maps: Vec<MapDoc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct MapDoc {
    name: String,
    rows: Axis,
}

/// Why a sample cannot be written or read: the array, where it is one, and the problem.
pub(in crate::corpus) type Problem = (Option<String>, String);

/// The files of a sample as (extension, bytes), in the order in which they are stored: description, general sentence, views in order,
/// extras by name.
pub(in crate::corpus) type Encoded = Vec<(String, Vec<u8>)>;

/// A sample in the bytes that a shard keeps of it.
pub(in crate::corpus) fn encode(sample: &Sample) -> Result<Encoded, Problem> {
    let mut arrays = BTreeMap::new();
    let mut files = vec![(String::from("json"), Vec::new())];
    if let Some(captions) = &sample.targets.captions {
        files.push((String::from("txt"), captions.general.clone().into_bytes()));
    }
    let mut add = |name: &str, doc: ArrayDoc, data: &ArrayData| {
        let here = |problem: String| (Some(name.to_owned()), problem);
        if !is_array_name(name) {
            return Err(here("a name of lower-case letters, digits and `_` is expected".into()));
        }
        if arrays.insert(name.to_owned(), doc).is_some() {
            return Err(here("the name is taken twice".into()));
        }
        files.push((format!("{name}.npy"), npy::encode(data).map_err(here)?));
        Ok(())
    };
    for (name, view) in sample.views.iter() {
        if let Some(problem) = view.problem() {
            return Err((Some(name.to_owned()), problem));
        }
        let doc = ArrayDoc { info: view.array_info(), calibration: Map::new(), maps: Vec::new() };
        add(name, doc, &ArrayData::F32(view.data.clone()))?;
    }
    let mut extras: Vec<&(String, NamedArray)> = sample.extras.iter().collect();
    extras.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, array) in extras {
        if let Some(problem) = describe_mismatch(&array.info, array.data.dtype(), array.data.shape()) {
            return Err((Some(name.clone()), problem));
        }
        let doc = ArrayDoc { info: array.info.clone(), calibration: array.calibration.clone(), maps: Vec::new() };
        add(name, doc, &array.data)?;
    }
    let mut doc = SampleDoc {
        version: SAMPLE_VERSION,
        id: sample.id,
        meta: sample.meta.clone(),
        targets: sample.targets.clone(),
        views: sample.views.names(),
        arrays,
    };
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
pub(in crate::corpus) fn decode_doc(bytes: &[u8], id: u64) -> Result<SampleDoc, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| format!("its .json is not JSON: {e}"))?;
    let version = value.get("version").and_then(Value::as_u64);
    if !version.is_some_and(|v| (1..=u64::from(SAMPLE_VERSION)).contains(&v)) {
        let found = version.map_or("none".into(), |v| v.to_string());
        return Err(format!("its .json has version {found}, 1 to {SAMPLE_VERSION} expected"));
    }
    let doc: SampleDoc =
        serde_json::from_value(value).map_err(|e| format!("its .json does not describe a sample: {e}"))?;
    if doc.id != id {
        return Err(format!("its .json says that it is sample {}", doc.id));
    }
    Ok(doc)
}

/// Puts a sample together from its description and the bytes of its arrays; arrays that are not among `files` are left out, but all
/// views must be there.
pub(in crate::corpus) fn decode(doc: SampleDoc, files: &BTreeMap<String, Vec<u8>>) -> Result<Sample, Problem> {
    let mut found = BTreeMap::new();
    let mut extras = Vec::new();
    let mut old_maps = None;
    for (name, bytes) in files {
        let here = |problem: String| (Some(name.clone()), problem);
        let Some(array) = doc.arrays.get(name) else {
            return Err(here("is in the shard, but not in the sample's .json".into()));
        };
        let data = npy::decode(bytes).map_err(here)?;
        if let Some(problem) = describe_mismatch(&array.info, data.dtype(), data.shape()) {
            return Err(here(problem));
        }
        if !doc.is_view(name) {
            let calibration = array.calibration.clone();
            extras.push((name.clone(), NamedArray { info: array.info.clone(), calibration, data }));
        } else if doc.version == 1 {
            old_maps = Some(restore_maps(array, data).map_err(here)?);
        } else {
            let ArrayData::F32(data) = data else {
                return Err(here(format!("float32 expected, not {}", data.dtype())));
            };
            let ArrayInfo { quantity, unit, axes, .. } = array.info.clone();
            found.insert(name.as_str(), View { quantity, unit, axes, data });
        }
    }
    let mut views = Views::new();
    match old_maps {
        Some(maps) => views = maps.into(),
        None if doc.version == 1 => return Err((Some(OLD_MAPS.to_owned()), "is not in the shard".to_owned())),
        None => {
            for name in &doc.views {
                let view = found.remove(name.as_str());
                views.insert(name, view.ok_or((Some(name.clone()), "is not in the shard".to_owned()))?);
            }
        }
    }
    Ok(Sample { id: doc.id, meta: doc.meta, targets: doc.targets, views, extras })
}

/// Whether an array may bear this name; it becomes a part of a file name.
pub(in crate::corpus) fn is_array_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !name.is_empty() && name.len() <= 32 && name.bytes().all(plain)
}

/// The maps of a sample of version 1: a stack of one size, with a row axis each.
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
