//! Numbers of a safetensors file as f32, whatever floats they were written as.

use safetensors::Dtype;

/// What is read, as errors name it.
pub(super) const KINDS: &str = "F32, F16 or BF16";

/// The values of a tensor's bytes; `None` for a type that is no float of at most 32 bits.
pub(super) fn read(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    let two = |b: &[u8]| u16::from_le_bytes([b[0], b[1]]);
    match dtype {
        Dtype::F32 => Some(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()),
        Dtype::F16 => Some(data.chunks_exact(2).map(|b| half(two(b))).collect()),
        Dtype::BF16 => Some(data.chunks_exact(2).map(|b| f32::from_bits(u32::from(two(b)) << 16)).collect()),
        _ => None,
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
    use super::{half, read};
    use safetensors::Dtype;

    // numpy.array([0x0001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0xc000, 0x7bff], dtype=numpy.uint16).view(numpy.float16)
    #[test]
    fn halves_are_those_of_numpy() {
        let want = [(0x0001, 5.960_464_5e-8), (0x03ff, 6.097_555e-5), (0x0400, 6.103_515_6e-5), (0x3555, 0.333_251_95)];
        for (bits, value) in want.into_iter().chain([(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0, 0.0)]) {
            assert_eq!(half(bits), value, "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f32::NEG_INFINITY);
    }

    #[test]
    fn every_kind_is_read_and_others_are_not() {
        assert_eq!(read(Dtype::F32, &1.5f32.to_le_bytes()), Some(vec![1.5]));
        assert_eq!(read(Dtype::F16, &[0x00, 0x3c, 0x00, 0xc0]), Some(vec![1.0, -2.0]));
        // The upper half of 1.0 and of -2.0 as f32: 0x3f80 and 0xc000.
        assert_eq!(read(Dtype::BF16, &[0x80, 0x3f, 0x00, 0xc0]), Some(vec![1.0, -2.0]));
        assert_eq!(read(Dtype::I32, &[0; 4]), None);
    }
}
