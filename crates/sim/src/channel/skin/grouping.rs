//! Triangles put together to pieces, and what of each triangle belongs to which.

use super::facets::Neighbours;
use crate::base::Vec3;
use crate::geometry::measure;
use std::collections::VecDeque;

/// Cosine between triangles of one piece and its mean direction, at least.
const TURN: f64 = 0.6;
/// Pieces smaller than this share of the wanted area join a neighbour.
const SMALL: f64 = 0.35;
/// Shares below this of the largest are left out.
const LEAST: f64 = 0.01;

/// Elements of each group and their shares in it: normal weights of the distance from its middle, among groups that are next to each other or next
/// but one and look alike, which add up to one for each element.
pub(in crate::channel) fn shares(
    corners: &[[Vec3; 3]],
    neighbours: &Neighbours,
    groups: &[Vec<usize>],
    width_m: f64,
) -> Vec<Vec<(u32, f32)>> {
    let mut group_of = vec![0; corners.len()];
    for (g, members) in groups.iter().enumerate() {
        members.iter().for_each(|i| group_of[*i] = g);
    }
    let look = |members: &Vec<usize>| {
        let size: f64 = members.iter().map(|i| measure::area(&corners[*i])).sum();
        let middle: Vec3 = members.iter().map(|i| measure::centre(&corners[*i]) * measure::area(&corners[*i])).sum();
        let normal: Vec3 = members.iter().map(|i| measure::area_normal(&corners[*i])).sum();
        (middle / size.max(f64::MIN_POSITIVE), normal.try_normalize(0.0).unwrap_or_else(Vec3::zeros))
    };
    let looks: Vec<(Vec3, Vec3)> = groups.iter().map(look).collect();
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    for (i, group) in group_of.iter().enumerate() {
        beside[*group].extend(neighbours.of(i).iter().map(|j| group_of[*j as usize]));
    }
    for list in &mut beside {
        list.sort_unstable();
        list.dedup();
    }
    let around: Vec<Vec<usize>> = (0..groups.len())
        .map(|g| {
            let mut all: Vec<usize> =
                beside[g].iter().flat_map(|h| &beside[*h]).copied().chain(beside[g].iter().copied()).collect();
            all.push(g);
            all.sort_unstable();
            all.dedup();
            all
        })
        .collect();
    let mut out: Vec<Vec<(u32, f32)>> = vec![Vec::new(); groups.len()];
    for (i, c) in corners.iter().enumerate() {
        let (centre, normal) = (measure::centre(c), measure::unit_normal(c));
        let weight = |g: usize| {
            let (middle, look) = looks[g];
            let alike = normal.dot(&look).max(0.0);
            alike * (-0.5 * (centre - middle).norm_squared() / (width_m * width_m)).exp()
        };
        let own = group_of[i];
        let weights: Vec<(usize, f64)> = around[own].iter().map(|g| (*g, weight(*g))).collect();
        let most = weights.iter().map(|w| w.1).fold(0.0, f64::max);
        let kept: Vec<(usize, f64)> = weights.into_iter().filter(|w| w.1 > LEAST * most).collect();
        let total: f64 = kept.iter().map(|w| w.1).sum();
        if total > 0.0 {
            kept.iter().for_each(|(g, w)| out[*g].push((i as u32, (w / total) as f32)));
        } else {
            out[own].push((i as u32, 1.0));
        }
    }
    out.retain(|piece| !piece.is_empty());
    out
}

/// Elements put together to groups with edges of about `edge_m`, neighbours that look alike first.
pub(in crate::channel) fn grouped(corners: &[[Vec3; 3]], neighbours: &Neighbours, edge_m: f64) -> Vec<Vec<usize>> {
    let wanted = edge_m * edge_m;
    let sizes: Vec<f64> = corners.iter().map(measure::area).collect();
    let units: Vec<Vec3> = corners.iter().map(measure::unit_normal).collect();
    let centres: Vec<Vec3> = corners.iter().map(measure::centre).collect();
    let mut group_of = vec![usize::MAX; corners.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut seeds: VecDeque<usize> = VecDeque::new();
    for start in 0..corners.len() {
        if group_of[start] != usize::MAX {
            continue;
        }
        seeds.push_back(start);
        while let Some(seed) = seeds.pop_front() {
            if group_of[seed] != usize::MAX {
                continue;
            }
            let number = groups.len();
            let mut members = vec![seed];
            group_of[seed] = number;
            let (mut size, mut direction) = (sizes[seed], units[seed] * sizes[seed]);
            let mut border: Vec<usize> = neighbours.of(seed).iter().map(|i| *i as usize).collect();
            while size < wanted {
                // The nearest of those that may join.
                let fits =
                    |i: &usize| group_of[*i] == usize::MAX && units[*i].dot(&direction) >= TURN * direction.norm();
                let near = |i: &usize| (centres[*i] - centres[seed]).norm_squared();
                let Some(next) = border.iter().copied().filter(fits).min_by(|a, b| near(a).total_cmp(&near(b))) else {
                    break;
                };
                if size + 0.5 * sizes[next] > wanted && size > SMALL * wanted {
                    break;
                }
                group_of[next] = number;
                members.push(next);
                size += sizes[next];
                direction += units[next] * sizes[next];
                border.retain(|i| group_of[*i] == usize::MAX);
                border.extend(neighbours.of(next).iter().map(|i| *i as usize).filter(|i| group_of[*i] == usize::MAX));
            }
            let mut rest = border;
            rest.retain(|i| group_of[*i] == usize::MAX);
            rest.sort_by(|a, b| {
                (centres[*a] - centres[seed]).norm_squared().total_cmp(&(centres[*b] - centres[seed]).norm_squared())
            });
            seeds.extend(rest);
            groups.push(members);
        }
    }
    join_small(groups, &group_of, (&sizes, &units), neighbours, wanted)
}

/// Joins what is small to the neighbour that looks most alike.
fn join_small(
    groups: Vec<Vec<usize>>,
    group_of: &[usize],
    (sizes, units): (&[f64], &[Vec3]),
    neighbours: &Neighbours,
    wanted: f64,
) -> Vec<Vec<usize>> {
    let mut size: Vec<f64> = groups.iter().map(|g| g.iter().map(|i| sizes[*i]).sum()).collect();
    let mut looks: Vec<Vec3> = groups.iter().map(|g| g.iter().map(|i| units[*i] * sizes[*i]).sum()).collect();
    let mut owner: Vec<usize> = (0..groups.len()).collect();
    fn root(owner: &[usize], mut i: usize) -> usize {
        while owner[i] != i {
            i = owner[i];
        }
        i
    }
    for g in 0..groups.len() {
        if size[g] >= SMALL * wanted || owner[g] != g {
            continue;
        }
        let around = groups[g].iter().flat_map(|i| neighbours.of(*i)).map(|j| root(&owner, group_of[*j as usize]));
        let alike = |h: &usize| looks[g].normalize().dot(&looks[*h].normalize());
        let best = around
            .filter(|h| *h != g && size[*h] + size[g] <= 1.5 * wanted)
            .max_by(|a, b| alike(a).total_cmp(&alike(b)));
        if let Some(best) = best.filter(|h| alike(h) >= TURN) {
            owner[g] = best;
            size[best] += size[g];
            let look = looks[g];
            looks[best] += look;
        }
    }
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    for (g, members) in groups.into_iter().enumerate() {
        out[root(&owner, g)].extend(members);
    }
    out.retain(|members| !members.is_empty());
    out
}
