//! Numbers out of glTF's buffers, with every offset held against the bytes that are there.

use super::json::{Accessor, Root};
use crate::geometry::gltf::base64;
use crate::motion::error::MotionError;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::{Component, Path, PathBuf};

/// The buffers of a file: its binary part, data inside of links, or files beside it. Each is opened when a number of it is asked for, since
/// buffers of meshes may be anywhere.
pub(super) struct Buffers<'a> {
    origin: &'a str,
    root: &'a Root,
    blob: Option<Vec<u8>>,
    folder: Option<&'a Path>,
    opened: Vec<OnceCell<Vec<u8>>>,
}

/// A buffer in a file of its own is no larger.
const LARGEST_BYTES: u64 = 2 << 30;
/// Most values of an accessor: two hours of 120 keys a second, with tangents, and more.
const MOST_VALUES: usize = 50_000_000;
/// Extensions that pack the bytes of a view.
const PACKED: [&str; 2] = ["EXT_meshopt_compression", "KHR_meshopt_compression"];

/// A kind of component: its size, and the number in its bytes; whole numbers are scaled to −1 … 1 as normalised ones are.
type Decoder = (usize, fn(&[u8]) -> f64);

fn component(kind: u32) -> Option<Decoder> {
    Some(match kind {
        5120 => (1, |b| (f64::from(b[0] as i8) / 127.0).max(-1.0)),
        5121 => (1, |b| f64::from(b[0]) / 255.0),
        5122 => (2, |b| (f64::from(i16::from_le_bytes([b[0], b[1]])) / 32767.0).max(-1.0)),
        5123 => (2, |b| f64::from(u16::from_le_bytes([b[0], b[1]])) / 65535.0),
        5126 => (4, |b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        _ => return None,
    })
}

/// Sizes of the whole numbers that places of sparse values are written in.
fn index_size(kind: Option<u32>) -> Option<usize> {
    match kind? {
        5121 => Some(1),
        5123 => Some(2),
        5125 => Some(4),
        _ => None,
    }
}

impl<'a> Buffers<'a> {
    /// The buffers of `root`; `folder` is where the file lies, if it lies anywhere.
    pub(super) fn new(origin: &'a str, root: &'a Root, blob: Option<Vec<u8>>, folder: Option<&'a Path>) -> Self {
        let opened = root.buffers.iter().map(|_| OnceCell::new()).collect();
        Self { origin, root, blob, folder, opened }
    }

    /// The values of an accessor of `width` numbers each.
    pub(super) fn values(&self, number: usize, width: usize) -> Result<Vec<f64>, MotionError> {
        let fail = |message: &str| MotionError::file(self.origin, format!("accessor {number}: {message}"));
        let Some(accessor) = self.root.accessors.get(number) else {
            return Err(fail(&format!("is not there; there are {}", self.root.accessors.len())));
        };
        let found = match accessor.kind.as_str() {
            "SCALAR" => 1,
            "VEC3" => 3,
            "VEC4" => 4,
            "MAT4" => 16,
            _ => return Err(fail("neither numbers, vectors of 3 or 4 nor matrices of 4 by 4")),
        };
        if found != width {
            return Err(fail(&format!("{found} numbers a key, expected {width}")));
        }
        let Some((size, decode)) = component(accessor.component_type) else {
            return Err(fail(&format!("components of type {} cannot be keys", accessor.component_type)));
        };
        if accessor.count == 0 || accessor.count.saturating_mul(width) > MOST_VALUES {
            return Err(fail(&format!(
                "{} keys; expected at least one, at most {MOST_VALUES} numbers",
                accessor.count
            )));
        }
        let mut values = match accessor.buffer_view {
            Some(view) => {
                let place = ElementLayout { view, offset: accessor.byte_offset, strided: true, width: size * width };
                let bytes = self.bytes(&place, accessor.count).map_err(|e| fail(&e))?;
                bytes.chunks_exact(size).map(decode).collect()
            }
            // By the standard all zeros, of which sparse values are changes.
            None if accessor.sparse.is_some() => vec![0.0; accessor.count * width],
            None => return Err(fail("it has no data")),
        };
        self.put_sparse(accessor, width, &mut values).map_err(|e| fail(&e))?;
        match values.iter().position(|v| !v.is_finite()) {
            Some(at) => Err(fail(&format!("key {} is not a finite number", at / width))),
            None => Ok(values),
        }
    }

    /// Puts the values that stand apart in their places.
    fn put_sparse(&self, accessor: &Accessor, width: usize, values: &mut [f64]) -> Result<(), String> {
        let Some(sparse) = &accessor.sparse else { return Ok(()) };
        if sparse.count == 0 || sparse.count > accessor.count {
            return Err(format!("{} sparse values of {} keys", sparse.count, accessor.count));
        }
        let index = index_size(sparse.indices.component_type).ok_or("places of sparse values are no whole numbers")?;
        let (size, decode) = component(accessor.component_type).ok_or("not numbers")?;
        let whole = |view, offset, width| ElementLayout { view, offset, strided: false, width };
        let places = self.bytes(&whole(sparse.indices.buffer_view, sparse.indices.byte_offset, index), sparse.count)?;
        let changed =
            self.bytes(&whole(sparse.values.buffer_view, sparse.values.byte_offset, size * width), sparse.count)?;
        for (place, changed) in places.chunks_exact(index).zip(changed.chunks_exact(size * width)) {
            let key = place.iter().rev().fold(0usize, |n, b| n << 8 | usize::from(*b));
            let Some(slot) = values.get_mut(key * width..(key + 1) * width) else {
                return Err(format!("a sparse value of key {key}; there are {}", accessor.count));
            };
            slot.iter_mut().zip(changed.chunks_exact(size)).for_each(|(v, b)| *v = decode(b));
        }
        Ok(())
    }

    /// The bytes of `count` elements, one behind the other.
    fn bytes(&self, place: &ElementLayout, count: usize) -> Result<Cow<'_, [u8]>, String> {
        let view = self.root.views.get(place.view).ok_or_else(|| format!("buffer view {} is not there", place.view))?;
        if let Some(packed) = PACKED.iter().find(|name| view.extensions.contains_key(**name)) {
            return Err(format!(
                "its bytes are packed by {packed}; write the file without it (gltfpack without -c, or gltf-transform copy)"
            ));
        }
        let buffer = self.buffer(view.buffer)?;
        let stride = view.byte_stride.filter(|_| place.strided).unwrap_or(place.width).max(1);
        let begin = view.byte_offset.checked_add(place.offset);
        let end = begin.and_then(|b| (count - 1).checked_mul(stride)?.checked_add(b)?.checked_add(place.width));
        let (Some(begin), Some(end)) = (begin, end) else { return Err("impossible offsets".into()) };
        let there = buffer.len().min(view.byte_offset.saturating_add(view.byte_length));
        if end > there {
            return Err(format!("{count} keys up to byte {end}, but the buffer has {there}"));
        }
        if stride == place.width {
            return Ok(Cow::Borrowed(&buffer[begin..end]));
        }
        let elements = (0..count).flat_map(|key| &buffer[begin + key * stride..begin + key * stride + place.width]);
        Ok(Cow::Owned(elements.copied().collect()))
    }

    fn buffer(&self, index: usize) -> Result<&[u8], String> {
        let (Some(buffer), Some(cell)) = (self.root.buffers.get(index), self.opened.get(index)) else {
            return Err(format!("buffer {index} is not there; there are {}", self.root.buffers.len()));
        };
        let Some(uri) = &buffer.uri else {
            let blob = self.blob.as_deref().filter(|_| index == 0);
            return blob.ok_or_else(|| format!("buffer {index} has no data; expected a .glb with a binary part"));
        };
        if let Some(bytes) = cell.get() {
            return Ok(bytes);
        }
        let bytes = match uri.strip_prefix("data:") {
            Some(data) => data
                .split_once("base64,")
                .and_then(|(_, text)| base64(text))
                .ok_or_else(|| format!("buffer {index}: the data is not base64"))?,
            None => beside(uri, self.folder).map_err(|e| format!("buffer {index}: {e}"))?,
        };
        Ok(cell.get_or_init(|| bytes))
    }
}

