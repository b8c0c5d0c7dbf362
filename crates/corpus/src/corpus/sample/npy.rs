//! Arrays of a corpus as `.npy` files in memory.

use super::array::{ArrayData, on_array};
use crate::base::npy::{self, Header};
use ndarray::CowArray;
use ndarray_npy::WriteNpyExt;

/// The array as a `.npy` file.
pub(in crate::corpus) fn encode(data: &ArrayData) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // C order whatever the layout in memory, so that equal arrays give equal bytes.
    on_array!(data, a => CowArray::from(a.as_standard_layout()).write_npy(&mut bytes)).map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// Reads a whole `.npy` file from memory.
pub(in crate::corpus) fn decode(bytes: &[u8]) -> Result<ArrayData, String> {
    let header = Header::parse(bytes)?;
    header.require_whole(bytes)?;
    let data = match header.kind.as_str() {
        _ if header.big_endian => return Err(format!("NumPy type `>{}` is none that a corpus keeps", header.kind)),
        "f4" => ArrayData::F32(npy::decode(bytes)?),
        "f8" => ArrayData::F64(npy::decode(bytes)?),
        "c8" => ArrayData::C64(npy::decode(bytes)?),
        "u1" => ArrayData::U8(npy::decode(bytes)?),
        "i2" => ArrayData::I16(npy::decode(bytes)?),
        "i4" => ArrayData::I32(npy::decode(bytes)?),
        "i8" => ArrayData::I64(npy::decode(bytes)?),
        other => return Err(format!("NumPy type `{other}` is none that a corpus keeps")),
    };
    Ok(data)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_back_what_it_wrote_in_c_order() {
        let fortran = ndarray::Array2::from_shape_fn((3, 2), |(i, j)| (10 * i + j) as f32).reversed_axes().into_dyn();
        let bytes = encode(&ArrayData::F32(fortran.clone())).unwrap();
        let ArrayData::F32(back) = decode(&bytes).unwrap() else { panic!("float32 expected") };
        assert_eq!(back, fortran);
        assert!(back.is_standard_layout());
    }
}
