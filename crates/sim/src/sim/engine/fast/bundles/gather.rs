//! Bundles at the nodes of a segment: what their members' echoes sum up to, sixteen bundles at a time.

use super::Bundles;
use super::pack::{Leads, Pack};
use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::kernels::{BLOCK, Lanes};
use crate::sim::engine::fast::amplitude::Group;
use crate::sim::engine::fast::blocks::Row;
use crate::sim::engine::fast::fit::{Fit, NodePositions};
use crate::sim::engine::fast::problem::Swept;
use crate::sim::engine::fast::series::cis;
use crate::sim::engine::fast::taps::REACH;
use crate::sim::engine::fast::wave::Wave;
use crate::sim::engine::surface::Surface;

impl Fit {
    /// Lengths of the ways of the bundles' leaders, and the sums of their members' amplitudes and of these times the distance from
    /// the leader in the reach of a cell, with the members' phases relative to the leader's. At most a portion of bundles. Where antennas
    /// stand `near` each other the amplitude (not the phase) of a pair is that of the first pair and what each of its ends changes.
    #[inline(always)]
    pub(in crate::sim::engine::fast) fn gather<V: Lanes>(
        &mut self,
        problem: &Swept,
        wave: &Wave,
        at: &NodePositions,
        (bundles, units): (&Bundles, &[u32]),
        near: bool,
    ) {
        let (surface, tx, rx) = (problem.surface, problem.tx, problem.rx);
        let (n_tx, n_rx) = (tx.len(), rx.len());
        self.nodes = at.count;
        let groups: Vec<Bundled> =
            units.chunks(BLOCK).map(|chunk| Bundled::of(wave, surface, bundles, chunk)).collect();
        let mut group = Group::EMPTY;
        let mut sums = vec![[[0.0; BLOCK]; 4]; n_tx * n_rx];
        let mut further: Vec<Row> = Vec::new();
        let mut sides = vec![[[0.0; BLOCK]; 2]; n_tx + n_rx];
        let beside = |from: &[Vec3], number: usize| -> [f32; 3] { (from[number] - from[0]).map(|x| x as f32).into() };
        // All bundles at one moment, then the next: the points of a moment fit the second cache.
        for (node, points) in at.nodes().enumerate() {
            for (first, bundled) in groups.iter().enumerate().map(|(i, bundled)| (i * BLOCK, bundled)) {
                group.settle::<V>(wave, &bundled.leaders, points);
                let [there, back] = [tx[0], rx[0]].map(|antenna| Leads::of(group.from(antenna)));
                further.clear();
                for (antenna, place) in tx.iter().chain(rx).enumerate() {
                    let way = group.way::<V>(*place, 1.0, false);
                    let row = &mut self.length[antenna * self.nodes + node][first..first + BLOCK];
                    row.copy_from_slice(&way.length);
                    let reference = if antenna < n_tx { 0 } else { n_tx };
                    let from = &self.length[reference * self.nodes + node][first..first + BLOCK];
                    further.push(std::array::from_fn(|i| (way.length[i] - from[i]) as f32));
                }
                let turns: Row = std::array::from_fn(|i| {
                    wave.turns_per_metre(f64::from(there.length[i]) + f64::from(back.length[i])) as f32
                });
                sums.fill([[0.0; BLOCK]; 4]);
                for pack in &bundled.members {
                    group.settle::<V>(wave, pack, points);
                    let out = group.way_from::<V>(tx[0], &there, 1.0, true);
                    let home = group.way_from::<V>(rx[0], &back, -1.0, false);
                    self.ways.clear();
                    // Loops, since vectors inside of closures become calls.
                    for k in 0..n_tx {
                        self.ways.push(group.beside::<V>(&out, beside(tx, k), 1.0, true));
                    }
                    for l in 0..n_rx {
                        self.ways.push(group.beside::<V>(&home, beside(rx, l), -1.0, false));
                    }
                    let (ways_there, ways_back) = self.ways.split_at(n_tx);
                    if near {
                        for (k, t) in ways_there.iter().enumerate() {
                            let [re, im] = &mut sides[k];
                            group.amplitude::<V>(t, &ways_back[0], true, re, im);
                        }
                        for (l, r) in ways_back.iter().enumerate() {
                            let [re, im] = &mut sides[n_tx + l];
                            group.amplitude::<V>(&ways_there[0], r, true, re, im);
                        }
                    }
                    for (k, t) in ways_there.iter().enumerate() {
                        for (l, r) in ways_back.iter().enumerate() {
                            let longer = [&out.further, &home.further, &t.further, &r.further];
                            let lead = [&further[k], &further[n_tx + l]];
                            let (mut re, mut im) = ([0.0; BLOCK], [0.0; BLOCK]);
                            if near {
                                let [first, there, back] = [&sides[0], &sides[k], &sides[n_tx + l]];
                                for i in 0..BLOCK {
                                    re[i] = there[0][i] + (back[0][i] - first[0][i]);
                                    im[i] = there[1][i] + (back[1][i] - first[1][i]);
                                }
                            } else {
                                group.amplitude::<V>(t, r, true, &mut re, &mut im);
                            }
                            let echoes = MemberEchoes { re: &re, im: &im, longer, lead, turns: &turns };
                            echoes.join::<V>(wave, &mut sums[k * n_rx + l]);
                        }
                    }
                }
                if let Some(corners) = wave.high_pass {
                    for (pair, sum) in sums.iter_mut().enumerate() {
                        let (k, l) = (pair / n_rx, n_tx + pair % n_rx);
                        let path: Row =
                            std::array::from_fn(|i| there.length[i] + back.length[i] + (further[k][i] + further[l][i]));
                        filter(wave, corners, &path, sum);
                    }
                }
                for (pair, [re, im, first_re, first_im]) in sums.iter().enumerate() {
                    let row = pair * self.nodes + node;
                    let Self { amplitude, moment, .. } = self;
                    for (from, to) in [
                        (re, &mut amplitude.re),
                        (im, &mut amplitude.im),
                        (first_re, &mut moment.re),
                        (first_im, &mut moment.im),
                    ] {
                        to[row][first..first + BLOCK].copy_from_slice(from);
                    }
                }
            }
        }
    }
}

