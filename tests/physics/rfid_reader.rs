//! RFID readers: when tags are read, and what is said of them, against closed forms.

use kinecho::base::Complex64;
use kinecho::base::random::RandomTree;
use kinecho::sensor::rfid::{Attempt, RfidRegion, RfidSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::{PI, TAU};

const C: f64 = 299_792_458.0;

/// Free space between isotropic antennas: λ/(4πd) exp(−j2πfd/c).
fn free_space(frequency_hz: f64, distance_m: f64) -> Complex64 {
    let wavelength = C / frequency_hz;
    Complex64::from_polar(wavelength / (4.0 * PI * distance_m), -TAU * distance_m / wavelength)
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("E280{i:04}")).collect()
}

/// Without offsets, noise and steps.
fn exact() -> RfidSpec {
    let mut reader = RfidSpec::preset("rfid_impinj").unwrap();
    (reader.phase.steps, reader.phase.offsets, reader.phase.deviation_rad) = (0, false, 0.0);
    (reader.receiver.noise_dbm, reader.rssi_step_db) = (None, 0.0);
    reader
}

fn apart(a: f64, b: f64) -> f64 {
    let turn = (a - b).rem_euclid(TAU);
    turn.min(TAU - turn)
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

#[test]
fn a_quarter_of_a_wavelength_is_half_a_turn() {
    let reader = exact();
    let frequency_hz = RfidRegion::Fcc.channel_hz(20).unwrap();
    let wavelength = C / frequency_hz;
    let attempt = |i: usize| Attempt { time_s: i as f64, antenna: 1, channel: 20, frequency_hz, tag: 0 };
    let attempts: Vec<Attempt> = (0..9).map(attempt).collect();
    let distances: Vec<f64> = (0..9).map(|i| 2.0 + f64::from(i) * wavelength / 4.0).collect();
    let channel: Vec<Complex64> = distances.iter().map(|d| free_space(frequency_hz, *d)).collect();
    let got = reader.receive(&names(1), &attempts, &channel, &RandomTree::new(1)).unwrap();
    assert_eq!(got.reads.problem(), None);
    assert_eq!(got.reads.reads.len(), 9);
    for (read, d) in got.reads.reads.iter().zip(&distances) {
        // It grows with 4πd/λ, and the strength follows the fourth power.
        assert!(apart(read.phase_rad, 4.0 * PI * d / wavelength) < 1e-9);
        // P |h|⁴ with 3 + 2 dBi there and back, 6 dB lost.
        let expected = 30.0 + 40.0 * (wavelength / (4.0 * PI * d)).log10() + 10.0 - 6.0;
        assert!((read.rssi_dbm - expected).abs() < 1e-9);
    }
    for pair in got.reads.reads.windows(2) {
        assert!((apart(pair[1].phase_rad, pair[0].phase_rad) - PI).abs() < 1e-9);
    }
    // In the reader's steps.
    let mut stepped = exact();
    (stepped.phase.steps, stepped.rssi_step_db) = (4096, 0.5);
    let got = stepped.receive(&names(1), &attempts, &channel, &RandomTree::new(1)).unwrap();
    let step = got.reads.info.phase_step_rad.unwrap();
    assert!((step - TAU / 4096.0).abs() < 1e-15);
    for (read, d) in got.reads.reads.iter().zip(&distances) {
        assert!((0.0..TAU).contains(&read.phase_rad));
        assert!((read.phase_rad / step - (read.phase_rad / step).round()).abs() < 1e-9);
        assert!(apart(read.phase_rad, 4.0 * PI * d / wavelength) <= 0.5 * step + 1e-9);
        assert_eq!(read.rssi_dbm % 0.5, 0.0);
    }
}

#[test]
fn reads_come_at_the_rates_of_readers() {
    let reader = RfidSpec::preset("rfid_impinj").unwrap();
    let tree = RandomTree::new(2);
    for (tags, low, high) in [(1, 150.0, 280.0), (4, 120.0, 270.0), (20, 130.0, 260.0), (100, 130.0, 250.0)] {
        let attempts = reader.schedule(tags, 30.0, &tree).unwrap();
        let rate = attempts.len() as f64 / 30.0;
        println!("{tags} tags: {rate:.0} reads a second");
        assert!((low..high).contains(&rate), "{tags} tags: {rate} a second");
        assert!(attempts.windows(2).all(|w| w[0].time_s < w[1].time_s));
        // Tags share alike: each within a tenth and five standard errors.
        let mut counts = vec![0.0; tags];
        attempts.iter().for_each(|a| counts[a.tag] += 1.0);
        let each = attempts.len() as f64 / tags as f64;
        assert!(counts.iter().all(|c: &f64| (c - each).abs() < 0.1 * each + 5.0 * each.sqrt()), "{counts:?}");
    }
    // Gaps are irregular, and the order of a round is drawn.
    let attempts = reader.schedule(4, 10.0, &tree).unwrap();
    let gaps: BTreeSet<u64> = attempts.windows(2).map(|w| ((w[1].time_s - w[0].time_s) * 1e6).round() as u64).collect();
    assert!(gaps.len() > 20, "{}", gaps.len());
    let firsts: BTreeSet<Vec<usize>> = attempts.chunks(4).map(|round| round.iter().map(|a| a.tag).collect()).collect();
    assert!(firsts.len() > 10, "{firsts:?}");
    // The same again, the first ones of a longer one, and nothing of nobody.
    let longer = reader.schedule(4, 12.0, &tree).unwrap();
    assert_eq!(attempts, longer[..attempts.len()]);
    assert_ne!(attempts, reader.schedule(4, 10.0, &RandomTree::new(3)).unwrap());
    assert!(reader.schedule(0, 5.0, &tree).unwrap().is_empty() && reader.schedule(3, 0.0, &tree).unwrap().is_empty());
    for (tags, seconds) in [(3, -1.0), (3, f64::NAN), (3, f64::INFINITY), (1_000_000, 1.0)] {
        assert!(reader.schedule(tags, seconds, &tree).is_err());
    }
}

#[test]
fn a_round_takes_what_the_standard_says() {
    // By hand for Tari 20 µs, 250 kHz, Miller 4 (all in µs): RTcal 60, TRcal 85.33; a slot's command 12.5 + 20 + 60 + 4 · 30 = 212.5, ACK 632.5,
    // T1 = RTcal = 60, T2 = 40, symbols of 16; RN16 (10 + 17) · 16 = 432, number (10 + 129) · 16 = 2224.
    let slots = RfidSpec::preset("rfid_impinj").unwrap().air.slots();
    let micro = |s: f64| (s * 1e7).round() / 10.0;
    assert_eq!(micro(slots.single_s), 212.5 + 60.0 + 432.0 + 40.0 + 632.5 + 60.0 + 2224.0 + 40.0);
    assert_eq!((micro(slots.empty_s), micro(slots.collision_s)), (312.5, 744.5));
    assert_eq!(micro(slots.query_s), micro((85.0 + 1.0 / 3.0 + 18.0 * 30.0) * 1e-6));
}

#[test]
fn channels_hop_and_antennas_take_turns() {
    let mut reader = RfidSpec::preset("rfid_impinj").unwrap();
    reader.antennas_m = vec![[0.0; 3], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]];
    reader.dwell_s = 0.5;
    let attempts = reader.schedule(5, 20.0, &RandomTree::new(4)).unwrap();
    let mut hops = Vec::new();
    for a in &attempts {
        assert_eq!(usize::from(a.antenna), 1 + (a.time_s / 0.5) as usize % 3);
        assert_eq!(Some(a.frequency_hz), RfidRegion::Fcc.channel_hz(a.channel));
        let hop = (a.time_s / 0.2) as usize;
        if hops.last() != Some(&(hop, a.channel)) {
            hops.push((hop, a.channel));
        }
    }
    // Hundred hops of 0.2 s, each channel once before any comes again.
    assert_eq!(hops.len(), 100);
    let once: BTreeSet<u16> = hops[..50].iter().map(|h| h.1).collect();
    assert_eq!(once.len(), 50);
    assert!(hops[..50].windows(2).any(|w| w[1].1 != w[0].1 + 1));
    for (region, first, last) in [
        (RfidRegion::Fcc, 902.75e6, 927.25e6),
        (RfidRegion::Etsi, 865.7e6, 867.5e6),
        (RfidRegion::China, 920.625e6, 924.375e6),
    ] {
        let hz = |c| region.channel_hz(c);
        assert!((hz(1).unwrap() - first).abs() < 1.0 && (hz(region.channels()).unwrap() - last).abs() < 1.0);
        assert_eq!((hz(0), hz(region.channels() + 1)), (None, None));
    }
    reader.channels = Some(vec![7]);
    assert!(reader.schedule(5, 2.0, &RandomTree::new(4)).unwrap().iter().all(|a| a.channel == 7));
}

