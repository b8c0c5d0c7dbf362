//! Antennas: where they are and how they radiate.

use super::Surroundings;
use crate::base::Vec3;
use crate::geometry::measure;
use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_PI_2;

/// How an antenna radiates, relative to where it radiates most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// Alike in all directions.
    Isotropic,
    /// A half-wave dipole along the polarisation; 2.15 dBi across it, nothing along it.
    #[default]
    Dipole,
    /// A patch or panel.
    Patch {
        /// Where it looks; a unit vector.
        towards: Vec3,
        /// Full width at which half of the power is left, rad, below π.
        width_rad: f64,
    },
}

/// What a patch radiates sideways and backwards over what it radiates ahead, amplitude: −20 dB, as data sheets of reader antennas have it.
const BEHIND: f64 = 0.1;

impl Element {
    /// Gain where a half-wave dipole radiates most, dBi (Balanis, Antenna Theory, eq. 4-91).
    pub const DIPOLE_DBI: f64 = 2.156;

    /// Amplitude in the unit direction `way` over the largest, for the polarisation `axis`: `|cos(π/2 cos θ) / sin θ|` of a dipole (Balanis, eq. 4-84), a power
    /// of the cosine of a patch.
    pub fn amplitude(self, way: Vec3, axis: Vec3) -> f64 {
        match self {
            Self::Isotropic => 1.0,
            Self::Dipole => {
                let cosine = way.dot(&axis).clamp(-1.0, 1.0);
                let sine = (1.0 - cosine * cosine).sqrt();
                if sine < 1e-6 { 0.0 } else { ((FRAC_PI_2 * cosine).cos() / sine).abs() }
            }
            Self::Patch { towards, width_rad } => {
                let power = 0.5_f64.sqrt().ln() / (0.5 * width_rad).cos().ln();
                way.dot(&towards).max(0.0).powf(power).max(BEHIND)
            }
        }
    }
}

/// Where an antenna is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// It stands, m.
    Fixed(Vec3),
    /// It is carried by a face of a mesh.
    Carried {
        /// Which mesh of the surroundings.
        mesh: usize,
        /// Which face of it.
        face: usize,
        /// Height over the middle of the face, m.
        height_m: f64,
    },
}

/// An antenna.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Antenna {
    /// Where it is.
    pub place: Place,
    /// How it radiates.
    pub element: Element,
    /// Gain where it radiates most, dBi; 0 where it is counted elsewhere.
    pub gain_dbi: f64,
}

impl Antenna {
    /// An isotropic antenna that stands.
    pub fn isotropic(place: Vec3) -> Self {
        Self { place: Place::Fixed(place), element: Element::Isotropic, gain_dbi: 0.0 }
    }

    /// A dipole that stands.
    pub fn dipole(place: Vec3) -> Self {
        Self { element: Element::Dipole, gain_dbi: Element::DIPOLE_DBI, ..Self::isotropic(place) }
    }

    /// The mesh that carries it.
    pub(super) fn carrier(&self) -> Option<usize> {
        match self.place {
            Place::Fixed(_) => None,
            Place::Carried { mesh, .. } => Some(mesh),
        }
    }

    /// Amplitude in the unit direction `way`.
    pub(super) fn amplitude(&self, way: Vec3, axis: Vec3) -> f64 {
        self.element.amplitude(way, axis) * 10f64.powf(0.05 * self.gain_dbi)
    }

    /// Where it is, given the vertices of its carrier.
    pub(super) fn on(&self, around: &Surroundings, vertices: &[Vec3]) -> Vec3 {
        match self.place {
            Place::Fixed(place) => place,
            Place::Carried { mesh, face, height_m } => {
                let corners = measure::corners(vertices, &around.meshes[mesh].faces()[face]);
                measure::centre(&corners) + measure::unit_normal(&corners) * height_m
            }
        }
    }

    /// Where it is at a moment.
    pub(super) fn place_at(&self, around: &Surroundings, time_s: f64) -> Vec3 {
        match self.place {
            Place::Fixed(place) => place,
            Place::Carried { mesh, .. } => {
                let mut vertices = vec![Vec3::zeros(); around.meshes[mesh].vertex_count()];
                around.meshes[mesh].vertices_at(time_s, &mut vertices);
                self.on(around, &vertices)
            }
        }
    }

    /// What keeps it from being an antenna there.
    pub(super) fn check(&self, around: &Surroundings) -> Result<(), String> {
        if !self.gain_dbi.is_finite() {
            return Err(format!("has the gain {} dBi; expected a number", self.gain_dbi));
        }
        if let Element::Patch { towards, width_rad } = self.element {
            // Written so that NaN fails as well.
            if !((towards.norm() - 1.0).abs() < 1e-6 && width_rad > 0.0 && width_rad < std::f64::consts::PI) {
                return Err("is a patch without a unit direction, or with a width outside 0 to 180°".into());
            }
        }
        match self.place {
            Place::Fixed(place) => {
                if !place.iter().all(|x| x.is_finite()) {
                    return Err("is at a place that is not finite".into());
                }
                // In front of every wall, within its edges or not: a box has no other inside.
                let walls = around.room.iter().flat_map(|room| &room.walls);
                for (i, wall) in walls.enumerate() {
                    let height = wall.height(place);
                    if height <= 0.0 {
                        let [x, y, z] = [place.x, place.y, place.z];
                        return Err(format!(
                            "at ({x:.3}, {y:.3}, {z:.3}) m is {:.3} m behind wall {i} of the room; expected a place inside",
                            -height
                        ));
                    }
                }
                Ok(())
            }
            Place::Carried { mesh, face, height_m } => {
                let faces = around.meshes.get(mesh).map(|m| m.faces().len());
                match faces {
                    None => Err(format!("is carried by mesh {mesh}, of which there are {}", around.meshes.len())),
                    Some(n) if face >= n => Err(format!("is carried by face {face} of mesh {mesh}, which has {n}")),
                    _ if !height_m.is_finite() => Err("stands at a height over its face that is not finite".into()),
                    _ => Ok(()),
                }
            }
        }
    }
}
