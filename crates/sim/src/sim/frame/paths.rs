//! The paths of a frame: between which antennas they run, what is left out, and how the rest is divided into patches.

use super::FrameMaker;
use super::look::Look;
use super::pile::{Bender, Pile, WeightedSurface};
use super::walls::RoundTrip;
use crate::base::{Complex64, Vec3};
use crate::propagation::FacetRule;
use crate::propagation::curved::{Bend, CurvedTriangle};
use crate::propagation::specular::mirrored;
use crate::propagation::split::Division;
use crate::sensor::sounding::{Sounding, mean};
use crate::sim::engine::surface::Facet;
use crate::sim::error::SimError;
use crate::sim::report::FrameCounts;
use std::borrow::Cow;
use std::f64::consts::TAU;

/// Facets and points nearer to an antenna than this are left out, m: the far-field amplitude means nothing there.
const NEAREST_M: f64 = 0.01;
/// Patches of one frame, at most: about 1 GB in the exact engine.
const MAX_PATCHES: usize = 4_000_000;
/// Weights whose part off the common axis has less than this share of their power count as real.
const OFF_AXIS: f64 = 1e-6;
/// Power below which a way over walls is left out, relative to the straight one: −80 dB.
const WEAK: f64 = 1e-8;

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
        let mut bender = Bender::new(self.bend);
        let ends = &legs.sounding.ends;
        let (tx, rx) = (mean(&ends.tx), mean(&ends.rx));
        let (mut power, mut off_axis) = (0.0, 0.0);
        let centre_rule = self.settings.facet_rule == FacetRule::Centre;
        for (i, (face, triangle)) in self.stage.faces.iter().zip(&look.triangles).enumerate() {
            if triangle.is_degenerate() {
                counts.degenerate += 1;
                continue;
            } else if weights[i] == Complex64::new(0.0, 0.0) {
                counts.hidden += 1;
                continue;
            } else if !self.within_limits(triangle.centre, legs, &mut counts) {
                continue;
            }
            let corners = face.map(|v| look.vertices[v as usize]);
            let curved = look.normals_at(self.stage, i).and_then(|normals| CurvedTriangle::new(corners, normals));
            let ways = ((triangle.centre - tx).normalize(), (rx - triangle.centre).normalize());
            let bend = self.bend.bend(curved.as_ref(), triangle.normal, ways, || self.split.cuts(corners, tx, rx));
            let weight = weights[i] * axis.conj() * self.stage.mirrors(i);
            match (bend, &curved) {
                (Bend::Faint, _) => {
                    counts.faint += 1;
                    continue;
                }
                (Bend::Cut { edge, outwards, met }, Some(curved)) => {
                    counts.unresolved += u64::from(!met);
                    let bent = bender.cut(curved, triangle.normal, ways, (edge, outwards));
                    real.add_bent(*face, bent, weight.re);
                    imaginary.add_bent(*face, bent, weight.im);
                }
                _ => {
                    let (division, met) =
                        if centre_rule { (Division::Cuts(1), true) } else { self.split.divide(corners, tx, rx) };
                    counts.unresolved += u64::from(!met);
                    let patches = real.len() + division.len();
                    if patches > MAX_PATCHES {
                        let tolerance = self.split.tolerance.min(self.split.sweep_tolerance);
                        return Err(SimError::TooManyPatches { frame, patches, limit: MAX_PATCHES, tolerance });
                    }
                    let facet = Facet { corners: *face, point_gain: None };
                    real.add(facet, division, centre_rule, weight.re);
                    imaginary.add(facet, division, centre_rule, weight.im);
                }
            }
            counts.reflecting += 1;
            if self.room.is_some() {
                let amplitude = triangle.centre_amplitude(tx, rx, self.settings.sigma_rad).powi(2);
                power += amplitude * weight.norm_sqr();
                off_axis += amplitude * weight.im * weight.im;
            }
        }
        let wavelength_m = TAU / self.bend.wave_number;
        for scatterer in &self.stage.scatterers {
            let (i, face) = (scatterer.face as usize, self.stage.faces[scatterer.face as usize]);
            let (triangle, weight) = (&look.triangles[i], weights[i] * axis.conj());
            if weight == Complex64::new(0.0, 0.0)
                || !self.within_limits(triangle.centre, legs, &mut FrameCounts::default())
            {
                continue;
            }
            let (there, back) = ((triangle.centre - tx).normalize(), (rx - triangle.centre).normalize());
            let (incident, departing) = (-there.dot(&triangle.normal), back.dot(&triangle.normal));
            let off = mirrored(there, triangle.normal).dot(&back);
            // A cross section σ is an amplitude of λ √(σ / 4π) (m²), and 4π times an intensity.
            let intensity = scatterer.scattering.intensity(incident, departing, off);
            if intensity > 0.0 {
                let gain = wavelength_m * (scatterer.area * intensity).sqrt();
                real.add_point(face, scatterer.place, gain, weight.re);
                imaginary.add_point(face, scatterer.place, gain, weight.im);
                counts.scattering += 1;
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
        counts.patches = real.len() as u64;
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

/// The phasor along which weights lie best, up to their sign: engines take real weights. One when all are real.
fn common_axis(weights: &[Complex64]) -> Complex64 {
    let squares: Complex64 = weights.iter().map(|w| w * w).sum();
    if squares.im == 0.0 { Complex64::new(1.0, 0.0) } else { Complex64::from_polar(1.0, 0.5 * squares.arg()) }
}
