//! One number out of an array of one Python object, as `numpy.savez(fps=numpy.array(30, dtype=object))` writes it.
//!
//! A pickle is a program. It is not run: its instructions are told apart (Python's `pickletools`), and the number that is appended to the
//! array's list of objects is taken, whether it is a plain one or NumPy's own kind.

/// What an instruction brings along, where that can be a number.
#[derive(Debug)]
enum Token<'a> {
    List,
    Append,
    Number(f64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// Puts something aside or marks a place.
    Silent,
    Other,
}

/// The number of a pickled array of one object; `None` where it is none.
pub(super) fn pickled_number(data: &[u8]) -> Option<f64> {
    let mut rest = data;
    let (mut listed, mut number, mut kind, mut bytes) = (false, None, None, None);
    loop {
        match token(&mut rest)? {
            Token::List => (listed, number, kind, bytes) = (true, None, None, None),
            Token::Append if listed => return number.or_else(|| decoded(kind?, bytes?)),
            Token::Number(n) => number = Some(n),
            Token::Silent => {}
            other => {
                // A number counts only where it is what is appended.
                number = None;
                match other {
                    Token::Text(text) if matches!(text, b"f8" | b"f4" | b"i8" | b"i4") => kind = Some(text),
                    Token::Bytes(found) => bytes = Some(found),
                    _ => {}
                }
            }
        }
    }
}

/// A scalar of NumPy: its bytes as its type says.
fn decoded(kind: &[u8], bytes: &[u8]) -> Option<f64> {
    match kind {
        b"f8" => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
        b"f4" => Some(f32::from_le_bytes(bytes.try_into().ok()?).into()),
        b"i8" => Some(i64::from_le_bytes(bytes.try_into().ok()?) as f64),
        b"i4" => Some(i32::from_le_bytes(bytes.try_into().ok()?).into()),
        _ => None,
    }
}

/// The next instruction; `None` at the end, or where it is an unknown one.
fn token<'a>(rest: &mut &'a [u8]) -> Option<Token<'a>> {
    let (&code, after) = rest.split_first()?;
    *rest = after;
    let mut take = |count: usize| {
        let (taken, left) = rest.split_at_checked(count)?;
        *rest = left;
        Some(taken)
    };
    let length =
        |bytes: &[u8]| bytes.iter().rev().try_fold(0usize, |n, b| n.checked_mul(256)?.checked_add((*b).into()));
    Some(match code {
        b']' => Token::List,
        b'a' | b'e' => Token::Append,
        b'K' => Token::Number(take(1)?[0].into()),
        b'M' => Token::Number(u16::from_le_bytes(take(2)?.try_into().ok()?).into()),
        b'J' => Token::Number(i32::from_le_bytes(take(4)?.try_into().ok()?).into()),
        b'G' => Token::Number(f64::from_be_bytes(take(8)?.try_into().ok()?)),
        0x8a => {
            let count = take(1)?[0].into();
            let bytes = take(count)?;
            Token::Number(length(bytes)? as f64)
        }
        0x8c => {
            let count = take(1)?[0].into();
            Token::Text(take(count)?)
        }
        b'X' => {
            let count = length(take(4)?)?;
            Token::Text(take(count)?)
        }
        b'C' => {
            let count = take(1)?[0].into();
            Token::Bytes(take(count)?)
        }
        b'B' => {
            let count = length(take(4)?)?;
            Token::Bytes(take(count)?)
        }
        b'q' => take(1).map(|_| Token::Silent)?,
        b'r' => take(4).map(|_| Token::Silent)?,
        0x94 | b'(' => Token::Silent,
        0x80 | b'h' => take(1).map(|_| Token::Other)?,
        b'j' => take(4).map(|_| Token::Other)?,
        0x95 => take(8).map(|_| Token::Other)?,
        b'c' => {
            for _ in 0..2 {
                let end = rest.iter().position(|b| *b == b'\n')?;
                *rest = &rest[end + 1..];
            }
            Token::Other
        }
        b'.' => return None,
        b')' | b't' | b'N' | b'R' | b'b' | b'}' | b's' | b'u' | 0x81 | 0x85..=0x89 | 0x93 => Token::Other,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::pickled_number;

    /// `np.save(f, np.array(X, dtype=object))` of NumPy 2.4, without the head of 128 bytes, in hexadecimal digits.
    const WRITTEN: [(&str, f64); 4] = [
        (
            concat!(
                "80049588000000000000008c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c05",
                "6e756d7079948c076e6461727261799493944b0085944301629487945294284b012968038c0564747970659493948c024f389489888794",
                "5294284b038c017c944e4e4e4affffffff4affffffff4b3f749462895d944b1e617494622e",
            ),
            30.0,
        ),
        (
            concat!(
                "8004958f000000000000008c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c05",
                "6e756d7079948c076e6461727261799493944b0085944301629487945294284b012968038c0564747970659493948c024f389489888794",
                "5294284b038c017c944e4e4e4affffffff4affffffff4b3f749462895d9447403df851eb851eb8617494622e",
            ),
            29.97,
        ),
        (
            concat!(
                "800495c8000000000000008c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c05",
                "6e756d7079948c076e6461727261799493944b0085944301629487945294284b012968038c0564747970659493948c024f389489888794",
                "5294284b038c017c944e4e4e4affffffff4affffffff4b3f749462895d9468008c067363616c6172949394680b8c026638948988879452",
                "94284b038c013c944e4e4e4affffffff4affffffff4b007494624308b81e85eb51f84d409486945294617494622e",
            ),
            59.94,
        ),
        (
            concat!(
                "800495c8000000000000008c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c05",
                "6e756d7079948c076e6461727261799493944b0085944301629487945294284b012968038c0564747970659493948c024f389489888794",
                "5294284b038c017c944e4e4e4affffffff4affffffff4b3f749462895d9468008c067363616c6172949394680b8c026938948988879452",
                "94284b038c013c944e4e4e4affffffff4affffffff4b0074946243083c000000000000009486945294617494622e",
            ),
            60.0,
        ),
    ];

    #[test]
    fn one_number_is_found() {
        for (hex, number) in WRITTEN {
            let bytes: Vec<u8> =
                (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
            assert_eq!(pickled_number(&bytes), Some(number), "{hex}");
            for cut in 0..bytes.len() - 10 {
                let _ = pickled_number(&bytes[..cut]);
            }
        }
        assert_eq!(pickled_number(b""), None);
        assert_eq!(pickled_number(b"\x80\x04]\x8c\x02hia."), None, "a text is no number");
    }
}
