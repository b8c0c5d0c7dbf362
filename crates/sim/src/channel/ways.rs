//! Straight on and over walls: images of antennas, and what walls leave of a wave.
//!
//! In a corner of two walls at a right angle, both orders give the same image; one of them is a way from a given place. They are one entry here, so
//! that every image is looked from once.

use super::Antenna;
use crate::base::{Complex64, Vec3};
use crate::propagation::{Bounces, Polarisation, Room, Wall};

/// Ways of one image.
struct ImageWay {
    /// Orders of walls that give this image.
    orders: Vec<Bounces>,
    /// Walls met.
    count: usize,
}

/// All ways over the walls of a room, the straight one first.
pub(super) struct Ways {
    list: Vec<ImageWay>,
    walls: Vec<Wall>,
    order: usize,
    axis: Vec3,
    centre_hz: f64,
}

/// What is left of a wave on a way from an antenna to a place.
pub(super) struct Leg {
    /// By the walls.
    pub(super) coefficient: Complex64,
    /// Unit direction in which it leaves the antenna.
    pub(super) departs: Vec3,
    /// The walls met.
    pub(super) walls: Vec<usize>,
    /// Where it meets them.
    pub(super) points: Vec<Vec3>,
}

impl Ways {
    pub(super) fn of(room: Option<&Room>, order: Option<usize>, centre_hz: f64) -> Self {
        let (walls, order_of_room, polarisation) =
            room.map_or((Vec::new(), 0, Polarisation::Vertical), |r| (r.walls.clone(), r.order, r.polarisation));
        let order = order.unwrap_or(order_of_room);
        let axis = match polarisation {
            Polarisation::Vertical => Vec3::z(),
            Polarisation::Horizontal => Vec3::x(),
        };
        // Places in general position: maps that agree on four of them are one.
        let probes = [[0.0, 0.0, 0.0], [1.3, 0.2, -0.4], [-0.3, 1.7, 0.9], [0.6, -0.8, 2.1]].map(Vec3::from);
        let mut list: Vec<ImageWay> = Vec::new();
        let mut images: Vec<[Vec3; 4]> = Vec::new();
        for bounces in Bounces::all(walls.len(), order) {
            let image = probes.map(|p| bounces.image(&walls, p));
            let same = |other: &[Vec3; 4]| other.iter().zip(&image).all(|(a, b)| (a - b).norm() < 1e-7);
            match images.iter().position(same) {
                Some(i) => list[i].orders.push(bounces),
                None => {
                    images.push(image);
                    list.push(ImageWay { count: bounces.order(), orders: vec![bounces] });
                }
            }
        }
        Self { list, walls, order, axis, centre_hz }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Walls met on way `way`.
    pub(super) fn count(&self, way: usize) -> usize {
        self.list[way].count
    }

    /// Direction of the antennas' fields.
    pub(super) fn axis(&self) -> Vec3 {
        self.axis
    }

    pub(super) fn image(&self, way: usize, antenna: Vec3) -> Vec3 {
        self.list[way].orders[0].image(&self.walls, antenna)
    }

    /// Pairs of ways there and back that meet no more walls than the room's order, the straight pair first.
    pub(super) fn trips(&self) -> Vec<[usize; 2]> {
        let all = || 0..self.len();
        let mut trips: Vec<[usize; 2]> = all()
            .flat_map(|a| all().map(move |b| [a, b]))
            .filter(|&[a, b]| self.count(a) + self.count(b) <= self.order)
            .collect();
        trips.sort_by_key(|&[a, b]| self.count(a) + self.count(b));
        trips
    }

    /// The way from an antenna at `from` to `place`, if there is one.
    pub(super) fn leg(&self, way: usize, from: Vec3, place: Vec3) -> Option<Leg> {
        let straight = || (place - from).normalize();
        if way == 0 {
            let coefficient = Complex64::new(1.0, 0.0);
            return Some(Leg { coefficient, departs: straight(), walls: Vec::new(), points: Vec::new() });
        }
        self.list[way].orders.iter().find_map(|order| {
            let points = order.points(&self.walls, from, place)?;
            let coefficient = order.coefficient(&self.walls, (from, &points, place), self.axis, self.centre_hz);
            let departs = points.first().map_or_else(straight, |p| (p - from).normalize());
            Some(Leg { coefficient, departs, walls: order.0.clone(), points })
        })
    }

    /// Where the way from an antenna at `from` to `place` meets walls, if there is one.
    pub(super) fn points(&self, way: usize, from: Vec3, place: Vec3) -> Option<Vec<Vec3>> {
        self.list[way].orders.iter().find_map(|order| order.points(&self.walls, from, place))
    }

    /// What is left of an antenna's wave on a way to a place: its gain there times the walls' coefficient.
    pub(super) fn share(&self, way: usize, antenna: &Antenna, from: Vec3, place: Vec3) -> Complex64 {
        let leg = self.leg(way, from, place);
        leg.map_or(Complex64::new(0.0, 0.0), |leg| leg.coefficient * antenna.amplitude(leg.departs, self.axis))
    }
}
