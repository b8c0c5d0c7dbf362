//! Facets and hidden point removal: laws first, then the golden masks.

use kinecho::base::Vec3;
use kinecho::visibility::{FaceGeometry, HiddenPoint, HiddenPointRemover, VisibilityError, visible_faces};
use ndarray::{Array2, Array3};
use ndarray_npy::NpzReader;

// ---- facets ---------------------------------------------------------------------------------------------------------

/// A ball of triangles around `centre`: rings of latitude, counter-clockwise seen from outside.
fn ball(centre: Vec3, radius: f64, rings: u32) -> (Vec<Vec3>, Vec<[u32; 3]>) {
    let segments = 2 * rings;
    let mut vertices = Vec::new();
    for ring in 0..=rings {
        let polar = std::f64::consts::PI * f64::from(ring) / f64::from(rings);
        for i in 0..segments {
            let around = std::f64::consts::TAU * (f64::from(i) + 0.5 * f64::from(ring)) / f64::from(segments);
            let p = Vec3::new(polar.sin() * around.cos(), polar.sin() * around.sin(), polar.cos());
            vertices.push(centre + radius * p);
        }
    }
    let at = |ring: u32, i: u32| ring * segments + i % segments;
    let mut faces = Vec::new();
    for ring in 0..rings {
        for i in 0..segments {
            if ring + 1 < rings {
                faces.push([at(ring + 1, i), at(ring + 1, i + 1), at(ring, i + 1)]);
            }
            if ring > 0 {
                faces.push([at(ring, i), at(ring + 1, i), at(ring, i + 1)]);
            }
        }
    }
    (vertices, faces)
}

#[test]
fn facets_of_a_ball_point_outwards_and_add_up() {
    let (vertices, faces) = ball(Vec3::new(1.0, 2.0, 3.0), 0.5, 40);
    let mut geometry = FaceGeometry::default();
    geometry.set(&vertices, &faces).unwrap();
    assert_eq!(geometry.degenerate, 0);
    for (centre, normal) in geometry.centres.iter().zip(&geometry.normals) {
        assert!((normal.norm() - 1.0).abs() < 1e-12);
        assert!(normal.dot(&(centre - Vec3::new(1.0, 2.0, 3.0))) > 0.0);
    }
    // A closed surface has no net area vector.
    let net: Vec3 = geometry.normals.iter().zip(&geometry.areas).map(|(n, a)| *n * *a).sum();
    assert!(net.norm() < 1e-12, "{net}");
    // 4πr² but for the flatness of facets 4.5° wide.
    let area: f64 = geometry.areas.iter().sum();
    assert!((area / std::f64::consts::PI - 1.0).abs() < 5e-3, "{area}");
}

#[test]
fn triangles_without_area_are_counted_and_wrong_ones_refused() {
    let vertices = [Vec3::zeros(), Vec3::x(), Vec3::y(), 2.0 * Vec3::x()];
    let mut geometry = FaceGeometry::default();
    geometry.set(&vertices, &[[0, 1, 2], [0, 1, 3], [1, 1, 1]]).unwrap();
    assert_eq!(geometry.degenerate, 2);
    assert_eq!(geometry.areas, [0.5, 0.0, 0.0]);
    assert_eq!(geometry.normals, [Vec3::z(), Vec3::zeros(), Vec3::zeros()]);
    assert_eq!(
        geometry.set(&vertices, &[[0, 1, 9]]),
        Err(VisibilityError::VertexIndex { face: 0, vertex: 9, vertices: 4 })
    );
    let broken = [Vec3::zeros(), Vec3::new(f64::NAN, 0.0, 0.0)];
    assert_eq!(geometry.set(&broken, &[]), Err(VisibilityError::NotFinite { array: "vertices", index: 1 }));
}

// ---- hidden points --------------------------------------------------------------------------------------------------

