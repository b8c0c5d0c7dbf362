//! Which faces a sensor sees, by a ray to the centre of each.

use super::accel::{Blockers, gather};
use super::error::VisibilityError;
use super::eye_grid::EyeGrid;
use super::facing::faces_towards;
use crate::base::Vec3;

/// Which faces may be seen, and which hide others.
#[derive(Clone, Copy, Debug)]
pub struct Facing {
    /// Whether faces that turn their back to the eye are not seen.
    pub cull_backfaces: bool,
    /// Whether those faces do not hide others either: right where bodies are closed and the eye is outside of them, since a ray that
    /// leaves a body by a back has entered it by a front.
    pub fronts_hide_all: bool,
}

/// Finds visible faces frame after frame in the same memory.
#[derive(Default)]
pub struct RayCaster {
    triangles: Vec<[Vec3; 3]>,
    fronts: Vec<bool>,
    grid: EyeGrid,
    /// For eyes among the triangles, whom no picture holds.
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
        facing: Facing,
        visible: &mut Vec<bool>,
    ) -> Result<(), VisibilityError> {
        for (array, got) in [("centres", centres.len()), ("normals", normals.len())] {
            if got != faces.len() {
                return Err(VisibilityError::Length { array, got, expected: faces.len() });
            }
        }
        let Self { triangles, fronts, grid, blockers } = self;
        gather(vertices, faces, triangles)?;
        fronts.clear();
        fronts.extend(centres.iter().zip(normals).map(|(&centre, &normal)| faces_towards(centre, normal, view)));
        let in_picture = grid.look(view, (vertices, faces), |i| !facing.fronts_hide_all || fronts[i]);
        let mut tree_stands = false;
        let mut blocked = |i: usize| {
            let own = i as u32;
            if let Some(blocked) = in_picture.then(|| grid.blocked(centres[i], own, triangles)).flatten() {
                return blocked;
            }
            if !tree_stands {
                blockers.set_triangles(triangles, vertices.iter().map(Vec3::amax).fold(view.amax(), f64::max));
                tree_stands = true;
            }
            blockers.blocked(view, centres[i], Some(own))
        };
        visible.clear();
        visible.extend((0..faces.len()).map(|i| (!facing.cull_backfaces || fronts[i]) && !blocked(i)));
        Ok(())
    }
}
