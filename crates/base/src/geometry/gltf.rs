//! glTF 2.0: the triangles of a file's default scene, with the transforms of its nodes; `.glb`, or `.gltf` with its buffers beside
//! it or inside it.

use super::mesh::Mesh;
use crate::base::Vec3;
use gltf::accessor::{DataType, Dimensions};
use gltf::json::validation::Checked;
use gltf::mesh::Mode;
use gltf::{Document, Glb, Gltf, Node, Primitive, buffer};
use std::borrow::Cow;
use std::path::Path;

/// Deepest nesting of nodes.
const MAX_DEPTH: usize = 64;
/// Most triangles of a file.
const MAX_FACES: usize = 4_000_000;

/// Reads `path`; coordinates as they stand in the file: m, y up, z towards the viewer.
///
/// # Errors
/// What is wrong with the file, for people.
pub fn read(path: &Path) -> Result<Mesh, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let (document, blob) = document(&bytes)?;
    let buffers = buffers(&document, blob, path.parent().unwrap_or(Path::new(".")))?;
    let scene = document.default_scene().or_else(|| document.scenes().next()).ok_or("no scene in it")?;
    let mut mesh = Mesh::default();
    let identity = nalgebra::Matrix4::identity();
    scene.nodes().try_for_each(|node| add_node(&node, &identity, &buffers, 0, &mut mesh))?;
    mesh.faces.retain(|[a, b, c]| a != b && b != c && c != a);
    Ok(mesh)
}

/// Magic, version and length of a `.glb`.
const GLB_HEADER_BYTES: u32 = 12;

/// The JSON of a file, and the binary chunk of a `.glb`.
pub type Chunks<'a> = (Cow<'a, [u8]>, Option<Vec<u8>>);

/// The JSON of a file and the binary chunk of a `.glb`.
///
/// # Errors
/// What is wrong with the file, for people.
pub fn chunks(bytes: &[u8]) -> Result<Chunks<'_>, String> {
    if !bytes.starts_with(b"glTF") {
        // A byte-order mark is no part of the text.
        return Ok((Cow::Borrowed(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)), None));
    }
    check_length(bytes)?;
    let glb = Glb::from_slice(bytes).map_err(|e| e.to_string())?;
    Ok((glb.json, glb.bin.map(Cow::into_owned)))
}

/// The crate subtracts the header from the length that the file claims, and panics where that is less.
fn check_length(bytes: &[u8]) -> Result<(), String> {
    if let Some(&[a, b, c, d]) = bytes.strip_prefix(b"glTF").and_then(|rest| rest.get(4..8))
        && u32::from_le_bytes([a, b, c, d]) < GLB_HEADER_BYTES
    {
        let claimed = u32::from_le_bytes([a, b, c, d]);
        return Err(format!("claims to be {claimed} bytes long; its header alone has {GLB_HEADER_BYTES}"));
    }
    Ok(())
}

/// The structure of a file, checked against the standard, and the binary chunk of a `.glb`.
fn document(bytes: &[u8]) -> Result<(Document, Option<Vec<u8>>), String> {
    check_length(bytes)?;
    let Gltf { document, blob } = Gltf::from_slice_without_validation(bytes)
        .map_err(|e| format!("{e}; expected glTF 2.0, as JSON (.gltf) or binary (.glb)"))?;
    let json = document.into_json();
    // The crate's own check looks positions up before it knows that they are there, and panics.
    let primitives = json.meshes.iter().flat_map(|mesh| &mesh.primitives);
    let mut accessors = primitives.flat_map(|p| p.attributes.values()).map(|accessor| accessor.value());
    if let Some(lost) = accessors.find(|&accessor| accessor >= json.accessors.len()) {
        return Err(format!("a mesh names accessor {lost}; there are {}", json.accessors.len()));
    }
    // Nor does it check what the channels of an animation aim at.
    for target in json.animations.iter().flat_map(|a| &a.channels).map(|channel| &channel.target) {
        if target.node.value() >= json.nodes.len() {
            return Err(format!("an animation moves node {}; there are {}", target.node.value(), json.nodes.len()));
        }
        if matches!(target.path, Checked::Invalid) {
            return Err("an animation's path is none of translation, rotation, scale and weights".into());
        }
    }
    Ok((Document::from_json(json).map_err(|e| e.to_string())?, blob))
}

fn buffers(document: &Document, mut blob: Option<Vec<u8>>, folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    document
        .buffers()
        .map(|b| match b.source() {
            buffer::Source::Bin => blob.take().ok_or_else(|| "the binary chunk is missing".to_owned()),
            buffer::Source::Uri(uri) => match uri.strip_prefix("data:") {
                Some(data) => data
                    .split_once(";base64,")
                    .and_then(|(_, text)| base64(text))
                    .ok_or_else(|| "a data URI is not base64".to_owned()),
                None => std::fs::read(folder.join(uri)).map_err(|e| format!("buffer {uri}: {e}")),
            },
        })
        .collect()
}

