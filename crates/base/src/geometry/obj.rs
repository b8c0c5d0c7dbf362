//! Wavefront OBJ: vertices and polygons; everything else of the format is passed over.

use super::mesh::Mesh;
use crate::base::Vec3;

/// Statements that say nothing about the shape of a surface.
const PASSED_OVER: [&str; 15] =
    ["vn", "vt", "vp", "o", "g", "s", "l", "p", "usemtl", "mtllib", "mg", "lod", "shadow_obj", "trace_obj", "usemap"];

/// Reads the text of an OBJ file, coordinates as they stand; polygons are cut into fans of triangles.
///
/// # Errors
/// The line (from 1) and what is wrong with it: a number that is none, an index that names no vertex, an unknown statement.
pub fn parse(text: &str) -> Result<Mesh, (usize, String)> {
    let mut mesh = Mesh::default();
    for (i, line) in text.lines().enumerate() {
        let fail = |message: String| (i + 1, message);
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        match words.next() {
            None => {}
            Some("v") => {
                let mut next = || {
                    let word = words.next().unwrap_or_default();
                    word.parse::<f64>().ok().filter(|x| x.is_finite()).ok_or_else(|| {
                        fail(format!("`{word}` is not a coordinate; a vertex is `v x y z` with three finite numbers"))
                    })
                };
                mesh.vertices.push(Vec3::new(next()?, next()?, next()?));
            }
            Some("f") => {
                let corners: Result<Vec<u32>, String> = words.map(|w| corner(w, mesh.vertices.len())).collect();
                let corners = corners.map_err(fail)?;
                if corners.len() < 3 {
                    return Err(fail(format!("a face of {} corners; at least 3 are needed", corners.len())));
                }
                mesh.faces.extend(corners.windows(2).skip(1).map(|pair| [corners[0], pair[0], pair[1]]));
            }
            Some(word) if PASSED_OVER.contains(&word) => {}
            Some(word) => {
                return Err(fail(format!("`{word}` is not read here; expected `v`, `f` or one of {PASSED_OVER:?}")));
            }
        }
    }
    // Exporters write slivers whose corners coincide; they have no area.
    mesh.faces.retain(|[a, b, c]| a != b && b != c && c != a);
    Ok(mesh)
}

/// The vertex of a corner `i`, `i/j`, `i//k` or `i/j/k`; counted from 1, or back from the last one when negative.
fn corner(word: &str, count: usize) -> Result<u32, String> {
    let text = word.split('/').next().unwrap_or_default();
    let number: i64 = text.parse().map_err(|_| format!("`{word}` is not a corner; expected i, i/j, i//k or i/j/k"))?;
    let index = if number < 0 { count as i64 + number } else { number - 1 };
    if (0..count as i64).contains(&index) {
        return u32::try_from(index).map_err(|e| e.to_string());
    }
    Err(format!("corner {number} names no vertex; {count} stand above it, counted from 1 (or from −1 backwards)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_and_all_ways_to_name_a_corner_are_read() {
        let mesh = parse("# a square\no x\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0 # last\nvn 0 0 1\nf 1/1/1 2//1 3/3 -1\n")
            .unwrap();
        assert_eq!(mesh.faces, [[0, 1, 2], [0, 2, 3]]);
        assert!((mesh.total_area() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn wrong_lines_are_named() {
        for (text, line, part) in [
            ("v 0 0\n", 1, "coordinate"),
            ("v 0 0 nan\n", 1, "coordinate"),
            ("v 0 0 0\nf 1 1\n", 2, "corners"),
            ("v 0 0 0\nf 1 2 3\n", 2, "names no vertex"),
            ("v 0 0 0\nf 0 1 1\n", 2, "names no vertex"),
            ("hello\n", 1, "hello"),
        ] {
            let (at, message) = parse(text).unwrap_err();
            assert!(at == line && message.contains(part), "{text:?}: line {at}, {message}");
        }
    }
}
