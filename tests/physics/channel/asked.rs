//! What is asked, and what cannot be.

use super::*;

#[test]
fn what_is_next_to_one_tag_reflects_for_all_others() {
    // Somebody before a tag on a wall, with and without tags that they wear.
    let mut mesh = primitives::icosphere(1.0, 4);
    mesh.vertices.iter_mut().for_each(|v| *v = at(0.2 * v.x, 0.13 * v.y, 0.8 * v.z) + at(0.1, 2.0, 1.0));
    let body = Moving::new(mesh, Vec3::zeros(), Vec3::zeros());
    let meshes: [&dyn MovingMesh; 1] = [&body];
    let around = Surroundings { meshes: &meshes, ..Surroundings::default() };
    let worn = |face: usize| Antenna {
        place: Place::Carried { mesh: 0, face, height_m: 0.01 },
        ..Antenna::isotropic(Vec3::zeros())
    };
    let hung = |worn_tags: usize| {
        let tx = std::iter::once(Antenna::isotropic(at(0.0, 4.0, 1.0))).chain((0..worn_tags).map(|i| worn(97 * i)));
        let link =
            ChannelLink { tx: tx.collect(), rx: vec![Antenna::isotropic(at(0.0, 0.0, 1.2))], tones_hz: vec![915e6] };
        let query = Query { time_s: 0.2, tone: 0, tx: 0, rx: 0 };
        channel_at(&around, &link, &[query], &ChannelSettings::default()).unwrap().0[0]
    };
    let (alone, among) = (hung(0), hung(40));
    assert!((alone - among).norm() < 1e-4 * alone.norm(), "{alone} {among}");
}

#[test]
fn what_one_antenna_hears_of_a_thing_does_not_depend_on_the_others() {
    // A cupboard beside tags that are metres apart: each alone, and all together.
    let cupboard = primitives::cuboid(at(0.8, 0.5, 1.8)).translated(at(0.9, 2.0, 0.9));
    let meshes: [&dyn MovingMesh; 1] = [&cupboard];
    let around = Surroundings { meshes: &meshes, still: &[true], ..Surroundings::default() };
    let rx = vec![Antenna::isotropic(at(0.2, 0.0, 1.2))];
    let tags: Vec<Antenna> =
        [-2.0, -0.5, 0.8, 1.4, 3.0].into_iter().map(|x| Antenna::isotropic(at(x, 4.0, 0.7))).collect();
    let heard = |around: &Surroundings, tx: &[Antenna]| {
        run(around, &ChannelLink { tx: tx.to_vec(), rx: rx.clone(), tones_hz: vec![915e6] }, &[0.0]).data
    };
    let (all, free) = (heard(&around, &tags), heard(&Surroundings::default(), &tags));
    for (i, tag) in tags.iter().enumerate() {
        let (alone, among) = (wide(heard(&around, &[*tag])[[0, 0, 0, 0]]), wide(all[[0, 0, 0, i]]));
        // Triangles are cut finer where an antenna is near: sums differ as those of two cuts do.
        assert!((alone - among).norm() < 2e-3 * alone.norm(), "{i}: {alone} {among}");
        let change = (alone - wide(free[[0, 0, 0, i]])).norm() / alone.norm();
        assert!(i != 2 || change > 0.3, "the cupboard is in the way of tag 2: {change}");
    }
}

#[test]
fn what_is_asked_one_by_one_is_what_is_given_at_once() {
    let ball = Moving::new(primitives::icosphere(0.2, 3), at(0.5, 2.0, 0.0), at(0.3, 1.5, 0.1));
    let box_ = Moving::new(primitives::cuboid(at(0.5, 0.4, 0.3)), at(-1.0, 2.5, 0.0), Vec3::zeros());
    let meshes: [&dyn MovingMesh; 2] = [&ball, &box_];
    let around = Surroundings { meshes: &meshes, still: &[false, true], ..Surroundings::default() };
    let apart = |x: f64| Antenna::dipole(at(x, 0.0, 0.1));
    // Antennas that stand together, and one that stands apart.
    let link = ChannelLink {
        tx: vec![apart(-1.0)],
        rx: vec![apart(1.0), apart(1.05), apart(2.5)],
        tones_hz: vec![HZ - 1e7, HZ, HZ + 1e7],
    };
    let times: Vec<f64> = (0..30).map(|i| 0.7 - 0.011 * f64::from(i)).collect();
    let all = run(&around, &link, &times);
    let every = |i: usize| (0..9).map(move |k| (i, k % 3, k / 3));
    let asked = |which: Vec<(usize, usize, usize)>, tolerance: f64| {
        let query = |&(i, tone, rx): &(usize, usize, usize)| Query { time_s: times[i], tone, tx: 0, rx };
        let queries: Vec<Query> = which.iter().map(query).collect();
        let (one_by_one, _) = channel_at(&around, &link, &queries, &ChannelSettings::default()).unwrap();
        for ((i, tone, rx), got) in which.into_iter().zip(one_by_one) {
            let want = wide(all.data[[i, tone, rx, 0]]);
            assert!((got - want).norm() < tolerance * want.norm(), "{i}, {tone}, {rx}: {got} {want}");
        }
    };
    // Many are taken from the sums on a clock, as all at once are; few are looked up at their times, without resampling and faint pieces.
    asked((0..times.len()).flat_map(every).collect(), 1e-5);
    asked((0..times.len()).map(|i| (i, i % 3, i / 3 % 3)).collect(), 3e-4);
    // The same bytes whatever the threads.
    let pool = |n: usize| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let (a, b) = (pool(1).install(|| run(&around, &link, &times)), pool(3).install(|| run(&around, &link, &times)));
    assert_eq!(a, b);
}