/// Base64 (RFC 4648, section 4); `None` where a character is none of its alphabet.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

fn add_node(
    node: &Node,
    outer: &nalgebra::Matrix4<f64>,
    buffers: &[Vec<u8>],
    depth: usize,
    mesh: &mut Mesh,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("its nodes are nested deeper than {MAX_DEPTH}"));
    }
    let columns = node.transform().matrix();
    let matrix = outer * nalgebra::Matrix4::from_fn(|row, column| f64::from(columns[column][row]));
    for primitive in node.mesh().iter().flat_map(|m| m.primitives()) {
        add_primitive(&primitive, &matrix, buffers, mesh)?;
    }
    node.children().try_for_each(|child| add_node(&child, &matrix, buffers, depth + 1, mesh))
}

fn add_primitive(
    primitive: &Primitive,
    matrix: &nalgebra::Matrix4<f64>,
    buffers: &[Vec<u8>],
    mesh: &mut Mesh,
) -> Result<(), String> {
    let positions = primitive.get(&gltf::Semantic::Positions).ok_or("a primitive without positions")?;
    check_accessor(&positions, Dimensions::Vec3, &[DataType::F32], buffers)?;
    if let Some(indices) = primitive.indices() {
        check_accessor(&indices, Dimensions::Scalar, &[DataType::U8, DataType::U16, DataType::U32], buffers)?;
    }
    let reader = primitive.reader(|b| buffers.get(b.index()).map(Vec::as_slice));
    let first = mesh.vertices.len() as u32;
    let placed = |p: [f32; 3]| matrix.transform_point(&p.map(f64::from).into()).coords;
    mesh.vertices.extend(reader.read_positions().ok_or("positions that cannot be read")?.map(placed));
    let count = mesh.vertices.len() as u32 - first;
    let corners: Vec<u32> = match reader.read_indices() {
        Some(indices) => indices.into_u32().collect(),
        None => (0..count).collect(),
    };
    if let Some(wrong) = corners.iter().find(|&&c| c >= count) {
        return Err(format!("an index names vertex {wrong} of {count}"));
    }
    let at = |i: usize| corners[i] + first;
    let triangles = corners.len().saturating_sub(2);
    // A mirroring transform turns triangles inside out.
    let flipped = matrix.fixed_view::<3, 3>(0, 0).determinant() < 0.0;
    let faces: Vec<[u32; 3]> = match primitive.mode() {
        Mode::Triangles => (0..corners.len() / 3).map(|i| [at(3 * i), at(3 * i + 1), at(3 * i + 2)]).collect(),
        Mode::TriangleStrip => (0..triangles).map(|i| [at(i), at(i + 1 + i % 2), at(i + 2 - i % 2)]).collect(),
        Mode::TriangleFan => (0..triangles).map(|i| [at(0), at(i + 1), at(i + 2)]).collect(),
        // Points and lines have no surface.
        _ => Vec::new(),
    };
    if mesh.faces.len() + faces.len() > MAX_FACES {
        return Err(format!("more than {MAX_FACES} triangles"));
    }
    mesh.faces.extend(faces.into_iter().map(|[a, b, c]| if flipped { [a, c, b] } else { [a, b, c] }));
    Ok(())
}

/// Whether all that an accessor speaks of is there: the reader of the crate takes it for granted.
fn check_accessor(
    accessor: &gltf::Accessor,
    dimensions: Dimensions,
    types: &[DataType],
    buffers: &[Vec<u8>],
) -> Result<(), String> {
    if accessor.dimensions() != dimensions || !types.contains(&accessor.data_type()) {
        return Err(format!("accessor {} is not of the expected type: {dimensions:?} of {types:?}", accessor.index()));
    }
    if accessor.sparse().is_some() {
        return Err("sparse accessors are not read".into());
    }
    let view = accessor.view().ok_or("an accessor without a view")?;
    let there = buffers.get(view.buffer().index()).map_or(0, Vec::len);
    let stride = view.stride().unwrap_or(accessor.size());
    let last = accessor.count().saturating_sub(1).saturating_mul(stride).saturating_add(accessor.size());
    let inside_view = accessor.offset().saturating_add(last) <= view.length();
    if stride < accessor.size() || !inside_view || view.offset().saturating_add(view.length()) > there {
        return Err(format!("accessor {} reaches beyond its buffer", accessor.index()));
    }
    Ok(())
}

/// From glTF's axes (y up, z towards the viewer) to those of the world (z up, y away): a quarter turn about x.
pub fn y_up_to_world(v: Vec3) -> Vec3 {
    Vec3::new(v.x, -v.z, v.y)
}

#[cfg(test)]
mod tests {
    use super::base64;

    /// Test vectors of RFC 4648, section 10.
    #[test]
    fn base64_as_in_the_rfc() {
        for (plain, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(base64("Zm9*"), None);
    }
}
