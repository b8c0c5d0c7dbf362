//! The tree of nodes of a glTF, and the posture in which its skin was bound to it.

use super::accessor::Buffers;
use super::json::{Node, Root};
use crate::base::{Rotation, Vec3};
use crate::body::JointFrame;
use crate::motion::capture::calibration::axes::rotation_of;
use crate::motion::error::MotionError;
use nalgebra::{Matrix3, Matrix4, Quaternion};

/// Position, rotation and scale of a node against its parent.
#[derive(Clone, Copy)]
pub(super) struct NodeTransform {
    pub(super) position: Vec3,
    pub(super) rotation: Rotation,
    pub(super) scale: Vec3,
}

pub(super) struct OrderedNode {
    pub(super) name: String,
    /// Place in the order.
    pub(super) parent: Option<usize>,
    pub(super) still: NodeTransform,
}

/// The nodes that matter, parents first: a skin's joints and all above them; without a skin all nodes.
pub(super) struct Order {
    pub(super) nodes: Vec<OrderedNode>,
    /// Places in the order, by the numbers of the file.
    places: Vec<Option<usize>>,
}

impl Order {
    pub(super) fn of(origin: &str, root: &Root) -> Result<Self, MotionError> {
        let fail = |message: String| MotionError::file(origin, message);
        let count = root.nodes.len();
        let lost = |node: usize| fail(format!("names node {node}; there are {count}"));
        let mut parents = vec![None; count];
        for (index, node) in root.nodes.iter().enumerate() {
            for &child in &node.children {
                let parent = parents.get_mut(child).ok_or_else(|| lost(child))?;
                if parent.replace(index).is_some() {
                    return Err(fail(format!("node {child} has two parents; expected a tree")));
                }
            }
        }
        let mut wanted = vec![root.skins.is_empty(); count];
        for &joint in root.skins.iter().flat_map(|s| &s.joints) {
            if joint >= count {
                return Err(lost(joint));
            }
            // Ends at a root, or where another joint came by; a ring of nodes ends there as well.
            let mut at = Some(joint);
            while let Some(node) = at.filter(|n| !std::mem::replace(&mut wanted[*n], true)) {
                at = parents[node];
            }
        }
        // From the roots downwards; what hangs in a ring is never reached.
        let mut places = vec![None; count];
        let mut nodes = Vec::new();
        let mut open: Vec<usize> = (0..count).rev().filter(|n| parents[*n].is_none()).collect();
        while let Some(index) = open.pop() {
            if !wanted[index] {
                continue;
            }
            let node = &root.nodes[index];
            places[index] = Some(nodes.len());
            nodes.push(OrderedNode {
                name: node.name.clone().unwrap_or_else(|| format!("node {index}")),
                parent: parents[index].and_then(|p: usize| places[p]),
                still: still(node).ok_or_else(|| fail(format!("node {index} has no proper rotation")))?,
            });
            open.extend(&node.children);
        }
        if let Some(node) = (0..count).find(|n| wanted[*n] && places[*n].is_none()) {
            return Err(fail(format!("node {node} hangs below itself: its parents form a circle; expected a tree")));
        }
        Ok(Self { nodes, places })
    }

    /// Where a node of the file stands in the order.
    pub(super) fn place(&self, node: usize) -> Option<usize> {
        self.places.get(node).copied().flatten()
    }

    /// Positions and rotations in the file's world. Scales multiply along the chain; the shear that uneven scales make is left out.
    pub(super) fn chain(&self, local: &[NodeTransform]) -> Vec<JointFrame> {
        let mut global: Vec<NodeTransform> = Vec::with_capacity(local.len());
        for (node, here) in self.nodes.iter().zip(local) {
            global.push(match node.parent.and_then(|p| global.get(p)) {
                None => *here,
                Some(p) => below(p, here),
            });
        }
        global.iter().map(|g| JointFrame { position: g.position, rotation: g.rotation }).collect()
    }

