//! Point clouds compared by distribution: what a frame holds, where and how fast its points are, and how far two such distributions lie
//! apart.

use crate::signal::{Point, PointCloud};
use serde::Serialize;

/// Points further than this from the person, seen from above, are the room's, m.
const PERSON_RADIUS_M: f64 = 1.5;
/// Nearer points are the sensor's own leakage, m.
const MIN_RANGE_M: f64 = 0.3;

/// One thing that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Points of a frame that move by more than half a Doppler bin.
    MovingPoints,
    /// Points of a frame about the person that do not.
    StaticPoints,
    /// Radial velocity of the moving points, m/s, positive = receding.
    Velocity,
    /// Range of all points about the person, from the person's median, m.
    Range,
    /// Side of all points about the person, from the person's median, m, positive = right.
    Side,
    /// Height over the sensor of all points about the person, m.
    Height,
    /// Intensity, from the median of its recording, dB: sensors and simulation count from different zeros.
    Intensity,
}

impl Quantity {
    /// All, in the order of tables.
    pub const ALL: [Self; 7] = [
        Self::MovingPoints,
        Self::StaticPoints,
        Self::Velocity,
        Self::Range,
        Self::Side,
        Self::Height,
        Self::Intensity,
    ];

    /// Name and unit.
    pub fn name_and_unit(self) -> (&'static str, &'static str) {
        match self {
            Self::MovingPoints => ("moving points a frame", "1"),
            Self::StaticPoints => ("static points a frame", "1"),
            Self::Velocity => ("radial velocity of moving points", "m/s"),
            Self::Range => ("range from the person", "m"),
            Self::Side => ("side from the person", "m"),
            Self::Height => ("height over the sensor", "m"),
            Self::Intensity => ("intensity over its median", "dB"),
        }
    }
}

/// Values of every quantity, gathered over windows of one activity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointStatistics {
    /// Frames looked at.
    pub frames: usize,
    values: [Vec<f64>; Quantity::ALL.len()],
}

impl PointStatistics {
    /// Adds a window in which the person keeps about its place.
    ///
    /// The person is the median of the moving points; a window with three of them or fewer shows nobody to count from, and only its
    /// numbers of points are added.
    pub fn add(&mut self, window: &PointCloud) {
        let usable = |p: &&Point| p.range_m >= MIN_RANGE_M && p.velocity_mps.is_finite() && p.intensity_db.is_finite();
        let moves = |p: &Point| p.velocity_mps.abs() > 0.5 * window.velocity_bin_mps;
        let all: Vec<&Point> = window.frames.iter().flat_map(|f| &f.points).filter(usable).collect();
        let moving: Vec<&Point> = all.iter().copied().filter(|p| moves(p)).collect();
        let of = |value: fn(&Point) -> f64| median(moving.iter().map(|p| value(p)).collect());
        let person = (moving.len() > 3).then(|| (of(|p| p.position.x), of(|p| p.position.y), of(|p| p.range_m)));
        let near =
            |p: &Point| person.is_none_or(|(x, y, _)| (p.position.x - x).hypot(p.position.y - y) < PERSON_RADIUS_M);
        for frame in &window.frames {
            let here = frame.points.iter().filter(usable).filter(|p| near(p));
            let (fast, still): (Vec<&Point>, Vec<&Point>) = here.partition(|p| moves(p));
            self.push(Quantity::MovingPoints, fast.len() as f64);
            self.push(Quantity::StaticPoints, still.len() as f64);
        }
        self.frames += window.frames.len();
        let Some((x, _, range)) = person else { return };
        let level = median(all.iter().map(|p| p.intensity_db).collect());
        for p in all.into_iter().filter(|p| near(p)) {
            if moves(p) {
                self.push(Quantity::Velocity, p.velocity_mps);
            }
            self.push(Quantity::Range, p.range_m - range);
            self.push(Quantity::Side, p.position.x - x);
            self.push(Quantity::Height, p.position.z);
            self.push(Quantity::Intensity, p.intensity_db - level);
        }
    }

    fn push(&mut self, quantity: Quantity, value: f64) {
        self.values[quantity as usize].push(value);
    }

    /// The values of a quantity in no order.
    pub fn values(&self, quantity: Quantity) -> &[f64] {
        &self.values[quantity as usize]
    }

    /// Mean of a quantity; none without values.
    pub fn mean(&self, quantity: Quantity) -> Option<f64> {
        let values = self.values(quantity);
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Standard deviation of a quantity (n − 1); none with fewer than two values.
    pub fn deviation(&self, quantity: Quantity) -> Option<f64> {
        let values = self.values(quantity);
        let mean = self.mean(quantity).filter(|_| values.len() > 1)?;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Some((squares / (values.len() - 1) as f64).sqrt())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 { 0.0 } else { 0.5 * (values[(n - 1) / 2] + values[n / 2]) }
}

/// How far two distributions lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Distance {
    /// Wasserstein-1 distance, in the unit of the values: how far mass must be moved on average, `∫ |F − G| dx`.
    pub wasserstein_1: f64,
    /// Kolmogorov–Smirnov distance, 0..1: `max |F − G|`.
    pub kolmogorov_smirnov: f64,
}

/// Distances of two samples; none when one of them is empty or holds a value that is not a number.
///
/// ```
/// use kinecho_corpus::dsp::point_statistics::distance;
/// let d = distance(&[0.0, 1.0], &[2.0, 3.0]).unwrap();
/// assert_eq!((d.wasserstein_1, d.kolmogorov_smirnov), (2.0, 1.0));
/// ```
pub fn distance(a: &[f64], b: &[f64]) -> Option<Distance> {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    if a.is_empty() || b.is_empty() || a.iter().chain(b).any(|v| !v.is_finite()) {
        return None;
    }
    let (a, b) = (sorted(a), sorted(b));
    let (mut i, mut j) = (0, 0);
    let (mut area, mut most): (f64, f64) = (0.0, 0.0);
    let mut at = a[0].min(b[0]);
    while i < a.len() || j < b.len() {
        let next = a.get(i).copied().unwrap_or(f64::INFINITY).min(b.get(j).copied().unwrap_or(f64::INFINITY));
        let gap = (i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs();
        area += gap * (next - at);
        // Equal values step together: only between different ones do the two functions stand.
        while a.get(i).is_some_and(|v| *v <= next) {
            i += 1;
        }
        while b.get(j).is_some_and(|v| *v <= next) {
            j += 1;
        }
        most = most.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
        at = next;
    }
    Some(Distance { wasserstein_1: area, kolmogorov_smirnov: most })
}

/// Share of the values in each of `bins` equal intervals from `low` to `high`; what lies outside counts in the total alone.
pub fn histogram(values: &[f64], low: f64, high: f64, bins: usize) -> Vec<f64> {
    let mut shares = vec![0.0; bins];
    let step = (high - low) / bins.max(1) as f64;
    for v in values {
        let bin = ((v - low) / step).floor();
        if bin >= 0.0 && bin < bins as f64 {
            shares[bin as usize] += 1.0 / values.len() as f64;
        }
    }
    shares
}