#[test]
fn each_channel_antenna_and_tag_has_an_offset_that_stays() {
    let mut reader = exact();
    reader.phase.offsets = true;
    reader.antennas_m = vec![[0.0; 3]; 2];
    let tree = RandomTree::new(5);
    // Twelve passes over fifty channels, antennas changing with the hops.
    let attempts = reader.schedule(3, 120.0, &tree).unwrap();
    let channel: Vec<Complex64> = attempts
        .iter()
        .map(|a| free_space(a.frequency_hz, 1.5 + 0.4 * a.tag as f64 + 0.2 * f64::from(a.antenna)))
        .collect();
    let got = reader.receive(&names(3), &attempts, &channel, &tree).unwrap();
    let mut offsets: BTreeMap<(usize, u16, u16), Vec<f64>> = BTreeMap::new();
    for read in &got.reads.reads {
        let d = 1.5 + 0.4 * read.tag as f64 + 0.2 * f64::from(read.antenna);
        let geometry = 4.0 * PI * d * read.frequency_hz.unwrap() / C;
        let key = (read.tag, read.antenna, read.channel.unwrap());
        offsets.entry(key).or_default().push((read.phase_rad - geometry).rem_euclid(TAU));
    }
    assert!(offsets.len() > 3 * 2 * 50 * 98 / 100, "{}", offsets.len());
    for (key, found) in &offsets {
        assert!(found.iter().all(|o| apart(*o, found[0]) < 1e-9), "{key:?}");
    }
    // They are those of the truth, spread over the turn, and tags differ alike at every channel.
    for ((tag, antenna, channel), found) in &offsets {
        let own = got.truth.reader.iter().find(|p| (p.antenna, p.channel) == (*antenna, *channel)).unwrap();
        assert!(apart(found[0], got.truth.tag_phase_rad[*tag] + own.phase_rad) < 1e-9);
    }
    let sum: Complex64 = got.truth.reader.iter().map(|p| Complex64::from_polar(1.0, p.phase_rad)).sum();
    assert!(sum.norm() < 3.0 * 10.0, "{sum}");
}

