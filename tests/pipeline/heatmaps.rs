use crate::synthetic::{cube, iwr1443, target};
use kinecho::base::Complex32;
use kinecho::base::axis::Axis;
use kinecho::base::cube::IfCube;
use kinecho::chain::Chain;
use kinecho::dsp::angle::{VirtualArray, compensate_tdm};
use kinecho::dsp::heatmap::{HeatmapConfig, heatmap_power, heatmaps};
use kinecho::dsp::range_doppler::{RangeDopplerConfig, range_doppler, range_profiles};
use kinecho::dsp::resize::{resize, resized_axis};
use kinecho::dsp::window::Window;
use kinecho::signal::Signal;
use ndarray::{Array2, s};

fn argmax(values: impl IntoIterator<Item = f32>) -> usize {
    values.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0
}

fn small() -> HeatmapConfig {
    HeatmapConfig { window: Some(32), hop: Some(4), rows: 64, columns: 16, ..HeatmapConfig::mmclip() }
}

#[test]
fn a_receding_point_stands_in_its_range_doppler_and_angle_bin() {
    let (range, u, w, velocity) = (2.9, 0.4, 0.15, 4.2);
    let cube = cube(&iwr1443(), 1, 16, 240, &[target(range, u, w, velocity)]);
    let map = range_doppler(&cube, &RangeDopplerConfig { range_fft: Some(256), ..Default::default() }).unwrap();
    let (_, doppler_bins, _, _, range_bins) = map.data.dim();
    let power = map.data.slice(s![0, .., 0, 0, ..]).mapv(|z: Complex32| z.norm_sqr());
    let best = argmax(power.iter().copied());
    let (d, r) = (best / range_bins, best % range_bins);
    // The antennas lie around 6 mm from the origin; half a bin covers it.
    assert!((map.range.value(r) - range).abs() < 0.6 * map.range.step, "range {}", map.range.value(r));
    assert!((map.doppler.value(d) - velocity).abs() < 0.6 * map.doppler.step, "velocity {}", map.doppler.value(d));
    assert!(map.doppler.value(d) > 0.0 && doppler_bins == 16);

    let array = VirtualArray::new(&cube.info, 240).unwrap();
    assert_eq!(array.azimuth.channels, [0, 1, 2, 3, 8, 9, 10, 11]);
    assert_eq!(array.raised.as_ref().unwrap().channels, [4, 5, 6, 7]);
    let mut signals: Vec<Complex32> = map.data.slice(s![0, d, .., .., r]).iter().copied().collect();
    let sine = |signals: &[Complex32]| array.sine(argmax(array.azimuth_power(signals, 64)), 64);
    assert!((sine(&signals) - u).abs() > 0.06, "without compensation the azimuth must be off, got {}", sine(&signals));
    compensate_tdm(&mut signals, &cube.info, 2.0 * velocity / array.wavelength_m);
    assert!((sine(&signals) - u).abs() < 0.03, "azimuth {}", sine(&signals));
    let elevation = array.elevation_sine(&signals, sine(&signals));
    assert!((elevation - w).abs() < 0.02, "elevation {elevation}");
}

#[test]
fn a_target_on_a_bin_has_all_its_energy_there() {
    // A target exactly on a bin: with no taper all its energy is in that bin.
    let info = iwr1443();
    let bin = info.range_bin_m(240);
    let mut info = info;
    info.tx_m.iter_mut().chain(&mut info.rx_m).for_each(|p| *p *= 1e-6);
    let cube = cube(&info, 1, 2, 240, &[target(50.0 * bin, 0.0, 0.0, 0.0)]);
    let profile = range_profiles(&cube, Window::Rectangular, None, None).unwrap();
    assert!((profile.data[[0, 50, 0]].norm() - 1.0).abs() < 1e-3);
    assert!(profile.data[[0, 51, 0]].norm() < 1e-2);
}

#[test]
fn energy_is_kept_by_range_and_doppler_transforms() {
    let targets = [target(1.7, 0.2, 0.0, -0.8), target(3.3, -0.5, 0.1, 2.0)];
    let cube = cube(&iwr1443(), 2, 16, 240, &targets);
    let config = RangeDopplerConfig {
        range_window: Window::Rectangular,
        doppler_window: Window::Rectangular,
        ..Default::default()
    };
    let energy =
        |values: &mut dyn Iterator<Item = &Complex32>| -> f64 { values.map(|z| f64::from(z.norm_sqr())).sum() };
    let time = energy(&mut cube.data.iter());
    let map = range_doppler(&cube, &config).unwrap();
    // Spectra are divided by the number of samples and chirps: Parseval gives that factor once.
    let spectrum = energy(&mut map.data.iter()) * (240 * 16) as f64;
    assert!((spectrum / time - 1.0).abs() < 1e-5, "{}", spectrum / time);
}

