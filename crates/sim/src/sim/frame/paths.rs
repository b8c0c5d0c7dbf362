//! The paths of a frame: between which antennas they run, what is left out, and how the rest is divided into patches.

use super::FrameMaker;
use super::look::Look;
use super::walls::RoundTrip;
use crate::base::{Complex64, Vec3};
use crate::propagation::FacetRule;
use crate::propagation::split::{Division, Part};
use crate::sensor::sounding::{Sounding, mean};
use crate::sim::engine::surface::{Facet, Patch, Surface};
use crate::sim::error::SimError;
use crate::sim::report::FrameCounts;
use std::borrow::Cow;
use std::collections::HashMap;

/// Facets and points nearer to an antenna than this are left out, m: the far-field amplitude means nothing there.
const NEAREST_M: f64 = 0.01;
/// Patches of one frame, at most: about 1 GB in the exact engine.
const MAX_PATCHES: usize = 4_000_000;
/// Weights whose part off the common axis has less than this share of their power count as real.
const OFF_AXIS: f64 = 1e-6;
/// Power below which a way over walls is left out, relative to the straight one: −80 dB.
const WEAK: f64 = 1e-8;

/// Facets that an engine is to sum up.
pub(super) struct WeightedSurface {
    /// What the sum is multiplied with.
    pub(super) factor: Complex64,
    pub(super) surface: Surface,
    /// Vertices of the stage that the surface's points are.
    pub(super) wanted: Vec<u32>,
}

/// A prepared frame.
pub(super) struct Prepared {
    pub(super) surfaces: Vec<WeightedSurface>,
    pub(super) counts: FrameCounts,
    /// Sum of the squared amplitudes that the centre rule gives.
    pub(super) power: f64,
}

/// Antennas, or their images, between which paths run.
pub(super) struct Legs<'a> {
    pub(super) sounding: Cow<'a, Sounding>,
    pub(super) trip: RoundTrip,
}

