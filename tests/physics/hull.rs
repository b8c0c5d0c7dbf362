//! Convex hulls: laws, degenerate clouds.

use std::collections::{BTreeSet, HashMap};

use kinecho::base::Vec3;
use kinecho::visibility::VisibilityError;
use kinecho::visibility::hull::{ConvexHull, HullBuilder, convex_hull};
use proptest::prelude::*;

fn plane(points: &[Vec3], face: [u32; 3]) -> (Vec3, Vec3) {
    let [a, b, c] = face.map(|i| points[i as usize]);
    let cross = (b - a).cross(&(c - a));
    (cross / cross.norm(), a)
}

/// Largest signed distance of any point above any face, for faces whose normal is well defined.
fn overhang(points: &[Vec3], hull: &ConvexHull) -> f64 {
    let mut worst = f64::NEG_INFINITY;
    for &face in &hull.faces {
        let [a, b, c] = face.map(|i| points[i as usize]);
        let sides = (b - a).norm() * (c - a).norm();
        if (b - a).cross(&(c - a)).norm() < 1e-6 * sides {
            continue;
        }
        let (normal, origin) = plane(points, face);
        for p in points {
            worst = worst.max(normal.dot(&(p - origin)));
        }
    }
    worst
}

/// Checks that the faces form a closed surface of one piece and genus zero.
fn assert_closed(hull: &ConvexHull) {
    let mut edges = HashMap::new();
    for face in &hull.faces {
        for i in 0..3 {
            assert!(edges.insert((face[i], face[(i + 1) % 3]), ()).is_none(), "an edge is used twice in one direction");
        }
    }
    assert!(edges.keys().all(|&(a, b)| edges.contains_key(&(b, a))), "an edge is open");
    let vertices: BTreeSet<u32> = hull.faces.iter().flatten().copied().collect();
    assert_eq!(vertices.len() as i64 - edges.len() as i64 / 2 + hull.faces.len() as i64, 2, "Euler's formula");
    assert!(hull.vertices.iter().all(|v| vertices.contains(v)));
}

/// Whether leaving `vertex` out makes the hull smaller, that is: whether it lies above the hull of all other points.
fn is_extreme(points: &[Vec3], vertex: usize) -> bool {
    let rest: Vec<Vec3> = points.iter().enumerate().filter(|&(i, _)| i != vertex).map(|(_, p)| *p).collect();
    let hull = convex_hull(&rest).unwrap();
    hull.dimension < 3
        || hull.faces.iter().any(|&face| {
            let (normal, origin) = plane(&rest, face);
            normal.dot(&(points[vertex] - origin)) > 1e-12
        })
}

fn check(points: &[Vec3]) -> ConvexHull {
    let hull = convex_hull(points).unwrap();
    let extent = points.iter().map(|p| (p - points[0]).norm()).fold(0.0, f64::max);
    if hull.dimension == 3 {
        assert_closed(&hull);
        let overhang = overhang(points, &hull);
        assert!(overhang <= 1e-9 * extent, "a point lies {overhang} outside of extent {extent}");
    }
    hull
}

fn sphere(n: usize) -> Vec<Vec3> {
    // Fibonacci lattice.
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    (0..n)
        .map(|i| {
            let z = 1.0 - (2 * i + 1) as f64 / n as f64;
            let r = (1.0 - z * z).sqrt();
            Vec3::new(r * (golden * i as f64).cos(), r * (golden * i as f64).sin(), z)
        })
        .collect()
}

fn lattice(n: i32) -> Vec<Vec3> {
    let line = || (0..n).map(f64::from);
    line().flat_map(|x| line().flat_map(move |y| line().map(move |z| Vec3::new(x, y, z)))).collect()
}

#[test]
fn hull_of_a_lattice_is_its_eight_corners() {
    let points = lattice(7);
    let hull = check(&points);
    assert_eq!(hull.vertices.len(), 8);
    assert!(hull.vertices.iter().all(|&v| points[v as usize].iter().all(|c| *c == 0.0 || *c == 6.0)));
    // Turned, shifted and shrunk: the sides are flat only up to rounding.
    let turn = nalgebra::UnitQuaternion::from_euler_angles(0.3, 1.1, -2.0);
    let moved: Vec<Vec3> = points.iter().map(|p| turn * (p * 1e-3) + Vec3::new(0.5, -7.0, 2.0)).collect();
    assert_eq!(check(&moved).vertices, hull.vertices);
}

#[test]
fn every_point_of_a_sphere_is_a_vertex() {
    let hull = check(&sphere(1500));
    assert_eq!(hull.vertices.len(), 1500);
    assert_eq!(hull.faces.len(), 2 * 1500 - 4);
}

#[test]
fn duplicates_are_reported_as_twins() {
    let mut points = sphere(200);
    points.extend(sphere(200));
    points.extend(sphere(50).into_iter().map(|p| 0.5 * p));
    let hull = check(&points);
    assert_eq!(hull.vertices.len(), 200);
    assert_eq!(hull.twins.len(), 200);
    assert!(hull.twins.iter().all(|&(a, b)| points[a as usize] == points[b as usize] && hull.vertices.contains(&b)));
}

