//! Quickhull: points above a facet wait there; the highest is joined to the rim of what it sees.
//!
//! Barber, Dobkin, Huhdanpaa, "The Quickhull Algorithm for Convex Hulls", ACM Trans. Math. Softw. 22 (1996), algorithm 1.
//! Facets are never merged: whether a facet is seen is decided exactly, so that the seen part is always a disc and its rim
//! one closed ring, whatever the degeneracy.

use super::cloud::Cloud;
use super::facet::{HullFacet, NONE};

/// Passes over the points that grazed a facet. One is enough unless the input is built against it.
const GRAZING_PASSES: usize = 16;

/// An edge between what a point sees and what it does not.
#[derive(Clone, Copy, Debug)]
struct RimEdge {
    from: u32,
    to: u32,
    beyond: u32,
}

/// The triangles of a hull while it grows; all buffers are kept between hulls.
#[derive(Clone, Debug, Default)]
pub(super) struct Growth {
    pub(super) facets: Vec<HullFacet>,
    /// Height of the first pending point of each facet.
    heights: Vec<f64>,
    /// (point that was left out, hull vertex at the same place).
    pub(super) twins: Vec<(u32, u32)>,
    /// Next point waiting above the same facet.
    next: Vec<u32>,
    free: Vec<u32>,
    todo: Vec<u32>,
    seen: Vec<u32>,
    rim: Vec<RimEdge>,
    walk: Vec<(u32, u8, u8)>,
    orphans: Vec<u32>,
    fresh: Vec<u32>,
    /// Normal, offset and smallest certain height of each fresh facet.
    planes: Vec<[f64; 5]>,
    grazing: Vec<u32>,
}