impl FrameMaker<'_> {
    /// The antennas themselves.
    pub(super) fn straight(&self) -> Legs<'_> {
        Legs { sounding: Cow::Borrowed(self.sounding), trip: [None, None] }
    }

    /// The images of the antennas for a way there and a way back.
    pub(super) fn by_walls(&self, trip: RoundTrip) -> Legs<'_> {
        let (tx, rx) = (self.images(trip[0], &self.ends().tx), self.images(trip[1], &self.ends().rx));
        Legs { sounding: Cow::Owned(self.sounding.between(tx, rx)), trip }
    }

    /// Divides what is seen at the start of frame `frame` into patches; `weights[facet, then point, then reflector]` says how much of each counts.
    pub(super) fn prepare(
        &self,
        frame: usize,
        look: &Look,
        weights: &[Complex64],
        legs: &Legs,
    ) -> Result<Prepared, SimError> {
        let axis = common_axis(weights);
        let mut counts = FrameCounts::default();
        let (mut real, mut imaginary) = (Pile::default(), Pile::default());
        let ends = &legs.sounding.ends;
        let (tx, rx) = (mean(&ends.tx), mean(&ends.rx));
        let (mut power, mut off_axis) = (0.0, 0.0);
        let centre_rule = self.settings.facet_rule == FacetRule::Centre;
        for (i, (face, triangle)) in self.stage.faces.iter().zip(&look.triangles).enumerate() {
            if triangle.is_degenerate() {
                counts.degenerate += 1;
            } else if weights[i] == Complex64::new(0.0, 0.0) {
                counts.hidden += 1;
            } else if self.within_limits(triangle.centre, legs, &mut counts) {
                counts.reflecting += 1;
                let (division, met) = if centre_rule {
                    (Division::Cuts(1), true)
                } else {
                    self.split.divide(face.map(|v| look.vertices[v as usize]), tx, rx)
                };
                counts.unresolved += u64::from(!met);
                let patches = real.surface.patches.len() + division.len();
                if patches > MAX_PATCHES {
                    let tolerance = self.split.tolerance.min(self.split.sweep_tolerance);
                    return Err(SimError::TooManyPatches { frame, patches, limit: MAX_PATCHES, tolerance });
                }
                let weight = weights[i] * axis.conj();
                if self.room.is_some() {
                    let amplitude = triangle.centre_amplitude(tx, rx, self.settings.sigma_rad).powi(2);
                    power += amplitude * weight.norm_sqr();
                    off_axis += amplitude * weight.im * weight.im;
                }
                let facet = Facet { corners: *face, point_gain: None };
                real.add(facet, division, centre_rule, weight.re);
                imaginary.add(facet, division, centre_rule, weight.im);
            }
        }
        for (i, gain) in self.stage.gains().enumerate() {
            let vertex = self.stage.vertex_count() + i;
            let place = look.vertices[vertex];
            let weight = weights[look.triangles.len() + i] * axis.conj();
            if weight == Complex64::new(0.0, 0.0) {
                counts.hidden += 1;
            } else if self.within_limits(place, legs, &mut counts) {
                counts.reflecting += 1;
                let amplitude = (gain / ((place - tx).norm() * (place - rx).norm())).powi(2);
                power += amplitude * weight.norm_sqr();
                off_axis += amplitude * weight.im * weight.im;
                let facet = Facet { corners: [vertex as u32; 3], point_gain: Some(gain) };
                real.add(facet, Division::Cuts(1), true, weight.re);
                imaginary.add(facet, Division::Cuts(1), true, weight.im);
            }
        }
        counts.patches = real.surface.patches.len() as u64;
        let mut surfaces = vec![real.weighted(axis, self.stage.len())];
        if off_axis > OFF_AXIS * power {
            surfaces.push(imaginary.weighted(axis * Complex64::i(), self.stage.len()));
        }
        Ok(Prepared { surfaces, counts, power })
    }

    /// Whether a way over walls brings so little that it is left out.
    pub(super) fn is_weak(&self, way: &Prepared, straight: &Prepared) -> bool {
        way.power <= WEAK * straight.power
    }

    /// Counts what is wrong with a place, and says whether it takes part.
    fn within_limits(&self, place: Vec3, legs: &Legs, counts: &mut FrameCounts) -> bool {
        if self.room.is_some_and(|room| room.walls.iter().any(|w| w.height(place) <= 0.0)) {
            counts.outside_room += 1;
            return false;
        }
        let nearest = |antennas: &[Vec3]| {
            antennas.iter().map(|a| (place - a).norm_squared()).fold(f64::INFINITY, f64::min).sqrt()
        };
        let ends = &legs.sounding.ends;
        let (near_tx, near_rx) = (nearest(&ends.tx), nearest(&ends.rx));
        if near_tx < NEAREST_M || near_rx < NEAREST_M {
            counts.too_near += 1;
            return false;
        }
        // Ways over walls look at the direction of their first leg instead.
        let straight = |(leg, way): (usize, &Option<usize>)| way.is_none().then(|| self.eye(leg));
        if legs.trip.iter().enumerate().filter_map(straight).any(|eye| eye.is_behind(place - eye.place)) {
            counts.behind += 1;
            return !self.settings.drop_behind;
        }
        if 0.5 * (near_tx + near_rx) >= self.max_range_m {
            counts.beyond_range += 1;
            return !self.settings.drop_beyond_range;
        }
        true
    }
}

/// A surface that grows.
#[derive(Default)]
struct Pile {
    surface: Surface,
    /// Parts of each division, made once.
    parts: HashMap<Division, Vec<Part>>,
}

impl Pile {
    fn add(&mut self, facet: Facet, division: Division, point: bool, weight: f64) {
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

    fn weighted(mut self, factor: Complex64, vertex_count: usize) -> WeightedSurface {
        let wanted = compact(&mut self.surface, vertex_count);
        WeightedSurface { factor, surface: self.surface, wanted }
    }
}

/// The phasor along which weights lie best, up to their sign: engines take real weights. One when all are real.
fn common_axis(weights: &[Complex64]) -> Complex64 {
    let squares: Complex64 = weights.iter().map(|w| w * w).sum();
    if squares.im == 0.0 { Complex64::new(1.0, 0.0) } else { Complex64::from_polar(1.0, 0.5 * squares.arg()) }
}

/// Renumbers the surface's corners so that only vertices in use are left; returns those.
fn compact(surface: &mut Surface, vertex_count: usize) -> Vec<u32> {
    let mut number = vec![u32::MAX; vertex_count];
    let mut wanted = Vec::new();
    for corner in surface.facets.iter_mut().flat_map(|f| f.corners.iter_mut()) {
        let slot = &mut number[*corner as usize];
        if *slot == u32::MAX {
            *slot = wanted.len() as u32;
            wanted.push(*corner);
        }
        *corner = *slot;
    }
    wanted
}
