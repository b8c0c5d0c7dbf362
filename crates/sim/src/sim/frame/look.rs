//! What is seen of a scene at one moment.

use crate::base::{Complex64, Rotation, Vec3};
use crate::propagation::Triangle;
use crate::sim::stage::Stage;

/// The scene at the start of a frame, and what is seen of it.
pub(in crate::sim) struct Look {
    /// Vertices of the stage, then its points and reflectors.
    pub(super) vertices: Vec<Vec3>,
    pub(super) triangles: Vec<Triangle>,
    /// Normals of the smooth surface, by the numbers of the stage; none where facets are flat.
    pub(super) normals: Vec<Vec3>,
    /// How the reflectors are turned.
    pub(super) turns: Vec<Rotation>,
    /// What each eye sees; there are one or two.
    pub(super) seen: Vec<Seen>,
    /// For each way over walls from the transmitters to the receivers: whether nothing stands in it.
    pub(super) walls_seen: Vec<bool>,
}

/// What is seen from one place.
pub(super) struct Seen {
    /// Facets in sight on the straight way.
    pub(super) visible: Vec<bool>,
    /// Reflectors in sight on the straight way.
    pub(super) reflectors: Vec<bool>,
    /// For each way over walls, what is seen by it and the walls' share of the amplitude: `(facet, or facets + point; share)`.
    pub(super) by_walls: Vec<Vec<(u32, Complex64)>>,
}

impl Look {
    /// The normals of the smooth surface at the corners of a facet.
    pub(super) fn normals_at(&self, stage: &Stage, facet: usize) -> Option<[Vec3; 3]> {
        stage.smoothing.as_ref().map(|smoothing| smoothing.corners[facet].map(|n| self.normals[n as usize]))
    }

    /// What the transmitters see.
    pub(super) fn there(&self) -> &Seen {
        &self.seen[0]
    }

    /// What the receivers see.
    pub(super) fn back(&self) -> &Seen {
        &self.seen[self.seen.len() - 1]
    }

    /// Facets in sight of transmitters and receivers.
    pub(in crate::sim) fn into_visible(mut self) -> Vec<bool> {
        let back = self.seen.pop().map(|seen| seen.visible).unwrap_or_default();
        match self.seen.pop() {
            Some(there) => there.visible.into_iter().zip(back).map(|(a, b)| a && b).collect(),
            None => back,
        }
    }
}