#[test]
fn what_is_not_read_is_counted() {
    let reader = exact();
    let tree = RandomTree::new(6);
    let attempts = reader.schedule(3, 5.0, &tree).unwrap();
    // 30 + 3 + 2 dBm less −18 dBm: 53 dB of one way are the last at which a tag has power.
    let at = |db: f64| Complex64::from_polar(10f64.powf(-db / 20.0), 1.0);
    let channel: Vec<Complex64> = attempts.iter().map(|a| at([40.0, 52.9, 53.1][a.tag])).collect();
    let got = reader.receive(&names(3), &attempts, &channel, &tree).unwrap();
    let count = |tag: usize| attempts.iter().filter(|a| a.tag == tag).count();
    assert_eq!(got.truth.unpowered, [0, 0, count(2)]);
    assert_eq!(got.truth.unheard, [0, 0, 0]);
    assert_eq!(got.reads.reads.len(), count(0) + count(1));
    assert_eq!(got.truth.attempts.len(), got.reads.reads.len());
    assert!(got.truth.attempts.iter().zip(&got.reads.reads).all(|(i, r)| attempts[*i].time_s == r.time_s));
    // A deaf reader: 30 − 2 · 52.9 + 10 − 6 = −71.8 dBm come back.
    let mut deaf = reader.clone();
    deaf.receiver.sensitivity_dbm = -71.7;
    let got = deaf.receive(&names(3), &attempts, &channel, &tree).unwrap();
    assert_eq!((got.truth.unpowered[2], got.truth.unheard[1], got.truth.unheard[0]), (count(2), count(1), 0));
    deaf.receiver.sensitivity_dbm = -71.9;
    assert_eq!(deaf.receive(&names(3), &attempts, &channel, &tree).unwrap().truth.unheard, [0, 0, 0]);
    // No channel at all.
    let nothing = vec![Complex64::new(0.0, 0.0); attempts.len()];
    let got = reader.receive(&names(3), &attempts, &nothing, &tree).unwrap();
    assert!(got.reads.reads.is_empty() && got.truth.unpowered.iter().sum::<usize>() == attempts.len());
    // What does not fit is named.
    let said = |attempts: &[Attempt], channel: &[Complex64], count| {
        reader.receive(&names(count), attempts, channel, &tree).unwrap_err().to_string()
    };
    assert!(said(&attempts, &channel[1..], 3).contains("attempts"));
    assert!(said(&attempts, &channel, 2).contains("2 tags have names"));
    let mut bad = channel.clone();
    bad[3] = Complex64::new(f64::NAN, 0.0);
    assert!(said(&attempts, &bad, 3).contains("attempt 3"));
}

