//! What WiFi devices do to a clean channel, each impairment against its closed form.

use kinecho::base::random::RandomTree;
use kinecho::base::{Complex32, Complex64};
use kinecho::sensor::wifi::impairments::ImpairmentSpec;
use kinecho::sensor::wifi::{SubcarrierGrid, WifiReceived, WifiSpec};
use ndarray::{Array4, Axis, s};
use serde_json::{Value, json};
use std::f64::consts::{PI, TAU};

const BOLTZMANN: f64 = 1.380649e-23;

fn device(impairments: Value) -> WifiSpec {
    let mut device = WifiSpec::preset("wifi_intel_5300").unwrap();
    device.impairments = serde_json::from_value(impairments).unwrap();
    device
}

/// Three paths to antennas that stand apart, of which one grows longer: `Σ a exp(−j2πfτ)`.
fn channel(device: &WifiSpec, times: &[f64]) -> Array4<Complex32> {
    let frequencies = device.frequencies_hz();
    let shape = (times.len(), frequencies.len(), device.n_rx(), device.n_tx());
    Array4::from_shape_fn(shape, |(p, k, rx, tx)| {
        let apart = 0.0289 * rx as f64 + 0.05 * tx as f64;
        let paths = [(1e-3, 3.0 + apart), (4e-4, 7.5 - 0.6 * apart), (2e-4, 6.0 + 0.5 * times[p] + 0.3 * apart)];
        let sum: Complex64 = paths
            .iter()
            .map(|(a, m)| Complex64::from_polar(*a, -TAU * (frequencies[k] * m / 299_792_458.0).fract()))
            .sum();
        Complex32::new(sum.re as f32, sum.im as f32)
    })
}

fn received(device: &WifiSpec, seconds: f64, seed: u64) -> (Array4<Complex32>, Vec<f64>, WifiReceived) {
    let tree = RandomTree::new(seed);
    let times = device.times(seconds, &tree).unwrap();
    let clean = channel(device, &times);
    let got = device.receive(&clean, &times, &tree).unwrap();
    assert_eq!(got.csi.problem(), None);
    assert_eq!(got.csi.time_s, times);
    assert_eq!(got.csi.strength.len(), times.len());
    let text = serde_json::to_string(&got.truth).unwrap();
    assert_eq!(serde_json::from_str::<kinecho::sensor::wifi::WifiTruth>(&text).unwrap(), got.truth);
    (clean, times, got)
}

fn wide(z: Complex32) -> Complex64 {
    Complex64::new(z.re.into(), z.im.into())
}

/// Received over clean, in the root of the power of one subcarrier.
fn quotient(clean: &Array4<Complex32>, got: &WifiReceived, at: [usize; 4]) -> Complex64 {
    wide(got.csi.data[at]) / wide(clean[at]) / got.truth.subcarrier_power_w.sqrt()
}

