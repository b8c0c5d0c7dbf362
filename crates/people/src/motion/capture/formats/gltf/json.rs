//! The parts of a glTF 2.0 file that move joints: nodes, skins, animations and the numbers behind them.
//!
//! Meshes, materials, textures and all that extensions change of them say nothing of a motion and are passed over, so that a file that needs
//! `KHR_draco_mesh_compression` or `EXT_texture_webp` to be drawn is read without. Names of VRM's humanoid take the place of the nodes' own.

use crate::geometry;
use crate::motion::error::MotionError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Versioned {
    asset: Asset,
}

#[derive(Deserialize)]
pub(super) struct Root {
    asset: Asset,
    #[serde(default)]
    pub(super) nodes: Vec<Node>,
    #[serde(default)]
    pub(super) skins: Vec<Skin>,
    #[serde(default)]
    pub(super) animations: Vec<AnimationOf>,
    #[serde(default)]
    pub(super) accessors: Vec<Accessor>,
    #[serde(default, rename = "bufferViews")]
    pub(super) views: Vec<View>,
    #[serde(default)]
    pub(super) buffers: Vec<Buffer>,
    #[serde(default)]
    extensions: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Asset {
    version: String,
}

#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) children: Vec<usize>,
    pub(super) matrix: Option<[f64; 16]>,
    pub(super) translation: Option<[f64; 3]>,
    pub(super) rotation: Option<[f64; 4]>,
    pub(super) scale: Option<[f64; 3]>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Skin {
    pub(super) joints: Vec<usize>,
    pub(super) inverse_bind_matrices: Option<usize>,
}

#[derive(Deserialize)]
pub(super) struct AnimationOf {
    pub(super) name: Option<String>,
    pub(super) channels: Vec<AnimationChannel>,
    pub(super) samplers: Vec<Sampler>,
}

#[derive(Deserialize)]
pub(super) struct AnimationChannel {
    pub(super) sampler: usize,
    pub(super) target: Target,
}

#[derive(Deserialize)]
pub(super) struct Target {
    /// Absent where an extension says what is moved: no joint.
    pub(super) node: Option<usize>,
    pub(super) path: String,
}

#[derive(Deserialize)]
pub(super) struct Sampler {
    pub(super) input: usize,
    pub(super) output: usize,
    #[serde(default)]
    pub(super) interpolation: Interpolation,
}

/// What lies between keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Interpolation {
    #[default]
    Linear,
    Step,
    CubicSpline,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accessor {
    pub(super) buffer_view: Option<usize>,
    #[serde(default)]
    pub(super) byte_offset: usize,
    pub(super) component_type: u32,
    pub(super) count: usize,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) sparse: Option<Sparse>,
}

/// Values of an accessor that stand apart from the others.
#[derive(Deserialize)]
pub(super) struct Sparse {
    pub(super) count: usize,
    pub(super) indices: SparsePart,
    pub(super) values: SparsePart,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SparsePart {
    pub(super) buffer_view: usize,
    #[serde(default)]
    pub(super) byte_offset: usize,
    /// Of indices only.
    pub(super) component_type: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    pub(super) buffer: usize,
    #[serde(default)]
    pub(super) byte_offset: usize,
    pub(super) byte_length: usize,
    pub(super) byte_stride: Option<usize>,
    #[serde(default)]
    pub(super) extensions: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
pub(super) struct Buffer {
    pub(super) uri: Option<String>,
}

/// Where VRM lists its humanoid, by versions: a map of bones, or a list of them.
const HUMANOIDS: [&str; 3] = ["VRMC_vrm", "VRMC_vrm_animation", "VRM"];

/// The structure of a file, and the binary part of a `.glb`.
pub(super) fn read(origin: &str, bytes: &[u8]) -> Result<(Root, Option<Vec<u8>>), MotionError> {
    let fail = |message: String| MotionError::file(origin, message);
    if let [b'g', b'l', b'T', b'F', 1, 0, 0, 0, ..] = bytes {
        return Err(fail(other_version("1.0")));
    }
    let (json, blob) = geometry::gltf::chunks(bytes)
        .map_err(|e| fail(format!("not a glTF 2.0 file ({e}); expected .glb or .gltf")))?;
    // Other versions have other forms: the version counts before the rest.
    if let Ok(Versioned { asset }) = serde_json::from_slice(&json)
        && asset.version.split('.').next() != Some("2")
    {
        return Err(fail(other_version(&asset.version)));
    }
    let mut root: Root = serde_json::from_slice(&json)
        .map_err(|e| fail(format!("not a glTF 2.0 file ({e}); expected .glb or .gltf")))?;
    if root.asset.version.split('.').next() != Some("2") {
        return Err(fail(other_version(&root.asset.version)));
    }
    for (bone, node) in humanoid(&root.extensions) {
        if let Some(node) = root.nodes.get_mut(node) {
            node.name = Some(bone);
        }
    }
    Ok((root, blob))
}

fn other_version(version: &str) -> String {
    format!("glTF {version}; expected version 2.0: write it anew, for example with Blender")
}

/// Bones of VRM's humanoid and their nodes.
fn humanoid(extensions: &BTreeMap<String, Value>) -> Vec<(String, usize)> {
    let Some(bones) = HUMANOIDS.iter().find_map(|name| extensions.get(*name)?.get("humanoid")?.get("humanBones"))
    else {
        return Vec::new();
    };
    let node = |bone: &Value| bone.get("node").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    match bones {
        Value::Object(bones) => bones.iter().filter_map(|(name, bone)| Some((name.clone(), node(bone)?))).collect(),
        Value::Array(bones) => {
            let named = |bone: &Value| Some((bone.get("bone")?.as_str()?.to_owned(), node(bone)?));
            bones.iter().filter_map(named).collect()
        }
        _ => Vec::new(),
    }
}
