//! Cleaning of CSI: an impairment is added to a channel in closed form, and what is left of it afterwards is measured.

use kinecho::base::Complex32;
use kinecho::base::cube::BARE;
use kinecho::chain::{Chain, CsiChain, CsiView, Spectral};
use kinecho::dsp::csi::{CsiStep, DopplerConfig, Holds, MorletConfig, PhaseFit, SpectrumOf, Streams, doppler, morlet};
use kinecho::signal::{Csi, CsiInfo, Signal, Strength};
use ndarray::Array4;
use std::f64::consts::{PI, TAU};

const SPACING_HZ: f64 = 312.5e3;
const CARRIER_HZ: f64 = 5.32e9;
const RATE_HZ: f64 = 200.0;
const LIGHT: f64 = 299_792_458.0;

/// Numbers that look random, from −1 to 1, the same in every run.
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| 0.5 * self.uniform()).sum()
    }
}

fn turn(angle: f64) -> Complex32 {
    Complex32::new(angle.cos() as f32, angle.sin() as f32)
}

/// A direct path of 4 m, a wall's of 7 m, and somebody at 5 m who recedes with `speed` (the path grows by it), at three antennas.
fn channel(packets: usize, speed: f64) -> Csi {
    let subcarriers: Vec<i32> = (-28..=28).filter(|k| *k != 0).collect();
    let data = Array4::from_shape_fn((packets, subcarriers.len(), 3, 1), |(p, k, rx, _)| {
        let frequency = CARRIER_HZ + f64::from(subcarriers[k]) * SPACING_HZ;
        let aside = 0.021 * rx as f64;
        let paths =
            [(1.0, 4.0 + aside), (0.4, 7.0 - 0.5 * aside), (0.15, 5.0 + 0.3 * aside + speed * p as f64 / RATE_HZ)];
        paths.iter().map(|(a, length)| turn(-TAU * frequency * length / LIGHT) * *a as f32).sum()
    });
    let info = CsiInfo {
        device: "closed form".into(),
        centre_hz: Some(CARRIER_HZ),
        bandwidth_hz: 20e6,
        spacing_hz: SPACING_HZ,
        subcarriers,
        phase: true,
        nominal_clock: false,
    };
    let time_s = (0..packets).map(|p| p as f64 / RATE_HZ).collect();
    Csi { data, time_s, strength: Vec::new(), info, unit: BARE.into() }
}

/// Every packet gets a phase and a delay of its own, the same at all antennas.
fn with_clocks(csi: &Csi) -> Csi {
    let mut draw = Draw(1);
    let mut spoilt = csi.clone();
    for mut packet in spoilt.data.outer_iter_mut() {
        let (phase, slope) = (PI * draw.uniform(), 0.05 * draw.uniform());
        for (k, mut of_subcarrier) in packet.outer_iter_mut().enumerate() {
            let by = turn(phase + slope * f64::from(csi.info.subcarriers[k]));
            of_subcarrier.mapv_inplace(|z| z * by);
        }
    }
    spoilt
}

fn streams(csi: &Csi) -> Streams {
    Streams::of(csi).unwrap()
}

fn apply(step: &CsiStep, csi: &Csi) -> Streams {
    step.apply(streams(csi)).unwrap()
}

/// Root mean square of the difference over that of the reference.
fn difference(found: &Streams, expected: &Streams) -> f64 {
    assert_eq!(found.data.dim(), expected.data.dim());
    let power = |z: Complex32| f64::from(z.norm_sqr());
    let error: f64 = found.data.iter().zip(&expected.data).map(|(a, b)| power(a - b)).sum();
    (error / expected.data.iter().map(|z| power(*z)).sum::<f64>()).sqrt()
}

#[test]
fn antennas_free_each_other_of_the_clocks() {
    let clean = channel(300, 0.5);
    let spoilt = with_clocks(&clean);
    let before = difference(&streams(&spoilt), &streams(&clean));
    assert!(before > 1.0, "{before}");
    for step in [CsiStep::Conjugate { reference: Some(0) }, CsiStep::Ratio { reference: Some(0) }] {
        let after = difference(&apply(&step, &spoilt), &apply(&step, &clean));
        // Rounding of complex64.
        assert!(after < 1e-6, "{step:?}: {before:.2} before, {after:.1e} after");
        assert_eq!(apply(&step, &clean).links, [(1, 0), (2, 0)]);
    }
    // The steadiest antenna is the reference where none is named: one that nobody walks before.
    let mut still = clean.clone();
    let mean = still.data.slice(ndarray::s![0, .., 2, 0]).to_owned();
    for mut packet in still.data.outer_iter_mut() {
        packet.slice_mut(ndarray::s![.., 2, 0]).assign(&mean);
    }
    assert_eq!(apply(&CsiStep::Ratio { reference: None }, &still).links, [(0, 0), (1, 0)]);
    let alone = Csi { data: clean.data.slice(ndarray::s![.., .., ..1, ..]).to_owned(), ..clean };
    let error = CsiStep::Conjugate { reference: None }.apply(streams(&alone)).unwrap_err().to_string();
    assert!(error.contains("two receive antennas"), "{error}");
}

