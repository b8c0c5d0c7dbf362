//! Pieces at a moment: lengths of all legs, amplitudes of all trips.

use super::sight::Picture;
use super::skin::Skin;
use super::skin::facets::Facets;
use super::skin::grouping::grouped;
use super::skin::tiles::Tiling;
use super::stations::Station;
use super::weigh::{WayView, lengths, weigh};
use super::{Antenna, ChannelError, Problem};
use crate::base::{Complex64, Vec3};
use crate::sensor::sounding::mean;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::f64::consts::TAU;
use std::sync::Arc;

/// Edge of the cells in which pieces share what walls and antennas' patterns leave, m.
const GROUP_M: f64 = 0.4;
/// Where the pieces for waves over walls are more than this share of those for straight ones, these serve for both.
const ALIKE: f64 = 0.85;
/// What an antenna sees is looked up at every so many moments, and is the mean of both sides between.
const LOOKS: usize = 2;

/// A moving mesh, cut for some trips.
pub(super) struct BodyPart {
    pub(super) mesh: usize,
    facets: Arc<Facets>,
    tiling: Tiling,
    edge_m: f64,
    /// Pairs of ways, by their places in the list of ways.
    pub(super) trips: Vec<[usize; 2]>,
    /// How many ways these use: all below this number.
    pub(super) ways: usize,
    /// Which pieces share walls and patterns.
    group: Vec<usize>,
    groups: usize,
}

/// What a station knows of a part at a moment.
pub(super) struct StationLegs {
    /// `[way]`: path from the station's image to the middle of the body, m.
    pub(super) reference_m: Vec<f64>,
    /// `[way][antenna][tile]`: paths less the reference, m.
    pub(super) length_m: Vec<f32>,
    /// `[way][group]`: phases of what walls leave, cycles.
    pub(super) turn: Vec<f32>,
}

/// A part at a moment.
pub(super) struct Node {
    /// `[station]`.
    pub(super) legs: Vec<StationLegs>,
    /// `[pair of stations][trip][tile]`: amplitudes without the distances, m² over 4π.
    pub(super) amplitude: Vec<Vec<f32>>,
    /// Pieces too near to an antenna.
    pub(super) near: usize,
}

/// Skins of all parts, and places of the antennas of both sides.
type Moment = (Vec<Skin>, [Vec<Vec3>; 2]);

/// All bodies at all moments.
pub(super) struct Bodies {
    /// The moments, s.
    pub(super) times_s: Vec<f64>,
    /// `[moment][part]`.
    skins: Vec<Vec<Skin>>,
    /// `[moment][side][antenna]`.
    pub(super) places: Vec<[Vec<Vec3>; 2]>,
}

impl BodyPart {
    /// The parts of all meshes that are to be followed.
    pub(super) fn all(problem: &Problem, meshes: &[usize]) -> Result<Vec<Self>, ChannelError> {
        let vertices = problem.vertices(meshes, 0.0)?;
        let count = |trip: &[usize; 2]| problem.ways.count(trip[0]) + problem.ways.count(trip[1]);
        let (straight, walls): (Vec<[usize; 2]>, Vec<[usize; 2]>) = problem.trips.iter().partition(|t| count(t) == 0);
        let lambda_m = problem.wavelength_m();
        let edges_m = [problem.settings.tile_wavelengths, problem.settings.wall_tile_wavelengths].map(|e| e * lambda_m);
        let mut parts = Vec::new();
        for (&mesh, vertices) in meshes.iter().zip(&vertices) {
            let facets = Arc::new(Facets::new(problem.around.meshes[mesh], vertices, edges_m[0].min(edges_m[1])));
            let (corners, neighbours) = (facets.corners(vertices), facets.neighbours(vertices));
            let part = |tiling: Tiling, edge_m: f64, trips: &[[usize; 2]]| {
                let (group, groups) = groups_of(&tiling, &facets, vertices);
                let ways = trips.iter().flatten().max().map_or(1, |w| w + 1);
                Self { mesh, facets: Arc::clone(&facets), tiling, edge_m, trips: trips.to_vec(), ways, group, groups }
            };
            let tiling = |groups: &[Vec<usize>], edge_m: f64| Tiling::new(&corners, &neighbours, groups, edge_m);
            let [fine, coarse] = edges_m.map(|edge_m| grouped(&corners, &neighbours, edge_m));
            let alike = coarse.len() as f64 > ALIKE * fine.len() as f64;
            let first = if walls.is_empty() || alike { &problem.trips } else { &straight };
            parts.push(part(tiling(&fine, edges_m[0]), edges_m[0], first));
            if !walls.is_empty() && !alike {
                parts.push(part(tiling(&coarse, edges_m[1]), edges_m[1], &walls));
            }
        }
        Ok(parts)
    }

    pub(super) fn tiles(&self) -> usize {
        self.tiling.len()
    }

