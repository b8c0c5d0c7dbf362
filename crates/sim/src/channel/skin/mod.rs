//! The skin of what moves.
//!
//! ```text
//! mod.rs      the pieces at a moment as lists of numbers
//! facets.rs   triangles, at a moment
//! tiles.rs    pieces of about half a wavelength
//! grouping.rs which triangles make a piece
//! ```

pub(in crate::channel) mod facets;
pub(in crate::channel) mod grouping;
pub(in crate::channel) mod tiles;

use crate::base::Vec3;
use std::f64::consts::PI;
use tiles::Tile;

/// The pieces of a part at a moment, about the middle of the body, `[tile]` each.
pub(in crate::channel) struct Skin {
    pub(in crate::channel) middle: Vec3,
    pub(in crate::channel) radius_m: f64,
    /// Centres, m.
    pub(in crate::channel) place: [Vec<f32>; 3],
    /// Vector areas, m².
    pub(in crate::channel) area: [Vec<f32>; 3],
    /// Second moments, m².
    pub(in crate::channel) spread: [Vec<f32>; 6],
    /// Radii of discs of their areas, m.
    pub(in crate::channel) radius: Vec<f32>,
}

impl Skin {
    pub(in crate::channel) fn new(tiles: &[Tile]) -> Self {
        let middle = tiles.iter().map(|t| t.centre).sum::<Vec3>() / tiles.len().max(1) as f64;
        let radius_m = tiles.iter().map(|t| (t.centre - middle).norm()).fold(0.0, f64::max);
        let list = |of: &dyn Fn(&Tile) -> f64| -> Vec<f32> { tiles.iter().map(|t| of(t) as f32).collect() };
        Self {
            middle,
            radius_m,
            place: [0, 1, 2].map(|i| list(&|t| t.centre[i] - middle[i])),
            area: [0, 1, 2].map(|i| list(&|t| t.area[i])),
            spread: [0, 1, 2, 3, 4, 5].map(|i| list(&|t| t.spread[i])),
            radius: list(&|t| (t.area.norm() / PI).sqrt()),
        }
    }

    pub(in crate::channel) fn len(&self) -> usize {
        self.radius.len()
    }

    /// A place of the world about the middle.
    pub(in crate::channel) fn about(&self, place: Vec3) -> [f32; 3] {
        let d = place - self.middle;
        [d.x as f32, d.y as f32, d.z as f32]
    }
}