#[test]
fn a_ball_shows_its_front() {
    let (vertices, faces) = ball(Vec3::new(0.0, 2.0, 0.0), 0.4, 30);
    let mut geometry = FaceGeometry::default();
    geometry.set(&vertices, &faces).unwrap();
    for cull_first in [false, true] {
        let settings = HiddenPoint { radius_factor: 300.0, cull_backfaces: true, cull_first };
        let visible = visible_faces(&geometry.centres, &geometry.normals, Vec3::zeros(), &settings);
        let mut seen = 0;
        for (i, &shown) in visible.iter().enumerate() {
            let towards = -geometry.centres[i].normalize();
            let cosine = geometry.normals[i].dot(&towards);
            // Facets are 6° wide: all that is decided beyond the rim of one facet's width must be right.
            if cosine > 0.1 {
                assert!(shown, "face {i} with cosine {cosine} is in plain view");
            }
            assert!(!shown || cosine > 0.0, "face {i} turns its back");
            seen += usize::from(shown);
        }
        assert!(seen > faces.len() / 4 && seen < faces.len() / 2, "{seen} of {} faces", faces.len());
    }
    // Without culling the back of the ball is hidden by its front all the same.
    let settings = HiddenPoint { radius_factor: 100.0, cull_backfaces: false, cull_first: false };
    let visible = visible_faces(&geometry.centres, &[], Vec3::zeros(), &settings);
    for (i, &shown) in visible.iter().enumerate() {
        let cosine = geometry.normals[i].dot(&-geometry.centres[i].normalize());
        assert!(cosine.abs() < 0.15 || shown == (cosine > 0.0), "face {i} with cosine {cosine}");
    }
}

#[test]
fn a_ball_behind_a_larger_one_is_hidden_and_beside_it_is_not() {
    let mut remover = HiddenPointRemover::new();
    let mut visible = Vec::new();
    let (near, near_faces) = ball(Vec3::new(0.0, 2.0, 0.0), 0.5, 40);
    for (place, shown) in [(Vec3::new(0.0, 3.5, 0.0), false), (Vec3::new(2.0, 3.5, 0.0), true)] {
        let (far, far_faces) = ball(place, 0.2, 20);
        let mut geometry = FaceGeometry::default();
        geometry.set(&near, &near_faces).unwrap();
        geometry.add(&far, &far_faces).unwrap();
        for cull_first in [false, true] {
            let settings = HiddenPoint { cull_first, ..HiddenPoint::default() };
            remover.find(&geometry.centres, &geometry.normals, Vec3::zeros(), &settings, &mut visible).unwrap();
            let seen = visible[near_faces.len()..].iter().filter(|v| **v).count();
            let front = far_faces.len() / 2;
            if shown {
                assert!(seen > front * 8 / 10, "{seen} of about {front} faces beside the ball");
            } else {
                assert_eq!(seen, 0, "faces seen through the ball");
            }
        }
    }
}

/// Whether the segment from `eye` to `target` crosses the triangle before it arrives (Möller, Trumbore 1997).
fn blocks(eye: Vec3, target: Vec3, [a, b, c]: [Vec3; 3]) -> bool {
    let (direction, ab, ac) = (target - eye, b - a, c - a);
    let p = direction.cross(&ac);
    let determinant = ab.dot(&p);
    if determinant == 0.0 {
        return false;
    }
    let from_a = eye - a;
    let u = from_a.dot(&p) / determinant;
    let q = from_a.cross(&ab);
    let v = direction.dot(&q) / determinant;
    let t = ac.dot(&q) / determinant;
    u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t > 0.0 && t < 1.0 - 1e-9
}

