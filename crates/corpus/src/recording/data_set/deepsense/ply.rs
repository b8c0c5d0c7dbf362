//! Points of a polygon file (`.ply`, G. Turk 1994): vertices with x, y and z, as text or least significant byte first.

use crate::recording::RecordingError;
use std::path::Path;

/// The vertices; those that are no numbers are left out.
pub(super) fn read(path: &Path) -> Result<Vec<[f32; 3]>, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    parse(&bytes).map_err(|what| RecordingError::file(path, what))
}

const END: &[u8] = b"end_header";

fn parse(bytes: &[u8]) -> Result<Vec<[f32; 3]>, String> {
    let end = bytes.windows(END.len()).position(|w| w == END).ok_or("is no .ply file: it has no end_header")?;
    let header = String::from_utf8_lossy(&bytes[..end]);
    let behind = &bytes[end + END.len()..];
    let line_end = behind.iter().position(|b| *b == b'\n').ok_or("ends with its header")?;
    let body = &behind[line_end + 1..];
    let (mut format, mut count, mut fields, mut in_vertex) = ("", 0, Vec::<(String, String)>::new(), false);
    for line in header.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["format", "ascii", _] => format = "ascii",
            ["format", "binary_little_endian", _] => format = "binary",
            ["format", other, _] => {
                return Err(format!("is of format {other}; expected ascii or binary_little_endian"));
            }
            ["element", "vertex", n] => {
                count = n.parse().map_err(|_| format!("counts `{n}` vertices"))?;
                in_vertex = true;
            }
            ["element", ..] if fields.is_empty() => return Err("has other elements before its vertices".into()),
            ["element", ..] => in_vertex = false,
            ["property", "list", ..] if in_vertex => return Err("has lists among the properties of vertices".into()),
            ["property", kind, name] if in_vertex => fields.push((kind.into(), name.into())),
            _ => {}
        }
    }
    let mut places = [0; 3];
    for (place, axis) in places.iter_mut().zip(["x", "y", "z"]) {
        let found = fields.iter().position(|(_, name)| name == axis);
        *place = found.ok_or_else(|| format!("has vertices without {axis}"))?;
    }
    let rows: Vec<Vec<f64>> = match format {
        "ascii" => ascii(body, count, fields.len())?,
        _ => binary(body, count, &fields)?,
    };
    let points = rows.into_iter().map(|row| places.map(|place| row[place] as f32));
    Ok(points.filter(|p| p.iter().all(|v| v.is_finite())).collect())
}

fn ascii(body: &[u8], count: usize, width: usize) -> Result<Vec<Vec<f64>>, String> {
    let text = String::from_utf8_lossy(body);
    let rows: Vec<Vec<f64>> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(count)
        .enumerate()
        .map(|(i, line)| {
            let row: Option<Vec<f64>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
            row.filter(|row| row.len() >= width)
                .ok_or_else(|| format!("vertex {i}: `{line}`; expected {width} numbers"))
        })
        .collect::<Result<_, _>>()?;
    if rows.len() == count { Ok(rows) } else { Err(format!("has {} of {count} vertices: it is cut short", rows.len())) }
}

fn binary(body: &[u8], count: usize, fields: &[(String, String)]) -> Result<Vec<Vec<f64>>, String> {
    let sizes: Vec<usize> = fields
        .iter()
        .map(|(kind, name)| match kind.as_str() {
            "char" | "uchar" | "int8" | "uint8" => Ok(1),
            "short" | "ushort" | "int16" | "uint16" => Ok(2),
            "int" | "uint" | "int32" | "uint32" | "float" | "float32" => Ok(4),
            "double" | "float64" => Ok(8),
            other => Err(format!("property {name} is of type {other}, which is none of the format's")),
        })
        .collect::<Result<_, _>>()?;
    let width: usize = sizes.iter().sum();
    if width.checked_mul(count).is_none_or(|length| length > body.len()) {
        return Err(format!("has {} bytes for {count} vertices of {width}: it is cut short", body.len()));
    }
    let row = |bytes: &[u8]| {
        let mut rest = bytes;
        let value = |((kind, _), size): (&(String, String), &usize)| {
            let (own, behind) = rest.split_at(*size);
            rest = behind;
            match (kind.as_str(), own) {
                ("float" | "float32", &[a, b, c, d]) => f64::from(f32::from_le_bytes([a, b, c, d])),
                ("double" | "float64", &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
                // Whole numbers stand for colours and times; places are never whole in these files.
                _ => 0.0,
            }
        };
        fields.iter().zip(&sizes).map(value).collect()
    };
    Ok(body.chunks_exact(width.max(1)).take(count).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn text_and_bytes_say_the_same() {
        let head = |format: &str| {
            format!(
                "ply\nformat {format} 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty uchar red\nproperty float z\nend_header\n"
            )
        };
        let text = head("ascii") + "1 2 9 3\n-4 0.5 9 nan\n";
        assert_eq!(parse(text.as_bytes()).unwrap(), [[1.0, 2.0, 3.0]]);
        let mut bytes = head("binary_little_endian").into_bytes();
        for (x, y, z) in [(1.0_f32, 2.0_f32, 3.0_f32), (-4.0, 0.5, 0.25)] {
            bytes.extend([x, y].iter().flat_map(|v| v.to_le_bytes()));
            bytes.push(9);
            bytes.extend(z.to_le_bytes());
        }
        assert_eq!(parse(&bytes).unwrap(), [[1.0, 2.0, 3.0], [-4.0, 0.5, 0.25]]);
        bytes.pop();
        assert!(parse(&bytes).unwrap_err().contains("cut short"));
        assert!(parse(b"solid").unwrap_err().contains("end_header"));
    }
}
