use crate::synthetic::{Target, cube, iwr1443, target};
use kinecho::dsp::power_map::{PowerMap, range_azimuth, range_time, range_velocity};
use kinecho::dsp::range_doppler::RangeDopplerConfig;

/// Range, other axis and level of the strongest cell.
fn peak(map: &PowerMap) -> (f64, f64, f32) {
    let ((r, c), level) = map.data.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    (map.range.value(r), map.other.value(c), *level)
}

#[test]
fn a_point_of_amplitude_one_is_zero_decibels_where_it_is() {
    // Bins 57 and -3: in the middle of cells, where the windows take nothing away.
    let info = iwr1443();
    let (range, speed) = (57.0 * info.range_bin_m(240), -3.0 * info.doppler_bin_mps(16, 240));
    for azimuth_deg in [-50.0_f64, -20.0, 0.0, 35.0] {
        let u = azimuth_deg.to_radians().sin();
        let cube = cube(&info, 1, 16, 240, &[target(range, u, 0.0, speed)]);
        let config = RangeDopplerConfig::default();
        let (r, v, level) = peak(&range_velocity(&cube, &config).unwrap());
        assert!((r - range).abs() < 1e-6 && (v - speed).abs() < 1e-6, "{r} m, {v} m/s");
        assert!(level.abs() < 0.3, "{level} dB");
        // Moving, so that the direction hangs on the compensation between the transmitters. All velocities are added: the
        // Hann window has three bins of 1, 1/4 and 1/4 of the power.
        let (r, a, level) = peak(&range_azimuth(&cube, &config, 181).unwrap());
        assert!((r - range).abs() < 1e-6 && (a.to_degrees() - azimuth_deg).abs() <= 2.0, "{}°", a.to_degrees());
        assert!((level - 1.76).abs() < 0.4, "{level} dB");
    }
}

#[test]
fn range_over_time_follows_a_point_and_leaves_out_what_stands() {
    // One range bin in four frames, away from the radar, beside a point ten times as strong that stands.
    let info = iwr1443();
    let bin = info.range_bin_m(240);
    let speed = bin / (4.0 * info.frame_period_s);
    let moving = target(57.0 * bin, 0.0, 0.0, speed);
    let wall = Target { gain: 10.0, ..target(100.0 * bin, 0.0, 0.0, 0.0) };
    let both = cube(&info, 9, 16, 240, &[moving, wall]);
    let (r, _, level) = peak(&range_time(&both, &RangeDopplerConfig::default()).unwrap());
    assert!((r - 100.0 * bin).abs() < 1e-6 && (level - 20.0).abs() < 0.05, "{r} m, {level} dB");
    let config = RangeDopplerConfig { remove_static: true, ..RangeDopplerConfig::default() };
    let map = range_time(&both, &config).unwrap();
    assert_eq!((map.data.dim(), map.unit), ((240, 9), "dB"));
    assert!((map.other.step - info.frame_period_s).abs() < 1e-12);
    for (frame, want) in [(0, 57), (4, 58), (8, 59)] {
        let column = map.data.column(frame);
        let best = (0..240).max_by(|a, b| column[*a].total_cmp(&column[*b])).unwrap();
        assert_eq!(best, want, "frame {frame}");
    }
}

#[test]
fn settings_that_cannot_be_are_named() {
    let cube = cube(&iwr1443(), 1, 16, 240, &[]);
    let message = range_azimuth(&cube, &RangeDopplerConfig::default(), 1).unwrap_err().to_string();
    assert!(message.contains("columns"), "{message}");
    // A cube of nothing is a map of the floor, not of minus infinity.
    let map = range_velocity(&cube, &RangeDopplerConfig::default()).unwrap();
    assert!(map.data.iter().all(|v| *v == -300.0));
}
