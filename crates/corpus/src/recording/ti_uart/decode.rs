//! Points of one packet.
//!
//! Layouts: mmWave SDK `mmw_output.h`, `detected_obj.h` (1.x, 2.x) and `dpif_pointcloud.h` (3.x); TI's radar toolbox,
//! "Understanding UART Data Output Format"; `mmwdemo_tlvs.h` of the people counting demos.

use super::packets::{Framing, Tlv};
use crate::base::Vec3;
use std::collections::BTreeMap;

/// Detected points.
const POINTS: u32 = 1;
/// Ratio to the noise, and noise, of each of them.
const SIDE_INFO: u32 = 7;
/// Compressed points of the people counting demos.
const COMPRESSED: u32 = 1020;
/// The same in the demo of the industrial toolbox 4.
const COMPRESSED_EARLY: u32 = 6;

/// A point, whose range and velocity may still be bins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detection {
    pub(super) position: Vec3,
    /// Range, m; none where it is the length of the position.
    pub(super) range: Measure,
    /// Radial velocity.
    pub(super) velocity: Measure,
    pub(super) intensity_db: f64,
}

/// A value or a bin.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measure {
    Value(f64),
    Bin(f64),
}

/// What a packet holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoded {
    pub(super) detections: Vec<Detection>,
    /// Whether there are points, but nothing that says how strong they are.
    pub(super) without_strength: bool,
    /// Whether an item with points was there at all, be it empty.
    pub(super) has_points: bool,
}

/// Decodes the points of a packet; items of other kinds are counted. The text says what does not fit.
pub(super) fn decode(
    framing: Framing,
    packet: &[u8],
    items: &[Tlv<'_>],
    skipped: &mut BTreeMap<u32, usize>,
) -> Result<Decoded, String> {
    let mut decoded = Decoded::default();
    let mut strengths = None;
    let announced = framing.announced(packet);
    let major = packet.get(11).copied().unwrap_or(0);
    let early = framing == Framing::PeopleCounting;
    for item in items {
        match item.kind {
            POINTS if !early => {
                decoded.has_points = true;
                decoded.detections = if major < 3 { fixed(item.value)? } else { floats(item.value, announced)? };
                decoded.without_strength = major >= 3 && !decoded.detections.is_empty();
            }
            SIDE_INFO if !early => strengths = Some(item.value),
            COMPRESSED | COMPRESSED_EARLY if early == (item.kind == COMPRESSED_EARLY) => {
                decoded.has_points = true;
                decoded.detections = compressed(item.value)?;
            }
            other => *skipped.entry(other).or_default() += 1,
        }
    }
    if let Some(bytes) = strengths.filter(|_| decoded.without_strength) {
        let (pairs, rest) = bytes.as_chunks::<4>();
        if pairs.len() != decoded.detections.len() || !rest.is_empty() {
            let (found, points) = (bytes.len(), decoded.detections.len());
            return Err(format!("item 7 (side info) holds {found} bytes for {points} points, expected {}", 4 * points));
        }
        for (detection, pair) in decoded.detections.iter_mut().zip(pairs) {
            // Steps of 0.1 dB.
            detection.intensity_db = 0.1 * f64::from(i16::from_le_bytes([pair[0], pair[1]]));
        }
        decoded.without_strength = false;
    }
    Ok(decoded)
}

/// Points of SDK 3: x, y, z in m and the velocity in m/s, positive = receding.
fn floats(bytes: &[u8], announced: Option<usize>) -> Result<Vec<Detection>, String> {
    let (points, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() || announced.is_some_and(|n| n != points.len()) {
        let announced = announced.unwrap_or(0);
        return Err(format!(
            "item 1 holds {} bytes for {announced} points, expected {} (x, y, z, velocity): the stream of another demo",
            bytes.len(),
            16 * announced
        ));
    }
    let detections = points.iter().map(|p| {
        let value = |i: usize| f64::from(f32::from_le_bytes([p[4 * i], p[4 * i + 1], p[4 * i + 2], p[4 * i + 3]]));
        let position = Vec3::new(value(0), value(1), value(2));
        Detection {
            position,
            range: Measure::Value(position.norm()),
            velocity: Measure::Value(value(3)),
            intensity_db: 0.0,
        }
    });
    Ok(detections.collect())
}

/// Points of SDK 1 and 2: a count and a number of fractional bits, then range bin, Doppler bin, peak, x, y, z of 16 bits each.
fn fixed(bytes: &[u8]) -> Result<Vec<Detection>, String> {
    let half = |at: usize| bytes.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let (Some(count), Some(bits)) = (half(0), half(2)) else {
        return Err(format!("item 1 holds {} bytes, expected a count and a number of fractional bits", bytes.len()));
    };
    let (points, rest) = bytes[4..].as_chunks::<12>();
    if points.len() != usize::from(count) || !rest.is_empty() || bits > 15 {
        return Err(format!(
            "item 1 holds {} bytes for {count} points with {bits} fractional bits, expected {} and at most 15: the stream of another demo",
            bytes.len(),
            4 + 12 * usize::from(count)
        ));
    }
    let scale = f64::from(1u32 << bits);
    let detections = points.iter().map(|p| {
        let word = |i: usize| [p[2 * i], p[2 * i + 1]];
        let place = |i: usize| f64::from(i16::from_le_bytes(word(i))) / scale;
        Detection {
            position: Vec3::new(place(3), place(4), place(5)),
            range: Measure::Bin(u16::from_le_bytes(word(0)).into()),
            velocity: Measure::Bin(i16::from_le_bytes(word(1)).into()),
            // As the ROS driver that recorded RadHAR has it.
            intensity_db: 10.0 * (f64::from(u16::from_le_bytes(word(2))) + 1.0).log10(),
        }
    });
    Ok(detections.collect())
}

/// Points of the people counting demos: five units, then elevation, azimuth, velocity, range and ratio to the noise in them.
fn compressed(bytes: &[u8]) -> Result<Vec<Detection>, String> {
    let Some((units, rest)) = bytes.split_at_checked(20) else {
        return Err(format!("compressed points of {} bytes, expected five units of 4 bytes first", bytes.len()));
    };
    let (points, rest) = rest.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(format!("compressed points of {} bytes, expected 20 and 8 a point", bytes.len()));
    }
    let unit =
        |i: usize| f64::from(f32::from_le_bytes([units[4 * i], units[4 * i + 1], units[4 * i + 2], units[4 * i + 3]]));
    if let Some(i) = (0..5).find(|&i| !(unit(i) > 0.0 && unit(i) < 10.0)) {
        let name = ["elevation", "azimuth", "velocity", "range", "ratio to the noise"][i];
        return Err(format!("compressed points whose unit of {name} is {}, expected above 0 and below 10", unit(i)));
    }
    let detections = points.iter().map(|p| {
        let (elevation, azimuth) = (f64::from(p[0] as i8) * unit(0), f64::from(p[1] as i8) * unit(1));
        let velocity = f64::from(i16::from_le_bytes([p[2], p[3]])) * unit(2);
        let range = f64::from(u16::from_le_bytes([p[4], p[5]])) * unit(3);
        // A ratio below the unit is written as 0.
        let ratio = f64::from(u16::from_le_bytes([p[6], p[7]])).max(0.5) * unit(4);
        let level = range * elevation.cos();
        Detection {
            position: Vec3::new(level * azimuth.sin(), level * azimuth.cos(), range * elevation.sin()),
            range: Measure::Value(range),
            velocity: Measure::Value(velocity),
            intensity_db: 10.0 * ratio.log10(),
        }
    });
    Ok(detections.collect())
}
