//! Antennas that stand together: they share what they see, and the directions in which they see it.

use crate::base::Vec3;
use crate::sensor::sounding::mean;

/// Antennas this close to the middle of their station share what they see, m.
const STATION_M: f64 = 0.06;

/// Antennas that stand together.
pub(super) struct Station {
    /// 0 sends, 1 listens.
    pub(super) side: usize,
    /// Their numbers on that side.
    pub(super) members: Vec<usize>,
}

impl Station {
    /// The antennas of both sides in stations: each is near the middle of its own.
    pub(super) fn all(places: &[Vec<Vec3>; 2], carried: impl Fn(usize, usize) -> bool) -> Vec<Self> {
        let mut stations: Vec<Self> = Vec::new();
        for (side, places) in places.iter().enumerate() {
            let first = stations.len();
            for (i, place) in places.iter().enumerate() {
                let fits = |s: &Self| {
                    let others: Vec<Vec3> = s.members.iter().map(|m| places[*m]).chain([*place]).collect();
                    let middle = mean(&others);
                    let together = !carried(side, i) && !s.members.iter().any(|m| carried(side, *m));
                    together && others.iter().all(|p| (p - middle).norm() <= STATION_M)
                };
                match stations[first..].iter().position(fits) {
                    Some(s) => stations[first + s].members.push(i),
                    None => stations.push(Self { side, members: vec![i] }),
                }
            }
        }
        stations
    }
}
