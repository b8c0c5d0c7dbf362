use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::cube::CubeInfo;
use kinecho::base::{Complex32, Vec3};
use kinecho::dsp::heatmap::{HeatmapConfig, heatmaps};
use kinecho::dsp::range_doppler::{RangeDopplerConfig, range_doppler};
use kinecho::recording::dca1000::{AdcGeometry, CaptureFormat, Lanes, decode, geometry_path, half_scale, read, write};
use kinecho::recording::npy_cube;
use ndarray::s;
use std::path::Path;

/// IWR6843ISK as the sample's yaml describes it: range step 3.93 cm, 3 TX in turns (TX 1 raised), 4 RX.
fn iwr6843(chirps: usize, samples: usize) -> AdcGeometry {
    let half = 0.5 * SPEED_OF_LIGHT / 61.0e9;
    let sample_rate_hz = 10.0e6;
    let cube = CubeInfo {
        start_frequency_hz: 60.0e9,
        chirp_slope_hz_per_s: SPEED_OF_LIGHT * sample_rate_hz / (2.0 * 0.039_275_9 * 512.0),
        sample_rate_hz,
        adc_start_s: 6.0e-6,
        chirp_period_s: 70.0e-6,
        loop_period_s: 210.0e-6,
        frame_period_s: 0.1,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros(), Vec3::new(2.0 * half, 0.0, half), Vec3::new(4.0 * half, 0.0, 0.0)],
        rx_m: (0..4).map(|i| Vec3::new(f64::from(i) * half, 0.0, 0.0)).collect(),
        channel_factors: Vec::new(),
    };
    AdcGeometry {
        lanes: Lanes::Two,
        iq_swapped: false,
        bits: 16,
        real: false,
        receiver_lanes: Vec::new(),
        range_bias_m: 0.0,
        chirps,
        samples,
        code_value: None,
        unit: None,
        cube,
    }
}

fn plain(lanes: Lanes) -> CaptureFormat {
    CaptureFormat { lanes, q_first: false }
}

