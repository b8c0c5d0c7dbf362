//! Numbers out of glTF's buffers, with every offset held against the bytes that are there.

use super::super::error::MotionError;
use crate::geometry::gltf::base64;
use gltf::accessor::{DataType, Dimensions};
use gltf::{Accessor, Document, buffer};
use std::path::Path;

/// The buffers of a file: its binary part, data inside of links, or files beside it.
pub(super) struct Buffers {
    origin: String,
    data: Vec<Vec<u8>>,
}

/// A buffer in a file of its own is no larger.
const LARGEST_BYTES: u64 = 2 << 30;

impl Buffers {
    /// Loads all buffers; `folder` is where the file lies, if it lies anywhere.
    pub(super) fn load(
        origin: &str,
        document: &Document,
        blob: Option<Vec<u8>>,
        folder: Option<&Path>,
    ) -> Result<Self, MotionError> {
        let fail = |message: String| MotionError::file(origin, message);
        let mut blob = blob;
        let mut data = Vec::new();
        for buffer in document.buffers() {
            let index = buffer.index();
            data.push(match buffer.source() {
                buffer::Source::Bin => blob
                    .take()
                    .ok_or_else(|| fail(format!("buffer {index} has no data; expected a .glb with a binary part")))?,
                buffer::Source::Uri(uri) if uri.starts_with("data:") => {
                    let text = uri.split_once("base64,").map(|(_, text)| text);
                    let text = text.ok_or_else(|| fail(format!("buffer {index}: the data is not base64")))?;
                    base64(text).ok_or_else(|| fail(format!("buffer {index}: the data is not base64")))?
                }
                buffer::Source::Uri(uri) => beside(origin, index, uri, folder)?,
            });
        }
        Ok(Self { origin: origin.to_owned(), data })
    }

    /// The values of an accessor of `width` numbers each; whole numbers are scaled to −1 … 1 as normalised ones are.
    pub(super) fn values(&self, accessor: &Accessor, width: usize) -> Result<Vec<f64>, MotionError> {
        let fail = |message: &str| MotionError::file(&self.origin, format!("accessor {}: {message}", accessor.index()));
        let found = match accessor.dimensions() {
            Dimensions::Scalar => 1,
            Dimensions::Vec3 => 3,
            Dimensions::Vec4 => 4,
            _ => return Err(fail("neither numbers nor vectors of 3 or 4")),
        };
        if found != width {
            return Err(fail(&format!("{found} numbers a key, expected {width}")));
        }
        if accessor.sparse().is_some() {
            return Err(fail("sparse accessors are not read; export the animation without"));
        }
        let (size, decode): (usize, fn(&[u8]) -> f64) = match accessor.data_type() {
            DataType::F32 => (4, |b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
            DataType::I8 => (1, |b| (f64::from(b[0] as i8) / 127.0).max(-1.0)),
            DataType::U8 => (1, |b| f64::from(b[0]) / 255.0),
            DataType::I16 => (2, |b| (f64::from(i16::from_le_bytes([b[0], b[1]])) / 32767.0).max(-1.0)),
            DataType::U16 => (2, |b| f64::from(u16::from_le_bytes([b[0], b[1]])) / 65535.0),
            DataType::U32 => return Err(fail("32-bit whole numbers cannot be keys")),
        };
        let view = accessor.view().ok_or_else(|| fail("it has no data"))?;
        let buffer = self.data.get(view.buffer().index()).ok_or_else(|| fail("its buffer is missing"))?;
        let stride = view.stride().unwrap_or(size * width).max(1);
        let begin = view.offset().checked_add(accessor.offset());
        let end = begin.and_then(|b| {
            accessor.count().saturating_sub(1).checked_mul(stride)?.checked_add(b)?.checked_add(size * width)
        });
        let (Some(begin), Some(end)) = (begin, end) else { return Err(fail("impossible offsets")) };
        if accessor.count() == 0 || end > buffer.len() {
            return Err(fail(&format!(
                "{} keys up to byte {end}, but the buffer has {}",
                accessor.count(),
                buffer.len()
            )));
        }
        let mut values = Vec::with_capacity(accessor.count() * width);
        for key in 0..accessor.count() {
            for k in 0..width {
                let at = begin + key * stride + k * size;
                let value = decode(&buffer[at..at + size]);
                if !value.is_finite() {
                    return Err(fail(&format!("key {key} is not a finite number")));
                }
                values.push(value);
            }
        }
        Ok(values)
    }
}

fn beside(origin: &str, index: usize, uri: &str, folder: Option<&Path>) -> Result<Vec<u8>, MotionError> {
    let fail = |message: String| MotionError::file(origin, format!("buffer {index}: {message}"));
    let name = Path::new(uri);
    // A file must not reach out of its folder.
    let plain = name.components().all(|c| matches!(c, std::path::Component::Normal(_)));
    let Some(folder) = folder.filter(|_| plain) else {
        return Err(fail(format!("`{uri}` is not a file beside it")));
    };
    let path = folder.join(name);
    let size = std::fs::metadata(&path).map_err(|e| fail(format!("{}: {e}", path.display())))?.len();
    if size > LARGEST_BYTES {
        return Err(fail(format!("{} is larger than 2 GiB", path.display())));
    }
    std::fs::read(&path).map_err(|e| fail(format!("{}: {e}", path.display())))
}