/// Sixteen bundles; where there are fewer, the last again.
struct Bundled {
    leaders: Pack,
    /// Each holds a member of every bundle; bundles that are through are silent.
    members: Vec<Pack>,
}

impl Bundled {
    fn of(wave: &Wave, surface: &Surface, bundles: &Bundles, units: &[u32]) -> Self {
        let unit = |i: usize| units[i.min(units.len() - 1)];
        let most = units.iter().map(|unit| bundles.members(*unit).len()).max().unwrap_or(0);
        let member = |i: usize, number: usize| {
            let members = bundles.members(unit(i));
            (members[number.min(members.len() - 1)], number < members.len())
        };
        Self {
            leaders: Pack::of(wave, surface, |i| (bundles.leader(unit(i)), true)),
            members: (0..most).map(|number| Pack::of(wave, surface, |i| member(i, number))).collect(),
        }
    }
}

/// High-pass filters on bundles, whose leaders have paths of the length `path`. By the factor H of the leader and its slope, which the
/// first moment brings: `H Σ a (1 + H′/H ξ)`, where with s = corner / path `H′/H` is `Σ (s² − js) / (1 + s²)` over the path.
#[inline(always)]
fn filter(wave: &Wave, corners: [f32; 4], path: &Row, [re, im, first_re, first_im]: &mut [Row; 4]) {
    let metres_per_x = (SPEED_OF_LIGHT * REACH / wave.points_per_second) as f32;
    for i in 0..BLOCK {
        let per_metre = 1.0 / path[i];
        let (mut a, mut b) = (1.0_f32, 0.0_f32);
        let (mut rise, mut turn) = (0.0_f32, 0.0_f32);
        for corner in corners {
            let share = corner * per_metre;
            (a, b) = (a + b * share, b - a * share);
            let part = share / (1.0 + share * share);
            (rise, turn) = (rise + part * share, turn - part);
        }
        let scale = 1.0 / (a * a + b * b);
        let (a, b) = (a * scale, -b * scale);
        let (rise, turn) = (rise * per_metre * metres_per_x, turn * per_metre * metres_per_x);
        let (x, y) = (first_re[i], first_im[i]);
        let (sum_re, sum_im) = (re[i] + rise * x - turn * y, im[i] + rise * y + turn * x);
        (re[i], im[i]) = (sum_re * a - sum_im * b, sum_re * b + sum_im * a);
        (first_re[i], first_im[i]) = (x * a - y * b, x * b + y * a);
    }
}

/// Sixteen members, each of a bundle, for one pair at one node.
struct MemberEchoes<'a> {
    /// Amplitudes.
    re: &'a Row,
    im: &'a Row,
    /// How much longer the ways of the first antennas are than the leader's, and by how much those of this pair are longer than these, m.
    longer: [&'a Row; 4],
    /// By how much the leader's are, m.
    lead: [&'a Row; 2],
    /// Cycles per metre of path.
    turns: &'a Row,
}

impl MemberEchoes<'_> {
    /// Adds them to their bundles' amplitudes and first moments.
    #[inline(always)]
    fn join<V: Lanes>(&self, wave: &Wave, [sum_re, sum_im, first_re, first_im]: &mut [Row; 4]) {
        let x_per_metre = V::splat((wave.points_per_second / (SPEED_OF_LIGHT * REACH)) as f32);
        let mut lane = 0;
        while lane < BLOCK {
            let [there, back, more_there, more_back] = self.longer;
            let there = V::load(&there[lane..]).add(V::load(&more_there[lane..]).sub(V::load(&self.lead[0][lane..])));
            let back = V::load(&back[lane..]).add(V::load(&more_back[lane..]).sub(V::load(&self.lead[1][lane..])));
            let longer = there.add(back);
            let (c, s) = cis(longer.mul(V::load(&self.turns[lane..])).fraction());
            let (a, b) = (V::load(&self.re[lane..]), V::load(&self.im[lane..]));
            let (re, im) = (b.fnma(s, a.mul(c)), b.fma(c, a.mul(s)));
            let x = longer.mul(x_per_metre);
            re.add(V::load(&sum_re[lane..])).store(&mut sum_re[lane..]);
            im.add(V::load(&sum_im[lane..])).store(&mut sum_im[lane..]);
            re.fma(x, V::load(&first_re[lane..])).store(&mut first_re[lane..]);
            im.fma(x, V::load(&first_im[lane..])).store(&mut first_im[lane..]);
            lane += V::COUNT;
        }
    }
}
