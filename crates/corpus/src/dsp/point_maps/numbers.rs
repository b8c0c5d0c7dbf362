//! What people count by hand in the points of a window.
//!
//! Maps of few points say little pixel by pixel: how many there are, how fast, how far apart and in which rhythm is the same in a simulation and
//! in recordings where single detections are not.

use crate::signal::{Point, PointCloud};

/// Points further than this from the person, seen from above, are the room's, m.
const PERSON_RADIUS_M: f64 = 1.5;
/// Nearer points are the sensor's own leakage, m.
const MIN_RANGE_M: f64 = 0.3;
/// Times over which counts and velocities are held against themselves, s: tempo.
const LAGS_S: [f64; 8] = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0];
/// Bounds of the velocity histogram in steps of the sensor.
const STEPS: [f64; 8] = [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5];

/// Numbers of a window.
pub const POINT_NUMBERS: usize = 48;
/// What they are, and by how much each is multiplied so that about ten activities spread it by one (384 simulated windows of three seconds,
/// IWR1443): how many and how often, velocities in steps of the sensor, then four each of velocity, range, side and height, then rhythm, then way.
const SCALES: [(usize, f64); 9] = [
    (2, 1.0),
    (1, 3.0),
    (1, 5.0),
    (1, 3.0),
    (STEPS.len() + 1, 6.0),
    (4, 3.0),
    (12, 5.0),
    (2 * LAGS_S.len(), 4.0),
    (2, 4.0),
];
/// Nothing is further from zero: a lone point a metre aside is no more than that.
const MOST: f64 = 4.0;

/// Of the moving points about the person: how many and how often, how fast, how far apart, how high, in which rhythm. Intensities are left
/// out: sensors and simulation count from different zeros.
///
/// # Shapes
/// → `[number]`, 48 of them, from −4 to 4, without a unit.
pub fn point_numbers(window: &PointCloud) -> Vec<f32> {
    let moves = |p: &&Point| {
        p.range_m >= MIN_RANGE_M
            && p.velocity_mps.abs() > 0.5 * window.velocity_bin_mps
            && p.position.iter().all(|x| x.is_finite())
    };
    let all: Vec<&Point> = window.frames.iter().flat_map(|f| &f.points).filter(moves).collect();
    let (x, y) = (median(all.iter().map(|p| p.position.x)), median(all.iter().map(|p| p.position.y)));
    let near = |p: &&Point| (p.position.x - x).hypot(p.position.y - y) < PERSON_RADIUS_M;
    let frames: Vec<Vec<&Point>> =
        window.frames.iter().map(|f| f.points.iter().filter(moves).filter(near).collect()).collect();
    let own: Vec<&Point> = frames.iter().flatten().copied().collect();
    let n = frames.len().max(1) as f64;
    let counts: Vec<f64> = frames.iter().map(|f| f.len() as f64).collect();
    let mean_of = |f: &Vec<&Point>| f.iter().map(|p| p.velocity_mps).sum::<f64>() / f.len().max(1) as f64;
    let speeds: Vec<f64> = frames.iter().map(mean_of).collect();
    let shown = counts.iter().filter(|c| **c > 0.0).count() as f64;
    let bursts = (0..counts.len()).filter(|&i| counts[i] > 0.0 && (i == 0 || counts[i - 1] == 0.0)).count() as f64;
    let (per_frame, scatter) = moments(&counts);
    let mut features = vec![per_frame.ln_1p(), scatter.ln_1p(), shown / n, bursts / n, shown / bursts.max(1.0) / n];
    let step = window.velocity_bin_mps.max(1e-9);
    let mut histogram = vec![0.0; STEPS.len() + 1];
    for p in &own {
        histogram[STEPS.iter().filter(|bound| p.velocity_mps / step > **bound).count()] += 1.0 / own.len() as f64;
    }
    features.extend(histogram);
    let mut of_all = |value: &dyn Fn(&Point) -> f64| {
        let values: Vec<f64> = own.iter().map(|p| value(p)).collect();
        let (mean, spread) = moments(&values);
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get(((sorted.len().max(1) - 1) as f64 * share).round() as usize).copied();
        features.extend([mean, spread, at(0.1).unwrap_or(0.0), at(0.9).unwrap_or(0.0)]);
    };
    of_all(&|p| p.velocity_mps);
    let range = median(own.iter().map(|p| p.range_m));
    of_all(&|p| p.range_m - range);
    of_all(&|p| p.position.x - x);
    of_all(&|p| p.position.z);
    for lag in LAGS_S {
        let frames = (lag / window.frame_period_s.max(1e-9)).round() as usize;
        features.extend([alike(&counts, frames), alike(&speeds, frames)]);
    }
    // The part that goes on most evenly: how far the person comes.
    let thirds = |k: usize| {
        let part = frames.iter().skip(k * frames.len() / 3).take(frames.len() / 3).flatten();
        median(part.map(|p| p.range_m))
    };
    features.extend([thirds(1) - thirds(0), thirds(2) - thirds(1)]);
    let scales = SCALES.iter().flat_map(|(count, scale)| std::iter::repeat_n(*scale, *count));
    let scaled = |(v, scale): (f64, f64)| if v.is_finite() { (v * scale).clamp(-MOST, MOST) as f32 } else { 0.0 };
    features.into_iter().zip(scales).map(scaled).collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 { 0.0 } else { 0.5 * (values[(n - 1) / 2] + values[n / 2]) }
}