#[test]
fn hidden_points_agree_with_rays() {
    // A ball half in the shadow of another: a convex pair with a shadow edge across it.
    let (near, near_faces) = ball(Vec3::new(0.0, 2.0, 0.0), 0.3, 16);
    let (far, far_faces) = ball(Vec3::new(0.25, 2.8, 0.1), 0.3, 16);
    let mut geometry = FaceGeometry::default();
    geometry.set(&near, &near_faces).unwrap();
    geometry.add(&far, &far_faces).unwrap();
    let corners = |vertices: &[Vec3], face: &[u32; 3]| face.map(|v| vertices[v as usize]);
    let triangles: Vec<[Vec3; 3]> =
        near_faces.iter().map(|f| corners(&near, f)).chain(far_faces.iter().map(|f| corners(&far, f))).collect();
    let truth: Vec<bool> = (0..triangles.len())
        .map(|i| {
            let target = geometry.centres[i];
            geometry.normals[i].dot(&-target) > 0.0
                && !triangles.iter().enumerate().any(|(j, t)| j != i && blocks(Vec3::zeros(), target, *t))
        })
        .collect();
    let seen = truth.iter().filter(|t| **t).count();
    let farthest = geometry.centres.iter().map(|c| c.norm()).fold(0.0, f64::max);
    let shadow_edge = (0.3_f64 / 2.0).asin();
    // Angles under which a facet of the far and of the near ball appears.
    let facet = 0.3 * std::f64::consts::PI / 16.0 / 2.8;
    let gap = 0.3 * std::f64::consts::PI / 16.0 / 1.7;
    let mut rates = Vec::new();
    for radius_factor in [100.0, 300.0, 1000.0, 3000.0] {
        let settings = HiddenPoint { radius_factor, ..HiddenPoint::default() };
        let got = visible_faces(&geometry.centres, &geometry.normals, Vec3::zeros(), &settings);
        let radius = radius_factor * farthest;
        let (mut missed, mut added) = (0, 0);
        for i in (0..got.len()).filter(|&i| got[i] != truth[i]) {
            let (centre, distance) = (geometry.centres[i], geometry.centres[i].norm());
            let from_edge = (centre.y / distance).acos() - shadow_edge;
            let on_far = i >= near_faces.len();
            // A surface Δ behind an edge is hidden up to the tangent from the edge, over an angle of √(Δ / R).
            let strip = ((distance - 2.0 * shadow_edge.cos()).max(0.0) / radius).sqrt();
            if truth[i] {
                missed += 1;
                // Flipped, a ball at distance D is hollow where D² / (r cos³ i) > 2 R.
                let cosine = geometry.normals[i].dot(&-centre) / distance;
                let hollow = (distance * distance / (0.3 * 2.0 * radius)).cbrt();
                let explained = cosine < 1.2 * hollow || (on_far && from_edge < strip + facet);
                assert!(explained, "factor {radius_factor}: face {i} missed, cosine {cosine}, {from_edge} rad off");
            } else {
                added += 1;
                // The silhouette of the centres runs up to a facet inside that of the ball, and what hides less than
                // half the gap between centres lets points through.
                let explained = on_far && (from_edge.abs() < gap || strip < 0.5 * gap);
                assert!(explained, "factor {radius_factor}: face {i} seen through the ball");
            }
        }
        eprintln!("radius factor {radius_factor}: {seen} faces visible by rays, {missed} missed, {added} added");
        rates.push(missed);
    }
    assert!(rates.is_sorted_by(|a, b| a >= b), "a larger radius misses no more: {rates:?}");
    assert!(rates[3] * 20 < seen, "{} of {seen} missed", rates[3]);
}

#[test]
fn both_sides_of_a_sheet_are_one_place() {
    // Front and back facet have the same centre: which of the twins the hull keeps must not matter.
    let centres: Vec<Vec3> = (0..9).map(|i| Vec3::new(f64::from(i % 3), 3.0, f64::from(i / 3))).collect();
    let both: Vec<Vec3> = centres.iter().chain(&centres).copied().collect();
    let normals: Vec<Vec3> = (0..18).map(|i| if i < 9 { Vec3::y() } else { -Vec3::y() }).collect();
    let settings = HiddenPoint { radius_factor: 100.0, cull_backfaces: true, cull_first: false };
    let visible = visible_faces(&both, &normals, Vec3::new(1.0, 0.0, 1.0), &settings);
    assert_eq!(visible, (0..18).map(|i| i >= 9).collect::<Vec<bool>>());
}

