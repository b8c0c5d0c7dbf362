//! The planes of the facets that were just made, four side by side: nearly all the time of a hull goes into comparing points with
//! them.

use super::facet::Facet;

/// Planes of a group.
const LANES: usize = 4;

/// Four planes, each quantity side by side; a short group is filled up with planes that nothing lies near.
#[derive(Clone, Copy, Debug)]
struct Group {
    normal: [[f64; LANES]; 3],
    offset: [f64; LANES],
    /// Smallest height that certainly lies above.
    certain: [f64; LANES],
}

/// Where a point lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Above this plane, by a height; the first one that it is above.
    Above(usize, f64),
    /// Above none, but within rounding of one.
    Near,
    /// Below all of them.
    Below,
}

/// Planes in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Planes(Vec<Group>);

impl Planes {
    /// Takes over the planes of `facets`; heights up to `tolerance` count as none.
    pub(super) fn lay_out<'a>(&mut self, facets: impl Iterator<Item = &'a Facet>, tolerance: f64) {
        self.0.clear();
        for (i, facet) in facets.enumerate() {
            if i % LANES == 0 {
                self.0.push(Group { normal: [[0.0; LANES]; 3], offset: [f64::INFINITY; LANES], certain: [0.0; LANES] });
            }
            if let Some(group) = self.0.last_mut() {
                for axis in 0..3 {
                    group.normal[axis][i % LANES] = facet.normal[axis];
                }
                group.offset[i % LANES] = facet.offset;
                group.certain[i % LANES] = facet.guard.max(tolerance);
            }
        }
    }

    /// Calls `each(i, place)` for all of `points`, numbers of entries of `all`, in order.
    pub(super) fn place(&self, all: &[[f64; 3]], points: &[u32], each: impl FnMut(usize, Place)) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor was asked for AVX2.
            return unsafe { self.place_avx2(all, points, each) };
        }
        self.place_portable(all, points, each);
    }

    fn place_portable(&self, all: &[[f64; 3]], points: &[u32], mut each: impl FnMut(usize, Place)) {
        for (i, &point) in points.iter().enumerate() {
            let [x, y, z] = all[point as usize];
            let mut place = Place::Below;
            'groups: for (g, group) in self.0.iter().enumerate() {
                for k in 0..LANES {
                    let [a, b, c] = group.normal.map(|n| n[k]);
                    let height = a * x + b * y + c * z - group.offset[k];
                    if height > group.certain[k] {
                        place = Place::Above(g * LANES + k, height);
                        break 'groups;
                    }
                    if height >= -group.certain[k] {
                        place = Place::Near;
                    }
                }
            }
            each(i, place);
        }
    }

    /// The same with the same bits: nothing is fused or reordered.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn place_avx2(&self, all: &[[f64; 3]], points: &[u32], mut each: impl FnMut(usize, Place)) {
        use std::arch::x86_64::*;
        // SAFETY of both blocks: the arrays are four doubles each.
        let load = |from: &[f64; LANES]| unsafe { _mm256_loadu_pd(from.as_ptr()) };
        let sign = _mm256_set1_pd(-0.0);
        for (i, &point) in points.iter().enumerate() {
            let [x, y, z] = all[point as usize].map(|v| _mm256_set1_pd(v));
            let mut place = Place::Below;
            for (g, group) in self.0.iter().enumerate() {
                let [a, b, c] = group.normal.each_ref().map(load);
                let sum = _mm256_add_pd(_mm256_add_pd(_mm256_mul_pd(a, x), _mm256_mul_pd(b, y)), _mm256_mul_pd(c, z));
                let height = _mm256_sub_pd(sum, load(&group.offset));
                let certain = load(&group.certain);
                let above = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(height, certain));
                if above != 0 {
                    let first = above.trailing_zeros() as usize;
                    let mut heights = [0.0; LANES];
                    unsafe { _mm256_storeu_pd(heights.as_mut_ptr(), height) };
                    place = Place::Above(g * LANES + first, heights[first]);
                    break;
                }
                let near = _mm256_cmp_pd::<_CMP_GE_OQ>(height, _mm256_xor_pd(certain, sign));
                if _mm256_movemask_pd(near) != 0 {
                    place = Place::Near;
                }
            }
            each(i, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::RandomTree;
    use crate::visibility::hull::facet::NONE;
    use rand::RngExt;

    #[test]
    fn both_variants_put_points_above_the_same_planes() {
        let mut stream = RandomTree::new(2).stream(0, "planes");
        let mut number = || stream.random::<f64>() * 2.0 - 1.0;
        for count in [1, 3, 4, 9] {
            let facets: Vec<Facet> = (0..count)
                .map(|i| Facet {
                    normal: [number(), number(), number()],
                    offset: number(),
                    guard: if i == 2 { f64::INFINITY } else { 0.3 },
                    pending_height: 0.0,
                    pending: NONE,
                    corners: [0; 3],
                    across: [NONE; 3],
                    alive: true,
                })
                .collect();
            let mut planes = Planes::default();
            planes.lay_out(facets.iter(), 0.1);
            let all: Vec<[f64; 3]> = (0..200).map(|_| [number(), number(), number()]).collect();
            let points: Vec<u32> = (0..200).rev().collect();
            let (mut wide, mut narrow) = (Vec::new(), Vec::new());
            planes.place(&all, &points, |i, place| wide.push((i, place)));
            planes.place_portable(&all, &points, |i, place| narrow.push((i, place)));
            assert_eq!(wide, narrow);
            let above = wide.iter().filter(|(_, p)| matches!(p, Place::Above(..))).count();
            let near = wide.iter().filter(|(_, p)| *p == Place::Near).count();
            assert!(above > 0 && near > 0 && above + near < 200 || count > 2, "{above} above, {near} near");
        }
    }
}
