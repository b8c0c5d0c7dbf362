//! The text side's tensors out of a CLIP safetensors file; those of the vision side are passed over.

use super::ClipError;
use safetensors::{Dtype, SafeTensors};
use std::path::Path;

pub(super) struct Weights<'a> {
    tensors: SafeTensors<'a>,
    path: &'a Path,
}

impl<'a> Weights<'a> {
    pub(super) fn new(bytes: &'a [u8], path: &'a Path) -> Result<Self, ClipError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| ClipError::File {
            path: path.to_owned(),
            problem: format!("is not a whole safetensors file ({e}); it may be cut off or of another kind"),
        })?;
        Ok(Self { tensors, path })
    }

    /// Values as f32 from f32, f16 or bf16.
    pub(super) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ClipError> {
        let fail = |problem: String| ClipError::Tensor {
            path: self.path.to_owned(),
            name: name.to_owned(),
            problem,
            expected: format!("F32, F16 or BF16 {shape:?}"),
        };
        let view = self.tensors.tensor(name).map_err(|_| fail("is missing".into()))?;
        if view.shape() != shape {
            return Err(fail(format!("has shape {:?}", view.shape())));
        }
        let data = view.data();
        let two = |b: &[u8]| u16::from_le_bytes([b[0], b[1]]);
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            Dtype::F16 => data.chunks_exact(2).map(|b| half(two(b))).collect(),
            Dtype::BF16 => data.chunks_exact(2).map(|b| f32::from_bits(u32::from(two(b)) << 16)).collect(),
            other => return Err(fail(format!("has type {other:?}"))),
        };
        match values.iter().position(|v| !v.is_finite()) {
            Some(i) => Err(fail(format!("holds {} at place {i}", values[i]))),
            None => Ok(values),
        }
    }
}

/// IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 bits of fraction.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f32::from(bits & 0x3ff);
    match bits >> 10 & 0x1f {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        exponent => sign * (1024.0 + fraction) * 2f32.powi(i32::from(exponent) - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::half;

    // numpy.array([0x0001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0xc000, 0x7bff], dtype=numpy.uint16).view(numpy.float16)
    #[test]
    fn halves_are_those_of_numpy() {
        let want = [(0x0001, 5.960_464_5e-8), (0x03ff, 6.097_555e-5), (0x0400, 6.103_515_6e-5), (0x3555, 0.333_251_95)];
        for (bits, value) in want.into_iter().chain([(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0, 0.0)]) {
            assert_eq!(half(bits), value, "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f32::NEG_INFINITY);
    }
}