#[test]
fn what_cannot_be_is_named() {
    let concrete = [Some(Material::Concrete); 2];
    let walls = shell(at(-2.0, -1.0, 0.0), at(2.0, 4.0, 2.5), &Sides { x: concrete, y: concrete, z: concrete });
    let room = Room { walls, order: 1, polarisation: Polarisation::Vertical };
    let around = Surroundings { room: Some(&room), ..Surroundings::default() };
    let good = one(Antenna::dipole(at(0.0, 0.0, 1.0)), Antenna::dipole(at(1.0, 3.0, 1.0)));
    let error = |link: &ChannelLink, times: &[f64]| {
        channel(&around, link, times, &ChannelSettings::default()).unwrap_err().to_string()
    };
    let behind = ChannelLink { rx: vec![Antenna::dipole(at(1.0, 4.3, 1.0))], ..good.clone() };
    assert!(
        error(&behind, &[0.0]).contains("rx antenna 0 at (1.000, 4.300, 1.000) m is 0.300 m behind wall 5"),
        "{}",
        error(&behind, &[0.0])
    );
    assert!(error(&good, &[0.0, f64::NAN]).contains("packet 1"));
    assert!(error(&ChannelLink { tones_hz: vec![5e9, 5e9], ..good.clone() }, &[0.0]).contains("rising"));
    assert!(error(&ChannelLink { tx: Vec::new(), ..good.clone() }, &[0.0]).contains("no tx antenna"));
    let worn = Antenna { place: Place::Carried { mesh: 3, face: 0, height_m: 0.0 }, ..Antenna::dipole(Vec3::zeros()) };
    assert!(error(&ChannelLink { tx: vec![worn], ..good.clone() }, &[0.0]).contains("mesh 3, of which there are 0"));
    let same = ChannelLink { rx: good.tx.clone(), ..good.clone() };
    assert!(error(&same, &[0.0]).contains("rx antenna 0 is at the place of tx antenna 0"), "{}", error(&same, &[0.0]));
    let cupboard = primitives::cuboid(at(0.6, 0.6, 1.2)).translated(at(1.0, 3.0, 1.0));
    let meshes: [&dyn MovingMesh; 1] = [&cupboard];
    let furnished = Surroundings { meshes: &meshes, still: &[true], ..around };
    let found = channel(&furnished, &good, &[0.0], &ChannelSettings::default()).unwrap_err().to_string();
    assert!(found.contains("rx antenna 0 is within mesh 0"), "{found}");
    // The same where it moves.
    let moving = Surroundings { still: &[], ..furnished };
    let found = channel(&moving, &good, &[0.0], &ChannelSettings::default()).unwrap_err().to_string();
    assert!(found.contains("rx antenna 0 is within mesh 0, which moves, at the first moment (0 s)"), "{found}");
    let many: Vec<f64> = vec![0.0; 1_000_000];
    let wide = ChannelLink { tones_hz: (0..2000).map(|i| 5e9 + 1e4 * f64::from(i)).collect(), ..good.clone() };
    assert!(error(&wide, &many).contains("more than"), "{}", error(&wide, &many));
    let settings = ChannelSettings { tile_wavelengths: 0.0, ..ChannelSettings::default() };
    let found = channel(&around, &good, &[0.0], &settings).unwrap_err();
    assert!(matches!(&found, ChannelError::Settings { problems } if problems[0].key == "tile_wavelengths"), "{found}");
    assert!(channel(&around, &good, &[], &ChannelSettings::default()).unwrap().data.is_empty());
}
