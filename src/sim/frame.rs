//! One frame before the signal: who is seen, what is left out, how it is divided into patches.

use super::error::SimError;
use super::report::FrameCounts;
use super::settings::{SimSettings, Visibility};
use super::stage::Stage;
use super::stopwatch::{Step, Stopwatch};
use super::surface::{Facet, Patch, Surface};
use crate::base::Vec3;
use crate::propagation::split::{Division, Part, SplitRule};
use crate::propagation::{FacetRule, Triangle};
use crate::visibility::{HiddenPoint, HiddenPointRemover};
use std::collections::HashMap;

/// Facets and points nearer to an antenna than this are left out, m: the far-field amplitude means nothing there.
pub(super) const NEAREST_M: f64 = 0.01;
/// Patches of one frame, at most: about 1 GB in the exact engine.
const MAX_PATCHES: usize = 4_000_000;

/// What the preparation of every frame has in common.
pub(super) struct FrameMaker<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) watch: &'a Stopwatch,
    pub(super) settings: &'a SimSettings,
    pub(super) tx: &'a [Vec3],
    pub(super) rx: &'a [Vec3],
    pub(super) boresight: Vec3,
    pub(super) max_range_m: f64,
    pub(super) split: SplitRule,
}

/// A prepared frame.
pub(super) struct Prepared {
    pub(super) surface: Surface,
    /// Vertices of the stage that the surface's points are.
    pub(super) wanted: Vec<u32>,
    pub(super) visible: Vec<bool>,
    pub(super) counts: FrameCounts,
}

impl FrameMaker<'_> {
    /// Mean of all antennas: the eye of the visibility.
    pub(super) fn view(&self) -> Vec3 {
        self.tx.iter().chain(self.rx).sum::<Vec3>() / (self.tx.len() + self.rx.len()) as f64
    }

    /// Prepares frame `frame`, which starts at `start_s`; `mask` replaces the visibility.
    pub(super) fn prepare(&self, frame: usize, start_s: f64, mask: Option<&[bool]>) -> Result<Prepared, SimError> {
        let mut vertices = vec![Vec3::zeros(); self.stage.len()];
        self.watch.time(Step::Vertices, || self.stage.write(start_s, &mut vertices))?;
        let corners = |face: &[u32; 3]| face.map(|v| vertices[v as usize]);
        let triangles: Vec<Triangle> = self
            .stage
            .faces
            .iter()
            .map(|face| {
                let [a, b, c] = corners(face);
                Triangle::new(a, b, c)
            })
            .collect();
        let visible = match mask {
            Some(mask) => mask.to_vec(),
            None => self.watch.time(Step::Visibility, || self.visible(frame, &triangles))?,
        };
        let mut counts = FrameCounts::default();
        let mut surface = Surface::default();
        let mut parts: HashMap<Division, Vec<Part>> = HashMap::new();
        let mut add = |surface: &mut Surface, facet: Facet, division: Division, point: bool| {
            let number = surface.facets.len() as u32;
            surface.facets.push(facet);
            let list = parts.entry(division).or_insert_with(|| division.parts());
            // The centre rule and points are a part of no extent.
            surface
                .patches
                .extend(list.iter().map(|&part| Patch { facet: number, part: if point { Part::POINT } else { part } }));
        };
        let (tx, rx) = (mean(self.tx), mean(self.rx));
        for ((face, triangle), &seen) in self.stage.faces.iter().zip(&triangles).zip(&visible) {
            if triangle.is_degenerate() {
                counts.degenerate += 1;
            } else if !seen {
                counts.hidden += 1;
            } else if self.within_limits(triangle.centre, &mut counts) {
                counts.reflecting += 1;
                let centre_rule = self.settings.facet_rule == FacetRule::Centre;
                let (division, met) =
                    if centre_rule { (Division::Cuts(1), true) } else { self.split.divide(corners(face), tx, rx) };
                counts.unresolved += u64::from(!met);
                if surface.patches.len() + division.len() > MAX_PATCHES {
                    return Err(SimError::TooManyPatches {
                        frame,
                        patches: surface.patches.len() + division.len(),
                        limit: MAX_PATCHES,
                        tolerance: self.split.tolerance.min(self.split.sweep_tolerance),
                    });
                }
                add(&mut surface, Facet { corners: *face, point_gain: None }, division, centre_rule);
            }
        }
        for (i, point) in self.stage.points().iter().enumerate() {
            let vertex = (self.stage.vertex_count() + i) as u32;
            if self.within_limits(vertices[vertex as usize], &mut counts) {
                counts.reflecting += 1;
                let facet = Facet { corners: [vertex; 3], point_gain: Some(point.gain) };
                add(&mut surface, facet, Division::Cuts(1), true);
            }
        }
        counts.patches = surface.patches.len() as u64;
        let wanted = compact(&mut surface, self.stage.len());
        Ok(Prepared { surface, wanted, visible, counts })
    }

    fn visible(&self, frame: usize, triangles: &[Triangle]) -> Result<Vec<bool>, SimError> {
        if self.settings.visibility == Visibility::All || triangles.is_empty() {
            return Ok(vec![true; triangles.len()]);
        }
        let centres: Vec<Vec3> = triangles.iter().map(|t| t.centre).collect();
        let normals: Vec<Vec3> = triangles.iter().map(|t| t.normal).collect();
        let hidden_point = HiddenPoint {
            radius_factor: self.settings.hidden_point.radius_factor,
            cull_backfaces: self.settings.hidden_point.cull_backfaces,
            ..HiddenPoint::default()
        };
        let mut visible = Vec::new();
        HiddenPointRemover::new()
            .find(&centres, &normals, self.view(), &hidden_point, &mut visible)
            .map_err(|e| SimError::Visibility { frame, message: e.to_string() })?;
        Ok(visible)
    }

    /// Counts what is wrong with a place, and says whether it takes part.
    fn within_limits(&self, place: Vec3, counts: &mut FrameCounts) -> bool {
        let nearest = |antennas: &[Vec3]| antennas.iter().map(|a| (place - a).norm()).fold(f64::INFINITY, f64::min);
        let (near_tx, near_rx) = (nearest(self.tx), nearest(self.rx));
        if near_tx < NEAREST_M || near_rx < NEAREST_M {
            counts.too_near += 1;
            return false;
        }
        if (place - self.view()).dot(&self.boresight) <= 0.0 {
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

fn mean(points: &[Vec3]) -> Vec3 {
    points.iter().sum::<Vec3>() / points.len().max(1) as f64
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
