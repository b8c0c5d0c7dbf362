//! Bodies and stations at all moments of a part of a recording.

use super::side::STENCIL;
use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::channel::nodes::{Bodies, BodyPart, Node};
use crate::channel::resample::{Clock, RATE};
use crate::channel::sight::Picture;
use crate::channel::stations::Station;
use crate::channel::{ChannelError, ChannelReport, Problem};
use rayon::prelude::*;

/// Lowest rate of a clock, Hz.
const LEAST_RATE_HZ: f64 = 60.0;
/// What comes and goes with sight and specular glints, beside the Doppler frequency, Hz.
const GLINT_HZ: f64 = 12.0;

/// Some of a recording.
pub(super) struct Passage<'a> {
    pub(super) problem: &'a Problem<'a>,
    pub(super) parts: &'a [BodyPart],
    pub(super) stations: Vec<Station>,
    pub(super) pairs: Vec<[usize; 2]>,
    pub(super) bodies: Bodies,
    /// `[part][moment]`.
    pub(super) nodes: Vec<Vec<Node>>,
    pub(super) step_s: f64,
    pub(super) clock: Clock,
}

impl<'a> Passage<'a> {
    pub(super) fn new(
        problem: &'a Problem<'a>,
        parts: &'a [BodyPart],
        walls: &[[Vec3; 3]],
        (start_s, end_s): (f64, f64),
        report: &mut ChannelReport,
    ) -> Result<Self, ChannelError> {
        let step_s = problem.settings.node_s;
        let count = (((end_s - start_s) / step_s).ceil() as usize + 1).max(STENCIL);
        let times_s: Vec<f64> = (0..count).map(|i| start_s + step_s * i as f64).collect();
        let bodies = Bodies::new(problem, parts, times_s)?;
        let carried = |side: usize, i: usize| {
            let antenna = if side == 0 { &problem.link.tx[i] } else { &problem.link.rx[i] };
            antenna.carrier().is_some()
        };
        let stations = Station::all(&bodies.places[0], carried);
        let of = |side: usize| (0..stations.len()).filter(|s| stations[*s].side == side).collect::<Vec<usize>>();
        let pairs: Vec<[usize; 2]> = of(0).into_iter().flat_map(|a| of(1).into_iter().map(move |b| [a, b])).collect();
        let jobs: Vec<(usize, usize)> = (0..parts.len()).flat_map(|p| (0..count).map(move |m| (p, m))).collect();
        let look = |picture: &mut Picture, &(part, moment): &(usize, usize)| match problem.settings.hides
            && bodies.is_looked(moment)
        {
            true => bodies.look(problem, (parts, part, moment), &stations, walls, picture),
            false => Vec::new(),
        };
        let looks: Vec<Vec<f32>> = jobs.par_iter().map_init(Picture::default, look).collect();
        let make = |(part, moment): (usize, usize)| {
            let looks = &looks[part * count..(part + 1) * count];
            bodies.node(problem, (parts, part, moment), &stations, &pairs, looks)
        };
        let mut all: Vec<Node> = jobs.into_par_iter().map(make).collect();
        let mut nodes: Vec<Vec<Node>> = Vec::new();
        for _ in parts {
            let rest = all.split_off(count);
            nodes.push(std::mem::replace(&mut all, rest));
        }
        report.near += nodes.iter().flatten().map(|n| n.near).sum::<usize>();
        let mut segment =
            Self { problem, parts, stations, pairs, bodies, nodes, step_s, clock: Clock::over(0.0, 0.0, 1.0) };
        let doppler_hz = segment.doppler_hz();
        let rate_hz = (RATE * (doppler_hz + GLINT_HZ)).max(LEAST_RATE_HZ);
        segment.clock = Clock::over(start_s, end_s, rate_hz);
        report.doppler_hz = report.doppler_hz.max(doppler_hz);
        report.rate_hz = report.rate_hz.max(rate_hz);
        Ok(segment)
    }

    /// Largest Doppler frequency of a piece that counts, Hz.
    fn doppler_hz(&self) -> f64 {
        let mut most = 0.0_f64;
        for (part, nodes) in self.parts.iter().zip(&self.nodes) {
            for pair in nodes.windows(2) {
                let n = part.tiles();
                let strongest = pair[0].amplitude.iter().flatten().fold(0.0, |m: f32, a| m.max(a.abs()));
                let mut counts = vec![false; n];
                for chunk in pair[0].amplitude.iter().flat_map(|a| a.chunks_exact(n.max(1))) {
                    counts.iter_mut().zip(chunk).for_each(|(c, a)| *c |= a.abs() > 0.03 * strongest);
                }
                let mut change = vec![[0.0_f64; 2]; n];
                for (s, station) in self.stations.iter().enumerate() {
                    let (before, behind) = (&pair[0].legs[s], &pair[1].legs[s]);
                    let antennas = station.members.len();
                    for (leg, (x, y)) in
                        before.length_m.chunks_exact(n.max(1)).zip(behind.length_m.chunks_exact(n.max(1))).enumerate()
                    {
                        let way = leg / antennas;
                        let moved = behind.reference_m[way] - before.reference_m[way];
                        for ((c, x), y) in change.iter_mut().zip(x).zip(y) {
                            c[station.side] = c[station.side].max((f64::from(y - x) + moved).abs());
                        }
                    }
                }
                let largest =
                    change.iter().zip(&counts).filter(|(_, c)| **c).map(|(c, _)| c[0] + c[1]).fold(0.0, f64::max);
                most = most.max(largest);
            }
        }
        most / self.step_s * self.problem.centre_hz / SPEED_OF_LIGHT
    }
}
