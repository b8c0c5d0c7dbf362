//! Transfer functions between antennas against closed forms.

mod asked;
mod bodies;
mod rooms;
mod shadows;

use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::{Complex32, Complex64, Rotation, Vec3};
use kinecho::channel::{
    Antenna, Channel, ChannelError, ChannelLink, ChannelSettings, Element, Place, Query, Surroundings, channel,
    channel_at,
};
use kinecho::geometry::{Mesh, MovingMesh, primitives};
use kinecho::propagation::room::{Sides, shell};
use kinecho::propagation::{Material, Polarisation, Room};
use kinecho::sensor::sounding::{Comb, Ends, Eyes, Shot, Shots, Sounding, Tones};
use kinecho::sim::Engine;
use std::f64::consts::{PI, TAU};

const HZ: f64 = 5.2e9;

fn wavelength() -> f64 {
    SPEED_OF_LIGHT / HZ
}

fn wave(amplitude: f64, path: f64, hz: f64) -> Complex64 {
    Complex64::from_polar(amplitude, -TAU * (path * hz / SPEED_OF_LIGHT).fract())
}

fn db(x: f64) -> f64 {
    20.0 * x.log10()
}

fn at(x: f64, y: f64, z: f64) -> Vec3 {
    Vec3::new(x, y, z)
}

/// A closed mesh that moves along a line.
struct Moving {
    mesh: Mesh,
    start: Vec3,
    velocity: Vec3,
}

impl Moving {
    fn new(mesh: Mesh, start: Vec3, velocity: Vec3) -> Self {
        Self { mesh, start, velocity }
    }
}

impl MovingMesh for Moving {
    fn faces(&self) -> &[[u32; 3]] {
        &self.mesh.faces
    }
    fn vertex_count(&self) -> usize {
        self.mesh.vertices.len()
    }
    fn vertices_at(&self, t: f64, out: &mut [Vec3]) {
        for (o, v) in out.iter_mut().zip(&self.mesh.vertices) {
            *o = v + self.start + self.velocity * t;
        }
    }
    fn is_solid(&self) -> bool {
        true
    }
}

fn one(tx: Antenna, rx: Antenna) -> ChannelLink {
    ChannelLink { tx: vec![tx], rx: vec![rx], tones_hz: vec![HZ] }
}

fn wide(z: Complex32) -> Complex64 {
    Complex64::new(f64::from(z.re), f64::from(z.im))
}

fn first(channel: &Channel) -> Complex64 {
    wide(channel.data[[0, 0, 0, 0]])
}

fn run(around: &Surroundings, link: &ChannelLink, times: &[f64]) -> Channel {
    channel(around, link, times, &ChannelSettings::default()).unwrap()
}