fn apart(a: f64, b: f64) -> f64 {
    let turn = (a - b).rem_euclid(TAU);
    turn.min(TAU - turn)
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn without_impairments_the_channel_comes_in_root_watts() {
    let device = device(json!({}));
    let (clean, _, got) = received(&device, 0.01, 1);
    // 15 dBm and 2 + 2 dBi over the 56 subcarriers of 20 MHz.
    let each = 1e-3 * 10f64.powf(1.9) / 56.0;
    assert!((got.truth.subcarrier_power_w / each - 1.0).abs() < 1e-12);
    for (at, z) in clean.indexed_iter() {
        let expected = wide(*z) * each.sqrt();
        assert!((wide(got.csi.data[at]) - expected).norm() < 2e-7 * expected.norm());
    }
    assert_eq!(got.csi.unit, "sqrt(W)");
    // Strength: the mean power over the groups times 56.
    for (rx, told) in got.csi.strength[0].rssi_dbm.iter().enumerate() {
        let mean = clean.slice(s![0, .., rx, 0]).iter().map(|z| wide(*z).norm_sqr()).sum::<f64>() / 30.0;
        let expected = 10.0 * (mean * each * 56.0 * 1e3).log10();
        assert!((f64::from(*told) - expected).abs() < 1e-4, "{told} {expected}");
    }
    assert_eq!((got.csi.strength[0].agc_db, got.csi.strength[0].noise_dbm), (None, None));
}

#[test]
fn carriers_turn_all_subcarriers_alike() {
    let (f, d) = (10_360.0, -37.0);
    let clocks = json!({"carrier_offset": {"offset_hz": f, "drift_hz_per_s": d, "random_start": false}});
    let (clean, times, got) = received(&device(clocks), 3.0, 2);
    for (p, t) in times.iter().enumerate() {
        let expected = TAU * (f * t + 0.5 * d * t * t);
        for (k, rx) in [(0, 0), (17, 2), (29, 1)] {
            let factor = quotient(&clean, &got, [p, k, rx, 0]);
            assert!((factor.norm() - 1.0).abs() < 1e-6 && apart(factor.arg(), expected) < 2e-6, "{p} {factor}");
        }
        assert!(apart(got.truth.packets[p].phase_rad, expected) < 1e-9);
    }
    // A phase at the start: one for all packets, another with another seed.
    let start = |seed| {
        let clocks = json!({"carrier_offset": {"offset_hz": f}});
        let (_, times, got) = received(&device(clocks), 0.1, seed);
        let phases: Vec<f64> = times.iter().zip(&got.truth.packets).map(|(t, p)| p.phase_rad - TAU * f * t).collect();
        assert!(phases.iter().all(|phase| apart(*phase, phases[0]) < 1e-9));
        phases[0]
    };
    assert!(apart(start(1), start(2)) > 1e-3);
    // What is left of a packet's own estimate: a normal phase of 2π ε h.
    let residual =
        json!({"carrier_offset": {"offset_hz": 0, "residual_hz": 400, "hold_s": 24e-6, "random_start": false}});
    let (_, _, got) = received(&device(residual), 4.0, 3);
    let phases: Vec<f64> = got.truth.packets.iter().map(|p| p.phase_rad).collect();
    let (mean, deviation) = mean_and_deviation(&phases);
    let expected = TAU * 400.0 * 24e-6;
    // Five standard errors.
    let error = 5.0 * expected / (phases.len() as f64).sqrt();
    assert!(mean.abs() < error && (deviation - expected).abs() < error / 2f64.sqrt(), "{mean} {deviation} {expected}");
}

#[test]
fn sampling_clocks_tilt_phases_more_and_more() {
    let clocks = json!({"sampling_offset": {"offset_ppm": 1.5, "drift_ppm_per_s": 0.2}});
    let (clean, times, got) = received(&device(clocks), 2.0, 4);
    for (p, t) in times.iter().enumerate().step_by(37) {
        let tau = 1e-6 * (1.5 * t + 0.1 * t * t);
        for (i, k) in got.csi.info.subcarriers.iter().enumerate() {
            let factor = quotient(&clean, &got, [p, i, 1, 0]);
            assert!(apart(factor.arg(), -TAU * f64::from(*k) * 312.5e3 * tau) < 3e-6, "{p} {k}");
        }
    }
    // Whole samples of 50 ns taken out: the same slope to a whole number of them.
    let found = json!({"sampling_offset": {"offset_ppm": 1.5, "drift_ppm_per_s": 0.2, "whole_samples_found": true}});
    let (_, _, again) = received(&device(found), 2.0, 4);
    let mut jumps = 0;
    for (a, b) in got.truth.packets.iter().zip(&again.truth.packets) {
        let samples = (a.delay_s - b.delay_s) / 50e-9;
        assert!((samples - samples.round()).abs() < 1e-6 && b.delay_s.abs() <= 25e-9 * (1.0 + 1e-9));
        jumps = jumps.max(samples.round() as i64);
    }
    assert!(jumps > 60, "{jumps}");
}

#[test]
fn packets_begin_where_the_receiver_takes_them_to() {
    let detection = json!({"detection_delay": {"mean_s": 40e-9, "deviation_s": 25e-9}});
    let (clean, _, got) = received(&device(detection), 5.0, 5);
    // Slopes as they are measured: by the phases of all subcarriers, which lie on a line through subcarrier 0.
    let mut delays = Vec::new();
    for p in 0..got.csi.packets() {
        let at = |i: usize| quotient(&clean, &got, [p, i, 2, 0]).arg();
        let subcarriers = &got.csi.info.subcarriers;
        let slope = (at(15) - at(14)) / f64::from(subcarriers[15] - subcarriers[14]);
        let delay = -slope / (TAU * 312.5e3);
        assert!((delay - got.truth.packets[p].delay_s).abs() < 1e-12);
        for (i, k) in subcarriers.iter().enumerate() {
            assert!(apart(at(i), f64::from(*k) * slope) < 1e-4);
        }
        delays.push(delay);
    }
    let (mean, deviation) = mean_and_deviation(&delays);
    let error = 5.0 * 25e-9 / (delays.len() as f64).sqrt();
    assert!((mean - 40e-9).abs() < error && (deviation - 25e-9).abs() < error, "{mean} {deviation}");
}

#[test]
fn chains_and_antennas_have_gains_and_phases() {
    let mut device = device(json!({"feeds": {
        "rx_gain_db": [0, 6, -3], "rx_phase_deg": [0, 90, -45], "tx_gain_db": [0, 3], "tx_phase_deg": [10, 0]
    }}));
    device.tx_m = vec![[0.0; 3], [0.05, 0.0, 0.0]];
    let (clean, _, got) = received(&device, 0.02, 6);
    for (at, _) in clean.indexed_iter() {
        let (p, k, rx, tx) = at;
        let gain = [0.0, 6.0, -3.0][rx] + [0.0, 3.0][tx];
        let degrees: f64 = [0.0, 90.0, -45.0][rx] + [10.0, 0.0][tx];
        let factor = quotient(&clean, &got, [p, k, rx, tx]);
        assert!((20.0 * factor.norm().log10() - gain).abs() < 1e-5, "{at:?} {factor}");
        assert!(apart(factor.arg(), degrees.to_radians()) < 1e-6, "{at:?} {factor}");
    }
    // Drawn ones: fixed a recording, of the whole turn over many.
    let mut phases = Vec::new();
    for seed in 0..200 {
        let device = self::device(json!({"feeds": {"random_phase": true, "random_gain_db": 2}}));
        let (clean, _, got) = received(&device, 0.003, seed);
        let factor = quotient(&clean, &got, [0, 3, 1, 0]);
        assert!((quotient(&clean, &got, [2, 20, 1, 0]) - factor).norm() < 1e-6 * factor.norm());
        phases.push(factor);
    }
    let turned: Complex64 = phases.iter().map(|z| z / z.norm()).sum();
    // |Σ| of n unit phasors exceeds 3 √n once in e⁹ = 8000.
    assert!(turned.norm() < 3.0 * 200f64.sqrt(), "{turned}");
    let decibels: Vec<f64> = phases.iter().map(|z| 20.0 * z.norm().log10()).collect();
    let (mean, deviation) = mean_and_deviation(&decibels);
    assert!(mean.abs() < 5.0 * 2.0 / 200f64.sqrt() && (deviation - 2.0).abs() < 0.5, "{mean} {deviation}");
    let quarters: std::collections::BTreeSet<i64> = (0..40)
        .map(|seed| {
            let device = self::device(json!({"feeds": {"random_phase": true, "random_phase_steps": 4}}));
            let (clean, _, got) = received(&device, 0.002, seed);
            let turns = 4.0 * quotient(&clean, &got, [0, 3, 1, 0]).arg() / TAU;
            assert!((turns - turns.round()).abs() < 1e-5, "{turns}");
            turns.round().rem_euclid(4.0) as i64
        })
        .collect();
    assert_eq!(quarters.len(), 4);
}

#[test]
fn chains_hear_antennas_in_a_drawn_order() {
    let (clean, times, got) = received(&device(json!({"permutation": {}})), 1.0, 7);
    let root = got.truth.subcarrier_power_w.sqrt();
    let mut counts = std::collections::BTreeMap::new();
    for (p, packet) in got.truth.packets.iter().enumerate() {
        let mut sorted = packet.antennas.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2]);
        for (chain, antenna) in packet.antennas.iter().enumerate() {
            let expected = wide(clean[[p, 11, *antenna, 0]]) * root;
            assert!((wide(got.csi.data[[p, 11, chain, 0]]) - expected).norm() < 1e-6 * expected.norm());
        }
        *counts.entry(packet.antennas.clone()).or_insert(0_u32) += 1;
    }
    // All six orders, each a sixth within five standard errors.
    let n = times.len() as f64;
    let error = 5.0 * (n * 5.0 / 36.0).sqrt();
    assert!(counts.len() == 6 && counts.values().all(|c| (f64::from(*c) - n / 6.0).abs() < error), "{counts:?}");
    let (_, _, got) = received(&device(json!({"permutation": {"per": "recording"}})), 0.1, 7);
    assert!(got.truth.packets.iter().all(|p| p.antennas == got.truth.packets[0].antennas));
}