#[test]
fn a_zero_at_the_reference_is_interpolated_or_refused() {
    let mut csi = channel(100, 0.0);
    csi.data[[40, 3, 0, 0]] = Complex32::new(0.0, 0.0);
    let step = CsiStep::Ratio { reference: Some(0) };
    let made = apply(&step, &csi);
    assert!((made.data[[40, 3, 0]] - made.data[[39, 3, 0]]).norm() < 1e-6);
    csi.data.slice_mut(ndarray::s![..20, 3, 0, 0]).fill(Complex32::new(0.0, 0.0));
    let error = step.apply(streams(&csi)).unwrap_err().to_string();
    assert!(error.contains("20 of 100 packets") || error.contains("21 of 100 packets"), "{error}");
}

#[test]
fn lines_and_delays_over_subcarriers_go() {
    // Somebody who stands: after cleaning all packets are alike.
    let clean = channel(200, 0.0);
    let spoilt = with_clocks(&clean);
    let unrest = |streams: &Streams| {
        let first = streams.data.index_axis(ndarray::Axis(0), 0).to_owned();
        let still = Streams { data: streams.data.clone(), ..streams.clone() };
        let mut reference = still.clone();
        reference.data.outer_iter_mut().for_each(|mut p| p.assign(&first));
        difference(&still, &reference)
    };
    let before = unrest(&streams(&spoilt));
    assert!(before > 1.0, "{before}");
    for (step, most) in [
        (CsiStep::LinearPhase { fit: PhaseFit::LeastSquares, common: false }, 1e-5),
        (CsiStep::LinearPhase { fit: PhaseFit::Ends, common: true }, 1e-5),
        (CsiStep::ReferencePath {}, 1e-5),
    ] {
        let after = unrest(&apply(&step, &spoilt));
        assert!(after < most, "{step:?}: {before:.2} before, {after:.1e} after");
    }
    // A single path has a line over subcarriers and nothing else: nothing but amplitude is left.
    let mut one = channel(5, 0.0);
    for ((_, k, ..), z) in one.data.indexed_iter_mut() {
        *z = turn(1.0 - 0.07 * f64::from(one.info.subcarriers[k]));
    }
    let left = apply(&CsiStep::LinearPhase { fit: PhaseFit::LeastSquares, common: false }, &one);
    assert!(left.data.iter().all(|z| (z - Complex32::new(1.0, 0.0)).norm() < 1e-5));
    // What antennas differ by stays with one line for all.
    let common = apply(&CsiStep::LinearPhase { fit: PhaseFit::LeastSquares, common: true }, &spoilt);
    let between = |s: &Streams| (s.data[[7, 20, 1]] * s.data[[7, 20, 0]].conj()).arg();
    assert!((between(&common) - between(&streams(&clean))).abs() < 1e-4);
}

#[test]
fn gradients_know_no_clock() {
    // One path: the phase falls by 2π Δf τ a subcarrier, whatever the clocks' phase.
    let mut csi = channel(50, 0.0);
    let delay_s = 21e-9;
    let mut draw = Draw(3);
    let phases: Vec<f64> = (0..50).map(|_| PI * draw.uniform()).collect();
    for ((p, k, ..), z) in csi.data.indexed_iter_mut() {
        *z = turn(phases[p] - TAU * SPACING_HZ * f64::from(csi.info.subcarriers[k]) * delay_s);
    }
    let made = apply(&CsiStep::Gradient {}, &csi);
    assert_eq!((made.data.dim(), made.holds), ((50, 55, 3), Holds::Gradients));
    let expected = -(TAU * SPACING_HZ * delay_s) as f32;
    assert!(made.data.iter().all(|g| (g.re - expected).abs() < 1e-5), "{} for {expected}", made.data[[0, 0, 0]]);
}

