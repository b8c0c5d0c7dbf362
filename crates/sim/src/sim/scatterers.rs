//! Places on meshes that scatter: a fixed one for every few square centimetres, each with a phase of its own.

use super::wanted::Raised;
use crate::base::Vec3;
use crate::base::random::RandomTree;
use crate::propagation::{Scattering, Triangle};
use rand::RngExt;

/// Area for which one place stands, m²: what is seen of an arm in a range bin holds some eight of them.
const AREA_M2: f64 = 8e-4;

/// A place that scatters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scatterer {
    /// Face of the stage.
    pub(super) face: u32,
    /// Where on the face, and how far from it: within a quarter of the wavelength, so that the phase is any, and stays what it is while the
    /// body moves.
    pub(super) place: Raised,
    /// The area for which it stands, m².
    pub(super) area: f64,
    pub(super) scattering: Scattering,
}

/// Puts places onto a mesh, evenly over its area; `first` is the number of its first face.
pub(super) fn scatter(
    vertices: &[Vec3],
    faces: &[[u32; 3]],
    (mesh, first): (usize, u32),
    scattering: Scattering,
    wavelength_m: f64,
) -> Vec<Scatterer> {
    let areas = faces.iter().map(|face| {
        let [a, b, c] = face.map(|v| vertices[v as usize]);
        Triangle::new(a, b, c).area
    });
    let total: f64 = areas.clone().sum();
    let count = (total / AREA_M2).ceil();
    let area = total / count.max(1.0);
    // The same surface in every recording: its roughness belongs to the mesh.
    let mut draw = RandomTree::new(0).stream(mesh as u64, "scatterers");
    let mut out = Vec::with_capacity(count as usize);
    let mut next = area * draw.random::<f64>();
    let mut passed = 0.0;
    for (face, own) in (first..).zip(areas) {
        passed += own;
        while next < passed && out.len() < count as usize {
            // Evenly over the triangle (Osada et al. 2002, section 4.2).
            let (root, along) = (draw.random::<f64>().sqrt(), draw.random::<f64>());
            let shares = [1.0 - root, root * (1.0 - along), root * along];
            let height = wavelength_m * draw.random_range(-0.25..0.25);
            out.push(Scatterer { face, place: Raised { shares, height }, area, scattering });
            // One in each share of the area, anywhere in it.
            next = area * (out.len() as f64 + draw.random::<f64>());
        }
    }
    out
}
