//! Distances of distributions against values known by hand, and what of a window is counted.

use kinecho::base::Vec3;
use kinecho::dsp::point_statistics::{PointStatistics, Quantity, distance, histogram};
use kinecho::signal::{Point, PointCloud, PointFrame};
use proptest::prelude::*;

#[test]
fn distances_are_those_known_by_hand() {
    // scipy.stats: wasserstein_distance([0, 1, 3], [5, 6, 8]) = 5; ks_2samp of the same: statistic 1.
    let d = distance(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]).unwrap();
    assert!((d.wasserstein_1 - 5.0).abs() < 1e-12 && d.kolmogorov_smirnov == 1.0);
    // Different numbers of values: F is 1/2 on [0, 1), G is 1/4, 1/2, 3/4 on [0, 1): by hand |F − G| at 0 is 1/4.
    let d = distance(&[0.0, 1.0], &[0.0, 0.25, 0.5, 1.0]).unwrap();
    assert!((d.wasserstein_1 - (0.25 * 0.25 + 0.0 * 0.25 + 0.25 * 0.5)).abs() < 1e-12, "{d:?}");
    assert!((d.kolmogorov_smirnov - 0.25).abs() < 1e-12);
    assert_eq!(distance(&[], &[1.0]), None);
    assert_eq!(distance(&[f64::NAN], &[1.0]), None);
    assert_eq!(histogram(&[0.1, 0.2, 0.9, 7.0], 0.0, 1.0, 2), [0.5, 0.25]);
}

proptest! {
    #[test]
    fn a_shift_is_its_own_distance(values in prop::collection::vec(-50.0..50.0f64, 1..60), shift in -20.0..20.0f64) {
        let moved: Vec<f64> = values.iter().map(|v| v + shift).collect();
        let there = distance(&values, &moved).unwrap();
        let back = distance(&moved, &values).unwrap();
        prop_assert!((there.wasserstein_1 - shift.abs()).abs() < 1e-9);
        prop_assert!((there.wasserstein_1 - back.wasserstein_1).abs() < 1e-9);
        prop_assert!((0.0..=1.0).contains(&there.kolmogorov_smirnov));
        prop_assert_eq!(distance(&values, &values).unwrap().wasserstein_1, 0.0);
    }
}

#[test]
fn the_room_is_not_counted_and_places_are_from_the_person() {
    let point = |x: f64, y: f64, velocity_mps: f64, intensity_db: f64| Point {
        position: Vec3::new(x, y, 0.5),
        range_m: x.hypot(y),
        velocity_mps,
        intensity_db,
    };
    // A person at 2 m whose side moves, a chair beside, a cupboard at 5 m, leakage at 0.1 m.
    let frame = |time_s: f64, x: f64| PointFrame {
        time_s,
        points: vec![
            point(x, 2.0, 1.0, 20.0),
            point(x, 2.0, -1.0, 24.0),
            point(0.5, 2.0, 0.0, 22.0),
            point(0.0, 5.0, 0.0, 30.0),
            point(0.0, 0.1, 1.0, 50.0),
        ],
    };
    let window = PointCloud {
        frames: vec![frame(0.0, -0.2), frame(0.1, 0.0), frame(0.2, 0.2)],
        frame_period_s: 0.1,
        range_bin_m: 0.04,
        velocity_bin_mps: 0.5,
        doppler_bins: 16,
    };
    let mut statistics = PointStatistics::default();
    statistics.add(&window);
    assert_eq!(statistics.frames, 3);
    assert_eq!(statistics.values(Quantity::MovingPoints), [2.0; 3]);
    assert_eq!(statistics.values(Quantity::StaticPoints), [1.0; 3]);
    assert_eq!(statistics.mean(Quantity::Velocity), Some(0.0));
    assert_eq!(statistics.values(Quantity::Side).iter().filter(|x| (**x - 0.5).abs() < 1e-12).count(), 3);
    assert_eq!(statistics.values(Quantity::Height).len(), 9);
    // The median intensity of all usable points is 24 dB − with 3 each of 20, 24, 22 and 30: between 22 and 24.
    assert!(statistics.values(Quantity::Intensity).contains(&-3.0));
    assert!((statistics.deviation(Quantity::Velocity).unwrap() - (6.0f64 / 5.0).sqrt()).abs() < 1e-12);
}
