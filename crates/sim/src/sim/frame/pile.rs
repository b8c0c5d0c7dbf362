//! Surfaces that grow facet by facet, flat or bent.

use crate::base::{Complex64, Vec3};
use crate::propagation::curved::{BendRule, CurvedTriangle, TriangleGrid};
use crate::propagation::specular::mirrored;
use crate::propagation::split::{Division, Part};
use crate::sim::engine::surface::{Facet, Patch, Surface};
use crate::sim::wanted::{Raised, Wanted};
use std::collections::HashMap;

/// Marks a corner that is a raised point until the surface is complete.
const RAISED: u32 = 1 << 31;

/// Facets that an engine is to sum up.
pub(super) struct WeightedSurface {
    /// What the sum is multiplied with.
    pub(super) factor: Complex64,
    pub(super) surface: Surface,
    /// The surface's points.
    pub(super) wanted: Wanted,
}

/// A bent facet: its cuts, and the points between which they lie.
#[derive(Default)]
pub(super) struct Bent {
    points: Vec<Raised>,
    cuts: Vec<[u32; 3]>,
}

/// Bends facets.
pub(super) struct Bender {
    /// Cosine between mirror direction and receiver below which a cut is left out.
    least_cosine: f64,
    /// Divisions, made once.
    cuts: HashMap<usize, TriangleGrid>,
    /// Memory for one facet.
    places: Vec<Vec3>,
    numbers: Vec<u32>,
    bent: Bent,
}

impl Bender {
    pub(super) fn new(rule: BendRule) -> Self {
        let widest = rule.widest_rad();
        let least_cosine = if widest < std::f64::consts::PI { widest.cos() } else { -2.0 };
        Self { least_cosine, cuts: HashMap::new(), places: Vec::new(), numbers: Vec::new(), bent: Bent::default() }
    }

    /// Cuts the edges of a facet in `edge` and moves the pieces `outwards`; `there` and `back` are the unit directions of travel to it and from it.
    pub(super) fn cut(
        &mut self,
        curved: &CurvedTriangle,
        normal: Vec3,
        (there, back): (Vec3, Vec3),
        (edge, outwards): (usize, f64),
    ) -> &Bent {
        let cuts = self.cuts.entry(edge).or_insert_with(|| TriangleGrid::new(edge));
        let patch = curved.patch();
        self.places.clear();
        self.places.extend(cuts.points.iter().map(|at| patch.at(*at) + normal * outwards));
        self.numbers.clear();
        self.numbers.resize(cuts.points.len(), u32::MAX);
        let Bent { points, cuts: kept } = &mut self.bent;
        points.clear();
        kept.clear();
        for cut in &cuts.triangles {
            let [a, b, c] = cut.map(|i| self.places[i as usize]);
            let across = (b - a).cross(&(c - a));
            let twice = across.norm();
            if twice <= 0.0 || mirrored(there, across / twice).dot(&back) < self.least_cosine {
                continue;
            }
            kept.push(cut.map(|i| {
                let number = &mut self.numbers[i as usize];
                if *number == u32::MAX {
                    *number = points.len() as u32;
                    points.push(Raised::at(self.places[i as usize], curved.corners(), normal));
                }
                *number
            }));
        }
        &self.bent
    }
}

/// A surface that grows.
#[derive(Default)]
pub(super) struct Pile {
    surface: Surface,
    wanted: Wanted,
    /// Parts of each division, made once.
    parts: HashMap<Division, Vec<Part>>,
}

impl Pile {
    /// Patches so far.
    pub(super) fn len(&self) -> usize {
        self.surface.patches.len()
    }

    pub(super) fn add(&mut self, facet: Facet, division: Division, point: bool, weight: f64) {
        if weight == 0.0 {
            return;
        }
        let number = self.surface.facets.len() as u32;
        self.surface.facets.push(facet);
        let list = match division {
            // Nearly all of them.
            Division::Cuts(1) => &[Part::WHOLE][..],
            _ => self.parts.entry(division).or_insert_with(|| division.parts()).as_slice(),
        };
        // The centre rule and points are a part of no extent.
        self.surface.patches.extend(list.iter().map(|&part| {
            let part = if point { Part::POINT } else { part };
            Patch { facet: number, part: Part { weight: part.weight * weight, ..part } }
        }));
    }

    /// Adds the cuts of a bent face.
    pub(super) fn add_bent(&mut self, face: [u32; 3], bent: &Bent, weight: f64) {
        if weight == 0.0 || bent.cuts.is_empty() {
            return;
        }
        let first = self.wanted.raise(face, &bent.points) as u32;
        for cut in &bent.cuts {
            let facet = self.surface.facets.len() as u32;
            self.surface.facets.push(Facet { corners: cut.map(|i| RAISED | (first + i)), point_gain: None });
            self.surface.patches.push(Patch { facet, part: Part { weight, ..Part::WHOLE } });
        }
    }

    /// Adds a point of some gain, m², that goes with a face.
    pub(super) fn add_point(&mut self, face: [u32; 3], place: Raised, gain: f64, weight: f64) {
        if weight == 0.0 {
            return;
        }
        let corner = RAISED | self.wanted.raise(face, &[place]) as u32;
        let facet = self.surface.facets.len() as u32;
        self.surface.facets.push(Facet { corners: [corner; 3], point_gain: Some(gain) });
        self.surface.patches.push(Patch { facet, part: Part { weight, ..Part::POINT } });
    }

    pub(super) fn weighted(mut self, factor: Complex64, vertex_count: usize) -> WeightedSurface {
        self.number(vertex_count);
        WeightedSurface { factor, surface: self.surface, wanted: self.wanted }
    }

    /// Renumbers the surface's corners so that only vertices in use are left, and raised points come after them.
    fn number(&mut self, vertex_count: usize) {
        let mut number = vec![u32::MAX; vertex_count];
        let vertices = &mut self.wanted.vertices;
        let corners = |surface: &mut Surface, number: &mut dyn FnMut(&mut u32)| {
            surface.facets.iter_mut().flat_map(|f| f.corners.iter_mut()).for_each(number);
        };
        corners(&mut self.surface, &mut |corner| {
            if *corner & RAISED == 0 {
                let slot = &mut number[*corner as usize];
                if *slot == u32::MAX {
                    *slot = vertices.len() as u32;
                    vertices.push(*corner);
                }
                *corner = *slot;
            }
        });
        let first = vertices.len() as u32;
        corners(&mut self.surface, &mut |corner| {
            if *corner & RAISED != 0 {
                *corner = first + (*corner & !RAISED);
            }
        });
    }
}
