//! IF cubes of other programs: widths, orders of axes, and RF-Genesis' own files.

use kinecho::base::cube::{CubeInfo, IfCube};
use kinecho::base::{Complex32, Complex64, Vec3};
use kinecho::dsp::power_map::range_velocity;
use kinecho::dsp::range_doppler::RangeDopplerConfig;
use kinecho::recording::cube_order::CubeOrder;
use kinecho::recording::npy_cube;
use kinecho::sensor::FmcwRadar;
use ndarray::{Array, Array4, Array5, Dimension, ShapeBuilder, s};
use ndarray_npy::{WritableElement, write_npy};
use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

fn cube() -> IfCube {
    let info = CubeInfo {
        start_frequency_hz: 77.0e9,
        chirp_slope_hz_per_s: 60.0e12,
        sample_rate_hz: 1.0e6,
        adc_start_s: 6.0e-6,
        chirp_period_s: 100.0e-6,
        loop_period_s: 200.0e-6,
        frame_period_s: 0.1,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros(), Vec3::new(0.0039, 0.0, 0.0)],
        rx_m: (0..3).map(|i| Vec3::new(0.00195 * f64::from(i), 0.0, 0.0)).collect(),
        channel_factors: Vec::new(),
    };
    let data = Array5::from_shape_fn((4, 16, 2, 3, 8), |(f, c, t, r, s)| {
        Complex32::new((f * 1000 + c * 10 + t) as f32, (r * 100 + s) as f32)
    });
    IfCube { data, info, unit: "full scale".into() }
}

/// Writes the description of our order, with the axes in another one, and the array.
fn write<T: WritableElement, D: Dimension>(npy: &Path, order: [usize; 5], data: &Array<T, D>) {
    let cube = cube();
    let mut array = cube.array_info();
    array.axes = order.into_iter().map(|i| array.axes[i].clone()).collect();
    let about = npy_cube::CubeDescription { array, cube: cube.info };
    fs::write(npy_cube::description_path(npy), serde_json::to_vec(&about).unwrap()).unwrap();
    write_npy(npy, data).unwrap();
}

fn wide(data: &Array5<Complex32>) -> Array5<Complex64> {
    data.mapv(|z| Complex64::new(z.re.into(), z.im.into()))
}

#[test]
fn widths_pairs_and_orders_give_the_same_cube() {
    let dir = tempfile::tempdir().unwrap();
    let npy = dir.path().join("a.npy");
    let cube = cube();
    let same = |what: &str| {
        let back = npy_cube::read(&npy).map_err(|e| format!("{what}: {e}")).unwrap();
        assert_eq!(back.data, cube.data, "{what}");
        assert!(back.data.is_standard_layout() && back.info == cube.info, "{what}");
    };
    const OURS: [usize; 5] = [0, 1, 2, 3, 4];
    write(&npy, OURS, &cube.data);
    same("complex64");
    write(&npy, OURS, &wide(&cube.data));
    same("complex128");
    let mut fortran = Array5::<Complex64>::zeros(cube.data.raw_dim().f());
    fortran.assign(&wide(&cube.data));
    assert!(!fortran.is_standard_layout());
    write(&npy, OURS, &fortran);
    same("Fortran order");
    let (f, c, t, r, n) = cube.data.dim();
    let pairs = Array::from_shape_fn((f, c, t, r, n, 2), |(f, c, t, r, n, part)| {
        let z = cube.data[[f, c, t, r, n]];
        if part == 0 { z.re } else { z.im }
    });
    write(&npy, OURS, &pairs);
    same("pairs of float32");
    write(&npy, OURS, &pairs.mapv(f64::from));
    same("pairs of float64");
    write(&npy, [0, 2, 3, 1, 4], &wide(&cube.data).permuted_axes([0, 2, 3, 1, 4]).as_standard_layout().to_owned());
    same("RF-Genesis' order");
    write(&npy, [4, 3, 2, 1, 0], &cube.data.clone().reversed_axes().as_standard_layout().to_owned());
    same("all the other way round");
}

#[test]
fn what_does_not_fit_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let npy = dir.path().join("a.npy");
    let fails = || npy_cube::read(&npy).unwrap_err().to_string();
    let cube = cube();
    write_npy(&npy, &wide(&cube.data)).unwrap();
    let message = fails();
    assert!(
        ["a.npy", "c16 of shape [4, 16, 2, 3, 8]", "a.json is missing", "array.axes", "--order rf-genesis"]
            .iter()
            .all(|part| message.contains(part)),
        "{message}"
    );
    write(&npy, [0, 2, 3, 1, 4], &cube.data);
    let message = fails();
    assert!(
        message.contains("frame, tx, rx, chirp, sample of [4, 2, 3, 16, 8], the array has [4, 16, 2, 3, 8]"),
        "{message}"
    );
    write(&npy, [0, 1, 2, 3, 4], &cube.data.mapv(|z| z.re as i32));
    assert!(fails().contains("type i4"), "{}", fails());
    write(&npy, [0, 1, 2, 3, 4], &cube.data.mapv(|z| z.re));
    assert!(fails().contains("type f4 of shape"), "{}", fails());
    let mut spoilt = cube.data.clone();
    spoilt[[0, 0, 0, 1, 2]].im = f32::NAN;
    write(&npy, [0, 1, 2, 3, 4], &spoilt);
    assert!(fails().contains("sample 10 (counted in C order) is no finite number"), "{}", fails());
    write(&npy, [0, 1, 2, 3, 4], &cube.data);
    let json = npy_cube::description_path(&npy);
    let text = fs::read_to_string(&json).unwrap();
    fs::write(&json, text.replace("\"chirp\"", "\"loop\"")).unwrap();
    assert!(fails().contains("`loop` is no axis of a cube"), "{}", fails());
    for wrong in ["frame,chirp,tx,rx", "tx,tx,sample", "virtual,tx,sample", "time,sample"] {
        wrong.parse::<CubeOrder>().unwrap_err();
    }
}