#[test]
fn outliers_and_gain_steps_go() {
    let clean = channel(400, 0.3);
    let mut spoilt = clean.clone();
    let mut hit = 0;
    for p in (17..400).step_by(37) {
        spoilt.data.slice_mut(ndarray::s![p, .., .., ..]).mapv_inplace(|z| z * 6.0);
        hit += 1;
    }
    let step = CsiStep::Hampel { half_width: 5, threshold: 3.0 };
    let (before, after) =
        (difference(&streams(&spoilt), &streams(&clean)), difference(&apply(&step, &spoilt), &streams(&clean)));
    assert!(before > 0.8 && after < 0.01, "{hit} packets six times too strong: {before:.2} before, {after:.4} after");
    // The receiver turns its gain by 6 dB and says so.
    let mut stepped = clean.clone();
    stepped.strength = (0..400)
        .map(|p| Strength { agc_db: Some(if p % 100 < 50 { 30.0 } else { 36.0 }), ..Strength::default() })
        .collect();
    for (mut packet, strength) in stepped.data.outer_iter_mut().zip(&stepped.strength) {
        let gain = 10f32.powf(strength.agc_db.unwrap() / 20.0);
        packet.mapv_inplace(|z| z * gain);
    }
    let after = difference(&apply(&CsiStep::Gain {}, &stepped), &streams(&clean));
    assert!(after < 1e-6, "{after}");
    let error = CsiStep::Gain {}.apply(streams(&clean)).unwrap_err().to_string();
    assert!(error.contains("strength of every packet"), "{error}");
}

/// Gain control that says nothing of itself, a sender that changes its power, and antennas of any strength.
#[test]
fn levels_that_nobody_says_go() {
    let clean = channel(400, 0.3);
    let mut spoilt = clean.clone();
    let mut draw = Draw(7);
    for mut packet in spoilt.data.outer_iter_mut() {
        let gain = 10f64.powf(draw.uniform()) as f32;
        packet.mapv_inplace(|z| z * gain);
    }
    let left = difference(&apply(&CsiStep::Level {}, &spoilt), &apply(&CsiStep::Level {}, &clean));
    assert!(left < 1e-6, "{left}");
    // The root mean square of every packet is 1.
    let made = apply(&CsiStep::Level {}, &spoilt);
    let power = |p: usize| made.data.index_axis(ndarray::Axis(0), p).iter().map(|z| z.norm_sqr()).sum::<f32>();
    assert!((0..400).all(|p| (power(p) / (56.0 * 3.0) - 1.0).abs() < 1e-5));
    // An antenna ten times as strong, which is so over the whole window.
    let mut uneven = clean.clone();
    uneven.data.slice_mut(ndarray::s![.., .., 1, ..]).mapv_inplace(|z| z * 10.0);
    let left = difference(&apply(&CsiStep::Relative {}, &uneven), &apply(&CsiStep::Relative {}, &clean));
    assert!(left < 1e-6, "{left}");
    for step in [CsiStep::Level {}, CsiStep::Relative {}] {
        let error = step.apply(apply(&CsiStep::Phase {}, &clean)).unwrap_err().to_string();
        assert!(error.contains("needs samples or amplitudes, but there are phases"), "{error}");
    }
}

/// A tone of amplitude `a` beside a channel of strength 1 has the power (a / 2)² at its frequency in a spectrum of amplitudes, whatever the
/// channel's own strength, and stands there in a view with a stated reference.
#[test]
fn relative_changes_have_a_level() {
    let changes = |tone: f32, strength: f32| {
        let mut csi = channel(400, 0.0);
        for ((p, k, rx, _), z) in csi.data.indexed_iter_mut() {
            let turned = TAU * 20.0 * p as f64 / RATE_HZ + 0.4 * (k + 7 * rx) as f64;
            *z = turn(0.1 * k as f64) * strength * (1.0 + tone * turned.cos() as f32);
        }
        let view = Spectral {
            name: Some("changes".into()),
            steps: vec![CsiStep::Amplitude {}, CsiStep::Relative {}, CsiStep::RemoveStatic {}],
            spectrum: DopplerConfig { window_s: 0.64, hop_s: 0.1, of: SpectrumOf::All, ..DopplerConfig::default() },
            rows: 154,
            columns: 14,
            dynamic_range_db: 40.0,
            reference_db: Some(-10.0),
        };
        let chain = CsiChain { views: vec![CsiView::Doppler(view)], ..CsiChain::default() };
        let views = chain.views(&csi, None).unwrap();
        let map = views.get("changes").unwrap();
        let (rows, columns) = (map.data.shape()[0], map.data.shape()[1]);
        let peak = (0..rows).max_by(|a, b| map.data[[*a, 5]].total_cmp(&map.data[[*b, 5]])).unwrap();
        assert!((map.axes[0].value(peak) - 20.0).abs() < 0.5, "{} Hz", map.axes[0].value(peak));
        // From [−1, 1] back to decibels below the reference.
        let level = |column: usize| -10.0 + 40.0 * 0.5 * (f64::from(map.data[[peak, column]]) - 1.0);
        (0..columns).map(level).sum::<f64>() / columns as f64
    };
    for (tone, strength) in [(0.1, 1.0), (0.1, 30.0), (0.02, 1.0)] {
        let (level, expected) = (changes(tone, strength), 20.0 * (0.5 * f64::from(tone)).log10());
        assert!((level - expected).abs() < 0.3, "{tone} at {strength}: {level:.2} dB for {expected:.2} dB");
    }
}