fn words(values: &[i16]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[test]
fn two_lanes_carry_pairs() {
    let mut geometry = iwr6843(1, 4);
    geometry.cube.tx_m.truncate(1);
    geometry.cube.rx_m.truncate(2);
    // Receiver 0: I 1 2 3 4, Q 11 12 13 14; receiver 1 the same plus 100.
    let one = [1, 2, 11, 12, 3, 4, 13, 14];
    let file: Vec<i16> = one.iter().copied().chain(one.iter().map(|v| v + 100)).collect();
    let cube = decode(Path::new("x.bin"), &words(&file), &geometry).unwrap();
    assert_eq!(cube.data.dim(), (1, 1, 1, 2, 4));
    let unit = 32768.0;
    assert_eq!(cube.data[[0, 0, 0, 0, 2]], Complex32::new(3.0 / unit, 13.0 / unit));
    assert_eq!(cube.data[[0, 0, 0, 1, 1]], Complex32::new(102.0 / unit, 112.0 / unit));
    geometry.iq_swapped = true;
    let swapped = decode(Path::new("x.bin"), &words(&file), &geometry).unwrap();
    assert_eq!(swapped.data[[0, 0, 0, 0, 2]], Complex32::new(13.0 / unit, 3.0 / unit));
}

#[test]
fn four_lanes_carry_receivers_side_by_side() {
    let mut geometry = iwr6843(1, 2);
    geometry.lanes = Lanes::Four;
    geometry.cube.tx_m.truncate(1);
    let file: Vec<i16> = (0..16).collect();
    let cube = decode(Path::new("x.bin"), &words(&file), &geometry).unwrap();
    assert_eq!(cube.data[[0, 0, 0, 3, 0]] * 32768.0, Complex32::new(3.0, 7.0));
    assert_eq!(cube.data[[0, 0, 0, 1, 1]] * 32768.0, Complex32::new(9.0, 13.0));
}

#[test]
fn sizes_that_do_not_fit_are_named() {
    let message = |bytes: usize, geometry: &AdcGeometry| {
        decode(Path::new("room.bin"), &vec![0; bytes], geometry).unwrap_err().to_string()
    };
    let text = message(1000, &iwr6843(2, 8));
    assert!(
        text.contains("room.bin") && text.contains("1 frames of 768 bytes") && text.contains("232 bytes"),
        "{text}"
    );
    assert!(message(0, &iwr6843(2, 8)).contains("not whole frames"));
    let mut odd = iwr6843(3, 7);
    odd.cube.rx_m.truncate(1);
    assert!(message(3 * 3 * 7 * 4, &odd).contains("must be even"));
    assert!(message(64, &iwr6843(0, 8)).contains("is no frame"));
    assert!(message(64, &iwr6843(usize::MAX, 8)).contains("is no frame"));
}

#[test]
fn the_recorded_room_has_a_zero_doppler_ridge_in_the_first_metres() {
    let Some(dir) = super::needs::data("adc_parser_sample") else { return };
    let cube = read(&dir.join("iwr6843isk_1frame.bin"), &iwr6843(85, 512)).unwrap();
    assert_eq!(cube.data.dim(), (1, 85, 3, 4, 512));
    let map = range_doppler(&cube, &RangeDopplerConfig::default()).unwrap();
    let mut power = map.data.index_axis(ndarray::Axis(0), 0).mapv(|z| f64::from(z.norm_sqr()));
    // The lowest bins hold the leakage between the antennas.
    power.slice_mut(s![.., .., .., ..8]).fill(0.0);
    let by_doppler = power.sum_axis(ndarray::Axis(3)).sum_axis(ndarray::Axis(2)).sum_axis(ndarray::Axis(1));
    let ridge = by_doppler.slice(s![41..44]).sum() / by_doppler.sum();
    assert!(ridge > 0.8, "share of the three bins about zero velocity: {ridge}");
    let by_range = power.sum_axis(ndarray::Axis(0)).sum_axis(ndarray::Axis(0)).sum_axis(ndarray::Axis(0));
    let best = (0..512).max_by(|&a, &b| by_range[a].total_cmp(&by_range[b])).unwrap();
    assert!((0.5..4.5).contains(&map.range.value(best)), "strongest at {} m", map.range.value(best));
    // Swapped I and Q would mirror the ranges to the far half.
    assert!(by_range.slice(s![..256]).sum() > 20.0 * by_range.slice(s![256..]).sum());

    let config = HeatmapConfig {
        window: Some(32),
        hop: Some(4),
        rows: 32,
        columns: 13,
        max_range_m: Some(6.0),
        ..Default::default()
    };
    let maps = heatmaps(&cube, &config).unwrap();
    assert_eq!(maps.data.dim(), (3, 32, 13));
    assert!(maps.data.iter().all(|v| (-1.0..=1.0).contains(v)));

    let folder = tempfile::tempdir().unwrap();
    let npy = folder.path().join("room.npy");
    npy_cube::write(&npy, &cube).unwrap();
    let again = npy_cube::read(&npy).unwrap();
    assert_eq!((again.data, &again.info), (cube.data, &cube.info));
}

#[test]
fn damaged_cubes_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let npy = folder.path().join("a.npy");
    let geometry = iwr6843(2, 8);
    let cube = decode(Path::new("x"), &vec![1; 2 * 12 * 8 * 4], &geometry).unwrap();
    npy_cube::write(&npy, &cube).unwrap();
    assert_eq!(npy_cube::read(&npy).unwrap().data, cube.data);
    assert_eq!(cube.unit, "full scale");
    // Cubes from before there was a choice say volts.
    let json = folder.path().join("a.json");
    let text = std::fs::read_to_string(&json).unwrap();
    std::fs::write(&json, text.replace("\"full scale\"", "\"V\"")).unwrap();
    assert_eq!(npy_cube::read(&npy).unwrap().unit, "V");
    std::fs::write(&json, text).unwrap();
    let bytes = std::fs::read(&npy).unwrap();
    for n in (0..bytes.len()).step_by(29) {
        std::fs::write(&npy, &bytes[..n]).unwrap();
        assert!(npy_cube::read(&npy).unwrap_err().to_string().contains("a.npy"));
    }
    std::fs::write(&npy, &bytes).unwrap();
    let json = npy.with_extension("json");
    let text = std::fs::read_to_string(&json).unwrap();
    for (from, to, expected) in [
        ("\"name\": \"tx\"", "\"name\": \"rx\"", "`rx` is there twice"),
        ("\"unit\"", "\"units\"", "units"),
        ("\"cube\"", "\"cub", "line"),
    ] {
        assert!(text.contains(from), "{from}");
        std::fs::write(&json, text.replace(from, to)).unwrap();
        let message = npy_cube::read(&npy).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("a.json"), "{message}");
    }
    std::fs::remove_file(&json).unwrap();
    assert!(npy_cube::read(&npy).unwrap_err().to_string().contains("a.json"));
}