/// RF-Genesis' `models/TI1843_config.json`, with fewer samples, chirps and antennas.
const GENESIS: &str = r#"{"num_tx": 2, "num_rx": 2, "fc": 77000000000.0, "slope": 60.012, "adc_samples": 64, "adc_start_time": 6,
  "sample_rate": 4400, "idle_time": 7, "ramp_end_time": 65, "chirp_per_frame": 128, "frame_per_second": 10, "power": 15,
  "tx_loc": [[0, 0, 0], [2, 0, 0]], "rx_loc": [[0, 0, 0], [1, 0, 0]]}"#;

#[test]
fn rf_genesis_own_files_have_the_range_and_velocity_of_their_simulation() {
    let dir = tempfile::tempdir().unwrap();
    let (npy, json) = (dir.path().join("radar_frames.npy"), dir.path().join("radar.json"));
    fs::write(&json, GENESIS).unwrap();
    let radar = FmcwRadar::read_file(&json, None).unwrap();
    // A reflector at 3 m that recedes with 0.8 m/s, as `frameMIMO` and `chirp` of its radar.py have it: chirp c at c / C of the frame,
    // all antennas at that moment, tx · conj(rx) of a waveform exp(j 2π (fc t + S t² / 2)).
    let (fc, slope, chirps) = (77e9, 60.012e12, 128);
    let frames = Array5::from_shape_fn((2, 2, 2, chirps, 64), |(f, _, _, c, s)| {
        let time = (f as f64 + c as f64 / chirps as f64) / 10.0;
        let delay = 2.0 * (3.0 + 0.8 * time) / 299_792_458.0;
        let t = 6e-6 + s as f64 / 4.4e6;
        let cycles = fc * delay + slope * (t * delay - 0.5 * delay * delay);
        Complex64::new((TAU * cycles).cos(), (TAU * cycles).sin())
    });
    write_npy(&npy, &frames).unwrap();
    let cube = npy_cube::read_ordered(&npy, &"rf-genesis".parse().unwrap(), &radar).unwrap();
    assert_eq!(cube.data.dim(), (2, 128, 2, 2, 64));
    let near = cube.data[[1, 5, 1, 0, 9]]
        - Complex32::new(frames[[1, 1, 0, 5, 9]].re as f32, frames[[1, 1, 0, 5, 9]].im as f32);
    assert!(near.norm() < 1e-6);
    assert!((cube.info.loop_period_s - 0.1 / 128.0).abs() < 1e-12 && !cube.info.time_multiplexed);
    let map =
        range_velocity(&cube, &RangeDopplerConfig { remove_static: false, ..RangeDopplerConfig::default() }).unwrap();
    let (peak, _) = map.data.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    let (range, velocity) = (map.range.value(peak.0), map.other.value(peak.1));
    assert!((range - 3.08).abs() < 0.2, "{range} m");
    assert!((velocity - 0.8).abs() < 0.02, "{velocity} m/s");
    // Other shapes are refused with both.
    let message = |order: &str| npy_cube::read_ordered(&npy, &order.parse().unwrap(), &radar).unwrap_err().to_string();
    assert!(
        message("frame,chirp,tx,rx,sample").contains("[2, 2, 128, 64] chirps, tx, rx and samples"),
        "{}",
        message("frame,chirp,tx,rx,sample")
    );
    assert!(message("tx,rx,chirp,sample").contains("expected 4 axes: tx, rx, chirp, sample"));
}

#[test]
fn virtual_channels_are_taken_apart() {
    let dir = tempfile::tempdir().unwrap();
    let (npy, json) = (dir.path().join("v.npy"), dir.path().join("radar.json"));
    fs::write(&json, GENESIS).unwrap();
    let radar = FmcwRadar::read_file(&json, None).unwrap();
    let data = Array4::from_shape_fn((3, 4, 128, 64), |(f, v, c, s)| {
        Complex32::new((f * 10 + v) as f32, (c * 100 + s) as f32)
    });
    write_npy(&npy, &data).unwrap();
    let cube = npy_cube::read_ordered(&npy, &"frame,virtual,chirp,sample".parse().unwrap(), &radar).unwrap();
    assert_eq!(
        cube.data.slice(s![2, .., 1, 0, ..]),
        data.slice(s![2, 2, .., ..]),
        "channel 2 is the first receiver of tx 1"
    );
    assert!(cube.info.time_multiplexed);
    // One frame alone has no axis of frames.
    write_npy(&npy, &data.slice(s![0, .., .., ..]).to_owned()).unwrap();
    let cube = npy_cube::read_ordered(&npy, &"virtual,chirp,sample".parse().unwrap(), &radar).unwrap();
    assert_eq!(cube.data.dim(), (1, 128, 2, 2, 64));
}
