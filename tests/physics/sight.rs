//! Ray casting against every triangle one by one, and hidden point removal against ray casting.

use crate::people::posed;
use kinecho::base::Vec3;
use kinecho::geometry::{Mesh, primitives};
use kinecho::sensor::RadarPose;
use kinecho::sim::{Job, SimSettings, Simulator, Visibility};
use kinecho::visibility::{Blockers, FaceGeometry, Facing, HiddenPoint, RayCaster, VisibilityError, visible_faces};
use proptest::prelude::*;

fn geometry(mesh: &Mesh) -> FaceGeometry {
    let mut geometry = FaceGeometry::default();
    geometry.set(&mesh.vertices, &mesh.faces).unwrap();
    geometry
}

fn by_rays(caster: &mut RayCaster, mesh: &Mesh, view: Vec3) -> Vec<bool> {
    let (geometry, mut visible) = (geometry(mesh), Vec::new());
    let arrays = (geometry.centres.as_slice(), geometry.normals.as_slice());
    let facing = Facing { cull_backfaces: true, fronts_hide_all: false };
    caster.find((&mesh.vertices, &mesh.faces), arrays, view, facing, &mut visible).unwrap();
    visible
}

/// Whether the segment crosses the triangle: by the signs of five volumes.
fn crosses(from: Vec3, to: Vec3, [a, b, c]: [Vec3; 3]) -> bool {
    let volume = |p: Vec3, q: Vec3, r: Vec3, s: Vec3| (q - p).cross(&(r - p)).dot(&(s - p));
    let (one, other) = (volume(a, b, c, from), volume(a, b, c, to));
    let round = [volume(from, to, a, b), volume(from, to, b, c), volume(from, to, c, a)];
    one * other < 0.0 && (round.iter().all(|v| *v > 0.0) || round.iter().all(|v| *v < 0.0))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_finds_what_every_triangle_one_by_one_finds(
        points in prop::collection::vec(prop::array::uniform3(-2.0..2.0f64), 30..90),
        ends in prop::collection::vec(prop::array::uniform6(-3.0..3.0f64), 30),
        shift in prop::array::uniform3(-1.0..1.0f64),
    ) {
        let mut vertices: Vec<Vec3> = points.iter().map(|p| Vec3::from(*p)).collect();
        let faces: Vec<[u32; 3]> = (0..vertices.len() as u32 / 3).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
        let (mut kept, mut hits) = (Blockers::new(), 0);
        kept.set(&vertices, &faces, 3.0).unwrap();
        // The second time round the tree is refitted to triangles that have all moved differently.
        for round in 0..2 {
            for end in &ends {
                let (from, to) = (Vec3::new(end[0], end[1], end[2]), Vec3::new(end[3], end[4], end[5]));
                let want = faces.iter().any(|f| crosses(from, to, f.map(|v| vertices[v as usize])));
                hits += usize::from(want);
                prop_assert_eq!(kept.blocked(from, to, None), want, "round {}, {:?} to {:?}", round, from, to);
            }
            let moved = |(i, v): (usize, &Vec3)| Vec3::new(v.z, v.x, v.y) + Vec3::from(shift) * (i % 5) as f64;
            vertices = vertices.iter().enumerate().map(moved).collect();
            kept.set(&vertices, &faces, 3.0).unwrap();
        }
        prop_assert!(hits > 0);
    }
}

#[test]
fn rays_along_boxes_and_through_edges_are_defined() {
    let mut blockers = Blockers::new();
    assert!(!blockers.blocked(Vec3::zeros(), Vec3::y() * 9.0, None), "nothing is in the way of nothing");
    let plate = primitives::plate(1.0, 1.0, 1).translated(Vec3::y() * 2.0);
    blockers.set(&plate.vertices, &plate.faces, 1.0).unwrap();
    // Parallel to two axes, through the diagonal that both triangles share, and 1 km beyond the boxes' reach.
    assert!(blockers.blocked(Vec3::zeros(), Vec3::y() * 9.0, None));
    assert!(blockers.blocked(Vec3::zeros(), Vec3::y() * 1000.0, None));
    assert!(!blockers.blocked(Vec3::zeros(), Vec3::y() * 2.0, None), "a plate does not hide its own points");
    assert!(!blockers.blocked(Vec3::x() * 0.6, Vec3::new(0.6, 9.0, 0.0), None));
    assert!(!blockers.blocked(Vec3::zeros(), Vec3::new(f64::NAN, 9.0, 0.0), None));
    let error = blockers.set(&[Vec3::new(0.0, f64::NAN, 0.0)], &[], 1.0).unwrap_err();
    assert!(matches!(error, VisibilityError::NotFinite { index: 0, .. }), "{error}");
    let error = blockers.set(&[Vec3::zeros()], &[[0, 0, 3]], 1.0).unwrap_err();
    assert!(matches!(error, VisibilityError::VertexIndex { vertex: 3, .. }), "{error}");
}

