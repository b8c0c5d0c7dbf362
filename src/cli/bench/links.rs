//! What a second of a WiFi link and of an RFID reader costs: somebody who walks in a furnished room, on one core.

use super::{median, walker};
use crate::base::Vec3;
use crate::channel::{Antenna, ChannelError, ChannelLink, ChannelSettings, Query, Surroundings, channel, channel_at};
use crate::geometry::{MovingMesh, primitives};
use crate::propagation::room::{Sides, shell};
use crate::propagation::{Material, Polarisation, Room};
use crate::sensor::wifi::{WifiBand, WifiSpec};
use serde::Serialize;
use std::time::Instant;

/// Packets of the second.
const PACKETS: u32 = 1000;
/// Tags on the front wall, and reads of the second, as many as readers give.
const TAGS: usize = 23;
const READS: usize = 200;
/// Reads are at frequencies of the American band.
const RFID_HZ: [f64; 4] = [903.25e6, 910.75e6, 917.75e6, 926.25e6];

/// What the links cost.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct LinkCosts {
    /// A second of 1,000 packets between one and three antennas on 114 subcarriers at 5.2 GHz, at most two reflections at walls, ms.
    pub(super) csi_second_ms: f64,
    /// A second of 200 reads of 23 tags, at most one reflection, ms.
    pub(super) rfid_second_ms: f64,
}

/// Measures both, on the threads of the pool that this runs in.
pub(super) fn costs(repeats: u16) -> anyhow::Result<LinkCosts> {
    let person = walker(Vec3::new(0.3, 2.8, 0.0), 2.0, 0)?;
    let at = |x: f64, y: f64, z: f64| Vec3::new(x, y, z);
    let furniture = [
        (at(1.2, 0.6, 0.72), at(1.2, 3.6, 0.36)),
        (at(0.8, 0.4, 1.8), at(-2.0, 4.5, 0.9)),
        (at(2.0, 0.8, 0.8), at(-1.7, 1.2, 0.4)),
    ]
    .map(|(size, place)| primitives::cuboid(size).translated(place));
    let mut meshes: Vec<&dyn MovingMesh> = vec![&person];
    meshes.extend(furniture.iter().map(|mesh| mesh as &dyn MovingMesh));
    let sides = Sides {
        x: [Some(Material::Plasterboard); 2],
        y: [Some(Material::Concrete); 2],
        z: [Some(Material::Concrete), Some(Material::CeilingBoard)],
    };
    let walls = shell(at(-2.8, -0.8, 0.0), at(2.8, 5.5, 2.7), &sides);
    let room = Room { walls, order: 2, polarisation: Polarisation::Vertical };
    let settings = ChannelSettings::default();
    let around = |hz: f64| [Material::Skin, Material::Wood, Material::Wood, Material::Wood].map(|m| m.amplitude(hz));
    let timed = |run: &dyn Fn() -> Result<usize, ChannelError>| -> anyhow::Result<f64> {
        let mut all = Vec::new();
        for _ in 0..repeats.max(1) {
            let since = Instant::now();
            std::hint::black_box(run()?);
            all.push(since.elapsed().as_secs_f64() * 1e3);
        }
        Ok(median(all))
    };
    let still = [false, true, true, true];
    // 114 subcarriers are 40 MHz.
    let wifi = WifiSpec {
        band_ghz: WifiBand::Five,
        channel: 38,
        bandwidth_mhz: 40,
        secondary: None,
        ..WifiSpec::preset("wifi_atheros")?
    };
    let tones_hz = wifi.frequencies_hz();
    let reflects = around(tones_hz[0]);
    let surroundings = Surroundings { meshes: &meshes, still: &still, reflects: &reflects, room: Some(&room) };
    let rx = (0..3).map(|i| Antenna::dipole(at(0.9 + 0.026 * f64::from(i), 5.2, 1.0))).collect();
    let link = ChannelLink { tx: vec![Antenna::dipole(at(-0.6, -0.5, 1.1))], rx, tones_hz };
    let times: Vec<f64> = (0..PACKETS).map(|i| f64::from(i) / f64::from(PACKETS)).collect();
    let csi_second_ms = timed(&|| Ok(channel(&surroundings, &link, &times, &settings)?.data.len()))?;
    let reflects = around(RFID_HZ[0]);
    let surroundings = Surroundings { meshes: &meshes, still: &still, reflects: &reflects, room: Some(&room) };
    let tag = |i: usize| Antenna::isotropic(at(-1.8 + 0.6 * (i % 6) as f64, 5.45, 0.5 + 0.5 * (i / 6) as f64));
    let link = ChannelLink {
        tx: (0..TAGS).map(tag).collect(),
        rx: vec![Antenna::isotropic(at(0.0, -0.5, 1.6))],
        tones_hz: RFID_HZ.to_vec(),
    };
    // Tags in an order without a pattern.
    let read = |i: usize| Query { time_s: i as f64 / READS as f64, tone: i * 4 / READS, tx: i * 7 % TAGS, rx: 0 };
    let queries: Vec<Query> = (0..READS).map(read).collect();
    // As scenes of readers have it: one reflection.
    let settings = ChannelSettings { order: Some(1), ..settings };
    let rfid_second_ms = timed(&|| Ok(channel_at(&surroundings, &link, &queries, &settings)?.0.len()))?;
    Ok(LinkCosts { csi_second_ms, rfid_second_ms })
}
