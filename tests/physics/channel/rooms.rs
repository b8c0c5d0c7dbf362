//! Line of sight and walls, held against closed forms, NumPy and Sionna RT.

use super::*;

#[test]
fn friis() {
    let (a, b) = (at(0.0, 0.0, 1.0), at(3.0, 4.0, 1.0));
    let tones: Vec<f64> = (-28..28).map(|k| HZ + 312_500.0 * f64::from(k)).collect();
    let link = ChannelLink { tones_hz: tones.clone(), ..one(Antenna::isotropic(a), Antenna::isotropic(b)) };
    let got = run(&Surroundings::default(), &link, &[0.0, 1.0]);
    for (n, hz) in tones.iter().enumerate() {
        let want = wave(SPEED_OF_LIGHT / hz / (4.0 * PI * 5.0), 5.0, *hz);
        assert!((wide(got.data[[1, n, 0, 0]]) - want).norm() < 1e-6 * want.norm());
    }
    // Dipoles beside each other gain twice 2.15 dB.
    let dipoles = first(&run(&Surroundings::default(), &one(Antenna::dipole(a), Antenna::dipole(b)), &[0.0]));
    let isotropic = first(&run(&Surroundings::default(), &one(Antenna::isotropic(a), Antenna::isotropic(b)), &[0.0]));
    let gain = db(dipoles.norm() / isotropic.norm());
    assert!((gain - 2.0 * 2.156).abs() < 0.01, "{gain}");
}

#[test]
fn two_ray_ground() {
    let sides = Sides { z: [Some(Material::Concrete), None], ..Sides::default() };
    let room = Room {
        walls: shell(at(-50.0, -50.0, 0.0), at(50.0, 50.0, 9.0), &sides),
        order: 1,
        polarisation: Polarisation::Vertical,
    };
    let eta = Material::Concrete.permittivity(HZ).unwrap();
    for distance in [1.0, 3.0, 7.0, 20.0] {
        let (h1, h2) = (1.4, 1.1);
        let got = first(&run(
            &Surroundings { room: Some(&room), ..Surroundings::default() },
            &one(Antenna::isotropic(at(0.0, 0.0, h1)), Antenna::isotropic(at(0.0, distance, h2))),
            &[0.0],
        ));
        let direct = f64::hypot(distance, h1 - h2);
        let over = f64::hypot(distance, h1 + h2);
        // Vertical polarisation over the ground (e.g. Rappaport 2002, eq. 4.24): (−η sin ψ + √(η − cos²ψ)) / (η sin ψ + √(η − cos²ψ)), which counts the
        // field so that it is −1 at grazing; for vertical components at both ends the sign is the other.
        let (sin, cos) = ((h1 + h2) / over, distance / over);
        let root = (eta - cos * cos).sqrt();
        let gamma = (eta * sin - root) / (eta * sin + root);
        let friis = |d: f64| wave(wavelength() / (4.0 * PI * d), d, HZ);
        let want = friis(direct) + friis(over) * gamma;
        assert!((got - want).norm() < 1e-5 * want.norm(), "{distance}: {got} {want}");
    }
}

