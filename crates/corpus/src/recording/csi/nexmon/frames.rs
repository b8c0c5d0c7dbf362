//! What one frame holds: where it comes from, which channel and chip, and the samples in the chip's number format.

use super::super::grids::channel_hz;
use crate::base::Complex32;

/// UDP port that the firmware sends to.
const PORT: u16 = 5500;
/// Bytes of a payload before its samples.
const HEADER: usize = 18;

/// How a chip writes its samples.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    /// Two 16-bit integers, real part first.
    Integers,
    /// Two mantissas with signs, the real part above, over one exponent: bits of each.
    Float { mantissa: u32, exponent: u32 },
}

/// Chips by the number in their frames; several firmwares write a number of their own.
const CHIPS: [(u16, &str, Format); 6] = [
    (0x0001, "4339", Format::Integers),
    (0x0065, "43455c0", Format::Integers),
    (0x0003, "4358", Format::Float { mantissa: 9, exponent: 5 }),
    (0xDEAD, "4358", Format::Float { mantissa: 9, exponent: 5 }),
    (0x006A, "4366c0", Format::Float { mantissa: 12, exponent: 6 }),
    (0xE834, "4366c0", Format::Float { mantissa: 12, exponent: 6 }),
];

/// The chips that are known, in words.
pub(super) fn chips() -> String {
    CHIPS.map(|(number, name, _)| format!("{number:#06x} ({name})")).join(", ")
}

/// A chip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chip(usize);

impl Chip {
    pub(super) fn name(self) -> &'static str {
        CHIPS[self.0].1
    }
}

/// A channel as Broadcom's drivers write it: centre channel, width, band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Channel(u16);

impl Channel {
    /// Width, MHz; 0 where it is none of 20 to 160.
    pub(super) fn mhz(self) -> u32 {
        match (self.0 >> 11) & 7 {
            2 => 20,
            3 => 40,
            4 => 80,
            5 => 160,
            _ => 0,
        }
    }

    fn band_5(self) -> bool {
        self.0 >> 14 == 3
    }

    pub(super) fn centre_hz(self) -> Option<f64> {
        channel_hz(self.band_5(), u32::from(self.0 & 0xFF))
    }

    pub(super) fn told(self) -> String {
        let band = if self.band_5() { "5" } else { "2.4" };
        format!("channel {} of {} MHz at {band} GHz", self.0 & 0xFF, self.mhz())
    }
}

/// Why a frame is left out.
pub(super) enum Refused {
    /// No UDP to the port of the firmware.
    Other,
    /// The capture kept only its beginning.
    Snapped,
    /// The mark of the firmware is missing.
    Mark,
    /// A chip that is not known.
    Chip(u16),
    /// As many bytes as no channel of this width has.
    Size { found: usize, mhz: u32 },
}

impl Refused {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Other => format!("frames that are no CSI (not UDP to port {PORT})"),
            Self::Snapped => "frames of which the capture kept only the beginning".into(),
            Self::Mark => "frames of other firmware (without the mark 0x1111)".into(),
            Self::Chip(chip) => format!("frames of another chip ({chip:#06x})"),
            Self::Size { found, mhz: 0 } => {
                format!("frames of {found} bytes and a width that is none of 20 to 160 MHz")
            }
            Self::Size { found, mhz } => {
                let needed = HEADER + 4 * points(*mhz);
                format!("frames of {found} bytes where {mhz} MHz make {needed}")
            }
        }
    }
}

/// Points of the transform over so many MHz.
fn points(mhz: u32) -> usize {
    mhz as usize / 5 * 16
}

/// One core and one spatial stream of a packet.
pub(super) struct CoreFrame {
    pub(super) rssi_dbm: Option<f32>,
    pub(super) sender: [u8; 6],
    pub(super) number: u16,
    pub(super) core: u8,
    pub(super) stream: u8,
    pub(super) channel: Channel,
    pub(super) chip: Chip,
    /// One a point of the transform: subcarrier 0 up, then the negative ones.
    pub(super) samples: Vec<Complex32>,
}

impl CoreFrame {
    /// Takes an Ethernet frame apart.
    pub(super) fn parse(frame: &[u8]) -> Result<Self, Refused> {
        let payload = udp_payload(frame)?;
        let p = payload;
        if p.len() < HEADER || p[..2] != [0x11, 0x11] {
            return Err(Refused::Mark);
        }
        let word = |at: usize| u16::from_le_bytes([p[at], p[at + 1]]);
        // Of some firmwares the two bytes come the other way round; both numbers have three bits.
        let place = if word(12) > 0x3F { word(12).swap_bytes() } else { word(12) };
        let channel = Channel(word(14));
        let chip = CHIPS.iter().position(|(number, ..)| *number == word(16)).ok_or(Refused::Chip(word(16)))?;
        let mhz = channel.mhz();
        if mhz == 0 || p.len() != HEADER + 4 * points(mhz) {
            return Err(Refused::Size { found: p.len(), mhz });
        }
        let words = p[HEADER..].chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let format = CHIPS[chip].2;
        Ok(Self {
            rssi_dbm: (p[2..4] != [0x11, 0x11]).then(|| f32::from(p[2] as i8)),
            sender: [p[4], p[5], p[6], p[7], p[8], p[9]],
            number: word(10),
            core: (place & 7) as u8,
            stream: (place >> 3 & 7) as u8,
            channel,
            chip: Chip(chip),
            samples: words.map(|word| sample(word, format)).collect(),
        })
    }
}

/// What a UDP packet over IPv4 to the firmware's port carries; bytes that the link added behind it do not count.
fn udp_payload(frame: &[u8]) -> Result<&[u8], Refused> {
    let ip = frame.get(14..).filter(|_| frame[12..14] == [0x08, 0x00]).ok_or(Refused::Other)?;
    let header = usize::from(ip.first().map_or(0, |b| b & 0xF)) * 4;
    let udp = ip.get(header.max(20)..).filter(|_| ip[0] >> 4 == 4 && ip[9] == 17).ok_or(Refused::Other)?;
    let word = |at: usize| udp.get(at..at + 2).map(|b| u16::from_be_bytes([b[0], b[1]]));
    if word(2) != Some(PORT) {
        return Err(Refused::Other);
    }
    let length = usize::from(word(4).unwrap_or(0));
    udp.get(8..length.max(8)).ok_or(Refused::Snapped)
}

/// A sample. The tools of Nexmon's authors shift all mantissas of a packet to integers of ten bits; here exponents stay, so that packets
/// can be compared.
fn sample(word: u32, format: Format) -> Complex32 {
    match format {
        Format::Integers => {
            let part = |shift: u32| f32::from((word >> shift) as u16 as i16);
            Complex32::new(part(0), part(16))
        }
        Format::Float { mantissa, exponent } => {
            let raw = (word & ((1 << exponent) - 1)) as i32;
            let power = if raw >= 1 << (exponent - 1) { raw - (1 << exponent) } else { raw };
            let part = |shift: u32| {
                let bits = word >> shift;
                let size = (bits & ((1 << (mantissa - 1)) - 1)) as f32;
                let sign = if bits >> (mantissa - 1) & 1 == 1 { -1.0 } else { 1.0 };
                sign * size * 2f32.powi(power)
            };
            Complex32::new(part(exponent + mantissa), part(exponent))
        }
    }
}
