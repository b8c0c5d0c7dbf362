//! How much the channel of a still room scatters from packet to packet: constellation errors by their definition, and the Intel 5300 against recordings.

use super::needs::data;
use kinecho::base::Complex32;
use kinecho::base::random::RandomTree;
use kinecho::recording::csi;
use kinecho::sensor::wifi::WifiSpec;
use ndarray::{Array4, Axis, s};
use serde_json::json;

/// A channel that stays as it is: uneven over subcarriers, antennas of unlike strength.
fn still(device: &WifiSpec, packets: usize) -> Array4<Complex32> {
    let shape = (packets, device.frequencies_hz().len(), device.n_rx(), device.n_tx());
    Array4::from_shape_fn(shape, |(_, k, rx, _)| {
        let fading = 1.0 + 0.3 * (0.4 * k as f32 + rx as f32).sin();
        Complex32::from_polar(1e-3 * fading * [1.0, 0.9, 0.4][rx], 0.2 * k as f32 + 2.0 * rx as f32)
    })
}

fn received(device: &WifiSpec, packets: usize) -> Array4<Complex32> {
    let times: Vec<f64> = (0..packets).map(|i| 0.05 * i as f64).collect();
    device.receive(&still(device, packets), &times, &RandomTree::new(4)).unwrap().csi.data
}

#[test]
fn constellation_errors_have_their_strength_and_their_origin() {
    let mut device = WifiSpec::preset("wifi_intel_5300").unwrap();
    let mut relative = |spec: serde_json::Value| {
        device.impairments = serde_json::from_value(json!({"constellation": spec})).unwrap();
        assert!(device.problems().is_empty());
        let (clean, root) = (still(&device, 400), device.subcarrier_power_w().sqrt() as f32);
        received(&device, 400) / clean.mapv(|z| z * root) - Complex32::new(1.0, 0.0)
    };
    let decibels = |e: &Array4<Complex32>| {
        10.0 * (e.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>() / e.len() as f64).log10()
    };
    let sent = relative(json!({"transmitter_db": -30}));
    assert!((decibels(&sent) + 30.0).abs() < 0.2);
    // Every antenna hears the same, every packet another one.
    for rx in 1..3 {
        let apart = &sent.slice(s![.., .., 0, ..]) - &sent.slice(s![.., .., rx, ..]);
        assert!(apart.iter().all(|z| z.norm() < 1e-5));
    }
    assert!((sent[[0, 0, 0, 0]] - sent[[1, 0, 0, 0]]).norm() > 1e-4);
    let heard = relative(json!({"receiver_db": -36}));
    assert!((decibels(&heard) + 36.0).abs() < 0.2);
    let (a, b) = (heard.index_axis(Axis(2), 0), heard.index_axis(Axis(2), 1));
    let common = a.iter().zip(&b).map(|(a, b)| f64::from((a * b.conj()).re)).sum::<f64>() / a.len() as f64;
    assert!(common.abs() < 0.05 * 10f64.powf(-3.6), "{common}");
}

#[test]
fn two_scales_of_the_converter_are_refused() {
    let mut device = WifiSpec::preset("wifi_intel_5300").unwrap();
    device.impairments =
        serde_json::from_value(json!({"quantisation": {"bits": 8, "strongest_rms": 200, "full_scale_dbm": -60}}))
            .unwrap();
    let said: Vec<_> = device.problems().into_iter().map(|p| format!("{}: {}", p.key, p.message)).collect();
    assert!(said.iter().any(|s| s.contains("strongest_rms") && s.contains("127")), "{said:?}");
    assert!(said.iter().any(|s| s.contains("full_scale_dbm") && s.contains("leave one")), "{said:?}");
}

/// Medians over a recording: strongest antenna's root mean square, its scatter in steps, and the correlation of what scatters with that of the second antenna.
fn stillness(data: &Array4<Complex32>) -> [f64; 3] {
    let amplitude = |p: usize, k: usize, rx: usize| f64::from(data[[p, k, rx, 0]].norm()).max(0.5);
    let (packets, subcarriers, antennas, _) = data.dim();
    let mean = |rx: usize| {
        (0..packets).flat_map(|p| (0..subcarriers).map(move |k| (p, k))).map(|(p, k)| amplitude(p, k, rx)).sum::<f64>()
            / (packets * subcarriers) as f64
    };
    let mut order: Vec<usize> = (0..antennas).collect();
    order.sort_by(|a, b| mean(*b).total_cmp(&mean(*a)));
    // Changes of logarithms from packet to packet without what all subcarriers of an antenna share.
    let changes = |rx: usize| -> Vec<f64> {
        (1..packets)
            .flat_map(|p| {
                let all: Vec<f64> =
                    (0..subcarriers).map(|k| (amplitude(p, k, rx) / amplitude(p - 1, k, rx)).ln()).collect();
                let shared = median(&all);
                all.into_iter().map(move |v| (v - shared) / std::f64::consts::SQRT_2).collect::<Vec<_>>()
            })
            .collect()
    };
    let (first, second) = (changes(order[0]), changes(order[1]));
    let spread = 1.4826 * median(&first.iter().map(|v| v.abs()).collect::<Vec<_>>());
    let held = |v: &f64| v.clamp(-0.1, 0.1);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| held(a) * held(b)).sum::<f64>();
    let correlation = product(&first, &second) / (product(&first, &first) * product(&second, &second)).sqrt();
    let rms: Vec<f64> = (0..packets)
        .map(|p| {
            let of = |rx: usize| (0..subcarriers).map(|k| f64::from(data[[p, k, rx, 0]].norm_sqr())).sum::<f64>();
            ((0..antennas).map(of).fold(0.0, f64::max) / subcarriers as f64).sqrt()
        })
        .collect();
    [median(&rms), spread * mean(order[0]), correlation]
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[test]
fn a_still_room_scatters_as_recorded_ones_do() {
    let Some(folder) = data("csi_two_rooms") else { return };
    let recorded: Vec<[f64; 3]> =
        ["bedroom/a01/u1_01", "bedroom/a02/u2_01", "meetingroom/a01/u4_01", "meetingroom/a02/u1_01"]
            .iter()
            .map(|name| {
                let read = csi::read(&folder.join(format!("{name}.dat"))).unwrap().longest().0.unwrap();
                stillness(&read.data.slice(s![..600, .., .., ..]).to_owned())
            })
            .collect();
    let simulated = stillness(&received(&WifiSpec::preset("wifi_intel_5300").unwrap(), 600));
    for (i, slack) in [1.5, 0.1, 0.15].into_iter().enumerate() {
        let (least, most) = recorded.iter().map(|r| r[i]).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        assert!((least - slack..=most + slack).contains(&simulated[i]), "{i}: {} beside {recorded:?}", simulated[i]);
    }
}
