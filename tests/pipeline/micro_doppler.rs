//! Micro-Doppler spectrograms of FMCW radars against closed forms.

use crate::synthetic::{cube, iwr1443, target};
use kinecho::base::cube::{CubeInfo, IfCube};
use kinecho::chain::{Chain, MicroDopplerChain};
use kinecho::dsp::micro_doppler::{MicroDoppler, MicroDopplerConfig, micro_doppler_of_cube};
use kinecho::signal::Signal;

fn still_there() -> MicroDopplerConfig {
    MicroDopplerConfig { remove_static: false, ..MicroDopplerConfig::default() }
}

/// One transmitter whose chirps never pause.
fn steady() -> CubeInfo {
    let mut info = iwr1443();
    info.tx_m.truncate(1);
    info.loop_period_s = info.chirp_period_s;
    info.frame_period_s = 16.0 * info.loop_period_s;
    info
}

fn strongest(map: &MicroDoppler, column: usize) -> (f64, f32) {
    let rows = map.data.column(column);
    let row = (0..rows.len()).max_by(|&a, &b| rows[a].total_cmp(&rows[b])).unwrap();
    (map.velocity.value(row), rows[row])
}

fn moving(info: &CubeInfo, frames: usize, range: f64, bins: f64) -> (IfCube, f64) {
    // Padded four times, 16 chirps make 64 bins.
    let velocity = bins * info.doppler_bin_mps(64, 240);
    (cube(info, frames, 16, 240, &[target(range, 0.2, 0.0, velocity)]), velocity)
}

#[test]
fn a_target_has_its_velocity_and_its_own_level_between_range_bins_too() {
    let info = iwr1443();
    for (range, bins) in [(2.5, -9.0), (2.52, 5.0), (3.017, 21.0)] {
        let (cube, velocity) = moving(&info, 3, range, bins);
        let map = micro_doppler_of_cube(&cube, &still_there()).unwrap();
        assert_eq!(map.data.dim(), (64, 3));
        for column in 0..3 {
            let (found, level) = strongest(&map, column);
            assert!((found - velocity).abs() < 1e-9, "{found} for {velocity}");
            // Of amplitude 1: 0 dB, whatever its place between range bins.
            assert!(level.abs() < 0.05, "{range} m: {level} dB");
            // Sixteen chirps from the start of a frame on.
            let middle = column as f64 / 30.0 + 7.5 * info.loop_period_s;
            assert!((map.time.value(column) - middle).abs() < 1e-12);
        }
    }
}

#[test]
fn only_the_ranges_asked_for_count() {
    let info = iwr1443();
    let bin = info.doppler_bin_mps(64, 240);
    let both = cube(&info, 2, 16, 240, &[target(2.0, 0.0, 0.0, 8.0 * bin), target(5.0, 0.3, 0.0, -12.0 * bin)]);
    let of = |range_m| micro_doppler_of_cube(&both, &MicroDopplerConfig { range_m, ..still_there() }).unwrap();
    let (near, far) = (of(Some([1.0, 3.0])), of(Some([4.0, 6.0])));
    assert!((strongest(&near, 0).0 - 8.0 * bin).abs() < 1e-9 && (strongest(&far, 0).0 + 12.0 * bin).abs() < 1e-9);
    let level = |map: &MicroDoppler, bins: f64| {
        map.data[[((bins * bin - map.velocity.first) / map.velocity.step).round() as usize, 0]]
    };
    for map in [&near, &far] {
        assert!(strongest(map, 0).1.abs() < 0.05);
    }
    // Nothing is left of what is outside but the side lobes of the tapers: five bins off, Hann's are 52 dB down.
    assert!(level(&near, -12.0) < -50.0 && level(&far, 8.0) < -50.0, "{} {}", level(&near, -12.0), level(&far, 8.0));
}

#[test]
fn without_pauses_stretches_run_over_frames_and_with_pauses_they_do_not() {
    let info = steady();
    let velocity = 40.0 * info.doppler_bin_mps(512, 240);
    let cube_of = |info: &CubeInfo| cube(info, 12, 16, 240, &[target(3.0, 0.0, 0.0, velocity)]);
    let config = MicroDopplerConfig { window_s: Some(128.0 * info.loop_period_s), ..still_there() };
    let map = micro_doppler_of_cube(&cube_of(&info), &config).unwrap();
    // 192 chirps, 128 a stretch, one every 10 ms: no more than one fits within the 4.1 ms that are left.
    assert_eq!(map.data.dim(), (512, 1));
    assert!((strongest(&map, 0).0 - velocity).abs() < 1e-9);
    let hops = MicroDopplerConfig { hop_s: Some(8.0 * info.loop_period_s), ..config };
    let map = micro_doppler_of_cube(&cube_of(&info), &hops).unwrap();
    assert_eq!(map.time.len, 9);
    for column in 0..9 {
        let middle = (8 * column) as f64 * info.loop_period_s + 63.5 * info.loop_period_s;
        assert!((map.time.value(column) - middle).abs() < 1e-12);
    }
    let mut pausing = info.clone();
    pausing.frame_period_s *= 1.5;
    let refused = micro_doppler_of_cube(&cube_of(&pausing), &config).unwrap_err().to_string();
    assert!(refused.contains("window_s") && refused.contains("must be 4 to 16"), "{refused}");
    assert!(micro_doppler_of_cube(&cube_of(&pausing), &still_there()).is_ok());
}

