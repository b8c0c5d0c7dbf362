//! Bundles: patches whose paths are alike throughout a frame, and whose echoes are therefore summed up before the sweep.
//!
//! In sample n a patch at the place x (in the reach of a cell) has the phase `ω REACH x`, |ω| ≤ π/2, besides that of the middle
//! sample. With ξ = x − x₀ from the bundle's leader, this is taken as `exp(jω REACH x₀) (1 + jω REACH ξ)`: the bundle is said by
//! its amplitude `Σ a` and its first moment `Σ a ξ`, both with the phases of the middle sample in full, for every pair of antennas
//! and at every node of time. What is missed is `(ω REACH ξ)² / 2`, over the band and over members within X of their leader
//! `½ · (π/2)²/√5 · REACH² · X²/√5` rms of the patches' amplitudes: [`Limits::of`] solves this for X.
//!
//! Bundles are made by path, rate, and how much longer the paths of other antennas are. Where in space the members are does not matter
//! otherwise: pairs are summed up one by one.

mod gather;
mod pack;

use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::sim::engine::fast::taps::REACH;
use crate::sim::engine::fast::wave::Wave;
use std::f64::consts::{FRAC_PI_2, TAU};

/// Distance from the leader that [`Limits::of`] chooses, at most: what is beyond the first moment grows fast.
const WIDEST: f64 = 0.5;
/// Phase by which members may leave their leader over half the frame, rad: the nodes of a frame follow this.
const DEPARTURE: f64 = 0.5;
/// Members of a bundle, at most: sixteen bundles of about one size are gathered together.
const MOST: usize = 16;

/// A patch as the survey saw it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) patch: u32,
    /// Path of the first pair in the middle of the frame, m.
    pub(super) path: f64,
    /// How much longer the paths of the two pairs that [`corners`] names are, m.
    pub(super) lean: [f64; 2],
    /// By how much it grows from the first to the last ramp, m.
    pub(super) growth: f64,
    /// By how much it is longer at the ends than in the middle, both ends together, m.
    pub(super) bow: f64,
}

/// How alike the paths of a bundle are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Width in path, m.
    width: f64,
    /// Width in growth and in bow, m.
    drift: f64,
}

impl Limits {
    /// For an error of `tolerance`, relative to the root of the summed squares of the patches' amplitudes.
    pub(super) fn of(wave: &Wave, tolerance: f64) -> Self {
        let squared = 0.5 * FRAC_PI_2.powi(2) * REACH * REACH / 5.0;
        // The leader of two stands at one end.
        let distance = (tolerance / squared).sqrt().min(WIDEST);
        let metres_per_x = SPEED_OF_LIGHT * REACH / wave.points_per_second.abs();
        Self { width: distance * metres_per_x, drift: 4.0 * DEPARTURE * SPEED_OF_LIGHT / (TAU * wave.frequency) }
    }
}

/// Patches in bundles, in the order of their paths.
#[derive(Debug, Default)]
pub(super) struct Bundles {
    members: Vec<u32>,
    /// Where each bundle ends among them.
    ends: Vec<u32>,
    leaders: Vec<u32>,
}

impl Bundles {
    /// Every patch by itself.
    pub(super) fn apart(mut sights: Vec<Sight>) -> Self {
        sights.sort_unstable_by(|a, b| a.path.total_cmp(&b.path).then(a.patch.cmp(&b.patch)));
        let members: Vec<u32> = sights.iter().map(|s| s.patch).collect();
        Self { ends: (1..=members.len() as u32).collect(), leaders: members.clone(), members }
    }