/// Mean and standard deviation; zeros of nothing.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// Correlation of a series with itself so many places later; 0 where it does not change or is too short.
fn alike(values: &[f64], later: usize) -> f64 {
    if later >= values.len() {
        return 0.0;
    }
    let (mean, spread) = moments(values);
    if spread < 1e-9 {
        return 0.0;
    }
    let pairs = values.iter().zip(&values[later..]);
    pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / ((values.len() - later) as f64 * spread * spread)
}

#[cfg(test)]
mod tests {
    use super::{POINT_NUMBERS, point_numbers};
    use crate::base::Vec3;
    use crate::signal::{Point, PointCloud, PointFrame};

    /// Somebody at 2 m who shows a point receding at one step in the first half of every period, and two at three steps in the other.
    fn window(period: usize, beside: &[Point]) -> PointCloud {
        let point = |velocity_mps: f64| Point {
            position: Vec3::new(0.1, 2.0, 0.5),
            range_m: 2.0,
            velocity_mps,
            intensity_db: 20.0,
        };
        let frame = |i: usize| {
            let own = if i % period < period / 2 { vec![point(0.5)] } else { vec![point(-1.5); 2] };
            PointFrame { time_s: 0.05 * i as f64, points: own.into_iter().chain(beside.iter().copied()).collect() }
        };
        PointCloud {
            frames: (0..60).map(frame).collect(),
            frame_period_s: 0.05,
            range_bin_m: 0.04,
            velocity_bin_mps: 0.5,
            doppler_bins: 16,
        }
    }

    #[test]
    fn features_are_those_counted_by_hand() {
        let features = point_numbers(&window(20, &[]));
        let close =
            |found: f32, expected: f64| assert!((f64::from(found) - expected).abs() < 1e-5, "{found}, {expected}");
        close(features[0], 2.5f64.ln()); // 1.5 points a frame on average, and its logarithm of one more
        close(features[1], 1.5f64.ln()); // ± 0.5
        close(features[2], 3.0); // in every frame, times 3
        close(features[5 + 5], 6.0 / 3.0); // six times a third of the points recede by one step
        close(features[5 + 1], 4.0); // six times two thirds, which approach by three
        // A period of 1 s: half of it later the counts are the opposite, the whole of it later the same. Lags 0.2 .. 1.0 s, counts first.
        let lags = 5 + 9 + 4 * 4;
        let half = f64::from(features[lags + 2 * 2]);
        assert!(half < -2.0, "0.6 s: {half}");
        close(features[lags + 2 * 4], 4.0);
        assert_eq!(features.len(), POINT_NUMBERS);
        assert!(features.iter().all(|v| v.is_finite()));
    }

    /// The room, the sensor's own leakage, and a change of all intensities are no features of a person.
    #[test]
    fn what_is_not_the_person_is_not_counted() {
        let still = Point { position: Vec3::new(0.5, 2.0, 0.2), range_m: 2.06, velocity_mps: 0.0, intensity_db: 30.0 };
        let far = Point { position: Vec3::new(0.0, 6.0, 0.2), range_m: 6.0, velocity_mps: 1.0, intensity_db: 30.0 };
        let leakage = Point { position: Vec3::new(0.0, 0.1, 0.0), range_m: 0.1, velocity_mps: 1.0, intensity_db: 50.0 };
        let alone = point_numbers(&window(20, &[]));
        assert_eq!(alone, point_numbers(&window(20, &[still, leakage])));
        // Seldom enough that the median stays with the person.
        let mut with = window(20, &[]);
        with.frames[3].points.push(far);
        assert_eq!(alone, point_numbers(&with));
        let mut empty = window(20, &[]);
        empty.frames.iter_mut().for_each(|frame| frame.points.clear());
        assert!(point_numbers(&empty).iter().all(|v| v.is_finite()));
    }
}