#[test]
fn unlike_rails_mirror_subcarriers() {
    // Against the rails themselves: the symbol in time, I and Q of it, and back.
    let imbalance = json!({"imbalance": {"gain_db": 1.2, "phase_deg": 7}});
    let mut whole = device(imbalance.clone());
    whole.grid = SubcarrierGrid::Ht;
    let (clean, _, got) = received(&whole, 0.002, 8);
    let subcarriers = got.csi.info.subcarriers.clone();
    let root = got.truth.subcarrier_power_w.sqrt();
    let (g, phi) = (10f64.powf(1.2 / 20.0), 7f64.to_radians());
    let n = 64;
    let of = |values: &[Complex64]| -> Vec<Complex64> {
        let in_time: Vec<Complex64> = (0..n)
            .map(|t| {
                let tone = |k: i32| Complex64::from_polar(1.0, TAU * f64::from(k) * f64::from(t) / f64::from(n));
                let x: Complex64 = values.iter().zip(&subcarriers).map(|(z, k)| z * tone(*k)).sum();
                Complex64::new(x.re, g * (x.im * phi.cos() + x.re * phi.sin()))
            })
            .collect();
        let back = |k: i32| {
            let turned = in_time.iter().enumerate();
            let sum: Complex64 = turned
                .map(|(t, z)| z * Complex64::from_polar(1.0, -TAU * f64::from(k) * t as f64 / f64::from(n)))
                .sum();
            sum / f64::from(n)
        };
        subcarriers.iter().map(|k| back(*k)).collect()
    };
    for rx in 0..3 {
        let values: Vec<Complex64> = clean.slice(s![1, .., rx, 0]).iter().map(|z| wide(*z) * root).collect();
        for (i, expected) in of(&values).iter().enumerate() {
            let found = wide(got.csi.data[[1, i, rx, 0]]);
            assert!((found - expected).norm() < 1e-6 * expected.norm(), "{i}: {found} {expected}");
        }
    }
    // Of thirty groups the mirrors of some are not reported: interpolated, far nearer than without.
    let groups = device(imbalance);
    let (_, _, few) = received(&groups, 0.002, 8);
    for (i, k) in few.csi.info.subcarriers.iter().enumerate() {
        let whole_at = subcarriers.iter().position(|other| other == k).unwrap();
        let (a, b) = (wide(few.csi.data[[1, i, 0, 0]]), wide(got.csi.data[[1, whole_at, 0, 0]]));
        assert!((a - b).norm() < 0.003 * b.norm(), "{k}: {a} {b}");
    }
}