    /// As few as the limits allow, by bins of path.
    pub(super) fn within(limits: Limits, mut sights: Vec<Sight>) -> Self {
        // Paths are below some thousand kilometres, and others within 128 widths longer or shorter: what is beyond shares a bin.
        let path = |s: &Sight| (s.path / limits.width) as u32 & 0x00ff_ffff;
        let lean = |s: &Sight| s.lean.map(|lean| (lean / limits.width + 128.5).clamp(0.0, 255.0) as u8);
        let bin = |s: &Sight| (path(s), lean(s));
        let key = |s: &Sight| {
            let [first, second] = lean(s).map(u64::from);
            let near = u64::from(path(s)) << 40 | first << 32 | second << 24;
            (near | u64::from(in_order(s.growth as f32) >> 8), s.patch)
        };
        sights.sort_by_cached_key(key);
        let mut bundles = Self::default();
        let mut rest = sights.as_slice();
        while let Some(first) = rest.first() {
            let (mut low, mut high) = (first.bow, first.bow);
            let joins = |s: &&Sight| {
                (low, high) = (low.min(s.bow), high.max(s.bow));
                bin(s) == bin(first) && s.growth - first.growth <= limits.drift && high - low <= limits.drift
            };
            let count = rest.iter().take(MOST).take_while(joins).count().max(1);
            let (own, others) = rest.split_at(count);
            bundles.leaders.push(leader(limits, own));
            bundles.members.extend(own.iter().map(|s| s.patch));
            bundles.ends.push(bundles.members.len() as u32);
            rest = others;
        }
        bundles
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn leader(&self, bundle: u32) -> u32 {
        self.leaders[bundle as usize]
    }

    pub(super) fn members(&self, bundle: u32) -> &[u32] {
        let bundle = bundle as usize;
        let start = if bundle == 0 { 0 } else { self.ends[bundle - 1] };
        &self.members[start as usize..self.ends[bundle] as usize]
    }

    /// The patches of some bundles.
    pub(super) fn patches(&self, bundles: &[u32]) -> Vec<u32> {
        bundles.iter().flat_map(|b| self.members(*b)).copied().collect()
    }
}

/// Pairs of antennas at the corners of the array as seen from the first pair: the one farthest from it, and the one farthest from the line
/// between the two. An antenna is given by its number.
pub(super) fn corners(tx: &[Vec3], rx: &[Vec3]) -> [(usize, usize); 2] {
    let pairs = || (0..tx.len()).flat_map(|k| (0..rx.len()).map(move |l| (k, l)));
    let offset = |(k, l): (usize, usize)| (tx[k] - tx[0]) + (rx[l] - rx[0]);
    let most = |size: &dyn Fn((usize, usize)) -> f64| {
        pairs().fold((0, 0), |best, pair| if size(pair) > size(best) { pair } else { best })
    };
    let first = most(&|pair| offset(pair).norm_squared());
    let line = offset(first).try_normalize(0.0).unwrap_or_default();
    let second = most(&|pair| (offset(pair) - line * line.dot(&offset(pair))).norm_squared());
    [first, second]
}

/// Bits that are in the order of the numbers.
fn in_order(x: f32) -> u32 {
    let bits = x.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// The patch nearest to the middle of a bundle.
fn leader(limits: Limits, members: &[Sight]) -> u32 {
    let middle = |value: fn(&Sight) -> f64| {
        let (low, high) =
            members.iter().map(value).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        0.5 * (low + high)
    };
    let (path, growth) = (middle(|s| s.path), middle(|s| s.growth));
    let off = |s: &Sight| ((s.path - path) / limits.width).powi(2) + ((s.growth - growth) / limits.drift).powi(2);
    members.iter().min_by(|a, b| off(a).total_cmp(&off(b))).map_or(0, |s| s.patch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::RandomTree;
    use rand::RngExt;

    #[test]
    fn bundles_hold_every_patch_once_and_stay_within_their_limits() {
        let mut stream = RandomTree::new(3).stream(0, "bundles");
        let sights: Vec<Sight> = (0..2000)
            .map(|patch| Sight {
                patch,
                path: stream.random_range(5.0..5.2),
                lean: [stream.random_range(-0.02..0.02), 0.0],
                growth: stream.random_range(-0.02..0.02),
                bow: stream.random_range(-0.001..0.001),
            })
            .collect();
        let limits = Limits { width: 0.01, drift: 0.004 };
        let bundles = Bundles::within(limits, sights.clone());
        let mut seen: Vec<u32> = bundles.patches(&(0..bundles.len() as u32).collect::<Vec<_>>());
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(0..2000));
        let mut last = 0.0;
        for bundle in 0..bundles.len() as u32 {
            let members = bundles.members(bundle);
            let leader = sights[bundles.leader(bundle) as usize];
            assert!(members.contains(&leader.patch));
            for member in members.iter().map(|m| sights[*m as usize]) {
                assert!((member.path - leader.path).abs() <= limits.width);
                assert!((member.lean[0] - leader.lean[0]).abs() <= limits.width);
                assert!((member.growth - leader.growth).abs() <= limits.drift);
                assert!((member.bow - leader.bow).abs() <= limits.drift);
            }
            assert!(leader.path > last - limits.width);
            last = leader.path;
        }
        assert!(bundles.len() < 1500, "{}", bundles.len());
        let apart = Bundles::apart(sights);
        assert_eq!((apart.len(), apart.members(7).len()), (2000, 1));
    }
}