#[test]
fn the_three_maps_show_range_velocity_and_angle() {
    let (range, u, velocity) = (2.5, -0.5, -1.5);
    let cube = cube(&iwr1443(), 4, 16, 120, &[target(range, u, 0.0, velocity)]);
    let config = HeatmapConfig { window: Some(16), hop: Some(16), ..small() };
    let power = heatmap_power(&cube, &config).unwrap();
    let row = |map: usize| power.rows[map].value(argmax(power.maps[map].column(0).iter().copied()));
    assert!((row(0) - velocity).abs() < 0.6 * power.rows[0].step, "velocity {}", row(0));
    assert!((row(1) - range).abs() < 0.6 * power.rows[1].step, "range {}", row(1));
    // TDM is not compensated in the published angle map: the moving target is off by f_D T_c tx.
    assert!((row(2) - u).abs() < 0.15, "sine {}", row(2));
    let maps = heatmaps(&cube, &config).unwrap();
    assert_eq!(maps.names, ["time_doppler", "time_range", "time_angle"]);
    assert_eq!(maps.data.dim(), (3, 64, 16));
    assert!(maps.data.iter().all(|v| (-1.0..=1.0).contains(v)));
    for map in 0..3 {
        let axis = &maps.rows[map];
        let expected = [velocity, range, u][map];
        let found = axis.value(argmax(maps.data.slice(s![map, .., 8]).iter().copied()));
        assert!((found - expected).abs() < 0.15 + 2.0 * axis.step, "map {map}: {found} for {expected}");
    }
}

#[test]
fn angles_of_movers_are_where_they_are_and_those_of_the_published_chain_are_not() {
    // Straight ahead with 4 m/s: between the chirps of TX 0 and TX 2 the phase turns by 2π f_D 2 T_c.
    let (u, velocity) = (0.0, 4.0);
    let info = iwr1443();
    let cube = cube(&info, 3, 16, 120, &[target(2.5, u, 0.0, velocity)]);
    let peak = |config: &HeatmapConfig| {
        let power = heatmap_power(&cube, config).unwrap();
        power.rows[2].value(argmax(power.maps[2].column(1).iter().copied()))
    };
    let fine = HeatmapConfig { angle_fft: 512, ..HeatmapConfig::default() };
    let right = peak(&fine);
    assert!((right - u).abs() < 0.015, "{right}");
    // The least-squares slope of the phases 0, 0, 0, 0, φ, φ, φ, φ of eight antennas is φ · 8 / 42 a step.
    let array = VirtualArray::new(&info, 120).unwrap();
    let turn = 2.0 * std::f64::consts::TAU * (2.0 * velocity / array.wavelength_m) * info.chirp_period_s;
    let off = -turn * 8.0 / 42.0 * array.wavelength_m / (std::f64::consts::TAU * array.azimuth.spacing_m);
    let published = peak(&HeatmapConfig { window: Some(16), hop: Some(16), angle_fft: 512, ..HeatmapConfig::mmclip() });
    println!("sine of the azimuth: {right:.3}; as published {published:.3}, by the slope of the phases {off:.3}");
    assert!((published - off).abs() < 0.03 && published < -0.08, "{published} {off}");
    // Both sides, and with more than one column a frame.
    for u in [-0.5, 0.3] {
        let cube = crate::synthetic::cube(&info, 2, 16, 120, &[target(2.0, u, 0.0, -2.0)]);
        let power =
            heatmap_power(&cube, &HeatmapConfig { window: Some(8), hop: Some(2), ..HeatmapConfig::default() }).unwrap();
        for column in power.maps[2].columns() {
            let found = power.rows[2].value(argmax(column.iter().copied()));
            assert!((found - u).abs() < 0.06, "{found} for {u}");
        }
    }
}

