//! Meshes whose area and volume are known by hand, and meshes that are wrong.

use kinecho::base::{Rotation, Vec3};
use kinecho::geometry::mesh::is_solid;
use kinecho::geometry::primitives::{capsule, cuboid, icosphere, plate};
use kinecho::geometry::{GeometryError, Mesh};
use std::f64::consts::PI;

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1e-300), "{a} is not {b} to {tolerance}");
}

#[test]
fn cuboid_has_the_area_and_volume_of_its_edges() {
    let mesh = cuboid(Vec3::new(0.3, 0.5, 0.7));
    mesh.check().unwrap();
    assert!(mesh.is_watertight());
    close(mesh.signed_volume(), 0.105, 1e-12);
    close(mesh.total_area(), 2.0 * (0.15 + 0.21 + 0.35), 1e-12);
    assert_eq!(mesh.bounding_box(), Some((Vec3::new(-0.15, -0.25, -0.35), Vec3::new(0.15, 0.25, 0.35))));
    for (centre, normal) in mesh.face_centres().iter().zip(mesh.face_normals()) {
        assert!(centre.dot(&normal) > 0.0, "normal {normal} at {centre} points inwards");
        close(normal.norm(), 1.0, 1e-12);
    }
}

#[test]
fn sphere_comes_nearer_with_each_subdivision() {
    let (area, volume) = (4.0 * PI * 0.01, 4.0 / 3.0 * PI * 1e-3);
    let mut last = f64::INFINITY;
    for subdivisions in 0..5 {
        let mesh = icosphere(0.1, subdivisions);
        mesh.check().unwrap();
        assert!(mesh.is_watertight());
        assert_eq!(mesh.vertices.len(), 10 * 4usize.pow(subdivisions) + 2);
        let error = 1.0 - mesh.signed_volume() / volume;
        assert!(error > 0.0 && error < 0.45 * last, "inscribed, error by four each time: {error} after {last}");
        assert!(mesh.total_area() < area);
        last = error;
    }
    assert!(last < 4e-3, "{last}");
}

#[test]
fn capsule_is_a_cylinder_between_half_spheres() {
    let (r, l) = (0.05, 0.4);
    let mesh = capsule(r, l, 96);
    mesh.check().unwrap();
    assert!(mesh.is_watertight());
    close(mesh.signed_volume(), PI * r * r * l + 4.0 / 3.0 * PI * r.powi(3), 3e-3);
    close(mesh.total_area(), 2.0 * PI * r * l + 4.0 * PI * r * r, 3e-3);
}

#[test]
fn plate_faces_the_sensor() {
    let mesh = plate(0.2, 0.1, 3);
    mesh.check().unwrap();
    assert_eq!(mesh.faces.len(), 18);
    assert!(!mesh.is_watertight());
    close(mesh.total_area(), 0.02, 1e-12);
    assert!(mesh.face_normals().iter().all(|n| (n - Vec3::new(0.0, -1.0, 0.0)).norm() < 1e-12));
}

#[test]
fn moving_and_cutting_keep_area_and_volume() {
    let mesh = capsule(0.1, 0.2, 12);
    let turned = mesh.transformed(&Rotation::from_euler_angles(0.3, -1.1, 2.0), Vec3::new(1.0, 2.0, 3.0));
    for other in [turned, mesh.subdivided(), mesh.translated(Vec3::new(0.0, 5.0, 0.0))] {
        assert!(other.is_watertight());
        close(other.signed_volume(), mesh.signed_volume(), 1e-10);
        close(other.total_area(), mesh.total_area(), 1e-12);
    }
    let two = mesh.clone().merged(&mesh.translated(Vec3::new(1.0, 0.0, 0.0)));
    assert!(two.is_watertight());
    close(two.signed_volume(), 2.0 * mesh.signed_volume(), 1e-10);
    assert_eq!(mesh.subdivided().faces.len(), 4 * mesh.faces.len());
}

#[test]
fn wrong_meshes_are_refused_with_the_place() {
    let good = cuboid(Vec3::new(1.0, 1.0, 1.0));
    let mut far = good.clone();
    far.faces[4][2] = 8;
    assert_eq!(
        Mesh::new(far.vertices, far.faces),
        Err(GeometryError::IndexOutOfRange { face: 4, corner: 2, index: 8, vertices: 8 })
    );
    let mut nan = good.clone();
    nan.vertices[3].y = f64::NAN;
    assert!(matches!(nan.check(), Err(GeometryError::NotFinite { vertex: 3, .. })));
    let mut thin = good.clone();
    thin.faces[1] = [2, 2, 5];
    assert!(matches!(thin.check(), Err(GeometryError::RepeatedVertex { face: 1, .. })));
    assert!(matches!(Mesh::default().check(), Err(GeometryError::Empty { .. })));
    let mut open = good.clone();
    open.faces.pop();
    assert!(!open.is_watertight());
    let mut flipped = good;
    flipped.faces[0].swap(0, 1);
    assert!(!flipped.is_watertight(), "a triangle that faces inwards breaks the surface");
}

#[test]
fn solids_are_closed_and_face_outwards_in_all_their_parts() {
    let sphere = icosphere(0.3, 2);
    let mut inside_out = sphere.clone().translated(Vec3::new(5.0, 0.0, 0.0));
    inside_out.faces.iter_mut().for_each(|face| face.swap(0, 1));
    let solid = |mesh: &Mesh| is_solid(&mesh.vertices, &mesh.faces);
    let two = sphere.clone().merged(&sphere.translated(Vec3::new(1.0, 0.0, 0.0)));
    assert!(solid(&sphere) && solid(&two) && solid(&cuboid(Vec3::new(1.0, 2.0, 0.1))));
    assert!(!solid(&inside_out) && inside_out.is_watertight());
    // The volume of all parts together would be positive.
    let mixed = icosphere(1.0, 2).merged(&inside_out);
    assert!(mixed.signed_volume() > 0.0 && !solid(&mixed));
    assert!(!solid(&plate(1.0, 1.0, 4)));
}
