//! The text of a file that people edited on all sorts of machines.

use super::super::error::SensorError;
use crate::base::yaml::YamlError;
use std::path::Path;

/// Reads a file as text, whatever its encoding: a byte-order mark is taken off, UTF-16 is decoded by its mark, and bytes that are no
/// UTF-8 (comments in Latin-1 or GBK) become replacement characters: commands and numbers are ASCII.
pub(super) fn read(path: &Path) -> Result<String, SensorError> {
    let bytes = std::fs::read(path).map_err(|source| YamlError::Read { path: path.to_owned(), source })?;
    Ok(decode(&bytes))
}

/// The same from bytes.
pub(super) fn decode(bytes: &[u8]) -> String {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_foreign_comments_leave_the_commands() {
        let text = "frameCfg 0 2 16 0 100 1 0\n% \u{5e27}\n";
        let wide = |unit: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect()
        };
        assert_eq!(decode(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), text);
        assert_eq!(decode(&wide(u16::to_le_bytes, [0xff, 0xfe])), text);
        assert_eq!(decode(&wide(u16::to_be_bytes, [0xfe, 0xff])), text);
        assert_eq!(decode(b"% MHz/\xb5s\nadcCfg 2 1\n"), "% MHz/\u{fffd}s\nadcCfg 2 1\n");
    }
}
