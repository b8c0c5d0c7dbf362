//! A body model in SMPL's layout: template, shape directions, joints and weights.

use super::error::BodyError;
use super::hands::HandBasis;
use super::pose_directions::PoseDirections;
use super::skeleton::Skeleton;
use super::skinning::ShapedBody;
use super::weights::SkinWeights;
use crate::base::Vec3;
use crate::geometry::measure;
use std::sync::Arc;

/// A family of bodies that differ in shape (Loper et al. 2015).
///
/// Everything is kept in the body frame; SMPL's frame is left behind when the file is read.
#[derive(Clone, Debug)]
pub struct BodyModel {
    /// File name or `embedded`, for messages.
    pub(super) origin: String,
    pub(super) template: Vec<Vec3>,
    pub(super) faces: Arc<[[u32; 3]]>,
    /// `[direction][vertex]`, m.
    pub(super) shape_directions: Vec<Vec<Vec3>>,
    /// `[direction][vertex]`, m: facial expression (SMPL-X).
    pub(super) expression_directions: Vec<Vec<Vec3>>,
    pub(super) hands: Option<Arc<HandBasis>>,
    pub(super) joints: JointSource,
    pub(super) pose_directions: Option<Arc<PoseDirections>>,
    pub(super) weights: Arc<SkinWeights>,
    pub(super) parents: Vec<Option<usize>>,
}

/// Where the rest joints of a shape come from.
#[derive(Clone, Debug)]
pub(super) enum JointSource {
    /// The file states them, and how they move with the shape: `J = template + Σ β directions`.
    Template {
        /// `[joint]`, m.
        rest: Vec<Vec3>,
        /// `[direction][joint]`, m.
        directions: Vec<Vec<Vec3>>,
    },
    /// SMPL's regressor: each joint is a weighted sum of shaped vertices (eq. 10).
    Regressor(Vec<Vec<(u32, f64)>>),
}

impl BodyModel {
    /// Number of vertices.
    pub fn vertex_count(&self) -> usize {
        self.template.len()
    }

    /// Number of joints.
    pub fn joint_count(&self) -> usize {
        self.parents.len()
    }

    /// Number of shape directions.
    pub fn shape_count(&self) -> usize {
        self.shape_directions.len()
    }

    /// Number of directions of facial expression; 0 without a face (SMPL, SMPL-H).
    pub fn expression_count(&self) -> usize {
        self.expression_directions.len()
    }

    /// Principal components of the hands' postures, where the file has them (SMPL-H, SMPL-X).
    pub fn hands(&self) -> Option<&HandBasis> {
        self.hands.as_deref()
    }

    /// Whether the shape directions mean sex, weight and muscle (the CC0 layout) and not principal components.
    pub fn has_plain_parameters(&self) -> bool {
        matches!(self.joints, JointSource::Template { .. }) && self.shape_directions.len() == 3
    }

    /// The body of shape coefficients β, in the size of the model: `v = template + Σ β_i direction_i` (SMPL, eq. 8, 10).
    ///
    /// Missing coefficients are 0. The lowest vertex is set on z = 0 and the root joint above the origin.
    pub fn with_coefficients(&self, betas: &[f64]) -> Result<ShapedBody, BodyError> {
        self.with_expression(betas, &[])
    }

    /// The body of shape coefficients β and of coefficients ψ of facial expression (SMPL-X, Pavlakos et al. 2019, eq. 2).
    pub fn with_expression(&self, betas: &[f64], expression: &[f64]) -> Result<ShapedBody, BodyError> {
        self.check_coefficients("shape", betas, self.shape_count())?;
        self.check_coefficients("expression", expression, self.expression_count())?;
        let (mut vertices, mut joints) = self.blend_all(betas, expression);
        stand(&mut vertices, &mut joints);
        Ok(self.assemble(vertices, joints))
    }

    /// Where the root joint of these shape coefficients lies in the file's own frame (SMPL's), m.
    ///
    /// SMPL counts a motion's translation from the model's origin and not from the root joint: the root is at `trans + J_0(β)`.
    pub fn root_offset(&self, betas: &[f64]) -> Result<Vec3, BodyError> {
        self.check_coefficients("shape", betas, self.shape_count())?;
        let root = self.blend(betas).1[0];
        Ok(Vec3::new(root.x, root.z, -root.y))
    }

    fn check_coefficients(&self, kind: &str, given: &[f64], most: usize) -> Result<(), BodyError> {
        if given.len() > most {
            let (n, origin) = (given.len(), &self.origin);
            let what = format!("{n} are given, {origin} has {most} {kind} directions; give at most that many");
            return Err(BodyError::Coefficients { what });
        }
        match given.iter().position(|b| !b.is_finite()) {
            Some(i) => {
                let what = format!("number {i} of {kind} is {}, expected a finite number", given[i]);
                Err(BodyError::Coefficients { what })
            }
            None => Ok(()),
        }
    }

    /// Vertices and joints of shape coefficients, not yet set on the floor.
    pub(super) fn blend(&self, betas: &[f64]) -> (Vec<Vec3>, Vec<Vec3>) {
        self.blend_all(betas, &[])
    }

    fn blend_all(&self, betas: &[f64], expression: &[f64]) -> (Vec<Vec3>, Vec<Vec3>) {
        let mut vertices = add(&self.template, betas, &self.shape_directions);
        if !expression.is_empty() {
            vertices = add(&vertices, expression, &self.expression_directions);
        }
        let joints = match &self.joints {
            JointSource::Template { rest, directions } => add(rest, betas, directions),
            JointSource::Regressor(rows) => {
                rows.iter().map(|row| row.iter().map(|&(v, w)| vertices[v as usize] * w).sum()).collect()
            }
        };
        (vertices, joints)
    }

    pub(super) fn assemble(&self, rest: Vec<Vec3>, joints: Vec<Vec3>) -> ShapedBody {
        ShapedBody {
            skeleton: Skeleton { parents: self.parents.clone(), rest: joints },
            rest,
            faces: self.faces.clone(),
            weights: self.weights.clone(),
            pose_directions: self.pose_directions.clone(),
            hands: self.hands.clone(),
        }
    }
}

fn add(base: &[Vec3], betas: &[f64], directions: &[Vec<Vec3>]) -> Vec<Vec3> {
    let mut sum = base.to_vec();
    for (&beta, direction) in betas.iter().zip(directions).filter(|(b, _)| **b != 0.0) {
        for (v, d) in sum.iter_mut().zip(direction) {
            *v += d * beta;
        }
    }
    sum
}

/// Sets the lowest vertex on z = 0 and the root joint above the origin.
pub(super) fn stand(vertices: &mut [Vec3], joints: &mut [Vec3]) {
    let lowest = measure::bounding_box(vertices).map_or(0.0, |(low, _)| low.z);
    let shift = Vec3::new(-joints[0].x, -joints[0].y, -lowest);
    for p in vertices.iter_mut().chain(joints) {
        *p += shift;
    }
}
