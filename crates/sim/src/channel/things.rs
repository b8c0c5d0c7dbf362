//! What stands still: triangles by the closed surface integral, once a recording.

use super::stations::Station;
use super::tones::TripTones;
use super::{Antenna, ChannelError, Problem};
use crate::base::{Complex64, Vec3};
use crate::geometry::mesh::is_solid;
use crate::propagation::form_factor::form_factor;
use crate::sensor::sounding::mean;
use crate::visibility::Blockers;
use crate::visibility::accel::is_within;
use rayon::prelude::*;
use std::collections::HashMap;
use std::f64::consts::{PI, TAU};

/// Cosines between the directions before and behind a surface at which its shadow is whole and gone.
const SHADOW: (f64, f64) = (0.866_025_4, 0.5);
/// A triangle is halved at most this often, and its halves again.
const MAX_CUTS: usize = 16;
/// Walls that a wave meets on its way over a thing, at most.
const THING_WALLS: usize = 1;
/// Edge of the cells in which pieces share what walls leave, m.
const GROUP_M: f64 = 0.5;

/// Share of the shadow that is taken where a wave is turned by an angle of this cosine.
pub(super) fn shadow_share(cosine: f64) -> f64 {
    let x = ((cosine - SHADOW.1) / (SHADOW.0 - SHADOW.1)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// A triangle that stands still.
struct Piece {
    corners: [Vec3; 3],
    centre: Vec3,
    area: Vec3,
}

impl Piece {
    /// What the mean path over the piece is longer by than that over its middle, m: waves that come from `r1` m along `d1` and go on for `r2` m along `d2` are
    /// spheres. Half the trace of the path's second derivatives times the second moments of a triangle, `1/12 Σ (cornerᵢ − centre)²`.
    fn bulge_m(&self, (d1, r1): (Vec3, f64), (d2, r2): (Vec3, f64)) -> f64 {
        let across = |arm: Vec3, d: Vec3, r: f64| (arm.norm_squared() - arm.dot(&d).powi(2)) / r;
        let one = |c: &Vec3| across(c - self.centre, d1, r1) + across(c - self.centre, d2, r2);
        self.corners.iter().map(one).sum::<f64>() / 24.0
    }
}

/// All of one mesh.
struct Thing {
    pieces: Vec<Piece>,
    middle: Vec3,
    radius_m: f64,
    reflects: f64,
    /// As they are in the mesh.
    triangles: Vec<[Vec3; 3]>,
    /// Whether it is closed.
    solid: bool,
}

/// Everything that stands still.
pub(super) struct Things {
    all: Vec<Thing>,
    /// What stands in the way.
    pub(super) triangles: Vec<[Vec3; 3]>,
}

/// A piece as one side of the link knows it over one way.
#[derive(Clone, Copy)]
struct LitPiece {
    /// Direction of travel: to the piece from a transmitter, from it to a receiver.
    direction: Vec3,
    /// Gains and walls.
    share: Complex64,
    /// Whether nothing is between.
    lit: bool,
}

impl Things {
    /// Cuts the still meshes, with the `vertices` of each.
    pub(super) fn new(problem: &Problem, vertices: &[Vec<Vec3>]) -> Self {
        let antennas: Vec<Vec3> = (problem.link.tx.iter().chain(&problem.link.rx))
            .map(|antenna| antenna.place_at(problem.around, 0.0))
            .collect();
        let (mut all, mut triangles) = (Vec::new(), Vec::new());
        for (&mesh, vertices) in problem.still_meshes.iter().zip(vertices) {
            let (mut pieces, mut own) = (Vec::new(), Vec::new());
            let solid =
                problem.around.meshes[mesh].is_solid() || is_solid(vertices, problem.around.meshes[mesh].faces());
            for face in problem.around.meshes[mesh].faces() {
                let [a, b, c] = face.map(|v| vertices[v as usize]);
                triangles.push([a, b, c]);
                own.push([a, b, c]);
                cut([a, b, c], problem, &antennas, 0, &mut pieces);
                // A sheet has two sides; the inner one of what turns out to be closed is never seen.
                if !solid {
                    cut([a, c, b], problem, &antennas, 0, &mut pieces);
                }
            }
            let middle = pieces.iter().map(|p| p.centre).sum::<Vec3>() / pieces.len().max(1) as f64;
            let radius_m = pieces.iter().map(|p| (p.centre - middle).norm()).fold(0.0, f64::max);
            all.push(Thing { pieces, middle, radius_m, reflects: problem.reflects(mesh), triangles: own, solid });
        }
        Self { all, triangles }
    }

    /// An error where an antenna is within a thing that is closed: a ray from there meets its skin an odd number of times.
    pub(super) fn hold_no_antenna(&self, problem: &Problem, ends: &[Vec<Vec3>; 2]) -> Result<(), ChannelError> {
        let carried = |side: usize, i: usize| {
            let antennas = if side == 0 { &problem.link.tx } else { &problem.link.rx };
            antennas[i].carrier().is_some()
        };
        for (side, places) in ends.iter().enumerate() {
            for (antenna, place) in places.iter().enumerate().filter(|(i, _)| !carried(side, *i)) {
                for (thing, &mesh) in self.all.iter().zip(&problem.still_meshes).filter(|(thing, _)| thing.solid) {
                    if is_within(*place, thing.triangles.iter().copied(), thing.radius_m) {
                        let message =
                            format!("is within mesh {mesh}, a thing that stands there; expected a place in the air");
                        return Err(ChannelError::Antenna { side: ["tx", "rx"][side], antenna, message });
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn count(&self) -> usize {
        self.all.iter().map(|thing| thing.pieces.len()).sum()
    }

    /// Adds what they send on between the places `[tx, rx]` to `out[tone, rx, tx]`.
    pub(super) fn add(
        &self,
        problem: &Problem,
        ends: &[Vec<Vec3>; 2],
        out: &mut [Complex64],
    ) -> Result<(), ChannelError> {
        let blockers = blockers(&self.triangles, problem, ends)?;
        // Waves over two walls and a thing are left out.
        let ways = (0..problem.ways.len()).take_while(|w| problem.ways.count(*w) <= THING_WALLS).count();
        let stations = Station::all(ends, |_, _| false);
        for thing in self.all.iter().filter(|thing| !thing.pieces.is_empty()) {
            let view = |station: &Station| ThingView::new(thing, problem, ways, station, ends, &blockers);
            let views: Vec<ThingView> = stations.par_iter().map(view).collect();
            let (there, back): (Vec<&ThingView>, Vec<&ThingView>) = views.iter().partition(|view| view.side == 0);
            for there in there {
                back.iter().for_each(|back| thing.add(problem, there, back, (ends[0].len(), ends[1].len()), out));
            }
        }
        Ok(())
    }
}

/// Triangles as what blocks.
pub(super) fn blockers(
    triangles: &[[Vec3; 3]],
    problem: &Problem,
    ends: &[Vec<Vec3>; 2],
) -> Result<Blockers, ChannelError> {
    let vertices: Vec<Vec3> = triangles.iter().flatten().copied().collect();
    let faces: Vec<[u32; 3]> = (0..triangles.len() as u32).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
    let corners =
        problem.around.room.iter().flat_map(|r| &r.walls).map(|w| w.centre.amax() + w.half_u.amax() + w.half_v.amax());
    let reach = ends.iter().flatten().map(Vec3::amax).chain(corners).fold(0.0, f64::max);
    let mut blockers = Blockers::new();
    let set = blockers.set(&vertices, &faces, reach);
    set.map_err(|e| ChannelError::Sight { message: e.to_string() })?;
    Ok(blockers)
}

/// Halves a triangle at its longest edge until waves are plane over each piece.
fn cut(corners: [Vec3; 3], problem: &Problem, antennas: &[Vec3], depth: usize, out: &mut Vec<Piece>) {
    let area = (corners[1] - corners[0]).cross(&(corners[2] - corners[0])) * 0.5;
    if area.norm() <= 0.0 {
        return;
    }
    let centre = (corners[0] + corners[1] + corners[2]) / 3.0;
    let edges: [f64; 3] = std::array::from_fn(|i| (corners[(i + 1) % 3] - corners[i]).norm());
    let longest = if edges[0] >= edges[1].max(edges[2]) {
        0
    } else if edges[1] >= edges[2] {
        1
    } else {
        2
    };
    let nearest = antennas.iter().map(|a| (a - centre).norm() - edges[longest]).fold(f64::INFINITY, f64::min).max(0.1);
    let most = problem.settings.thing_share * (0.5 * nearest * problem.wavelength_m()).sqrt();
    if edges[longest] <= most || depth >= MAX_CUTS {
        out.push(Piece { corners, centre, area });
        return;
    }
    let [a, b, c] = [corners[longest], corners[(longest + 1) % 3], corners[(longest + 2) % 3]];
    let middle = (a + b) * 0.5;
    for half in [[a, middle, c], [middle, b, c]] {
        cut(half, problem, antennas, depth + 1, out);
    }
}

/// A thing as a station has it.
struct ThingView {
    side: usize,
    /// The antennas of the station.
    members: Vec<usize>,
    /// How far they are from its middle at most, m.
    apart_m: f64,
    /// `[way]`: path from its image to the middle of the thing, m.
    reference_m: Vec<f64>,
    /// `[way][antenna]`.
    images: Vec<Vec<Vec3>>,
    /// `[way][piece]`: `None` where no wave comes.
    seen: Vec<Vec<Option<LitPiece>>>,
}

impl ThingView {
    fn new(
        thing: &Thing,
        problem: &Problem,
        ways: usize,
        station: &Station,
        ends: &[Vec<Vec3>; 2],
        blockers: &Blockers,
    ) -> Self {
        let (side, members) = (station.side, station.members.clone());
        let places: Vec<Vec3> = members.iter().map(|m| ends[side][*m]).collect();
        let middle = mean(&places);
        let antenna = if side == 0 { &problem.link.tx } else { &problem.link.rx }[members[0]];
        Self {
            side,
            apart_m: places.iter().map(|p| (p - middle).norm()).fold(0.0, f64::max),
            reference_m: (0..ways).map(|w| (problem.ways.image(w, middle) - thing.middle).norm()).collect(),
            images: (0..ways).map(|w| places.iter().map(|p| problem.ways.image(w, *p)).collect()).collect(),
            seen: thing.seen(problem, ways, (side, &antenna, middle), blockers),
            members,
        }
    }
}

impl Thing {
    /// Adds what it sends on between two stations.
    fn add(
        &self,
        problem: &Problem,
        there: &ThingView,
        back: &ThingView,
        (all_tx, all_rx): (usize, usize),
        out: &mut [Complex64],
    ) {
        let walls = |trip: &&[usize; 2]| problem.ways.count(trip[0]) + problem.ways.count(trip[1]) <= THING_WALLS;
        let trips: Vec<[usize; 2]> = problem.trips.iter().filter(walls).copied().collect();
        let paths = trips.iter().map(|&[a, b]| there.reference_m[a] + back.reference_m[b]);
        let range = paths.clone().fold((f64::INFINITY, 0.0_f64), |(low, high), p| (low.min(p), high.max(p)));
        let apart_m = there.apart_m.max(back.apart_m);
        let tones = TripTones::new(&problem.link.tones_hz, 2.0 * (self.radius_m + apart_m), range);
        let (n_rx, n_tx) = (back.members.len(), there.members.len());
        let mut some = vec![vec![Complex64::new(0.0, 0.0); tones.some_hz.len()]; n_rx * n_tx];
        let mut few = vec![vec![Complex64::new(0.0, 0.0); tones.few_hz.len()]; n_rx * n_tx];
        for &[a, b] in &trips {
            few.iter_mut().for_each(|f| f.fill(Complex64::new(0.0, 0.0)));
            let reference = there.reference_m[a] + back.reference_m[b];
            for (piece, seen) in self.pieces.iter().zip(there.seen[a].iter().zip(&back.seen[b])) {
                let (Some(first), Some(last)) = seen else { continue };
                let weight = weight(piece.area, first, last, self.reflects, problem.settings.shadows);
                if weight == 0.0 {
                    continue;
                }
                let wave_number = TAU / problem.wavelength_m();
                let gradient = (first.direction - last.direction) * -wave_number;
                let (re, im) = form_factor(piece.corners.map(|c| gradient.dot(&(c - piece.centre))));
                // −j / 4π.
                let amplitude = Complex64::new(im, -re) * first.share * last.share * (weight / (4.0 * PI));
                for (l, rx) in back.images[b].iter().enumerate() {
                    let r2 = (rx - piece.centre).norm();
                    for (k, tx) in there.images[a].iter().enumerate() {
                        let r1 = (tx - piece.centre).norm();
                        let bulge = piece.bulge_m((first.direction, r1), (last.direction, r2));
                        add_wave(
                            amplitude / (r1 * r2),
                            r1 + r2 + bulge - reference,
                            &tones.few_hz,
                            &mut few[l * n_tx + k],
                        );
                    }
                }
            }
            for (few, some) in few.iter().zip(&mut some) {
                tones.add_trip(few, reference, some);
            }
        }
        for (pair, some) in some.iter().enumerate() {
            let (rx, tx) = (back.members[pair / n_tx], there.members[pair % n_tx]);
            tones.all(some, |n, z| out[(n * all_rx + rx) * all_tx + tx] += z);
        }
    }

    /// What one side knows of all pieces, `[way][piece]`; `None` where no wave comes.
    fn seen(
        &self,
        problem: &Problem,
        ways: usize,
        (side, antenna, from): (usize, &Antenna, Vec3),
        blockers: &Blockers,
    ) -> Vec<Vec<Option<LitPiece>>> {
        let mut cells: HashMap<[i64; 3], (usize, Vec3, f64)> = HashMap::new();
        let mut cell_of = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let key = [piece.centre.x, piece.centre.y, piece.centre.z].map(|x| (x / GROUP_M).floor() as i64);
            let next = cells.len();
            let cell = cells.entry(key).or_insert((next, Vec3::zeros(), 0.0));
            (cell.1, cell.2) = (cell.1 + piece.centre, cell.2 + 1.0);
            cell_of.push(cell.0);
        }
        let mut middles = vec![Vec3::zeros(); cells.len()];
        cells.into_values().for_each(|(i, sum, count)| middles[i] = sum / count);
        let free = |points: Vec<Vec3>, end: Vec3| {
            let mut start = from;
            points.into_iter().chain([end]).all(|stop| {
                let blocked = blockers.blocked(start, stop, None);
                start = stop;
                !blocked
            })
        };
        let over = |way: usize| -> Vec<Option<LitPiece>> {
            let image = problem.ways.image(way, from);
            let shared: Vec<Option<Complex64>> = middles
                .iter()
                .map(|m| {
                    let leg = problem.ways.leg(way, from, *m)?;
                    Some(leg.coefficient * antenna.amplitude(leg.departs, problem.ways.axis()))
                })
                .collect();
            let one = |(piece, cell): (&Piece, &usize)| {
                let share = shared[*cell]?;
                let away = (piece.centre - image).normalize();
                let direction = if side == 0 { away } else { -away };
                // What looks away from the antenna is dark.
                let facing = away.dot(&piece.area) < 0.0;
                let end = piece.centre + piece.area.normalize() * 1e-6;
                let lit =
                    facing && problem.ways.points(way, from, piece.centre).is_some_and(|points| free(points, end));
                Some(LitPiece { direction, share, lit })
            };
            self.pieces.iter().zip(&cell_of).map(one).collect()
        };
        (0..ways).map(over).collect()
    }
}

/// What a piece mirrors and shades: the projections of its area.
fn weight(area: Vec3, there: &LitPiece, back: &LitPiece, reflects: f64, shadows: bool) -> f64 {
    if !(there.lit || back.lit) {
        return 0.0;
    }
    let (into, out) = (-there.direction.dot(&area), back.direction.dot(&area));
    let mut weight = if there.lit && back.lit { reflects * 0.5 * (into + out) } else { 0.0 };
    if shadows {
        let lit = |lit: bool, sign: f64| if lit { sign } else { 0.0 };
        let sides = lit(there.lit, 1.0) - lit(back.lit, 1.0);
        weight += shadow_share(there.direction.dot(&back.direction)) * 0.25 * sides * (into - out);
    }
    weight
}

/// Adds a wave of the amplitude and path to some tones.
fn add_wave(amplitude: Complex64, path_m: f64, tones_hz: &[f64], out: &mut [Complex64]) {
    let turns = |hz: f64| -TAU * (hz * path_m / crate::base::constants::SPEED_OF_LIGHT).fract();
    let step = tones_hz.get(1).map_or(0.0, |f| f - tones_hz[0]);
    let mut z = amplitude * Complex64::from_polar(1.0, turns(tones_hz[0]));
    let next = Complex64::from_polar(1.0, turns(step));
    for out in out {
        *out += z;
        z *= next;
    }
}
