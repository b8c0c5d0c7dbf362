//! Named arrays both ways: the numbers as a NumPy array, which takes over their memory, beside a description in JSON.

use super::fail::{Failure, Words, fail};
use kinecho::base::Complex32;
use kinecho::base::axis::ArrayInfo;
use kinecho::chain::{View, Views};
use kinecho::corpus::{
    ArrayData, NamedArray, csi_array, csi_from_array, cube_array, cube_from_array, iq_array, iq_from_array,
    points_array, points_from_array, rfid_array, rfid_from_array,
};
use kinecho::scene::TruthArray;
use kinecho::signal::Signal;
use ndarray::ArrayD;
use numpy::{Element, IntoPyArray, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use serde_json::{Map, Value, json};

/// A NumPy array and what it is, in JSON: `info` (quantity, unit, dtype, axes) and `calibration`.
pub(crate) type Described<'py> = (Bound<'py, PyAny>, String);

fn numbers<'py, T: Element>(py: Python<'py>, data: ArrayD<T>) -> Bound<'py, PyAny> {
    data.into_pyarray(py).into_any()
}

/// An array for Python; nothing is copied.
pub(crate) fn given(py: Python<'_>, array: NamedArray) -> Described<'_> {
    let about = json!({"info": array.info, "calibration": array.calibration}).to_string();
    let data = match array.data {
        ArrayData::F32(data) => numbers(py, data),
        ArrayData::F64(data) => numbers(py, data),
        ArrayData::C64(data) => numbers(py, data),
        ArrayData::U8(data) => numbers(py, data),
        ArrayData::I16(data) => numbers(py, data),
        ArrayData::I32(data) => numbers(py, data),
        ArrayData::I64(data) => numbers(py, data),
    };
    (data, about)
}

/// A view for Python; nothing is copied.
pub(crate) fn given_view(py: Python<'_>, view: View) -> Described<'_> {
    let about = json!({"info": view.array_info(), "calibration": {}}).to_string();
    (numbers(py, view.data), about)
}

/// Views for Python, with their names.
pub(crate) fn given_views(py: Python<'_>, views: Views) -> Vec<(String, Described<'_>)> {
    views.into_iter().map(|(name, view)| (name, given_view(py, view))).collect()
}

/// An array of the truth for Python: axes have names only.
pub(crate) fn given_truth(py: Python<'_>, array: TruthArray) -> (String, Described<'_>) {
    let axes: Vec<Value> = array
        .axes
        .iter()
        .zip(array.values.shape())
        .map(|(name, len)| json!({"name": name, "unit": "1", "len": len, "first": 0.0, "step": 1.0}))
        .collect();
    let info = json!({"quantity": array.name, "unit": array.unit, "dtype": "float64", "axes": axes});
    let about = json!({"info": info, "calibration": {}}).to_string();
    (array.name, (numbers(py, array.values), about))
}

/// A signal as an array, by its kind: `cube`, `iq`, `points`, `csi`, `rfid`.
pub(crate) fn of_signal(signal: Signal) -> Result<(&'static str, NamedArray), Failure> {
    let (kind, array) = match signal {
        Signal::Cube(cube) => ("cube", cube_array(cube)),
        Signal::Iq(iq) => ("iq", iq_array(iq)),
        Signal::Points(cloud) => ("points", points_array(&cloud)),
        Signal::Csi(csi) => ("csi", csi_array(csi)),
        Signal::Rfid(reads) => ("rfid", rfid_array(&reads)),
        Signal::Beams(_) => return Err(Failure::new("a passage is several arrays; take its views")),
    };
    Ok((kind, array.words()?))
}

/// The signal of a kind that an array holds.
pub(crate) fn to_signal(kind: &str, array: NamedArray) -> Result<Signal, Failure> {
    Ok(match kind {
        "cube" => Signal::Cube(cube_from_array(array).words()?),
        "iq" => Signal::Iq(iq_from_array(array).words()?),
        "points" => {
            let cloud = points_from_array(&array).words()?;
            match cloud.problem() {
                Some(problem) => return Err(Failure::new(format!("points: {problem}"))),
                None => Signal::Points(cloud),
            }
        }
        "csi" => Signal::Csi(csi_from_array(array).words()?),
        "rfid" => Signal::Rfid(rfid_from_array(&array).words()?),
        _ => return Err(Failure::new(format!("`{kind}` is no signal; expected cube, iq, points, csi or rfid"))),
    })
}

/// The array that Python gives, in any memory layout, held against its description.
pub(crate) fn taken(name: &str, data: &Bound<'_, PyAny>, about: &str) -> PyResult<NamedArray> {
    #[derive(serde::Deserialize)]
    struct About {
        info: ArrayInfo,
        #[serde(default)]
        calibration: Map<String, Value>,
    }
    let About { info, calibration } =
        serde_json::from_str(about).map_err(|e| fail(format!("array `{name}`: its description: {e}")))?;
    let array = NamedArray::new(info, data_of(name, data)?).map_err(fail)?;
    Ok(NamedArray { calibration, ..array })
}

/// The numbers of a NumPy array of one of the types that there are.
fn data_of(name: &str, data: &Bound<'_, PyAny>) -> PyResult<ArrayData> {
    if let Ok(array) = data.cast::<PyArrayDyn<f32>>() {
        return Ok(ArrayData::F32(array.to_owned_array()));
    }
    if let Ok(array) = data.cast::<PyArrayDyn<f64>>() {
        return Ok(ArrayData::F64(array.to_owned_array()));
    }
    if let Ok(array) = data.cast::<PyArrayDyn<Complex32>>() {
        return Ok(ArrayData::C64(array.to_owned_array()));
    }
    let found = match data.cast::<PyUntypedArray>() {
        Ok(array) => format!("{} of shape {:?}", array.dtype(), array.shape()),
        Err(_) => data.get_type().to_string(),
    };
    Err(fail(format!(
        "array `{name}`: {found}; expected a NumPy array of float32, float64 or complex64, as its description says"
    )))
}

/// The array of maps that Python gives, `[sample, map, row, column]` float32.
pub(crate) fn maps_of(data: &Bound<'_, PyAny>) -> PyResult<ndarray::Array4<f32>> {
    match data_of("views", data)? {
        ArrayData::F32(data) => data
            .into_dimensionality()
            .map_err(|_| fail("array `views`: expected four axes, [sample, map, row, column]".to_owned())),
        other => Err(fail(format!("array `views`: float32 expected, not {}", other.dtype()))),
    }
}

/// A view that Python gives.
pub(crate) fn taken_view(name: &str, data: &Bound<'_, PyAny>, about: &str) -> PyResult<View> {
    let NamedArray { info, data, .. } = taken(name, data, about)?;
    match data {
        ArrayData::F32(data) => Ok(View { quantity: info.quantity, unit: info.unit, axes: info.axes, data }),
        other => Err(fail(format!("view `{name}`: float32 expected, not {}", other.dtype()))),
    }
}