    pub(super) fn group(&self) -> &[usize] {
        &self.group
    }

    pub(super) fn groups(&self) -> usize {
        self.groups
    }
}

/// Pieces that share walls and patterns: the number of each one's group, and how many there are.
fn groups_of(tiling: &Tiling, facets: &Facets, vertices: &[Vec3]) -> (Vec<usize>, usize) {
    let mut cells: HashMap<[i64; 3], usize> = HashMap::new();
    let tiles = tiling.at(&facets.records(vertices, Vec3::zeros()), Vec3::zeros());
    let group = tiles.iter().map(|tile| {
        let cell = [tile.centre.x, tile.centre.y, tile.centre.z].map(|x| (x / GROUP_M).floor() as i64);
        let next = cells.len();
        *cells.entry(cell).or_insert(next)
    });
    (group.collect(), cells.len())
}

impl Bodies {
    /// Evaluates all parts at the moments.
    pub(super) fn new(problem: &Problem, parts: &[BodyPart], times_s: Vec<f64>) -> Result<Self, ChannelError> {
        let meshes: Vec<usize> = {
            let mut all: Vec<usize> = parts.iter().map(|p| p.mesh).collect();
            all.extend(problem.link.tx.iter().chain(&problem.link.rx).filter_map(Antenna::carrier));
            all.sort_unstable();
            all.dedup();
            all
        };
        let at = |&time_s: &f64| {
            let vertices = problem.vertices(&meshes, time_s)?;
            let of = |mesh: usize| meshes.binary_search(&mesh).map_or(&[] as &[Vec3], |i| &vertices[i]);
            // Parts of one mesh are behind each other and share its triangles.
            let mut records = (None, Vec3::zeros(), Vec::new());
            let skin = |part: &BodyPart| {
                if records.0 != Some(part.mesh) {
                    let vertices = of(part.mesh);
                    let origin = vertices.first().copied().unwrap_or_else(Vec3::zeros);
                    records = (Some(part.mesh), origin, part.facets.records(vertices, origin));
                }
                Skin::new(&part.tiling.at(&records.2, records.1))
            };
            let skins = parts.iter().map(skin).collect();
            let place = |a: &Antenna| a.on(problem.around, a.carrier().map_or(&[], of));
            let places = [&problem.link.tx, &problem.link.rx].map(|side| side.iter().map(place).collect());
            Ok((skins, places))
        };
        let found: Result<Vec<Moment>, ChannelError> = times_s.par_iter().map(at).collect();
        let (skins, places) = found?.into_iter().unzip();
        Ok(Self { times_s, skins, places })
    }

    /// Whether what antennas see is looked up at a moment.
    pub(super) fn is_looked(&self, moment: usize) -> bool {
        moment.is_multiple_of(LOOKS) || moment + 1 == self.times_s.len()
    }

    /// Shares of the pieces of a part that the stations' images see at a moment, `[station][way][tile]`; negative where they look away.
    pub(super) fn look(
        &self,
        problem: &Problem,
        (parts, part, moment): (&[BodyPart], usize, usize),
        stations: &[Station],
        walls: &[[Vec3; 3]],
        picture: &mut Picture,
    ) -> Vec<f32> {
        let (this, skin) = (&parts[part], &self.skins[moment][part]);
        let mut others: Vec<&Skin> = Vec::new();
        for mesh in parts.iter().map(|p| p.mesh).filter(|m| *m != this.mesh).collect::<BTreeSet<usize>>() {
            let apart = |i: &usize| (parts[*i].edge_m - this.edge_m).abs();
            let alike =
                (0..parts.len()).filter(|i| parts[*i].mesh == mesh).min_by(|a, b| apart(a).total_cmp(&apart(b)));
            others.extend(alike.map(|i| &self.skins[moment][i]));
        }
        let mut out = vec![1.0; stations.len() * this.ways * skin.len()];
        for (station, out) in stations.iter().zip(out.chunks_exact_mut((this.ways * skin.len()).max(1))) {
            let eye = self.eye(station, moment);
            for (way, out) in out.chunks_exact_mut(skin.len().max(1)).enumerate() {
                picture.look(problem.ways.image(way, eye), skin, problem.wavelength_m(), &others, walls, out);
            }
        }
        out
    }

    /// The middle of a station.
    fn eye(&self, station: &Station, moment: usize) -> Vec3 {
        let places: Vec<Vec3> = station.members.iter().map(|m| self.places[moment][station.side][*m]).collect();
        mean(&places)
    }

