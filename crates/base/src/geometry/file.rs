//! Meshes from files, turned into the axes of the world.

use super::error::GeometryError;
use super::gltf;
use super::mesh::Mesh;
use super::obj;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Which axis of a file points upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Up {
    /// y, with z towards the viewer: glTF by its standard, and most OBJ files.
    #[default]
    Y,
    /// z, with y away from the viewer: as in the world.
    Z,
}

/// Reads an OBJ (`.obj`) or glTF (`.glb`, `.gltf`) file; its coordinates times `scale` are metres.
///
/// # Errors
/// A file of another kind, that cannot be read, or whose mesh is wrong: with the file and, in OBJ files, the line.
pub fn read_mesh(path: &Path, up: Up, scale: f64) -> Result<Mesh, GeometryError> {
    let fail = |line: Option<usize>, message: String| GeometryError::File { path: path.to_owned(), line, message };
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let mut mesh = match extension.as_str() {
        "obj" => {
            let text = std::fs::read_to_string(path).map_err(|e| fail(None, e.to_string()))?;
            obj::parse(&text).map_err(|(line, message)| fail(Some(line), message))?
        }
        "glb" | "gltf" => gltf::read(path).map_err(|message| fail(None, message))?,
        other => return Err(fail(None, format!("`.{other}` is not read; expected .obj, .glb or .gltf"))),
    };
    for v in &mut mesh.vertices {
        *v *= scale;
        if up == Up::Y {
            *v = gltf::y_up_to_world(*v);
        }
    }
    mesh.check().map_err(|e| fail(None, e.to_string()))?;
    Ok(mesh)
}