#[test]
fn what_stands_still_goes_and_one_receiver_can_be_asked() {
    let info = iwr1443();
    let bin = info.doppler_bin_mps(64, 240);
    let mut loud = cube(&info, 8, 16, 240, &[target(2.0, 0.0, 0.0, 0.0)]);
    let quiet = cube(&info, 8, 16, 240, &[target(3.0, 0.1, 0.0, 16.0 * bin)]);
    loud.data.mapv_inplace(|z| z * 30.0);
    loud.data += &quiet.data;
    let config = MicroDopplerConfig::default();
    assert_eq!(strongest(&micro_doppler_of_cube(&loud, &still_there()).unwrap(), 4).0, 0.0);
    assert!((strongest(&micro_doppler_of_cube(&loud, &config).unwrap(), 4).0 - 16.0 * bin).abs() < 1e-9);
    // One receiver hears twice the amplitude: 6 dB more than the other three, and so much of the mean.
    let mut uneven = quiet.clone();
    uneven.data.index_axis_mut(ndarray::Axis(3), 2).mapv_inplace(|z| z * 2.0);
    let of = |rx| strongest(&micro_doppler_of_cube(&uneven, &MicroDopplerConfig { rx, ..still_there() }).unwrap(), 0).1;
    assert!((of(Some(2)) - 6.0206).abs() < 0.05 && of(Some(1)).abs() < 0.05);
    assert!((of(None) - 10.0 * (7.0_f32 / 4.0).log10()).abs() < 0.05, "{}", of(None));
    for (config, key) in [
        (MicroDopplerConfig { rx: Some(4), ..config }, "rx"),
        (MicroDopplerConfig { range_m: Some([3.0, 3.0]), ..config }, "range_m"),
        (MicroDopplerConfig { range_m: Some([f64::NAN, 3.0]), ..config }, "range_m"),
        (MicroDopplerConfig { range_m: Some([50.0, 60.0]), ..config }, "range_m"),
        (MicroDopplerConfig { hop_s: Some(1e-5), ..config }, "hop_s"),
        (MicroDopplerConfig { padding: 0, ..config }, "padding"),
        (MicroDopplerConfig { max_velocity_mps: Some(-1.0), ..config }, "max_velocity_mps"),
        (MicroDopplerConfig { window_s: Some(3.0 * info.loop_period_s), ..config }, "window_s"),
    ] {
        let keys: Vec<String> = config.problems_for_cube(&info, (8, 16), 240).into_iter().map(|p| p.key).collect();
        assert_eq!(keys, [key]);
        assert!(micro_doppler_of_cube(&quiet, &config).is_err(), "{key}");
    }
}

#[test]
fn it_is_a_view_of_a_chain_beside_others() {
    let info = iwr1443();
    let (cube, velocity) = moving(&info, 8, 2.5, 12.0);
    let yaml =
        "{heatmaps: {rows: 16, columns: 8}, micro_doppler: {spectrogram: {range_m: [1, 4]}, rows: 64, columns: 8}}";
    let chain: Chain = serde_yaml::from_str(yaml).unwrap();
    let signal = Signal::Cube(cube);
    let views = chain.apply(&signal, None).unwrap().views;
    assert_eq!(views.names(), ["time_doppler", "time_range", "time_angle", "micro_doppler"]);
    assert_eq!(chain.planned()[3], ("micro_doppler".to_owned(), vec![64, 8]));
    let view = views.get("micro_doppler").unwrap();
    let map = view.as_map().unwrap();
    let row = (0..64).max_by(|&a, &b| map[[a, 3]].total_cmp(&map[[b, 3]])).unwrap();
    assert!((view.axes[0].value(row) - velocity).abs() < 1e-9 && map[[row, 3]] > 0.99);
    assert_eq!((view.axes[0].unit.as_str(), view.axes[1].unit.as_str()), ("m/s", "s"));
    let alone = Chain::of_iq(MicroDopplerChain { rows: 32, columns: 4, ..MicroDopplerChain::default() });
    assert_eq!(alone.main_views(), ["micro_doppler"]);
    assert!(alone.misfits(true, &[]).is_empty() && alone.misfits(false, &[]).is_empty());
}