#[test]
fn mirrors_that_nobody_knows_are_refused() {
    let mut some = device(json!({"imbalance": {"gain_db": 1}}));
    some.grid = SubcarrierGrid::Ht;
    let keys = |device: &WifiSpec| device.problems().into_iter().map(|p| p.key).collect::<Vec<_>>();
    some.subcarriers = Some(vec![-28, 5]);
    assert_eq!(keys(&some), ["impairments.imbalance"]);
    some.subcarriers = Some(vec![-28, 28]);
    assert!(keys(&some).is_empty());
    assert_eq!(some.frequencies_hz().len(), 2);
    received(&some, 0.01, 1);
    // An ESP32 beside a second channel: nothing is sent at the mirrors.
    let mut beside = WifiSpec::preset("wifi_esp32").unwrap();
    beside.secondary = Some(kinecho::sensor::wifi::Secondary::Above);
    beside.impairments = some.impairments.clone();
    let (clean, _, got) = received(&beside, 0.05, 1);
    let (own, _) = beside.impairments.imbalance.unwrap().factors();
    assert!((quotient(&clean, &got, [0, 3, 0, 0]) - own).norm() < 1e-6);
}

#[test]
fn gain_goes_in_steps_and_is_told() {
    let agc = json!({"agc": {"target_dbm": -12, "step_db": 3, "least_db": 0, "most_db": 60, "deviation_db": 1}});
    let (clean, times, got) = received(&device(agc.clone()), 0.5, 9);
    let mut gains = std::collections::BTreeSet::new();
    for p in 0..times.len() {
        let told = f64::from(got.csi.strength[p].agc_db.unwrap());
        assert_eq!(told % 3.0, 0.0);
        let factor = quotient(&clean, &got, [p, 9, 1, 0]);
        assert!((20.0 * factor.norm().log10() - told).abs() < 1e-5);
        // Strength is that before the gain; behind it power is near the target.
        let mean: f64 =
            got.csi.strength[p].rssi_dbm.iter().map(|v| 10f64.powf(f64::from(*v) / 10.0)).sum::<f64>() / 3.0;
        let behind = 10.0 * mean.log10() + told;
        assert!((behind + 12.0).abs() < 1.5 + 5.0, "{behind}");
        gains.insert(told as i64);
    }
    assert!(gains.len() > 1, "{gains:?}");
    let mut quiet = device(agc);
    let spec = quiet.impairments.agc.as_mut().unwrap();
    (spec.deviation_db, spec.reported, spec.most_db) = (0.0, false, 20.0);
    let (_, _, got) = received(&quiet, 0.1, 9);
    // −42 dBm or so ask for 30 dB; there are 18.
    assert!(got.truth.packets.iter().all(|p| p.gain_db == 18.0));
    assert!(got.csi.strength.iter().all(|s| s.agc_db.is_none()));
}