impl Growth {
    /// Forgets the last hull, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.facets.clear();
        self.heights.clear();
        self.twins.clear();
        self.free.clear();
        self.todo.clear();
        self.grazing.clear();
    }

    /// Grows the tetrahedron `corners` (the last below the plane of the first three) to the hull of the cloud.
    pub(super) fn run(&mut self, cloud: &Cloud, corners: [u32; 4]) {
        self.next.clear();
        self.next.resize(cloud.points.len(), NONE);
        let [a, b, c, d] = corners;
        for (corners, across) in
            [([a, b, c], [1, 2, 3]), ([b, a, d], [0, 3, 2]), ([c, b, d], [0, 1, 3]), ([a, c, d], [0, 2, 1])]
        {
            self.facets.push(HullFacet::new(cloud, corners, across));
            self.heights.push(0.0);
        }
        self.fresh.clear();
        self.fresh.extend(0..4);
        self.lay_out_planes(cloud);
        for point in 0..cloud.points.len() as u32 {
            if !corners.contains(&point) {
                self.place(cloud, point, &corners);
            }
        }
        self.todo.extend(0..4);
        // Points that grazed the tetrahedron have been compared with all there is.
        self.grazing.clear();
        for _ in 0..GRAZING_PASSES {
            while let Some(facet) = self.todo.pop() {
                let f = &self.facets[facet as usize];
                if f.alive() && f.pending != NONE {
                    self.join(cloud, facet);
                }
            }
            if !self.reconsider(cloud) {
                break;
            }
        }
    }

    /// Adds the highest point above `facet` to the hull.
    fn join(&mut self, cloud: &Cloud, facet: u32) {
        let apex = self.facets[facet as usize].pending;
        self.find_rim(cloud, facet, apex);
        if !self.rim_is_ring() {
            // Exact tests exclude this; should it happen all the same, the point is left out and the hull stays whole.
            for &f in &self.seen {
                self.facets[f as usize].revive(cloud);
            }
            self.drop_first(cloud, facet);
            return;
        }
        self.orphans.clear();
        for &f in &self.seen {
            let mut point = self.facets[f as usize].pending;
            while point != NONE {
                if point != apex {
                    self.orphans.push(point);
                }
                point = self.next[point as usize];
            }
        }
        self.free.extend_from_slice(&self.seen);
        self.cone(cloud, apex);
        self.lay_out_planes(cloud);
        for i in 0..self.orphans.len() {
            self.place(cloud, self.orphans[i], &[apex]);
        }
        for &f in &self.fresh {
            if self.facets[f as usize].pending != NONE {
                self.todo.push(f);
            }
        }
    }

    /// Walks over all facets that `apex` sees, marks them dead and collects the rim counter-clockwise.
    fn find_rim(&mut self, cloud: &Cloud, start: u32, apex: u32) {
        let eye = cloud.points[apex as usize];
        self.seen.clear();
        self.rim.clear();
        self.walk.clear();
        self.facets[start as usize].kill();
        self.seen.push(start);
        self.walk.push((start, 0, 3));
        while let Some((facet, edge, left)) = self.walk.last_mut() {
            if *left == 0 {
                self.walk.pop();
                continue;
            }
            let (f, e) = (*facet, *edge as usize);
            *edge = if *edge == 2 { 0 } else { *edge + 1 };
            *left -= 1;
            let beyond = self.facets[f as usize].across[e];
            if !self.facets[beyond as usize].alive() {
                continue;
            }
            let corners = self.facets[f as usize].corners;
            let (from, to) = (corners[e], corners[(e + 1) % 3]);
            let neighbour = &mut self.facets[beyond as usize];
            if neighbour.is_seen_from(cloud, eye) {
                neighbour.kill();
                self.seen.push(beyond);
                let entered = neighbour.edge_from(to);
                self.walk.push((beyond, (entered as u8 + 1) % 3, 2));
            } else {
                self.rim.push(RimEdge { from, to, beyond });
            }
        }
    }

    fn rim_is_ring(&self) -> bool {
        self.rim.len() >= 3 && (0..self.rim.len()).all(|i| self.rim[i].to == self.rim[(i + 1) % self.rim.len()].from)
    }

    /// Builds the facets between `apex` and the rim.
    fn cone(&mut self, cloud: &Cloud, apex: u32) {
        self.fresh.clear();
        for i in 0..self.rim.len() {
            let id = self.free.pop().unwrap_or_else(|| {
                // Filled below.
                self.facets.push(self.facets[self.rim[i].beyond as usize]);
                self.heights.push(0.0);
                self.facets.len() as u32 - 1
            });
            self.fresh.push(id);
        }
        let n = self.rim.len();
        for i in 0..n {
            let RimEdge { from, to, beyond } = self.rim[i];
            let (after, before) = (if i + 1 == n { 0 } else { i + 1 }, if i == 0 { n - 1 } else { i - 1 });
            let across = [beyond, self.fresh[after], self.fresh[before]];
            let new = HullFacet::new(cloud, [from, to, apex], across);
            let outer = &mut self.facets[beyond as usize];
            let edge = outer.edge_from(to);
            outer.across[edge] = self.fresh[i];
            self.facets[self.fresh[i] as usize] = new;
        }
    }

    /// Copies the planes of the fresh facets side by side. (Four of them at a time in vectors were no faster: a point is nearly
    /// always above one of the first.)
    fn lay_out_planes(&mut self, cloud: &Cloud) {
        self.planes.clear();
        for &f in &self.fresh {
            let facet = &self.facets[f as usize];
            let [x, y, z] = facet.normal;
            self.planes.push([x, y, z, facet.offset, facet.guard().max(cloud.tolerance)]);
        }
    }

    /// Puts a point above the first fresh facet that sees it, or drops it.
    fn place(&mut self, cloud: &Cloud, point: u32, apexes: &[u32]) {
        let [x, y, z] = cloud.points[point as usize];
        let mut near = false;
        for (i, plane) in self.planes.iter().enumerate() {
            let height = plane[0] * x + plane[1] * y + plane[2] * z - plane[3];
            if height > plane[4] {
                self.hang(point, self.fresh[i], height);
                return;
            }
            near |= height >= -plane[4];
        }
        if near {
            self.place_carefully(cloud, point, apexes);
        }
    }

    /// The same for a point within rounding of a facet.
    #[cold]
    fn place_carefully(&mut self, cloud: &Cloud, point: u32, apexes: &[u32]) {
        let x = cloud.points[point as usize];
        let mut best = (NONE, f64::NEG_INFINITY);
        let mut band = cloud.tolerance;
        for &f in &self.fresh {
            let facet = &self.facets[f as usize];
            let height = facet.height(cloud, x);
            if height > best.1 {
                best = (f, height);
                band = facet.guard().max(cloud.tolerance);
            }
        }
        if best.1 > cloud.tolerance {
            self.hang(point, best.0, best.1);
        } else if best.1 >= -band {
            match apexes.iter().find(|&&apex| cloud.points[apex as usize] == x) {
                Some(&apex) => self.twins.push((point, apex)),
                None => self.grazing.push(point),
            }
        }
    }

    fn hang(&mut self, point: u32, facet: u32, height: f64) {
        let f = &mut self.facets[facet as usize];
        if f.pending == NONE || height > self.heights[facet as usize] {
            self.next[point as usize] = f.pending;
            f.pending = point;
            self.heights[facet as usize] = height;
        } else {
            self.next[point as usize] = self.next[f.pending as usize];
            self.next[f.pending as usize] = point;
        }
    }

    fn drop_first(&mut self, cloud: &Cloud, facet: u32) {
        let mut rest = self.next[self.facets[facet as usize].pending as usize];
        self.facets[facet as usize].pending = NONE;
        while rest != NONE {
            let after = self.next[rest as usize];
            let height = self.facets[facet as usize].height(cloud, cloud.points[rest as usize]);
            self.hang(rest, facet, height);
            rest = after;
        }
        if self.facets[facet as usize].pending != NONE {
            self.todo.push(facet);
        }
    }

    /// A point within the tolerance of a fresh facet may stand out over an older one round the corner: looks at all
    /// facets. Returns whether a point came back.
    fn reconsider(&mut self, cloud: &Cloud) -> bool {
        let points = std::mem::take(&mut self.grazing);
        for &point in &points {
            let x = cloud.points[point as usize];
            let mut best = (NONE, cloud.tolerance);
            for (id, facet) in self.facets.iter().enumerate() {
                if facet.alive() && facet.rounded_height(x) + facet.guard() > best.1 {
                    let height = facet.height(cloud, x);
                    if height > best.1 {
                        best = (id as u32, height);
                    }
                }
            }
            if best.0 != NONE {
                self.hang(point, best.0, best.1);
                self.todo.push(best.0);
            }
        }
        self.grazing = points;
        self.grazing.clear();
        !self.todo.is_empty()
    }
}
