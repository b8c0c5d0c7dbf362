//! Hulls of clouds that lie in a plane or on a line.

use super::cloud::Cloud;
use super::facet::{HullFacet, NONE};

/// Corners of the convex polygon around points in the plane of `frame`, by Andrew's monotone chain; points at the place of
/// a corner go to `twins` as (left out, corner).
pub(super) fn polygon(cloud: &Cloud, frame: [u32; 3], twins: &mut Vec<(u32, u32)>) -> Vec<u32> {
    let normal = HullFacet::new(cloud, frame, [NONE; 3]).normal;
    let steepest = (0..3).fold(0, |best, axis| if normal[axis].abs() > normal[best].abs() { axis } else { best });
    // Dropping the steepest axis keeps convexity and all lengths within a factor of √3.
    let at = |i: u32| {
        let p = cloud.points[i as usize];
        [p[(steepest + 1) % 3], p[(steepest + 2) % 3]]
    };
    let mut order: Vec<u32> = (0..cloud.points.len() as u32).collect();
    order.sort_unstable_by(|&i, &j| {
        let ([ax, ay], [bx, by]) = (at(i), at(j));
        ax.total_cmp(&bx).then(ay.total_cmp(&by)).then(i.cmp(&j))
    });
    let mut distinct: Vec<u32> = Vec::with_capacity(order.len());
    let mut same = Vec::new();
    for i in order {
        match distinct.last() {
            Some(&kept) if at(kept) == at(i) => same.push((i, kept)),
            _ => distinct.push(i),
        }
    }
    let turns_left = |a: u32, b: u32, c: u32| {
        let ([ax, ay], [bx, by], [cx, cy]) = (at(a), at(b), at(c));
        let (dx, dy) = (cx - ax, cy - ay);
        // Distance of b from the chord a–c.
        (bx - ax) * dy - (by - ay) * dx > cloud.tolerance * dx.hypot(dy)
    };
    let mut corners: Vec<u32> = Vec::new();
    for forth in [true, false] {
        let start = corners.len();
        let mut visit = |i: u32| {
            while corners.len() >= start + 2 && !turns_left(corners[corners.len() - 2], corners[corners.len() - 1], i) {
                corners.pop();
            }
            corners.push(i);
        };
        if forth {
            distinct.iter().copied().for_each(&mut visit);
        } else {
            distinct.iter().rev().copied().for_each(&mut visit);
        }
        // The end of one chain is the start of the other.
        corners.pop();
    }
    twins.extend(same.into_iter().filter(|(_, kept)| corners.contains(kept)));
    corners
}

/// Points at the place of one of `corners`, as (left out, corner).
pub(super) fn find_twins(cloud: &Cloud, corners: &[u32], twins: &mut Vec<(u32, u32)>) {
    for i in 0..cloud.points.len() as u32 {
        let twin = corners.iter().find(|&&c| cloud.points[c as usize] == cloud.points[i as usize]);
        if let Some(&corner) = twin.filter(|&&c| c != i) {
            twins.push((i, corner));
        }
    }
}
