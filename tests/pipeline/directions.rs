//! Directions from all antennas, against where targets stand.

use crate::synthetic::{Target, cube, iwr1443, target};
use kinecho::base::Complex32;
use kinecho::base::cube::{CubeInfo, IfCube};
use kinecho::base::random::RandomTree;
use kinecho::dsp::angle::VirtualArray;
use kinecho::dsp::detect::{DetectConfig, detect};
use kinecho::dsp::direction::AngleMethod;
use kinecho::sensor::FmcwRadar;
use kinecho::signal::Point;
use rand_distr::{Distribution, Normal};

fn noisy(mut cube: IfCube, deviation: f32) -> IfCube {
    let mut stream = RandomTree::new(8).stream(0, "test noise");
    let normal = Normal::new(0.0f32, deviation).unwrap();
    cube.data.mapv_inplace(|z| z + Complex32::new(normal.sample(&mut stream), normal.sample(&mut stream)));
    cube
}

fn near(cube: &IfCube, config: &DetectConfig, range_m: f64) -> Vec<Point> {
    let mut points = detect(cube, config).unwrap().frames.remove(0).points;
    points.retain(|p| (p.range_m - range_m).abs() < 0.06);
    points.sort_by(|a, b| b.intensity_db.total_cmp(&a.intensity_db));
    points
}

fn plane() -> CubeInfo {
    let radar = FmcwRadar::preset("iwr6843aop").unwrap();
    // The synthetic echoes know nothing of feeds.
    CubeInfo { channel_factors: Vec::new(), ..radar.cube_info() }
}

#[test]
fn all_antennas_of_a_plane_say_both_angles() {
    let info = plane();
    assert!(!VirtualArray::new(&info, 128).unwrap().rows_are_all());
    assert!(VirtualArray::new(&iwr1443(), 128).unwrap().rows_are_all());
    for method in [None, Some(AngleMethod::Capon), Some(AngleMethod::Music)] {
        for (u, w) in [(0.0, 0.0), (0.3, -0.25), (-0.5, 0.4), (0.1, 0.6), (-0.7, -0.1)] {
            let cube = noisy(cube(&info, 1, 16, 128, &[target(2.5, u, w, 0.6)]), 0.3);
            let config = DetectConfig {
                angles: method,
                second_direction: None,
                last_range_bin: None,
                ..DetectConfig::default()
            };
            let best = near(&cube, &config, 2.5)[0];
            let (got_u, got_w) = (best.position.x / best.range_m, best.position.z / best.range_m);
            assert!(
                (got_u - u).abs() < 0.012 && (got_w - w).abs() < 0.012,
                "{method:?}: {got_u:.3}, {got_w:.3} for {u}, {w}"
            );
        }
    }
}

/// Eight half wavelengths tell sines of 0.25 apart by the beamformer; Capon and MUSIC more closely, where echoes differ a little in range or velocity.
#[test]
fn capon_and_music_tell_apart_what_the_beamformer_does_not() {
    let pair = |half: f64| -> [Target; 2] { [target(2.49, half, 0.0, 1.15), target(2.52, -half, 0.0, 1.45)] };
    let sides = |half: f64, method| -> [Option<f64>; 2] {
        let cube = noisy(cube(&iwr1443(), 1, 16, 240, &pair(half)), 0.1);
        let config = DetectConfig {
            angles: Some(method),
            azimuth_fft: 128,
            second_direction: Some(0.2),
            ..DetectConfig::default()
        };
        // The directions of one cell.
        let mut points = near(&cube, &config, 2.5);
        let best = points[0];
        points.retain(|p| p.range_m == best.range_m && p.velocity_mps == best.velocity_mps);
        let sines: Vec<f64> = points.iter().map(|p| p.position.x / p.range_m).collect();
        [1.0, -1.0].map(|side| {
            let off = |x: &f64| (x * side - half).abs();
            sines.iter().copied().filter(|x| off(x) < 0.03).min_by(|a, b| off(a).total_cmp(&off(b)))
        })
    };
    for method in [AngleMethod::Beamformer, AngleMethod::Capon, AngleMethod::Music] {
        assert!(sides(0.3, method).iter().all(Option::is_some), "{method:?} far apart: {:?}", sides(0.3, method));
    }
    for method in [AngleMethod::Capon, AngleMethod::Music] {
        assert!(sides(0.07, method).iter().all(Option::is_some), "{method:?}: {:?}", sides(0.07, method));
    }
    assert!(sides(0.07, AngleMethod::Beamformer).iter().any(Option::is_none));
}

/// Two echoes of the very same range and velocity are coherent: their covariance has one signal only, unless the row is seen from behind as well.
#[test]
fn coherent_echoes_are_told_apart_by_a_row() {
    // The two transmitters of one height: eight antennas in a row.
    let row = CubeInfo { tx_m: vec![iwr1443().tx_m[0], iwr1443().tx_m[2]], ..iwr1443() };
    let wavelength = row.wavelength_m(240);
    for turn in [0.15, 0.25, 0.35] {
        for half in [0.08, 0.15] {
            let pair = [target(2.5, half, 0.0, 1.2), target(2.5 + 0.5 * turn * wavelength, -half, 0.0, 1.2)];
            let config = DetectConfig {
                angles: Some(AngleMethod::Music),
                azimuth_fft: 128,
                second_direction: Some(0.2),
                ..DetectConfig::default()
            };
            let mut points = near(&noisy(cube(&row, 1, 16, 240, &pair), 0.05), &config, 2.5);
            let best = points[0];
            points.retain(|p| p.range_m == best.range_m && p.velocity_mps == best.velocity_mps);
            let sines: Vec<f64> = points.iter().map(|p| p.position.x / p.range_m).collect();
            for side in [half, -half] {
                assert!(sines.iter().any(|u| (u - side).abs() < 0.02), "±{half}, {turn} turns apart: {sines:?}");
            }
        }
    }
}

#[test]
fn silence_and_one_row_are_no_trouble() {
    for method in [AngleMethod::Rows, AngleMethod::Beamformer, AngleMethod::Capon, AngleMethod::Music] {
        let config = DetectConfig { angles: Some(method), last_range_bin: None, ..DetectConfig::default() };
        let mut silent = cube(&plane(), 1, 4, 32, &[]);
        assert!(
            detect(&silent, &config).unwrap().frames[0].points.iter().all(|p| p.position.iter().all(|x| x.is_finite()))
        );
        silent.info = CubeInfo { tx_m: vec![iwr1443().tx_m[0]], ..iwr1443() };
        let one = noisy(cube(&silent.info, 1, 16, 240, &[target(2.5, 0.3, 0.2, 1.2)]), 0.3);
        let best = near(&one, &config, 2.5)[0];
        assert!((best.position.x / best.range_m - 0.3).abs() < 0.04 && best.position.z == 0.0, "{method:?}: {best:?}");
    }
}
