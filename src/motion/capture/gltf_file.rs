//! Skinned animations of glTF 2.0 files: y up, metres, by the standard.

use super::super::error::MotionError;
use super::gltf_accessor::Buffers;
use super::gltf_track::Track;
use super::{Capture, Excerpt, JointMotion, Poses};
use crate::base::{Rotation, Vec3};
use crate::body::JointFrame;
use crate::geometry;
use gltf::Document;
use gltf::animation::Property;
use nalgebra::Quaternion;
use std::path::Path;

/// Animations are read out at the rate of their densest keys within these, Hz.
const RATES: [f64; 2] = [30.0, 120.0];
/// No animation is longer, s.
const LONGEST: f64 = 7200.0;

/// Position, rotation and scale of a node against its parent.
#[derive(Clone, Copy)]
struct Local {
    position: Vec3,
    rotation: Rotation,
    scale: Vec3,
}

/// Reads the first animation of a file.
pub(super) fn read(
    origin: &str,
    bytes: &[u8],
    folder: Option<&Path>,
    excerpt: Excerpt,
) -> Result<Capture, MotionError> {
    let fail = |message: String| MotionError::file(origin, message);
    let (document, blob) = geometry::gltf::document(bytes)
        .map_err(|e| fail(format!("not a glTF 2.0 file ({e}); expected .glb or .gltf")))?;
    let mut animations = document.animations();
    let animation = animations.next().ok_or_else(|| fail("has no animation; expected a skinned one".into()))?;
    let others: Vec<String> = animations.map(|a| a.name().unwrap_or("without a name").to_owned()).collect();
    let mut notes = Vec::new();
    if !others.is_empty() {
        notes.push(format!("only the first animation is read; there are also {}", others.join(", ")));
    }
    let buffers = Buffers::load(origin, &document, blob, folder)?;
    let mut tracks = Vec::new();
    for channel in animation.channels() {
        tracks.extend(Track::read(origin, &channel, &buffers)?);
    }
    let order = Order::of(origin, &document)?;
    let end = tracks.iter().filter_map(|t| t.times.last()).fold(0.0_f64, |a, b| a.max(*b));
    if tracks.is_empty() || end > LONGEST {
        return Err(fail(format!(
            "{} channels that move joints, {end} s long; expected at most {LONGEST} s",
            tracks.len()
        )));
    }
    let closest = tracks.iter().flat_map(|t| t.times.windows(2).map(|w| w[1] - w[0])).fold(f64::INFINITY, f64::min);
    let rate_hz = (1.0 / closest).clamp(RATES[0], RATES[1]);
    let frames = excerpt.frames(origin, (end * rate_hz + 1e-6) as usize + 1, rate_hz)?;
    let frames = frames.map(|i| order.frame(origin, &tracks, i as f64 / rate_hz)).collect::<Result<_, _>>()?;
    let motion = JointMotion {
        names: order.nodes.iter().map(|n| n.name.clone()).collect(),
        parents: order.nodes.iter().map(|n| n.parent).collect(),
        rest: order.chain(&order.nodes.iter().map(|n| n.still).collect::<Vec<_>>()),
        frames,
        up: Some(1),
    };
    let poses = Poses::Joints(motion);
    Ok(Capture { origin: origin.into(), rate_hz, poses, gender: None, betas: Vec::new(), notes, hands: None })
}

struct Node {
    /// Number in the file.
    index: usize,
    name: String,
    /// Place in the order.
    parent: Option<usize>,
    still: Local,
}

/// The nodes that matter, parents first: a skin's joints and all above them; without a skin all nodes.
struct Order {
    nodes: Vec<Node>,
}

impl Order {
    fn of(origin: &str, document: &Document) -> Result<Self, MotionError> {
        let count = document.nodes().len();
        let mut parents = vec![None; count];
        for node in document.nodes() {
            for child in node.children() {
                if parents[child.index()].replace(node.index()).is_some() {
                    let message = format!("node {} has two parents; expected a tree", child.index());
                    return Err(MotionError::file(origin, message));
                }
            }
        }
        let mut wanted = vec![document.skins().len() == 0; count];
        for joint in document.skins().flat_map(|s| s.joints()) {
            // Ends at a root, or where another joint came by; a ring of nodes ends there as well.
            let mut at = Some(joint.index());
            while let Some(node) = at.filter(|n| !std::mem::replace(&mut wanted[*n], true)) {
                at = parents[node];
            }
        }
        // From the roots downwards; what hangs in a ring is never reached.
        let mut places = vec![None; count];
        let mut nodes = Vec::new();
        let mut open: Vec<usize> = (0..count).rev().filter(|n| parents[*n].is_none()).collect();
        while let Some(index) = open.pop() {
            let Some(node) = document.nodes().nth(index).filter(|_| wanted[index]) else { continue };
            places[index] = Some(nodes.len());
            let (t, r, s) = node.transform().decomposed();
            let quaternion = Quaternion::new(f64::from(r[3]), f64::from(r[0]), f64::from(r[1]), f64::from(r[2]));
            let numbers = t.iter().chain(&r).chain(&s);
            let rotation = Rotation::try_new(quaternion, 1e-6).filter(|_| numbers.into_iter().all(|v| v.is_finite()));
            let Some(rotation) = rotation else {
                return Err(MotionError::file(origin, format!("node {index} has no proper rotation")));
            };
            nodes.push(Node {
                index,
                name: node.name().map_or_else(|| format!("node {index}"), str::to_owned),
                parent: parents[index].and_then(|p: usize| places[p]),
                still: Local { position: Vec3::from(t.map(f64::from)), rotation, scale: Vec3::from(s.map(f64::from)) },
            });
            open.extend(node.children().map(|c| c.index()));
        }
        Ok(Self { nodes })
    }

    fn frame(&self, origin: &str, tracks: &[Track], time: f64) -> Result<Vec<JointFrame>, MotionError> {
        let mut local: Vec<Local> = self.nodes.iter().map(|n| n.still).collect();
        for track in tracks {
            let Some(place) = self.nodes.iter().position(|n| n.index == track.node) else { continue };
            match track.property {
                Property::Rotation => {
                    local[place].rotation = track.rotation(time).ok_or_else(|| {
                        MotionError::file(origin, format!("node {}: a rotation without length", track.node))
                    })?;
                }
                Property::Translation => local[place].position = track.vector(time),
                Property::Scale => local[place].scale = track.vector(time),
                Property::MorphTargetWeights => {}
            }
        }
        Ok(self.chain(&local))
    }

    /// Positions and rotations in the file's world. Scales multiply along the chain; the shear that uneven scales make is left out.
    fn chain(&self, local: &[Local]) -> Vec<JointFrame> {
        let mut global: Vec<Local> = Vec::with_capacity(local.len());
        for (node, here) in self.nodes.iter().zip(local) {
            global.push(match node.parent.and_then(|p| global.get(p)) {
                None => *here,
                Some(p) => Local {
                    position: p.position + p.rotation * p.scale.component_mul(&here.position),
                    rotation: p.rotation * here.rotation,
                    scale: p.scale.component_mul(&here.scale),
                },
            });
        }
        global.iter().map(|g| JointFrame { position: g.position, rotation: g.rotation }).collect()
    }
}