#[test]
fn parts_become_whole_numbers_of_a_common_scale() {
    let (clean, times, got) = received(&device(json!({"quantisation": {"bits": 8}})), 1.0, 10);
    assert_eq!(got.csi.unit, "1");
    let root = got.truth.subcarrier_power_w.sqrt();
    let mut errors = Vec::new();
    for p in 0..times.len() {
        let scale = got.truth.packets[p].scale * root;
        let mut largest: f32 = 0.0;
        for (z, code) in clean.index_axis(Axis(0), p).iter().zip(got.csi.data.index_axis(Axis(0), p)) {
            assert_eq!((code.re.fract(), code.im.fract()), (0.0, 0.0));
            largest = largest.max(code.re.abs()).max(code.im.abs());
            errors.extend([f64::from(code.re) - f64::from(z.re) * scale, f64::from(code.im) - f64::from(z.im) * scale]);
        }
        assert_eq!((largest, got.truth.packets[p].clipped), (127.0, 0));
    }
    // Errors are even over a step: 1/√12.
    let (mean, deviation) = mean_and_deviation(&errors);
    assert!(errors.iter().all(|e| e.abs() <= 0.5 + 1e-3));
    assert!(mean.abs() < 0.01 && (deviation - 12f64.sqrt().recip()).abs() < 0.01, "{mean} {deviation}");
    // A fixed scale clips what is too strong, and says so.
    let fixed = json!({"quantisation": {"bits": 4, "full_scale_dbm": -62}});
    let (_, _, got) = received(&device(fixed), 0.05, 10);
    assert!(got.csi.data.iter().all(|z| (-8.0..=7.0).contains(&z.re) && (-8.0..=7.0).contains(&z.im)));
    assert!(got.truth.packets.iter().all(|p| p.scale == got.truth.packets[0].scale && p.clipped > 0));
}