#[test]
fn flat_clouds_have_hulls_of_lower_dimension() {
    let corners = |points: &[Vec3]| {
        let hull = convex_hull(points).unwrap();
        (hull.dimension, hull.vertices.iter().copied().collect::<BTreeSet<u32>>(), hull.twins.len())
    };
    let at = |x: f64, y: f64| Vec3::new(0.1 + x + y, 2.0 - y, 3.0 * x - y);
    assert_eq!(corners(&[]), (0, BTreeSet::new(), 0));
    assert_eq!(corners(&[at(1.0, 1.0)]), (0, [0].into(), 0));
    assert_eq!(corners(&[at(1.0, 1.0); 5]), (0, [0].into(), 4));
    assert_eq!(corners(&[at(0.5, 0.5), at(0.0, 0.0), at(1.0, 1.0), at(1.0, 1.0)]).1.len(), 2);
    assert_eq!(corners(&[at(0.5, 0.5), at(0.0, 0.0), at(1.0, 1.0)]), (1, [1, 2].into(), 0));
    let square: Vec<Vec3> = (0..25).map(|i| at(f64::from(i / 5), f64::from(i % 5))).collect();
    assert_eq!(corners(&square), (2, [0, 4, 20, 24].into(), 0));
    assert_eq!(corners(&[at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0), at(1.0, 0.0)]).2, 1);
}

#[test]
fn absurd_coordinates_are_errors_or_scale() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut points = sphere(10);
        points[7].y = bad;
        assert_eq!(convex_hull(&points), Err(VisibilityError::NotFinite { array: "points", index: 7 }));
    }
    for scale in [1e-290, 1e-20, 1e20, 1e307] {
        let points: Vec<Vec3> = sphere(60).into_iter().map(|p| p * scale).collect();
        assert_eq!(convex_hull(&points).unwrap().vertices.len(), 60, "scale {scale}");
    }
}

#[test]
fn a_builder_gives_the_same_hull_again() {
    let mut builder = HullBuilder::new();
    for points in [sphere(300), lattice(4), sphere(5), vec![], lattice(1), sphere(300)] {
        assert_eq!(*builder.build(&points).unwrap(), convex_hull(&points).unwrap());
    }
}

#[test]
fn rings_with_one_axis_stay_whole() {
    // Cones, cylinders, a lens: thousands of points on common planes, up to rounding.
    for (name, radius) in
        [("cylinder", (|_| 1.0) as fn(f64) -> f64), ("cone", |h| 1.0 - h), ("lens", |h| h * (1.0 - h))]
    {
        let points: Vec<Vec3> = (0..=20)
            .flat_map(|ring| {
                let h = f64::from(ring) / 20.0;
                (0..48).map(move |i| {
                    let angle = f64::from(i) * std::f64::consts::TAU / 48.0;
                    Vec3::new(radius(h) * angle.cos() + 3.0, radius(h) * angle.sin(), h - 8.0)
                })
            })
            .collect();
        let hull = check(&points);
        let expected = match name {
            "cylinder" => 96,
            "cone" => 49,
            _ => 19 * 48 + 2,
        };
        assert_eq!(hull.vertices.len(), expected, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn all_points_lie_inside(points in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64, -1.0..1.0_f64), 0..120)) {
        let points: Vec<Vec3> = points.into_iter().map(|(x, y, z)| Vec3::new(x, y, z)).collect();
        let hull = check(&points);
        for &v in &hull.vertices {
            prop_assert!(is_extreme(&points, v as usize));
        }
    }

    // Small integers: most points are coplanar, collinear or equal to others.
    #[test]
    fn degenerate_clouds_are_whole(points in prop::collection::vec((0..4_i8, 0..4_i8, 0..3_i8), 0..60)) {
        let points: Vec<Vec3> = points.into_iter().map(|(x, y, z)| Vec3::new(x.into(), y.into(), z.into())).collect();
        let hull = check(&points);
        let corner = |i: usize| hull.vertices.contains(&(i as u32)) || hull.twins.iter().any(|t| t.0 as usize == i);
        for i in 0..points.len() {
            let others: Vec<Vec3> = points.iter().copied().filter(|p| *p != points[i]).collect();
            // With all its equals gone, a corner must be missed; anything else must not.
            let mut with = others.clone();
            with.push(points[i]);
            let missed = convex_hull(&with).unwrap().vertices.contains(&(others.len() as u32));
            prop_assert_eq!(corner(i), missed, "point {}", i);
        }
    }

    // The same, with the coplanarity broken by rounding.
    #[test]
    fn nearly_degenerate_clouds_are_whole(
        points in prop::collection::vec((0..5_i8, 0..5_i8, 0..3_i8), 4..80),
        angles in (-3.0..3.0_f64, -3.0..3.0_f64, -3.0..3.0_f64),
        noise in prop::sample::select(vec![0.0, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-10]),
    ) {
        let turn = nalgebra::UnitQuaternion::from_euler_angles(angles.0, angles.1, angles.2);
        let points: Vec<Vec3> = points.into_iter().enumerate().map(|(i, (x, y, z))| {
            let wobble = Vec3::new((i * 7 % 11) as f64 - 5.0, (i * 5 % 13) as f64 - 6.0, (i * 3 % 7) as f64 - 3.0);
            turn * Vec3::new(x.into(), y.into(), z.into()) + noise * wobble
        }).collect();
        check(&points);
    }
}