#[test]
fn phases_spread_by_the_signal_over_the_noise() {
    let mut reader = exact();
    let tree = RandomTree::new(7);
    let attempts = reader.schedule(1, 60.0, &tree).unwrap();
    let n = attempts.len() as f64;
    for (noise_dbm, spread) in [(-92.0, 0.0), (-82.0, 0.0), (-92.0, 0.1)] {
        (reader.receiver.noise_dbm, reader.phase.deviation_rad) = (Some(noise_dbm), spread);
        // −71 dBm come back with 52.5 dB one way.
        let h = Complex64::from_polar(10f64.powf(-52.5 / 20.0), 0.7);
        let got = reader.receive(&names(1), &attempts, &vec![h; attempts.len()], &tree).unwrap();
        let off: Vec<f64> = got.reads.reads.iter().map(|r| (r.phase_rad + 1.4 + PI).rem_euclid(TAU) - PI).collect();
        let ratio = 10f64.powf((-71.0 - noise_dbm) / 10.0);
        // √(1/(2 SNR)), whose next term is a share of 1/(4 SNR) of it.
        let expected = (0.5 / ratio + spread * spread).sqrt();
        let found = deviation(&off);
        let error = 5.0 / (2.0 * n).sqrt() + 0.5 / ratio;
        println!("SNR {ratio:.1}: {found:.5} rad, expected {expected:.5}");
        assert!((found / expected - 1.0).abs() < error, "{found} {expected} {error}");
        assert!((reader.phase_deviation_rad(1e-3 * 10f64.powf(-7.1)) / expected - 1.0).abs() < 1e-9);
    }
    // Half turns: a coin each.
    (reader.receiver.noise_dbm, reader.phase.deviation_rad, reader.phase.half_turn) = (None, 0.0, true);
    let h = Complex64::from_polar(0.01, 0.0);
    let got = reader.receive(&names(1), &attempts, &vec![h; attempts.len()], &tree).unwrap();
    assert!(got.reads.info.half_turn);
    let halves = got.reads.reads.iter().filter(|r| apart(r.phase_rad, PI) < 1e-9).count() as f64;
    assert!(got.reads.reads.iter().all(|r| apart(2.0 * r.phase_rad, 0.0) < 1e-9));
    assert!((halves - n / 2.0).abs() < 5.0 * (n / 4.0).sqrt(), "{halves} of {n}");
    assert!(got.reads.unwrapped(1.0).iter().all(|p| apart(2.0 * p, 0.0) < 1e-9));
}

#[test]
fn doppler_is_twice_the_speed_over_the_wavelength() {
    let mut reader = exact();
    reader.doppler = Some(serde_json::from_value(serde_json::json!({"between_s": 2e-3})).unwrap());
    let tree = RandomTree::new(8);
    let attempts = reader.schedule(2, 4.0, &tree).unwrap();
    let channel: Vec<Complex64> = attempts.iter().map(|a| free_space(a.frequency_hz, 2.0 + 0.6 * a.time_s)).collect();
    let got = reader.receive(&names(2), &attempts, &channel, &tree).unwrap();
    let mut told = 0;
    for read in &got.reads.reads {
        let Some(hz) = read.doppler_hz else { continue };
        let expected = 2.0 * 0.6 * read.frequency_hz.unwrap() / C;
        assert!((hz - expected).abs() <= 1.0 / 32.0 + 1e-6 && hz % 0.0625 == 0.0, "{hz} {expected}");
        told += 1;
    }
    assert!(told * 10 > 9 * got.reads.reads.len(), "{told}");
    assert!(
        exact()
            .receive(&names(2), &attempts, &channel, &tree)
            .unwrap()
            .reads
            .reads
            .iter()
            .all(|r| r.doppler_hz.is_none())
    );
}