    /// The posture in which the skins were bound, in the axes and unit of their meshes: inverses of `inverseBindMatrices`. Nodes between
    /// and below their joints stand as their own transforms say; `None` without such matrices.
    pub(super) fn bind_posture(
        &self,
        origin: &str,
        root: &Root,
        buffers: &Buffers,
    ) -> Result<Option<Vec<JointFrame>>, MotionError> {
        let mut bound: Vec<Option<NodeTransform>> = vec![None; self.nodes.len()];
        for (number, skin) in root.skins.iter().enumerate() {
            let Some(accessor) = skin.inverse_bind_matrices else { continue };
            let numbers = buffers.values(accessor, 16)?;
            for (&joint, matrix) in skin.joints.iter().zip(numbers.as_chunks::<16>().0) {
                let matrix = Matrix4::from_column_slice(matrix);
                let local = matrix.try_inverse().as_ref().and_then(taken_apart).ok_or_else(|| {
                    MotionError::file(origin, format!("skin {number}: the bind matrix of node {joint} has no inverse"))
                })?;
                if let Some(slot) = self.place(joint).and_then(|place| bound.get_mut(place)) {
                    slot.get_or_insert(local);
                }
            }
        }
        if bound.iter().all(Option::is_none) {
            return Ok(None);
        }
        // Upwards from the joints, then down to what hangs on them.
        for place in (0..bound.len()).rev() {
            if let (Some(here), Some(parent)) = (bound[place], self.nodes[place].parent) {
                let above = above(&here, &self.nodes[place].still);
                bound[parent].get_or_insert(above);
            }
        }
        let mut posture: Vec<NodeTransform> = Vec::with_capacity(bound.len());
        for (node, bound) in self.nodes.iter().zip(&bound) {
            let hanging = || node.parent.and_then(|p| posture.get(p)).map_or(node.still, |p| below(p, &node.still));
            posture.push(bound.unwrap_or_else(hanging));
        }
        Ok(Some(posture.iter().map(|g| JointFrame { position: g.position, rotation: g.rotation }).collect()))
    }
}

/// A node in the world, from that of its parent.
fn below(parent: &NodeTransform, here: &NodeTransform) -> NodeTransform {
    NodeTransform {
        position: parent.position + parent.rotation * parent.scale.component_mul(&here.position),
        rotation: parent.rotation * here.rotation,
        scale: parent.scale.component_mul(&here.scale),
    }
}

/// The parent in the world, from that of the node and its own transform.
fn above(here: &NodeTransform, still: &NodeTransform) -> NodeTransform {
    let rotation = here.rotation * still.rotation.inverse();
    let scale = here.scale.component_div(&still.scale.map(|s| if s.abs() > 1e-9 { s } else { 1.0 }));
    NodeTransform { position: here.position - rotation * scale.component_mul(&still.position), rotation, scale }
}

/// A node's own transform; `None` where it is none.
fn still(node: &Node) -> Option<NodeTransform> {
    if let Some(matrix) = &node.matrix {
        return taken_apart(&Matrix4::from_column_slice(matrix));
    }
    let (t, r, s) = (
        node.translation.unwrap_or_default(),
        node.rotation.unwrap_or([0.0, 0.0, 0.0, 1.0]),
        node.scale.unwrap_or([1.0; 3]),
    );
    let finite = t.iter().chain(&r).chain(&s).all(|v| v.is_finite());
    let rotation = Rotation::try_new(Quaternion::new(r[3], r[0], r[1], r[2]), 1e-6).filter(|_| finite)?;
    Some(NodeTransform { position: Vec3::from(t), rotation, scale: Vec3::from(s) })
}

/// Position, rotation and scale of a matrix; one that mirrors has a negative scale along x.
fn taken_apart(matrix: &Matrix4<f64>) -> Option<NodeTransform> {
    if !matrix.iter().all(|v| v.is_finite()) {
        return None;
    }
    let linear: Matrix3<f64> = matrix.fixed_view::<3, 3>(0, 0).into_owned();
    let mut scale = Vec3::from_fn(|k, _| linear.column(k).norm());
    if linear.determinant() < 0.0 {
        scale.x = -scale.x;
    }
    if scale.iter().any(|s| s.abs() < 1e-12) {
        return None;
    }
    // Shear is left out: z stays, y as far as it is square to it.
    let z = linear.column(2) / scale.z;
    let y = (linear.column(1) - z * linear.column(1).dot(&z)).try_normalize(1e-12)?;
    let rotation = rotation_of(&Matrix3::from_columns(&[y.cross(&z), y, z]));
    Some(NodeTransform { position: matrix.fixed_view::<3, 1>(0, 3).into_owned(), rotation, scale })
}