#[test]
fn a_box_room_is_the_sum_over_its_images_in_numpy() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../golden/channel_room/values.json")).unwrap();
    let vector = |v: &serde_json::Value| -> Vec<f64> { serde_json::from_value(v.clone()).unwrap() };
    let corner = |key: &str| Vec3::from_column_slice(&vector(&golden["room"][key]));
    let sides = Sides {
        x: [Some(Material::Plasterboard); 2],
        y: [Some(Material::Concrete); 2],
        z: [Some(Material::Concrete), Some(Material::CeilingBoard)],
    };
    let mut worst = 0.0_f64;
    for case in golden["cases"].as_array().unwrap() {
        let polarisation = serde_json::from_value(case["polarisation"].clone()).unwrap();
        let order = case["order"].as_u64().unwrap() as usize;
        let room = Room { walls: shell(corner("low_m"), corner("high_m"), &sides), order, polarisation };
        let end = |key: &str| Antenna::isotropic(Vec3::from_column_slice(&vector(&case[key])));
        let link = ChannelLink { tx: vec![end("tx_m")], rx: vec![end("rx_m")], tones_hz: vector(&case["tones_hz"]) };
        let got = run(&Surroundings { room: Some(&room), ..Surroundings::default() }, &link, &[0.0]);
        let ways = if order == 1 { 7 } else { 25 };
        assert_eq!(got.report.paths.len(), ways, "each image is one way");
        for (n, (re, im)) in vector(&case["re"]).iter().zip(vector(&case["im"])).enumerate() {
            let want = Complex64::new(*re, im);
            worst = worst.max((wide(got.data[[0, n, 0, 0]]) - want).norm() / want.norm());
        }
    }
    println!("box room against image sources in NumPy: {worst:.1e}");
    assert!(worst < 1e-5);
}

#[test]
fn a_box_room_is_that_of_sionna_rt_way_by_way() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../golden/channel_room/sionna_rt.json")).unwrap();
    let vector =
        |v: &serde_json::Value| Vec3::from_column_slice(&serde_json::from_value::<Vec<f64>>(v.clone()).unwrap());
    let sides = Sides {
        x: [Some(Material::Plasterboard); 2],
        y: [Some(Material::Concrete); 2],
        z: [Some(Material::Concrete), Some(Material::CeilingBoard)],
    };
    let walls = shell(at(-2.8, -0.8, 0.0), at(2.8, 5.5, 2.7), &sides);
    let room = Room { walls, order: 2, polarisation: Polarisation::Vertical };
    for case in golden["cases"].as_array().unwrap() {
        let hz = case["frequency_hz"].as_f64().unwrap();
        let ways: Vec<(f64, Complex64)> = (case["ways"].as_array().unwrap().iter())
            .map(|w| {
                (w["delay_s"].as_f64().unwrap(), Complex64::new(w["re"].as_f64().unwrap(), w["im"].as_f64().unwrap()))
            })
            .collect();
        let end = |key: &str| Antenna::isotropic(vector(&case[key]));
        // Over 40 MHz, so that delays count as well.
        let tones_hz: Vec<f64> = (-2..=2).map(|k| hz + 1e7 * f64::from(k)).collect();
        let link = ChannelLink { tx: vec![end("tx_m")], rx: vec![end("rx_m")], tones_hz: tones_hz.clone() };
        let got = run(&Surroundings { room: Some(&room), ..Surroundings::default() }, &link, &[0.0]);
        assert_eq!(got.report.paths.len(), ways.len());
        let level = |z: Complex64| db(z.norm());
        let mut theirs: Vec<(f64, f64)> = ways.iter().map(|(t, z)| ((t * 1e13).round(), level(*z))).collect();
        let mut ours: Vec<(f64, f64)> =
            got.report.paths.iter().map(|p| ((p.delay_s * 1e13).round(), p.gain_db)).collect();
        // Several ways of one length differ in level.
        [&mut theirs, &mut ours].into_iter().for_each(|l| l.sort_by(|a, b| a.1.total_cmp(&b.1)));
        let worst = theirs.iter().zip(&ours).map(|(a, b)| (a.1 - b.1).abs()).fold(0.0, f64::max);
        let worst_tone = (tones_hz.iter().enumerate())
            .map(|(n, f)| {
                let want: Complex64 =
                    ways.iter().map(|(t, z)| z * Complex64::from_polar(1.0, -TAU * (f - hz) * t) * (hz / f)).sum();
                let got = wide(got.data[[0, n, 0, 0]]) / want;
                db(got.norm()).abs().max(got.arg().to_degrees().abs())
            })
            .fold(0.0, f64::max);
        println!("{} ways: {worst:.3} dB a way at most; the sum {worst_tone:.3} dB or degrees", ways.len());
        // Single precision there, next to a Brewster angle.
        assert!(worst < 0.15 && worst_tone < 0.1);
    }
}
