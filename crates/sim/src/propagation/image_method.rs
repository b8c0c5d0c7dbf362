//! Flat walls that mirror: an antenna is replaced by its image behind one or two walls.
//!
//! The way antenna → wall → place has the length of the straight line from the image; it exists where that line meets the wall
//! within its edges, from the front. Fields are followed as vectors: each wall takes its part across and in the plane of
//! incidence with the Fresnel coefficients of its material, and what is left is compared with the field that the antenna itself
//! would have laid in the direction in which the wave arrives.

use super::material::Material;
use super::specular::mirrored;
use crate::base::{Complex64, Vec3};
use serde::{Deserialize, Serialize};

/// A rectangle that mirrors on its front.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wall {
    /// Centre, m.
    pub centre: Vec3,
    /// From the centre to the middle of an edge, m.
    pub half_u: Vec3,
    /// The same at a right angle to it, m. The front is where `half_u × half_v` points.
    pub half_v: Vec3,
    /// What it is made of.
    pub material: Material,
}

impl Wall {
    /// Unit vector to the front.
    pub fn normal(&self) -> Vec3 {
        self.half_u.cross(&self.half_v).normalize()
    }

    /// Distance from the plane, m; positive in front.
    pub fn height(&self, point: Vec3) -> f64 {
        (point - self.centre).dot(&self.normal())
    }

    /// The mirror image of a point.
    pub fn mirror(&self, point: Vec3) -> Vec3 {
        point - self.normal() * (2.0 * self.height(point))
    }

    /// Where the line from an image behind the wall to a place in front of it comes through, if that is within the edges.
    fn meets(&self, image: Vec3, place: Vec3) -> Option<Vec3> {
        let (behind, before) = (self.height(image), self.height(place));
        if !(behind < 0.0 && before > 0.0) {
            return None;
        }
        let point = image + (place - image) * (behind / (behind - before));
        let arm = point - self.centre;
        let within = |half: &Vec3| arm.dot(half).abs() <= half.norm_squared();
        (within(&self.half_u) && within(&self.half_v)).then_some(point)
    }
}

/// The walls that a wave meets one after another, as numbers in a list of walls; empty for the straight way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounces(pub Vec<usize>);

impl Bounces {
    /// All sequences of at most `order` walls of `count` in which no wall follows itself, the straight way first.
    pub fn all(count: usize, order: usize) -> Vec<Bounces> {
        let mut out = vec![Bounces::default()];
        let mut last = 0;
        for _ in 0..order {
            let end = out.len();
            for i in last..end {
                let shorter = out[i].0.clone();
                let walls = (0..count).filter(|w| shorter.last() != Some(w));
                out.extend(walls.map(|wall| Bounces([shorter.as_slice(), &[wall]].concat())));
            }
            last = end;
        }
        out
    }

    /// Number of walls met.
    pub fn order(&self) -> usize {
        self.0.len()
    }

    /// The antenna's image behind the last wall.
    pub fn image(&self, walls: &[Wall], antenna: Vec3) -> Vec3 {
        self.0.iter().fold(antenna, |image, &w| walls[w].mirror(image))
    }

    /// The direction in which a wave leaves the antenna that seems to leave its image in the direction `d`.
    pub fn unfold(&self, walls: &[Wall], d: Vec3) -> Vec3 {
        let turned = |d: Vec3, wall: &Wall| wall.mirror(d) - wall.mirror(Vec3::zeros());
        self.0.iter().rev().fold(d, |d, &w| turned(d, &walls[w]))
    }

    /// The points at which the wave from `antenna` to `place` meets the walls, in order; `None` if it cannot.
    pub fn points(&self, walls: &[Wall], antenna: Vec3, place: Vec3) -> Option<Vec<Vec3>> {
        let mut images = vec![antenna];
        for &w in &self.0 {
            // The wave comes to a wall's front; an image behind it stands for a wave from behind.
            let image = images[images.len() - 1];
            if walls[w].height(image) <= 0.0 {
                return None;
            }
            images.push(walls[w].mirror(image));
        }
        let mut points = Vec::with_capacity(self.0.len());
        let mut target = place;
        for (i, &w) in self.0.iter().enumerate().rev() {
            target = walls[w].meets(images[i + 1], target)?;
            points.push(target);
        }
        points.reverse();
        Some(points)
    }