/// Where elements lie.
struct ElementLayout {
    view: usize,
    offset: usize,
    /// Whether the view may leave gaps between elements.
    strided: bool,
    /// Bytes of an element.
    width: usize,
}

fn beside(uri: &str, folder: Option<&Path>) -> Result<Vec<u8>, String> {
    // Names are percent-encoded (RFC 3986); files of careless programs have blanks as they are.
    let name = decoded(uri).ok_or_else(|| format!("`{uri}` is not a name"))?;
    let mut path = PathBuf::new();
    for part in Path::new(&name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            // A file must not reach out of its folder.
            _ => return Err(format!("`{uri}` is not a file beside it")),
        }
    }
    let path = match folder {
        Some(folder) if path.components().next().is_some() => folder.join(path),
        _ => return Err(format!("`{uri}` is not a file beside it")),
    };
    let size = std::fs::metadata(&path).map_err(|e| format!("{}: {e}", path.display()))?.len();
    if size > LARGEST_BYTES {
        return Err(format!("{} is larger than 2 GiB", path.display()));
    }
    std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))
}

/// A name without percent-encoding; `None` where what comes out is no text.
fn decoded(uri: &str) -> Option<String> {
    let bytes = uri.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = uri.get(at + 1..at + 3).filter(|_| byte == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn names_are_decoded() {
        for (uri, name) in
            [("a%20b.bin", "a b.bin"), ("100%.bin", "100%.bin"), ("%C3%A9.bin", "é.bin"), ("%zz%2", "%zz%2"), ("", "")]
        {
            assert_eq!(decoded(uri).as_deref(), Some(name));
        }
        assert_eq!(decoded("%FF"), None);
    }
}