/// One series alone: the first component and all of them are the same. Two that turn against each other: their components add up, and their
/// powers do not.
#[test]
fn all_series_or_what_they_have_in_common() {
    let mut csi = channel(400, 0.0);
    for ((p, _, rx, _), z) in csi.data.indexed_iter_mut() {
        let tone = [30.0, 50.0, 0.0][rx] * if rx == 2 { 0.0 } else { 1.0 };
        *z = turn(TAU * tone * p as f64 / RATE_HZ) * [1.0, 0.5, 0.0][rx];
    }
    let of = |of: SpectrumOf| {
        let config = DopplerConfig { of, max_hz: 90.0, ..DopplerConfig::default() };
        doppler(&streams(&csi), RATE_HZ, &config).unwrap()
    };
    let (first, all) = (of(SpectrumOf::FirstComponent), of(SpectrumOf::All));
    let power = |made: &kinecho::dsp::csi::Spectrum, hz: f64| {
        let row = (0..made.frequency.len)
            .min_by(|a, b| (made.frequency.value(*a) - hz).abs().total_cmp(&(made.frequency.value(*b) - hz).abs()));
        f64::from(made.data[[row.unwrap(), 10]])
    };
    // Phases that rise recede in 802.11's sign the other way: −30 and −50 Hz.
    let expected = [1.0 / 3.0, 0.25 / 3.0];
    for (hz, expected) in [-30.0, -50.0].into_iter().zip(expected) {
        let found = power(&all, hz);
        assert!((found / expected - 1.0).abs() < 0.1, "{found} for {expected} at {hz} Hz");
    }
    assert!(power(&first, -50.0) < 0.01 * power(&first, -30.0), "the stronger tone alone");
}

#[test]
fn views_of_one_kind_have_names() {
    let two = |name: Option<&str>| CsiChain {
        views: vec![
            CsiView::Doppler(Spectral::default()),
            CsiView::Doppler(Spectral { name: name.map(str::to_owned), ..Spectral::default() }),
        ],
        ..CsiChain::default()
    };
    let problems =
        |name| two(name).problems().into_iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>();
    assert!(problems(None)[0].contains("views.1.name: `doppler` is the name of two views"), "{:?}", problems(None));
    assert!(problems(Some("a b"))[0].contains("views.1.name: `a b`; expected letters"), "{:?}", problems(Some("a b")));
    assert!(problems(Some("ratio")).is_empty());
    let yaml = "views:\n- {view: doppler, name: ratio, steps: [{step: hampel, threshold: -1}], reference_db: 999}\n";
    let chain: CsiChain = serde_yaml::from_str(yaml).unwrap();
    let keys: Vec<String> = chain.problems().into_iter().map(|p| p.key).collect();
    assert_eq!(keys, ["views.0.steps.0.threshold", "views.0.reference_db"]);
    // A view's own step that cannot be done says where it stands.
    let yaml = "views:\n- {view: amplitude}\n- {view: doppler, steps: [{step: amplitude}, {step: ratio}]}\n";
    let chain: CsiChain = serde_yaml::from_str(yaml).unwrap();
    let error = chain.views(&channel(400, 0.3), None).unwrap_err().to_string();
    assert!(error.contains("views.1.steps.1: step ratio needs complex samples"), "{error}");
}

