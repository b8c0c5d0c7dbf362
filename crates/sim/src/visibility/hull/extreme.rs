//! Which vertices of a triangulated hull are its corners.
//!
//! A facet of more than three sides comes out as several triangles, and their vertices may lie inside the facet or on a
//! straight edge. A vertex is a corner if at least three creases meet there.

use super::cloud::Cloud;
use super::facet::HullFacet;

/// Writes the number of creases at every point of the cloud.
pub(super) fn count_creases(cloud: &Cloud, facets: &[HullFacet], creases: &mut Vec<u32>) {
    creases.clear();
    creases.resize(cloud.points.len(), 0);
    for (id, facet) in facets.iter().enumerate().filter(|(_, f)| f.alive()) {
        for edge in 0..3 {
            let beyond = facet.across[edge];
            // Every edge once.
            if beyond as usize <= id {
                continue;
            }
            let other = &facets[beyond as usize];
            let (from, to) = (facet.corners[edge], facet.corners[(edge + 1) % 3]);
            if is_crease(cloud, facet, other, to) || is_crease(cloud, other, facet, from) {
                creases[from as usize] += 1;
                creases[to as usize] += 1;
            }
        }
    }
}

/// Whether the far corner of `other`, which has an edge that starts at `shared`, lies below the plane of `facet`.
fn is_crease(cloud: &Cloud, facet: &HullFacet, other: &HullFacet, shared: u32) -> bool {
    let far = other.corners[(other.edge_from(shared) + 2) % 3];
    facet.height(cloud, cloud.points[far as usize]) < -cloud.tolerance
}