/// Of the faces truly seen: how many are missed, and how many hidden ones are added; and both as a share of the area across the
/// line of sight, which is what reflects.
#[derive(Clone, Copy, Default)]
struct Rates {
    seen: usize,
    missed: usize,
    added: usize,
    missed_area: f64,
    added_area: f64,
    area: f64,
}

#[test]
fn the_default_radius_is_where_hidden_point_removal_errs_least() {
    let poses = [
        ("stand_still", 1.0, 2.0, 0.0),
        ("walk_forward_backward", 1.3, 4.0, 0.0),
        ("squat", 1.2, 3.0, 0.7),
        ("jumping_jack", 0.9, 2.5, 0.2),
        ("side_kick", 1.0, 3.0, -0.6),
        ("bow", 1.1, 5.0, 1.5),
    ];
    let eye = Vec3::new(0.0, 0.0, 1.2);
    let factors = [30.0, 100.0, 200.0, 300.0, 500.0, 1000.0, 3000.0];
    // Back faces in the search as well, and left out of it.
    let mut both = [[Rates::default(); 7]; 2];
    let mut caster = RayCaster::new();
    for (slug, time_s, range_m, facing_rad) in poses {
        let mesh = posed(slug, time_s, Vec3::new(0.0, range_m, 0.0), facing_rad);
        let truth = by_rays(&mut caster, &mesh, eye);
        assert_eq!(
            truth,
            by_rays(&mut RayCaster::new(), &mesh, eye),
            "{slug}: a refitted tree sees what a new one sees"
        );
        let geometry = geometry(&mesh);
        let cases = (0..2).flat_map(|first| factors.iter().enumerate().map(move |(i, factor)| (first, i, *factor)));
        for (first, i, radius_factor) in cases {
            let rate = &mut both[first][i];
            let settings = HiddenPoint { radius_factor, cull_first: first == 1, ..HiddenPoint::default() };
            let got = visible_faces(&geometry.centres, &geometry.normals, eye, &settings);
            for i in 0..got.len() {
                let sight = (eye - geometry.centres[i]).normalize();
                let area = geometry.areas[i] * geometry.normals[i].dot(&sight);
                match (truth[i], got[i]) {
                    (true, true) => {}
                    (true, false) => (rate.missed, rate.missed_area) = (rate.missed + 1, rate.missed_area + area),
                    (false, true) => (rate.added, rate.added_area) = (rate.added + 1, rate.added_area + area),
                    (false, false) => continue,
                }
                if truth[i] {
                    (rate.seen, rate.area) = (rate.seen + 1, rate.area + area);
                }
            }
        }
    }
    let wrong = |r: &Rates| (r.missed_area + r.added_area) / r.area;
    for (i, rate) in both.iter().flatten().enumerate() {
        let factor = factors[i % factors.len()];
        let back = if i < factors.len() { "back faces searched too" } else { "back faces left out" };
        let percent = |count: usize| 100.0 * count as f64 / rate.seen as f64;
        println!(
            "{back}, radius factor {factor:6}: of {} facets seen {:.1} % missed, {:.1} % added; by area across the line of sight \
             {:.2} % missed, {:.2} % added",
            rate.seen,
            percent(rate.missed),
            percent(rate.added),
            100.0 * rate.missed_area / rate.area,
            100.0 * rate.added_area / rate.area
        );
    }
    let default = factors.iter().position(|f| *f == HiddenPoint::default().radius_factor).unwrap();
    for rates in &both {
        assert!(rates.is_sorted_by(|a, b| a.missed >= b.missed && a.added <= b.added), "larger radii see more");
        let least = rates.iter().map(wrong).fold(f64::INFINITY, f64::min);
        assert!(wrong(&rates[default]) < 1.25 * least, "{} at the default, {least} at best", wrong(&rates[default]));
    }
}