#[test]
fn few_or_wrong_points_have_a_defined_answer() {
    let settings = HiddenPoint { radius_factor: 100.0, cull_backfaces: false, cull_first: false };
    let at = |x: f64| Vec3::new(x, 2.0, 0.0);
    assert_eq!(visible_faces(&[], &[], Vec3::zeros(), &settings), Vec::<bool>::new());
    assert_eq!(visible_faces(&[at(0.0)], &[], Vec3::zeros(), &settings), [true]);
    assert_eq!(visible_faces(&[at(0.0), at(1.0)], &[], Vec3::zeros(), &settings), [true, true]);
    // In one line of sight: the nearer one comes to lie farther out.
    assert_eq!(visible_faces(&[at(0.0), 0.5 * at(0.0)], &[], Vec3::zeros(), &settings), [false, true]);
    assert_eq!(visible_faces(&[Vec3::zeros(), at(0.0)], &[], Vec3::zeros(), &settings), [false, true]);
    assert_eq!(visible_faces(&[at(f64::NAN), at(0.0)], &[], Vec3::zeros(), &settings), [false, false]);
    let mut remover = HiddenPointRemover::new();
    let mut visible = Vec::new();
    let mut find =
        |centres: &[Vec3], settings: &HiddenPoint| remover.find(centres, &[], Vec3::zeros(), settings, &mut visible);
    assert!(matches!(find(&[at(f64::NAN)], &settings), Err(VisibilityError::NotFinite { array: "centres", index: 0 })));
    let culled = HiddenPoint { cull_backfaces: true, ..settings };
    assert!(matches!(find(&[at(0.0)], &culled), Err(VisibilityError::Length { got: 0, expected: 1, .. })));
    let small = HiddenPoint { radius_factor: 0.5, ..settings };
    assert!(matches!(find(&[at(0.0)], &small), Err(VisibilityError::RadiusFactor { .. })));
}

// ---- golden masks ---------------------------------------------------------------------------------------------------

fn rows(array: &Array2<f64>) -> Vec<Vec3> {
    array.rows().into_iter().map(|r| Vec3::new(r[0], r[1], r[2])).collect()
}

#[test]
fn masks_agree_with_the_golden_cases() {
    let Some(folder) = super::needs::reference() else { return };
    // (case, keyframes a second); both have a frame period of 0.1 s, a radius factor of 100 and back faces culled.
    for (name, key_fps) in [("b1_sphere_far_simultaneous", 10.0), ("c1_limb_tdm_linear", 30.0)] {
        let file = std::fs::File::open(folder.join(name).with_extension("npz")).unwrap();
        let mut npz = NpzReader::new(file).unwrap();
        let tx: Array2<f64> = npz.by_name("tx").unwrap();
        let rx: Array2<f64> = npz.by_name("rx").unwrap();
        let keys: Array3<f32> = npz.by_name("key_vertices").unwrap();
        let faces: Array2<i32> = npz.by_name("faces").unwrap();
        let want: Array2<bool> = npz.by_name("visible").unwrap();
        let antennas: Vec<Vec3> = rows(&tx).into_iter().chain(rows(&rx)).collect();
        let view = antennas.iter().sum::<Vec3>() / antennas.len() as f64;
        let faces: Vec<[u32; 3]> = faces.rows().into_iter().map(|r| [0, 1, 2].map(|i| r[i] as u32)).collect();
        for (frame, want) in want.rows().into_iter().enumerate() {
            let time = frame as f64 * 0.1 * key_fps;
            let key = (time.floor() as usize).min(keys.dim().0 - 2);
            let u = time - key as f64;
            let vertices: Vec<Vec3> = (0..keys.dim().1)
                .map(|v| {
                    let at = |k: usize| Vec3::from_fn(|axis, _| f64::from(keys[[k, v, axis]]));
                    at(key) * (1.0 - u) + at(key + 1) * u
                })
                .collect();
            let mut geometry = FaceGeometry::default();
            geometry.set(&vertices, &faces).unwrap();
            for cull_first in [false, true] {
                let settings = HiddenPoint { radius_factor: 100.0, cull_backfaces: true, cull_first };
                let got = visible_faces(&geometry.centres, &geometry.normals, view, &settings);
                let differ = got.iter().zip(want).filter(|(g, w)| g != w).count();
                eprintln!("{name} frame {frame} cull_first {cull_first}: {differ} of {} faces differ", got.len());
                assert!(differ as f64 <= 0.002 * got.len() as f64);
            }
        }
    }
}