#[test]
fn wavelets_take_noise_and_leave_motion() {
    let clean = channel(1024, 0.1);
    let mut noisy = clean.clone();
    let mut draw = Draw(5);
    noisy.data.mapv_inplace(|z| z + Complex32::new(0.1 * draw.normal() as f32, 0.1 * draw.normal() as f32));
    let before = difference(&streams(&noisy), &streams(&clean));
    let after = difference(&apply(&CsiStep::Wavelet { levels: 5, factor: 1.0 }, &noisy), &streams(&clean));
    // Noise in 31 of 32 of the band: at best √32 = 15 dB.
    let gained_db = 20.0 * (before / after).log10();
    assert!(gained_db > 9.0, "{before:.3} before, {after:.3} after: {gained_db:.1} dB");
}

#[test]
fn receding_is_a_positive_frequency_and_the_band_ends_at_nyquist() {
    for speed in [1.1, -0.6] {
        let clean = channel(600, speed);
        // A ratio of two antennas has the moving path above and below: both signs. Without clocks the sign is seen as it is.
        let ratio = apply(&CsiStep::Ratio { reference: Some(0) }, &with_clocks(&clean));
        for (streams, signed) in [(streams(&clean), true), (ratio, false)] {
            let made =
                doppler(&CsiStep::RemoveStatic {}.apply(streams).unwrap(), RATE_HZ, &DopplerConfig::default()).unwrap();
            let power = made.data.sum_axis(ndarray::Axis(1));
            let strongest = (0..power.len()).max_by(|a, b| power[*a].total_cmp(&power[*b])).unwrap();
            // The length of the path grows by the speed: f = v/λ.
            let (found, expected) = (made.frequency.value(strongest), speed * CARRIER_HZ / LIGHT);
            let error = if signed { found - expected } else { found.abs() - expected.abs() };
            assert!(error.abs() < 2.0, "{found} Hz for {expected} Hz");
            assert!((made.frequency.value(power.len() - 1) - 60.0).abs() < made.frequency.step);
        }
    }
    // A fifth of the packets: 20 Hz at most, although 60 are asked for.
    let csi = channel(600, 1.1);
    let every = |n: usize| Csi {
        data: csi.data.slice(ndarray::s![..;n, .., .., ..]).to_owned(),
        time_s: csi.time_s.iter().copied().step_by(n).collect(),
        ..csi.clone()
    };
    let made = doppler(&streams(&every(5)), RATE_HZ / 5.0, &DopplerConfig::default()).unwrap();
    assert!(made.frequency.value(made.frequency.len - 1) < 20.0);
    let error = doppler(
        &streams(&every(50)),
        RATE_HZ / 50.0,
        &DopplerConfig { min_hz: 2.0, window_s: 2.0, ..DopplerConfig::default() },
    );
    assert!(error.unwrap_err().to_string().contains("show up to 2.00 Hz"));
}

#[test]
fn a_wavelet_map_has_the_amplitude_at_its_frequency() {
    let mut csi = channel(2000, 0.0);
    csi.info.phase = false;
    let hz = 12.0;
    for ((p, ..), z) in csi.data.indexed_iter_mut() {
        *z = Complex32::new((3.0 + 0.5 * (TAU * hz * p as f64 / RATE_HZ).cos()) as f32, 0.0);
    }
    let one = Csi {
        data: csi.data.slice(ndarray::s![.., ..1, ..1, ..]).to_owned(),
        info: CsiInfo { subcarriers: vec![-28], ..csi.info.clone() },
        ..csi.clone()
    };
    let made = morlet(&streams(&one), RATE_HZ, &MorletConfig { frequencies: 200, ..MorletConfig::default() }).unwrap();
    let column = made.data.column(1000);
    let strongest = (0..column.len()).max_by(|a, b| column[*a].total_cmp(&column[*b])).unwrap();
    let found = made.frequency.value(strongest).exp2();
    // The peak of an amplitude-true Morlet lies at ω₀/(2π s), which is 1.3 % below the Fourier frequency of its scale at ω₀ = 6.
    assert!((found / hz - 1.0).abs() < 0.03, "{found} Hz");
    assert!((column[strongest].sqrt() - 0.5).abs() < 0.01, "{}", column[strongest].sqrt());
}