#[test]
fn the_angle_map_within_frames_equals_the_spectra_turned_back_one_by_one() {
    let targets = [target(1.0, 0.3, 0.0, 1.5), target(1.6, -0.6, 0.2, -2.5)];
    let cube = cube(&iwr1443(), 2, 16, 64, &targets);
    let config = HeatmapConfig { remove_static: false, ..HeatmapConfig::default() };
    let power = heatmap_power(&cube, &config).unwrap();
    let array = VirtualArray::new(&cube.info, 64).unwrap();
    let spectra = range_doppler(&cube, &RangeDopplerConfig::default()).unwrap();
    let (frames, dopplers, .., ranges) = spectra.data.dim();
    let taper: f64 = config.doppler_window.unit_gain(16).iter().map(|w| f64::from(*w).powi(2)).sum();
    for frame in 0..frames {
        let mut plain = vec![0.0; 64];
        for (d, r) in (0..dopplers).flat_map(|d| (0..ranges).map(move |r| (d, r))) {
            let mut signals: Vec<Complex32> = spectra.data.slice(s![frame, d, .., .., r]).iter().copied().collect();
            compensate_tdm(&mut signals, &cube.info, (d as f64 - 8.0) / (16.0 * cube.info.loop_period_s));
            for (sum, p) in plain.iter_mut().zip(array.azimuth_power(&signals, 64)) {
                *sum += f64::from(p) / (16.0 * taper);
            }
        }
        let most = plain.iter().copied().fold(0.0, f64::max);
        for (a, b) in power.maps[2].column(frame).iter().zip(&plain) {
            assert!((f64::from(*a) - b).abs() < 1e-4 * most, "frame {frame}: {a} {b}");
        }
    }
}

#[test]
fn windows_within_frames_keep_a_mover_in_its_velocity() {
    // 16 loops of 0.19 ms, a frame every 33 ms: the gap is ten times the burst.
    let velocity = 1.2;
    let cube = cube(&iwr1443(), 12, 16, 64, &[target(1.0, 0.0, 0.0, velocity)]);
    // Share of the power that is further than three bins of a frame from the mover.
    let smear = |config: &HeatmapConfig| {
        let power = heatmap_power(&cube, config).unwrap();
        let (axis, map) = (&power.rows[0], &power.maps[0]);
        let far = 3.0 * cube.info.doppler_bin_mps(16, 64);
        let share = |column: ndarray::ArrayView1<f32>| {
            let away = |(i, p): (usize, &f32)| if (axis.value(i) - velocity).abs() > far { f64::from(*p) } else { 0.0 };
            column.iter().enumerate().map(away).sum::<f64>() / f64::from(column.sum())
        };
        10.0 * (map.columns().into_iter().map(share).sum::<f64>() / map.ncols() as f64).log10()
    };
    let within = smear(&HeatmapConfig { remove_static: false, ..HeatmapConfig::default() });
    let across = smear(&HeatmapConfig { window: Some(64), remove_static: false, ..HeatmapConfig::mmclip() });
    println!("power away from the mover: {within:.1} dB within frames, {across:.1} dB across them");
    assert!(within < -40.0 && across > -23.0, "{within} {across}");
}

#[test]
fn columns_within_frames_are_where_their_chirps_are() {
    let info = iwr1443();
    let cube = cube(&info, 3, 16, 32, &[target(0.5, 0.0, 0.0, 1.0)]);
    let time = |config: HeatmapConfig| heatmap_power(&cube, &config).unwrap().time;
    let one = time(HeatmapConfig::default());
    assert_eq!((one.len, one.step), (3, info.frame_period_s));
    assert!((one.first - 8.0 * info.loop_period_s).abs() < 1e-12, "the middle of sixteen loops");
    // Three windows of eight loops: on average where they are, evenly spread over the period.
    let three = time(HeatmapConfig { window: Some(8), hop: Some(4), ..HeatmapConfig::default() });
    let mean = (0..3).map(|i| three.value(i)).sum::<f64>() / 3.0;
    assert!((mean - 8.0 * info.loop_period_s).abs() < 1e-12 && (three.step - info.frame_period_s / 3.0).abs() < 1e-12);
}

#[test]
fn a_second_of_short_frames_gives_maps() {
    let info = kinecho::base::cube::CubeInfo { frame_period_s: 0.1, ..iwr1443() };
    let cube = cube(&info, 10, 16, 64, &[target(1.0, 0.1, 0.0, 0.5)]);
    let maps = heatmaps(&cube, &HeatmapConfig::default()).unwrap();
    assert_eq!(maps.data.dim(), (3, 224, 224));
    assert!(maps.data.iter().any(|v| *v > 0.99) && maps.data.iter().all(|v| (-1.0..=1.0).contains(v)));
}

