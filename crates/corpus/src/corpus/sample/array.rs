//! An array together with the description that travels with it.

use crate::base::Complex32;
use crate::base::axis::ArrayInfo;
use crate::corpus::error::CorpusError;
use ndarray::ArrayD;
use serde_json::{Map, Value};

/// The numbers of an array, in one of the types that a corpus keeps.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrayData {
    /// `float32`
    F32(ArrayD<f32>),
    /// `float64`
    F64(ArrayD<f64>),
    /// `complex64`
    C64(ArrayD<Complex32>),
    /// `uint8`
    U8(ArrayD<u8>),
    /// `int16`
    I16(ArrayD<i16>),
    /// `int32`
    I32(ArrayD<i32>),
    /// `int64`
    I64(ArrayD<i64>),
}

/// Runs the same expression on the array inside, whatever its type.
macro_rules! on_array {
    ($data:expr, $array:ident => $body:expr) => {
        match $data {
            ArrayData::F32($array) => $body,
            ArrayData::F64($array) => $body,
            ArrayData::C64($array) => $body,
            ArrayData::U8($array) => $body,
            ArrayData::I16($array) => $body,
            ArrayData::I32($array) => $body,
            ArrayData::I64($array) => $body,
        }
    };
}
pub(in crate::corpus) use on_array;

impl ArrayData {
    /// NumPy's name of the type of the numbers.
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::F32(_) => "float32",
            Self::F64(_) => "float64",
            Self::C64(_) => "complex64",
            Self::U8(_) => "uint8",
            Self::I16(_) => "int16",
            Self::I32(_) => "int32",
            Self::I64(_) => "int64",
        }
    }

    /// Lengths of the axes in storage order.
    pub fn shape(&self) -> &[usize] {
        on_array!(self, a => a.shape())
    }
}

/// An array, its named axes and whatever calibration its reader needs.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedArray {
    /// Axes, units and type of the numbers.
    pub info: ArrayInfo,
    /// Further facts by name: carrier frequency, `range_bin_m`, `fft_shifted` …
    pub calibration: Map<String, Value>,
    /// The numbers.
    pub data: ArrayData,
}

impl NamedArray {
    /// An array whose shape and type are what `info` says.
    pub fn new(info: ArrayInfo, data: ArrayData) -> Result<Self, CorpusError> {
        let problem = describe_mismatch(&info, data.dtype(), data.shape());
        match problem {
            Some(problem) => Err(CorpusError::Array { array: info.quantity, problem }),
            None => Ok(Self { info, calibration: Map::new(), data }),
        }
    }

    /// Adds one fact of the calibration.
    pub fn calibrated(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.calibration.insert(name.into(), value.into());
        self
    }
}

/// In what way an array is not what its description says; `None` when it is.
pub(in crate::corpus) fn describe_mismatch(info: &ArrayInfo, dtype: &str, shape: &[usize]) -> Option<String> {
    if info.dtype != dtype {
        return Some(format!("the description says {}, the array is {dtype}", info.dtype));
    }
    let expected: Vec<usize> = info.axes.iter().map(|a| a.len).collect();
    (expected != shape).then(|| {
        let axes: Vec<String> = info.axes.iter().map(|a| format!("{} {}", a.name, a.len)).collect();
        format!("the description says [{}], the array has shape {shape:?}", axes.join(", "))
    })
}