#[test]
fn components_and_divergence_find_what_moves() {
    let mut csi = channel(500, 0.0);
    let mut draw = Draw(9);
    csi.data.mapv_inplace(|z| z + Complex32::new(0.02 * draw.normal() as f32, 0.02 * draw.normal() as f32));
    // One motion in all series, with a weight of its own each.
    let motion: Vec<f64> = (0..500).map(|p| (TAU * 3.0 * p as f64 / RATE_HZ).sin()).collect();
    for ((p, k, rx, _), z) in csi.data.indexed_iter_mut() {
        *z += turn(0.1 * (k + 20 * rx) as f64) * (0.1 * motion[p]) as f32;
    }
    let made = apply(&CsiStep::Pca { components: 2, skip: 0 }, &csi);
    assert_eq!(made.data.dim(), (500, 2, 1));
    let first: Vec<Complex32> = (0..500).map(|p| made.data[[p, 0, 0]]).collect();
    let overlap: Complex32 = first.iter().zip(&motion).map(|(a, b)| a * *b as f32).sum();
    let power = f64::from(first.iter().map(|a| a.norm_sqr()).sum::<f32>()) * motion.iter().map(|b| b * b).sum::<f64>();
    let correlation = f64::from(overlap.norm()) / power.sqrt();
    assert!(correlation > 0.99, "{correlation}");
    assert!(CsiStep::Pca { components: 64, skip: 64 }.apply(streams(&csi)).is_ok());
    let few = csi.range(0..5);
    assert!(
        CsiStep::Pca { components: 6, skip: 0 }.apply(streams(&few)).unwrap_err().to_string().contains("at most 5")
    );
    // Two subcarriers whose amplitudes lie elsewhere than those of the others.
    let mut odd = csi.clone();
    for k in [10, 30] {
        odd.data.slice_mut(ndarray::s![.., k, .., ..]).mapv_inplace(|z| z * 4.0);
    }
    let kept = apply(&CsiStep::SelectKl { keep: 2 }, &odd);
    assert_eq!(kept.subcarriers, [odd.info.subcarriers[10], odd.info.subcarriers[30]]);
}

#[test]
fn steps_and_views_are_data() {
    let text = "
csi:
  steps:
    - {step: hampel, half_width: 5}
    - {step: linear_phase, common: true}
    - {step: conjugate}
    - {step: remove_static}
  views:
    - {view: amplitude, rows: 112, columns: 50}
    - {view: doppler, rows: 40, columns: 50, spectrum: {max_hz: 30}}
    - {view: wavelet, rows: 32, columns: 50}
";
    let chain: Chain = serde_yaml::from_str(text).unwrap();
    assert!(chain.problems().is_empty(), "{:?}", chain.problems());
    let signal = Signal::Csi(with_clocks(&channel(500, 0.4)));
    let made = chain.apply(&signal, Some(2.5)).unwrap().views;
    let planned = chain.planned();
    for ((name, view), (expected, shape)) in made.iter().zip(&planned) {
        assert_eq!((name, view.data.shape()), (expected.as_str(), shape.as_slice()));
        assert!(view.problem().is_none(), "{name}: {:?}", view.problem());
        assert_eq!(view.axes[1].unit, "s");
    }
    let again: Chain = serde_json::from_value(serde_json::to_value(&chain).unwrap()).unwrap();
    assert_eq!(again, chain);
    assert!(serde_yaml::from_str::<Chain>("csi: {steps: [{step: hampel, width: 5}]}").is_err());
    let wrong = Chain::of_csi(CsiChain {
        steps: vec![CsiStep::Hampel { half_width: 0, threshold: 3.0 }],
        views: vec![CsiView::Doppler(Spectral { rows: 0, ..Spectral::default() })],
        ..CsiChain::default()
    });
    let keys: Vec<String> = wrong.problems().into_iter().map(|p| p.key).collect();
    assert_eq!(keys, ["csi.steps.0.half_width", "csi.views.0.rows"]);
    // A step that cannot be done names itself; so does a sample that is no number.
    let alone = channel(50, 0.0);
    let alone = Csi { data: alone.data.slice(ndarray::s![.., .., ..1, ..]).to_owned(), ..alone };
    let error = chain.apply(&Signal::Csi(alone.clone()), None).unwrap_err().to_string();
    assert!(error.contains("steps.2: step conjugate"), "{error}");
    let mut nan = alone;
    nan.data[[3, 4, 0, 0]] = Complex32::new(f32::NAN, 0.0);
    let error = Chain::of_csi(CsiChain::default()).apply(&Signal::Csi(nan), None).unwrap_err().to_string();
    assert!(error.contains("packet 3, subcarrier -24"), "{error}");
}