#[test]
fn noise_is_ktbf_of_a_subcarrier() {
    let mut device = device(json!({"thermal_noise": true}));
    device.grid = SubcarrierGrid::NexmonAll;
    let (clean, _, got) = received(&device, 1.0, 11);
    let expected = BOLTZMANN * 290.0 * 312.5e3 * 10f64.powf(0.6);
    assert!((got.truth.noise_power_w / expected - 1.0).abs() < 1e-12);
    let root = got.truth.subcarrier_power_w.sqrt();
    let sent = SubcarrierGrid::NexmonAll.sent(20, None);
    let (mut on, mut off) = (Vec::new(), Vec::new());
    for ((p, k, rx, tx), z) in got.csi.data.indexed_iter() {
        let carried = sent.contains(&got.csi.info.subcarriers[k]);
        let noise = if carried { wide(*z) - wide(clean[[p, k, rx, tx]]) * root } else { wide(*z) };
        if carried { on.push(noise.norm_sqr()) } else { off.push(noise.norm_sqr()) }
    }
    assert_eq!(off.len(), 8 * 3 * 1000);
    for powers in [on, off] {
        let (mean, deviation) = mean_and_deviation(&powers);
        // Powers of complex normal noise are exponential: their deviation is their mean.
        let error = 5.0 / (powers.len() as f64).sqrt();
        assert!((mean / expected - 1.0).abs() < error, "{mean} {expected}");
        assert!((deviation / expected - 1.0).abs() < 3.0 * error, "{deviation} {expected}");
    }
    let floor = f64::from(got.csi.strength[0].noise_dbm.unwrap());
    assert!((floor - 10.0 * (expected * 56.0 * 1e3).log10()).abs() < 1e-4);
}

#[test]
fn impairments_draw_for_themselves_and_for_their_packet() {
    let all = WifiSpec::preset("wifi_intel_5300").unwrap();
    let (clean, times, got) = received(&all, 0.05, 12);
    // The first packets alone are the same.
    let tree = RandomTree::new(12);
    let few = all.receive(&clean.slice(s![..7, .., .., ..]).to_owned(), &times[..7], &tree).unwrap();
    assert_eq!(few.csi.data, got.csi.data.slice(s![..7, .., .., ..]));
    assert_eq!(few.truth.packets, got.truth.packets[..7]);
    // One thread or many.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| all.receive(&clean, &times, &tree)).unwrap(), got);
    // Without gain and converter the clocks do the same.
    let mut plain = all.clone();
    (plain.impairments.agc, plain.impairments.quantisation) = (None, None);
    let (_, _, other) = received(&plain, 0.05, 12);
    for (a, b) in got.truth.packets.iter().zip(&other.truth.packets) {
        assert_eq!((a.phase_rad, a.delay_s), (b.phase_rad, b.delay_s));
    }
    assert_eq!(got.truth.rx_factors, other.truth.rx_factors);
    let (_, _, another) = received(&all, 0.05, 13);
    assert_ne!(got.csi.data, another.csi.data);
}