    /// What the walls make of the amplitude on the way antenna → `points` → `place`, for an antenna whose field lies along
    /// `polarisation`. For fields that run as exp(+jωt): conjugate it for an IF signal whose phase rises with range.
    pub fn coefficient(
        &self,
        walls: &[Wall],
        (antenna, points, place): (Vec3, &[Vec3], Vec3),
        polarisation: Vec3,
        frequency_hz: f64,
    ) -> Complex64 {
        let mut stops = vec![antenna];
        stops.extend_from_slice(points);
        stops.push(place);
        let way = |i: usize| (stops[i + 1] - stops[i]).normalize();
        let start = transverse(polarisation, way(0));
        let (mut re, mut im) = (start, Vec3::zeros());
        for (i, &w) in self.0.iter().enumerate() {
            let (k_in, normal) = (way(i), walls[w].normal());
            let k_out = mirrored(k_in, normal);
            let across = transverse(k_in.cross(&normal), k_in);
            let (te, tm) = walls[w].material.fresnel(frequency_hz, k_in.dot(&normal).abs());
            let (p_in, p_out) = (across.cross(&k_in), across.cross(&k_out));
            let s = te * Complex64::new(re.dot(&across), im.dot(&across));
            let p = tm * Complex64::new(re.dot(&p_in), im.dot(&p_in));
            re = across * s.re + p_out * p.re;
            im = across * s.im + p_out * p.im;
        }
        let end = transverse(polarisation, way(stops.len() - 2));
        Complex64::new(re.dot(&end), im.dot(&end))
    }
}

/// The unit vector along `axis` at right angles to the unit vector `way`; any such vector when they are parallel.
fn transverse(axis: Vec3, way: Vec3) -> Vec3 {
    let rest = axis - way * axis.dot(&way);
    if rest.norm_squared() > 1e-18 {
        return rest.normalize();
    }
    let other = if way.x.abs() < 0.6 { Vec3::x() } else { Vec3::y() };
    (other - way * other.dot(&way)).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floor(material: Material) -> Wall {
        Wall { centre: Vec3::zeros(), half_u: Vec3::x() * 5.0, half_v: Vec3::y() * 5.0, material }
    }

    #[test]
    fn the_reflected_way_keeps_the_mirror_angle_and_the_length_of_the_image() {
        let wall = Wall {
            centre: Vec3::y() * 3.0,
            half_u: Vec3::x() * 5.0,
            half_v: Vec3::z() * 5.0,
            material: Material::Metal,
        };
        let walls = [floor(Material::Concrete), wall];
        let (antenna, place) = (Vec3::new(0.3, 0.0, 1.2), Vec3::new(-0.7, 2.0, 0.9));
        for bounces in Bounces::all(2, 2).into_iter().filter(|b| b.order() > 0) {
            let Some(points) = bounces.points(&walls, antenna, place) else { continue };
            let mut stops = vec![antenna];
            stops.extend(&points);
            stops.push(place);
            let length: f64 = stops.windows(2).map(|s| (s[1] - s[0]).norm()).sum();
            let image = (bounces.image(&walls, antenna) - place).norm();
            assert!((length - image).abs() < 1e-12, "{bounces:?}: {length} and {image}");
            for (i, &w) in bounces.0.iter().enumerate() {
                let (a, b) = ((stops[i + 1] - stops[i]).normalize(), (stops[i + 2] - stops[i + 1]).normalize());
                assert!((mirrored(a, walls[w].normal()) - b).norm() < 1e-12, "{bounces:?}: not the mirror angle");
            }
        }
        assert_eq!(Bounces::all(6, 2).len(), 1 + 6 + 30);
    }

    #[test]
    fn a_conducting_floor_keeps_vertical_fields_and_turns_horizontal_ones() {
        let walls = [floor(Material::PerfectConductor)];
        let bounces = Bounces(vec![0]);
        let (antenna, place) = (Vec3::new(0.0, 0.0, 1.2), Vec3::new(0.0, 3.0, 1.0));
        let points = bounces.points(&walls, antenna, place).unwrap();
        let of = |axis| bounces.coefficient(&walls, (antenna, &points, place), axis, 77e9);
        assert!((of(Vec3::z()) - Complex64::new(1.0, 0.0)).norm() < 1e-12);
        assert!((of(Vec3::x()) + Complex64::new(1.0, 0.0)).norm() < 1e-12);
    }
}