/// Settings that corpora and checkpoints stored before there was a choice mean what they meant.
#[test]
fn stored_settings_without_a_chain_are_the_published_ones() {
    let old = r#"{"window":64,"hop":16,"rows":64,"columns":96,"max_range_m":7.0,"dynamic_range_db":40.0,"remove_static":true,"range_window":"hann","doppler_window":"hann","angle_fft":32}"#;
    let read = HeatmapConfig::stored(&mut serde_json::Deserializer::from_str(old)).unwrap();
    let sizes =
        HeatmapConfig { rows: 64, columns: 96, max_range_m: Some(7.0), angle_fft: 32, ..HeatmapConfig::mmclip() };
    assert_eq!(read, HeatmapConfig { window: Some(64), hop: Some(16), ..sizes });
    // What is stored today says it, whichever it is.
    for now in [HeatmapConfig::default(), HeatmapConfig::mmclip(), read] {
        let text = serde_json::to_string(&now).unwrap();
        assert_eq!(HeatmapConfig::stored(&mut serde_json::Deserializer::from_str(&text)).unwrap(), now);
    }
    assert_eq!(serde_yaml::from_str::<HeatmapConfig>("{}").unwrap(), HeatmapConfig::default());
}

#[test]
fn angle_map_equals_the_plain_fourier_sum() {
    let cube = cube(&iwr1443(), 2, 16, 64, &[target(1.0, 0.3, 0.0, 0.5), target(1.6, -0.6, 0.2, -1.0)]);
    let config = HeatmapConfig { window: Some(32), hop: Some(32), remove_static: false, ..small() };
    let map = &heatmap_power(&cube, &config).unwrap().maps[2];
    let array = VirtualArray::new(&cube.info, 64).unwrap();
    let profiles = range_profiles(&cube, config.range_window, None, None).unwrap();
    let mut plain = vec![0.0; 64];
    for r in 0..profiles.data.dim().1 {
        for c in 0..32 {
            let signals: Vec<Complex32> = profiles.data.slice(s![.., r, c]).to_vec();
            for (sum, p) in plain.iter_mut().zip(array.azimuth_power(&signals, 64)) {
                *sum += p / 32.0;
            }
        }
    }
    for (a, b) in map.column(0).iter().zip(&plain) {
        assert!((a - b).abs() < 1e-4 * plain.iter().copied().fold(0.0, f32::max), "{a} {b}");
    }
}

#[test]
fn static_clutter_vanishes_and_a_mover_beside_it_stays() {
    let mut wall = target(3.0, 0.0, 0.0, 0.0);
    wall.gain = 30.0;
    let info = iwr1443();
    let still = cube(&info, 4, 16, 96, &[wall]);
    let config = HeatmapConfig { remove_static: false, ..small() };
    let sum = |c: &IfCube, h: &HeatmapConfig| heatmap_power(c, h).unwrap().maps[1].sum();
    assert!(sum(&still, &small()) < 1e-9 * sum(&still, &config));
    let mut both = cube(&info, 4, 16, 96, &[target(1.5, 0.0, 0.0, 1.0)]);
    let row = |h: &HeatmapConfig, c: &IfCube| {
        let power = heatmap_power(c, h).unwrap();
        power.rows[1].value(argmax(power.maps[1].column(2).iter().copied()))
    };
    both.data += &still.data;
    assert!((row(&config, &both) - 3.0).abs() < 0.2, "the wall outshines the mover");
    assert!((row(&small(), &both) - 1.5).abs() < 0.2, "only the mover is left");
}

#[test]
fn amplitude_does_not_matter() {
    let mut cube = cube(&iwr1443(), 4, 16, 64, &[target(1.0, 0.1, 0.0, 1.0), target(1.8, 0.3, 0.0, -1.0)]);
    let before = heatmaps(&cube, &small()).unwrap();
    cube.data.mapv_inplace(|z| z * 371.0);
    let after = heatmaps(&cube, &small()).unwrap();
    let worst = (&before.data - &after.data).iter().fold(0.0f32, |a, b| a.max(b.abs()));
    assert!(worst < 1e-4, "{worst}");
    assert!(before.data.iter().any(|&v| v > 0.5) && before.data.iter().any(|&v| v < -0.5));
}