#[test]
fn a_channel_that_does_not_fit_is_named() {
    let device = device(json!({}));
    let tree = RandomTree::new(1);
    let times = [0.0, 0.001];
    let good = channel(&device, &times);
    let said = |clean: &Array4<Complex32>, times: &[f64]| device.receive(clean, times, &tree).unwrap_err().to_string();
    assert!(said(&good, &times[..1]).contains("(2, 30, 3, 1)"));
    assert!(said(&good, &[0.001, 0.0]).contains("packet 1"));
    assert!(said(&good, &[0.0, f64::NAN]).contains("time of packet 1"));
    let mut bad = good.clone();
    bad[[1, 4, 2, 0]].im = f32::NAN;
    assert!(said(&bad, &times).contains("packet 1, subcarrier number 4, rx 2, tx 0"));
    // Nothing at all is a signal without strength.
    let silent = Array4::zeros(good.raw_dim());
    let whole = WifiSpec { impairments: ImpairmentSpec::default(), ..WifiSpec::preset("wifi_intel_5300").unwrap() };
    let got = whole.receive(&silent, &times, &tree).unwrap();
    assert!(got.csi.data.iter().all(|z| z.norm() == 0.0) && got.csi.strength[0].rssi_dbm[0].is_nan());
    let mut all = WifiSpec::preset("wifi_intel_5300").unwrap();
    all.impairments.thermal_noise = false;
    let got = all.receive(&silent, &times, &tree).unwrap();
    assert_eq!((got.csi.problem(), got.truth.packets[0].gain_db), (None, 100.0));
    let none = device.receive(&Array4::zeros((0, 30, 3, 1)), &[], &tree).unwrap();
    assert_eq!(none.csi.packets(), 0);
}

#[test]
fn packets_come_at_their_rate() {
    let tree = RandomTree::new(14);
    let with = |packets: Value| {
        let mut device = device(json!({}));
        device.packets = serde_json::from_value(packets).unwrap();
        assert_eq!(device.packets.problems(), []);
        device
    };
    let regular = with(json!({"rate_hz": 250})).times(2.0, &tree).unwrap();
    assert_eq!(regular.len(), 500);
    assert!(regular.iter().enumerate().all(|(i, t)| (t - i as f64 / 250.0).abs() < 1e-12));
    // Jitter well below the period: places plus a normal number.
    let jittered = with(json!({"rate_hz": 100, "jitter_s": 0.8e-3})).times(100.0, &tree).unwrap();
    let off: Vec<f64> = jittered.iter().enumerate().skip(1).take(9900).map(|(i, t)| t - i as f64 / 100.0).collect();
    let (mean, deviation) = mean_and_deviation(&off);
    assert!(mean.abs() < 4e-5 && (deviation - 0.8e-3).abs() < 3e-5, "{mean} {deviation}");
    // Far above it packets still do not overtake.
    let wild = with(json!({"rate_hz": 100, "jitter_s": 0.1})).times(10.0, &tree).unwrap();
    assert!(wild.windows(2).all(|w| w[0] <= w[1]) && wild.iter().all(|t| (0.0..10.0).contains(t)));
    let poisson = with(json!({"timing": "poisson", "rate_hz": 100})).times(200.0, &tree).unwrap();
    assert!((poisson.len() as f64 - 20_000.0).abs() < 5.0 * 20_000f64.sqrt(), "{}", poisson.len());
    let gaps: Vec<f64> = poisson.windows(2).map(|w| w[1] - w[0]).collect();
    let (mean, deviation) = mean_and_deviation(&gaps);
    assert!((deviation / mean - 1.0).abs() < 0.05, "{mean} {deviation}");
    let first = with(json!({"timing": "poisson", "rate_hz": 100})).times(1.0, &tree).unwrap();
    assert_eq!(first, poisson[..first.len()]);
    assert!(with(json!({"rate_hz": 100})).times(0.0, &tree).unwrap().is_empty());
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(with(json!({"rate_hz": 100})).times(bad, &tree).is_err());
    }
}