#[test]
fn a_board_of_twelve_faces_hides_a_body_as_rays_have_it() {
    let body = posed("stand_still", 1.0, Vec3::new(0.0, 3.0, 0.0), 0.0);
    // Hides all of the body, its right half, everything below the hip, nothing.
    for (name, edges, centre) in [
        ("before all of it", Vec3::new(2.0, 0.1, 2.5), Vec3::new(0.0, 1.5, 1.2)),
        ("before a half", Vec3::new(2.0, 0.1, 2.5), Vec3::new(1.0, 1.5, 1.2)),
        ("before the legs", Vec3::new(2.0, 0.1, 1.0), Vec3::new(0.0, 1.5, 0.5)),
        ("behind", Vec3::new(2.0, 0.1, 2.5), Vec3::new(0.0, 4.0, 1.2)),
    ] {
        let board = primitives::cuboid(edges).translated(centre);
        let (body, board) = (crate::scenes::still(body.clone()), crate::scenes::still(board));
        let meshes: [&dyn kinecho::geometry::MovingMesh; 2] = [&body, &board];
        let seen = |visibility: Visibility| {
            let settings = SimSettings { visibility, ..SimSettings::default() };
            let radar = crate::scenes::single(1, 16);
            let pose = RadarPose::at(Vec3::new(0.0, 0.0, 1.2));
            let job = Job { meshes: &meshes, n_frames: 1, ..Job::default() };
            let mask = Simulator::new(radar, pose, settings).unwrap().masks(&job).unwrap();
            mask.iter().take(body.mesh.faces.len()).filter(|seen| **seen).count()
        };
        let (points, rays) = (seen(Visibility::HiddenPoint), seen(Visibility::Raycast));
        println!("a board {name}: {points} facets of the body seen by hidden point removal, {rays} by rays");
        // Of a body alone it misses a tenth of the facets (3 % of the area), in folds.
        assert!(points.abs_diff(rays) <= rays * 3 / 20, "{name}: {points} and {rays}");
        assert_eq!(rays == 0, name == "before all of it");
    }
}

#[test]
fn the_back_of_an_open_sheet_hides() {
    let eye = Vec3::zeros();
    let sphere = primitives::icosphere(0.2, 3).translated(Vec3::new(0.0, 3.0, 0.0));
    // Fine enough that its centres hide by the hull, with its front to the sphere and its back to the radar.
    let mut sheet = primitives::plate(1.2, 1.2, 48).translated(Vec3::new(0.0, 1.5, 0.0));
    sheet.faces.iter_mut().for_each(|face| face.swap(0, 1));
    let settings = SimSettings { visibility: Visibility::HiddenPoint, ..SimSettings::default() };
    let seen = |meshes: &[&dyn kinecho::geometry::MovingMesh]| {
        let simulator = Simulator::new(crate::scenes::single(1, 16), RadarPose::at(eye), settings).unwrap();
        let mask = simulator.masks(&Job { meshes, n_frames: 1, ..Job::default() }).unwrap();
        mask.iter().take(sphere.faces.len()).filter(|seen| **seen).count()
    };
    let (alone, behind) = (seen(&[&sphere]), seen(&[&sphere, &sheet]));
    println!("{alone} facets of a sphere seen, {behind} behind the back of a sheet");
    assert!(alone > 200 && behind * 20 < alone, "{alone} alone, {behind} behind a sheet");
}

#[test]
fn surfaces_that_face_inwards_and_shells_about_the_radar_hide_by_their_backs() {
    let sphere = primitives::icosphere(0.2, 3).translated(Vec3::new(0.0, 3.0, 0.0));
    let mut inside_out = primitives::icosphere(0.5, 4).translated(Vec3::new(0.0, 1.5, 0.0));
    inside_out.faces.iter_mut().for_each(|face| face.swap(0, 1));
    let shell = primitives::icosphere(0.8, 5);
    let seen = |other: &Mesh| {
        let settings = SimSettings { visibility: Visibility::HiddenPoint, ..SimSettings::default() };
        let simulator =
            Simulator::new(crate::scenes::single(1, 16), RadarPose::at(Vec3::new(0.0, 0.0, 0.01)), settings).unwrap();
        let meshes: [&dyn kinecho::geometry::MovingMesh; 2] = [&sphere, other];
        let mask = simulator.masks(&Job { meshes: &meshes, n_frames: 1, ..Job::default() }).unwrap();
        mask.iter().take(sphere.faces.len()).filter(|seen| **seen).count()
    };
    let (behind, around) = (seen(&inside_out), seen(&shell));
    println!("{behind} facets seen behind a sphere that faces inwards, {around} from within a shell");
    assert!(behind < 30 && around < 60, "{behind} and {around} of {}", sphere.faces.len());
}