    /// One part at one moment, for pairs of stations; `looks[moment]` as [`Self::look`] has it, empty where it was not looked.
    pub(super) fn node(
        &self,
        problem: &Problem,
        (parts, part, moment): (&[BodyPart], usize, usize),
        stations: &[Station],
        pairs: &[[usize; 2]],
        looks: &[Vec<f32>],
    ) -> Node {
        let (this, skin) = (&parts[part], &self.skins[moment][part]);
        let near_m = (0.5 * problem.wavelength_m()) as f32;
        let mut near: Vec<Vec<bool>> = Vec::new();
        let (mut legs, mut views) = (Vec::new(), Vec::new());
        for (number, station) in stations.iter().enumerate() {
            let places: Vec<Vec3> = station.members.iter().map(|m| self.places[moment][station.side][*m]).collect();
            let eye = mean(&places);
            let antenna = if station.side == 0 { &problem.link.tx } else { &problem.link.rx }[station.members[0]];
            let mut leg = StationLegs { reference_m: Vec::new(), length_m: Vec::new(), turn: Vec::new() };
            let middles = this.group_middles(skin);
            let mut too_near = vec![false; skin.len()];
            for way in 0..this.ways {
                let image = problem.ways.image(way, eye);
                let reference = (image - skin.middle).norm();
                leg.reference_m.push(reference);
                for place in &places {
                    let first = leg.length_m.len();
                    leg.length_m.resize(first + skin.len(), 0.0);
                    let from = skin.about(problem.ways.image(way, *place));
                    let [x, y, z] = skin.place.each_ref().map(Vec::as_slice);
                    lengths(from, reference as f32, [x, y, z], &mut leg.length_m[first..]);
                    if way == 0 {
                        let lengths = &leg.length_m[first..];
                        too_near.iter_mut().zip(lengths).for_each(|(n, l)| *n |= l + (reference as f32) < near_m);
                    }
                }
                let shares: Vec<Complex64> =
                    middles.iter().map(|m| problem.ways.share(way, &antenna, eye, *m)).collect();
                leg.turn.extend(shares.iter().map(|z| (z.arg() / TAU) as f32));
                let sizes: Vec<f32> = shares.iter().map(|z| z.norm() as f32).collect();
                let mut view = WayView::new(skin, image, station.side == 0);
                if problem.settings.hides {
                    let from = (number * this.ways + way) * skin.len();
                    see(looks, moment, from, &mut view.lit);
                }
                view.size = this.group.iter().map(|g| sizes[*g]).collect();
                views.push(view);
            }
            legs.push(leg);
            near.push(too_near);
        }
        let wave_number = (TAU / problem.wavelength_m()) as f32;
        let reflects = problem.reflects(this.mesh) as f32;
        let shadows = if problem.settings.shadows { 1.0 } else { 0.0 };
        let amplitude = pairs.iter().map(|&[there, back]| {
            // For these two ends alone: a piece next to one tag reflects for all others.
            let near: Vec<bool> = near[there].iter().zip(&near[back]).map(|(a, b)| *a || *b).collect();
            let mut out = vec![0.0; this.trips.len() * skin.len()];
            for (&[a, b], out) in this.trips.iter().zip(out.chunks_exact_mut(skin.len().max(1))) {
                let (sent, heard) = (&views[there * this.ways + a], &views[back * this.ways + b]);
                weigh(wave_number, reflects, shadows, sent, heard, out);
                out.iter_mut().zip(&near).filter(|(_, near)| **near).for_each(|(o, _)| *o = 0.0);
            }
            out
        });
        let amplitude = amplitude.collect();
        let near = near.iter().flatten().filter(|n| **n).count();
        Node { legs, amplitude, near }
    }
}

/// Takes from `lit` what is not seen at a moment, of what was looked up then or before and behind.
fn see(looks: &[Vec<f32>], moment: usize, from: usize, lit: &mut [f32]) {
    let n = lit.len();
    let of = |moment: usize| &looks[moment][from..from + n];
    if !looks[moment].is_empty() {
        lit.iter_mut().zip(of(moment)).for_each(|(lit, share)| *lit *= share.max(0.0));
        return;
    }
    let (before, behind) = (of(moment - 1), of(moment + 1));
    for ((lit, a), b) in lit.iter_mut().zip(before).zip(behind) {
        // What looked away both times is at most aslant now.
        *lit *= match (*a >= 0.0, *b >= 0.0) {
            (true, true) => 0.5 * (a + b),
            (false, false) => 1.0,
            _ => a.max(*b),
        };
    }
}

impl BodyPart {
    /// Where the pieces of each group are.
    fn group_middles(&self, skin: &Skin) -> Vec<Vec3> {
        let mut sums = vec![(Vec3::zeros(), 0.0); self.groups];
        let [x, y, z] = &skin.place;
        for (i, group) in self.group.iter().enumerate() {
            sums[*group].0 += Vec3::new(f64::from(x[i]), f64::from(y[i]), f64::from(z[i]));
            sums[*group].1 += 1.0;
        }
        sums.into_iter().map(|(sum, count)| skin.middle + sum / count).collect()
    }
}