#[test]
fn threads_do_not_change_a_bit() {
    let cube = cube(&iwr1443(), 4, 16, 64, &[target(1.0, 0.1, 0.0, 1.0)]);
    let with = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| heatmaps(&cube, &small()).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn three_seconds_of_the_published_radar_give_224_columns() {
    let config = HeatmapConfig::mmclip();
    let starts = config.starts(30, 128);
    assert_eq!((starts.len(), starts[1], starts[223]), (224, 16, 223 * 16));
    assert_eq!(config.starts(2, 128), [0]);
    // Within frames: one column a frame, or as many as fit.
    assert_eq!(HeatmapConfig::default().starts(3, 128), [0, 128, 256]);
    let short = HeatmapConfig { window: Some(64), ..HeatmapConfig::default() };
    assert_eq!(short.starts(2, 128), [0, 16, 32, 48, 64, 128, 144, 160, 176, 192]);
    // Frames of many chirps are cut, so that a column does not last longer than the published one.
    assert_eq!(HeatmapConfig::default().starts(1, 512), [0, 64, 128, 192, 256]);
}

#[test]
fn windows_of_a_long_recording_start_on_frames() {
    let cube = cube(&iwr1443(), 6, 16, 32, &[target(0.5, 0.1, 0.0, 1.0)]);
    let windows = Chain::usual().windows(&Signal::Cube(cube.clone()), 0.1, 1.0 / 30.0).unwrap();
    let starts: Vec<f64> = windows.iter().map(|w| (w.0 * 30.0).round()).collect();
    assert_eq!(starts, [0.0, 1.0, 2.0, 3.0]);
    for (first, (_, window)) in windows.iter().enumerate() {
        assert_eq!(window.cube().unwrap().data, cube.frames(first..first + 3).data);
    }
    assert!(Chain::usual().windows(&Signal::Cube(cube), 1.0, 0.1).unwrap().is_empty(), "shorter than a window");
}

#[test]
fn bad_input_is_named() {
    let good = cube(&iwr1443(), 2, 16, 32, &[target(0.5, 0.0, 0.0, 0.0)]);
    let message = |cube: &IfCube, config: &HeatmapConfig| heatmaps(cube, config).unwrap_err().to_string();
    assert!(message(&good, &HeatmapConfig::mmclip()).contains("32 chirps, at least 256"));
    let wide = HeatmapConfig { window: Some(17), ..HeatmapConfig::default() };
    assert!(message(&good, &wide).contains("heatmap.window = 17 chirps is not possible: at most 16"));
    let one = cube(&iwr1443(), 32, 1, 32, &[target(0.5, 0.0, 0.0, 0.0)]);
    assert!(message(&one, &HeatmapConfig::default()).contains("at least 2 chirps"));
    assert!(message(&good, &HeatmapConfig { hop: Some(0), ..small() }).contains("heatmap.hop = 0"));
    assert!(message(&good, &HeatmapConfig { max_range_m: Some(f64::NAN), ..small() }).contains("max_range_m"));
    let mut bad = good.clone();
    bad.data[[1, 3, 2, 1, 7]] = Complex32::new(f32::NAN, 0.0);
    assert!(message(&bad, &small()).contains("frame 1, chirp 3, tx 2, rx 1"));
    let mut bad = good.clone();
    bad.info.tx_m.pop();
    assert!(message(&bad, &small()).contains("2 tx and 4 rx"));
    let mut bad = good.clone();
    bad.info.loop_period_s = 0.0;
    assert!(message(&bad, &small()).contains("loop_period_s = 0"));
    let unknown: Result<HeatmapConfig, _> = serde_yaml::from_str("window: 64\nhopp: 3\n");
    assert!(unknown.unwrap_err().to_string().contains("hopp"));
    let filled: HeatmapConfig = serde_yaml::from_str("window: 64\n").unwrap();
    assert_eq!(filled, HeatmapConfig { window: Some(64), ..HeatmapConfig::default() });
}

#[test]
fn resizing_keeps_the_mean_when_shrinking_and_the_edges_of_the_axis() {
    let map = Array2::from_shape_fn((30, 45), |(r, c)| ((r * 7 + c * 13) % 17) as f32);
    let small = resize(&map, 7, 11);
    assert!((small.mean().unwrap() - map.mean().unwrap()).abs() < 1e-4);
    let constant = resize(&Array2::from_elem((3, 4), 2.5), 64, 33);
    assert!(constant.iter().all(|v| (v - 2.5).abs() < 1e-6));
    let ramp = resize(&Array2::from_shape_fn((4, 1), |(r, _)| r as f32), 8, 1);
    assert_eq!(ramp.column(0).to_vec(), [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]);
    let axis = resized_axis(&Axis::new("range", "m", 30, 0.0, 0.1), 10);
    assert!((axis.step - 0.3).abs() < 1e-12 && (axis.first - 0.1).abs() < 1e-12);
}