#[test]
fn losses_have_their_share_and_their_bursts() {
    let tree = RandomTree::new(15);
    let lost = |loss: Value| -> Vec<bool> {
        let mut device = device(json!({}));
        device.packets = serde_json::from_value(json!({"rate_hz": 1000, "loss": loss})).unwrap();
        assert_eq!(device.packets.problems(), []);
        let times = device.times(200.0, &tree).unwrap();
        let mut lost = vec![true; 200_000];
        times.iter().for_each(|t| lost[(t * 1000.0).round() as usize] = false);
        lost
    };
    let share = |lost: &[bool]| lost.iter().filter(|l| **l).count() as f64 / lost.len() as f64;
    let bursts = |lost: &[bool]| {
        let begins = (1..lost.len()).filter(|i| lost[*i] && !lost[i - 1]).count();
        lost.iter().filter(|l| **l).count() as f64 / begins as f64
    };
    // Independent: runs of 1/(1 − share).
    let independent = lost(json!({"share": 0.1}));
    assert!((share(&independent) - 0.1).abs() < 5.0 * (0.09f64 / 2e5).sqrt());
    assert!((bursts(&independent) - 1.0 / 0.9).abs() < 0.02, "{}", bursts(&independent));
    let bursty = lost(json!({"share": 0.1, "burst_packets": 8}));
    assert!((share(&bursty) - 0.1).abs() < 0.01, "{}", share(&bursty));
    assert!((bursts(&bursty) - 8.0).abs() < 0.6, "{}", bursts(&bursty));
    let softer = lost(json!({"share": 0.1, "burst_packets": 20, "within": 0.6, "between": 0.02}));
    assert!((share(&softer) - 0.1).abs() < 0.012, "{}", share(&softer));
    // Of Elliott's chain: packets that far apart as i share a state with (1 − p − r)^i, so losses are correlated by it.
    let correlation = |lost: &[bool], lag: usize| {
        let m = share(lost);
        let both = (lag..lost.len()).filter(|i| lost[*i] && lost[i - lag]).count() as f64 / (lost.len() - lag) as f64;
        both - m * m
    };
    let in_burst = (0.1 - 0.02) / (0.6 - 0.02);
    let (end, begin) = (1.0 / 20.0, in_burst / (1.0 - in_burst) / 20.0);
    for lag in [1, 5, 20] {
        let expected = in_burst * (1.0 - in_burst) * 0.58f64.powi(2) * (1.0 - end - begin).powi(lag);
        let found = correlation(&softer, lag as usize);
        assert!((found - expected).abs() < 0.005, "{lag}: {found} {expected}");
    }
    let problems = |loss: Value| {
        let packets: kinecho::sensor::wifi::PacketSpec =
            serde_json::from_value(json!({"rate_hz": 1000, "jitter_s": -1, "loss": loss})).unwrap();
        packets.problems().into_iter().map(|p| p.key).collect::<Vec<_>>()
    };
    assert_eq!(problems(json!({"share": 1})), ["jitter_s", "loss.share"]);
    assert_eq!(problems(json!({"share": 0.9, "burst_packets": 2})), ["jitter_s", "loss.burst_packets"]);
    assert_eq!(problems(json!({"share": 0.7, "burst_packets": 20, "within": 0.6})), ["jitter_s", "loss.share"]);
    assert_eq!(problems(json!({"share": 0.1, "within": 0.6})), ["jitter_s", "loss.within"]);
}

#[test]
fn a_growing_path_turns_back() {
    // The convention of the field: 3 m/s away at 5.18 GHz is 2π · 3/λ rad a second backwards.
    let device = device(json!({}));
    let times: Vec<f64> = (0..50).map(|i| f64::from(i) * 1e-3).collect();
    let frequencies = device.frequencies_hz();
    let clean = Array4::from_shape_fn((50, 30, 3, 1), |(p, k, _, _)| {
        let z = Complex64::from_polar(1e-3, -TAU * (frequencies[k] * (4.0 + 3.0 * times[p]) / 299_792_458.0).fract());
        Complex32::new(z.re as f32, z.im as f32)
    });
    let got = device.receive(&clean, &times, &RandomTree::new(1)).unwrap();
    let turn = wide(got.csi.data[[20, 0, 0, 0]]) * wide(got.csi.data[[19, 0, 0, 0]]).conj();
    let expected = -TAU * frequencies[0] * 3.0 / 299_792_458.0 * 1e-3;
    assert!((turn.arg() - expected).abs() < 1e-5 && expected.abs() < PI);
}
