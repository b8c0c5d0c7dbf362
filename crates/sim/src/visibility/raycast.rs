//! Which faces a sensor sees, by a ray to the centre of each.

use super::accel::Blockers;
use super::error::VisibilityError;
use super::facing::faces_towards;
use crate::base::Vec3;

/// Finds visible faces frame after frame in the same memory.
#[derive(Default)]
pub struct RayCaster {
    blockers: Blockers,
}

impl RayCaster {
    /// An empty caster.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes which faces are visible from `view` into `visible`: those whose centre no other triangle hides and, with
    /// `cull_backfaces`, that turn their outside to the eye. All bodies of a scene go into one call, so that they hide each other.
    ///
    /// # Shapes
    /// `vertices`: `[vertex]`, m; `faces`: `[face][corner]`; `centres`, `normals`, `visible`: `[face]`.
    ///
    /// # Errors
    /// Lengths that differ, a face that names a missing vertex, coordinates that are not finite.
    pub fn find(
        &mut self,
        (vertices, faces): (&[Vec3], &[[u32; 3]]),
        (centres, normals): (&[Vec3], &[Vec3]),
        view: Vec3,
        cull_backfaces: bool,
        visible: &mut Vec<bool>,
    ) -> Result<(), VisibilityError> {
        for (array, got) in [("centres", centres.len()), ("normals", normals.len())] {
            if got != faces.len() {
                return Err(VisibilityError::Length { array, got, expected: faces.len() });
            }
        }
        self.blockers.set(vertices, faces, view.amax())?;
        visible.clear();
        visible.extend(centres.iter().zip(normals).enumerate().map(|(i, (&centre, &normal))| {
            (!cull_backfaces || faces_towards(centre, normal, view))
                && !self.blockers.blocked(view, centre, Some(i as u32))
        }));
        Ok(())
    }

    /// The triangles of the last call, to ask about other segments.
    #[must_use]
    pub fn blockers(&self) -> &Blockers {
        &self.blockers
    }
}
