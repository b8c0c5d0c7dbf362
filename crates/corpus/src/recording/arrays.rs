//! Arrays out of npz and npy files, with nothing in the file trusted.

use super::RecordingError;
use ndarray::{Array, Dimension};
use ndarray_npy::{ReadNpyExt, ReadableElement};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// An npz of a point recording has no larger array; a deflated bomb stops here.
const LARGEST_ARRAY_BYTES: u64 = 1 << 30;

/// An open npz.
pub(super) struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, RecordingError> {
        let file = File::open(path).map_err(RecordingError::read(path))?;
        let zip = ZipArchive::new(BufReader::new(file))
            .map_err(|e| RecordingError::file(path, format!("not a whole npz archive ({e}); copy the file again")))?;
        Ok(Self { path: path.to_owned(), zip })
    }

    /// Whether the archive holds this array.
    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(&format!("{name}.npy")).is_some()
    }

    /// The array `name`, whose element type and number of axes are those of the result.
    pub(super) fn array<T: ReadableElement, D: Dimension>(
        &mut self,
        name: &str,
    ) -> Result<Array<T, D>, RecordingError> {
        let fail = |what: String| RecordingError::array(&self.path, name, what);
        let entry = match self.zip.by_name(&format!("{name}.npy")) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => return Err(fail("it is missing".into())),
            Err(e) => return Err(fail(e.to_string())),
        };
        let mut bytes = Vec::new();
        entry
            .take(LARGEST_ARRAY_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| fail(format!("{e}; the file is cut short or damaged")))?;
        if bytes.len() as u64 > LARGEST_ARRAY_BYTES {
            return Err(fail(format!("larger than {LARGEST_ARRAY_BYTES} bytes")));
        }
        decode(&bytes).map_err(fail)
    }
}

/// Refuses a column of points whose length is not what the points of the frames add up to.
pub(super) fn same_length(path: &Path, array: &str, found: usize, total: usize) -> Result<(), RecordingError> {
    if found == total {
        return Ok(());
    }
    Err(RecordingError::array(path, array, format!("{found} points, but n_points adds up to {total}")))
}

/// An array from the bytes of an npy file; the text says what is wrong.
pub(super) fn decode<T: ReadableElement, D: Dimension>(bytes: &[u8]) -> Result<Array<T, D>, String> {
    let claimed = claimed_elements(bytes).ok_or("not a .npy array (magic or shape missing)")?;
    // The reader allocates what the header claims, so the claim is held against the bytes that are there.
    if claimed.checked_mul(size_of::<T>()).is_none_or(|n| n > bytes.len()) {
        let here = bytes.len();
        return Err(format!("its header claims {claimed} elements, more than its {here} bytes can hold: cut short?"));
    }
    Array::<T, D>::read_npy(bytes)
        .map_err(|e| format!("{e}; expected {} with {}", std::any::type_name::<T>(), axes(D::NDIM)))
}

fn axes(n: Option<usize>) -> String {
    n.map_or("any axes".into(), |n| format!("{n} axes"))
}

/// Number of elements according to the header of an npy file.
fn claimed_elements(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(b"\x93NUMPY") {
        return None;
    }
    let (start, length): (usize, usize) = match *bytes.get(6)? {
        1 => (10, u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]) as usize),
        _ => (12, u32::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?, *bytes.get(10)?, *bytes.get(11)?]) as usize),
    };
    let header = std::str::from_utf8(bytes.get(start..start.checked_add(length)?)?).ok()?;
    let shape = header.split_once("'shape'")?.1.split_once('(')?.1.split_once(')')?.0;
    let mut extents = shape.split(',').map(str::trim).filter(|s| !s.is_empty());
    extents.try_fold(1usize, |n, extent| n.checked_mul(extent.parse().ok()?))
}