#[test]
fn what_is_written_is_read_back_in_either_layout() {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("adc.bin");
    let codes: Vec<u8> =
        (0..2 * 3 * 4 * 6 * 4_u32).flat_map(|i| ((i * 40_503 % 65_536) as u16 as i16).to_le_bytes()).collect();
    let cube = decode(Path::new("x"), &codes, &iwr6843(2, 6)).unwrap();
    for lanes in [Lanes::Two, Lanes::Four] {
        assert_eq!(write(&bin, &cube, plain(lanes), 1.0 / 32768.0).unwrap(), 0);
        let geometry: AdcGeometry = serde_json::from_slice(&std::fs::read(geometry_path(&bin)).unwrap()).unwrap();
        assert_eq!(geometry.lanes, lanes);
        assert_eq!(read(&bin, &geometry).unwrap().data, cube.data);
    }
    assert_ne!(std::fs::read(&bin).unwrap(), codes);
    write(&bin, &cube, plain(Lanes::Two), 1.0 / 32768.0).unwrap();
    assert_eq!(std::fs::read(&bin).unwrap(), codes);
    // Any other unit comes back within half a code; what does not fit is counted.
    let unit = half_scale(&cube);
    assert_eq!(write(&bin, &cube, plain(Lanes::Two), unit).unwrap(), 0);
    let geometry: AdcGeometry = serde_json::from_slice(&std::fs::read(geometry_path(&bin)).unwrap()).unwrap();
    let again = read(&bin, &geometry).unwrap();
    for (a, b) in again.data.iter().zip(&cube.data) {
        assert!(f64::from((a.re - b.re).abs().max((a.im - b.im).abs())) <= 0.5001 * unit);
    }
    let beyond = cube.data.iter().map(|z| u64::from(z.re.abs() >= 0.5) + u64::from(z.im.abs() >= 0.5)).sum::<u64>();
    let clipped = write(&bin, &cube, plain(Lanes::Two), 0.5 / 32768.0).unwrap();
    assert!(clipped > 0 && clipped.abs_diff(beyond) <= 2, "{clipped} of {beyond}");
}

#[test]
fn the_recorded_frame_is_written_back_to_its_own_bytes() {
    let Some(dir) = super::needs::data("adc_parser_sample") else { return };
    let recorded = dir.join("iwr6843isk_1frame.bin");
    let cube = read(&recorded, &iwr6843(85, 512)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("adc.bin");
    assert_eq!(write(&bin, &cube, plain(Lanes::Two), 1.0 / 32768.0).unwrap(), 0);
    assert!(std::fs::read(&bin).unwrap() == std::fs::read(&recorded).unwrap(), "other bytes than the card wrote");
}

#[test]
fn a_cube_that_no_card_records_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("adc.bin");
    let mut cube = decode(Path::new("x"), &vec![1; 2 * 12 * 8 * 4], &iwr6843(2, 8)).unwrap();
    cube.info.time_multiplexed = false;
    assert!(write(&bin, &cube, plain(Lanes::Two), 1.0).unwrap_err().to_string().contains("at once"));
    cube.info.time_multiplexed = true;
    assert!(write(&bin, &cube, plain(Lanes::Two), 0.0).unwrap_err().to_string().contains("above 0"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
