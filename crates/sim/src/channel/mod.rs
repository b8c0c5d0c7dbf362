//! Transfer functions between antennas in a room: what WiFi receivers and RFID readers measure, before their electronics.
//!
//! ```text
//! mod.rs        the front door: surroundings, antennas, tones and times in, H[time, tone, rx, tx] out
//!   antenna.rs    antennas: where, how they radiate
//!   ways.rs       straight on and over walls: images, and what walls leave of a wave
//!   direct.rs     from antenna to antenna: line of sight and walls
//!   things.rs     what stands still: triangles by the closed surface integral, once a recording
//!   stations.rs   antennas that stand together
//!   skin/         skin of what moves, in pieces of about half a wavelength, at a moment as lists of numbers
//!   sight.rs      which pieces an antenna, or its image, sees
//!   nodes.rs      pieces at a moment: lengths of all legs, amplitudes of all trips
//!   weigh.rs      what pieces mirror and shade
//!   moving/       between moments: polynomials in time, sums on an even clock, packets from it
//!   sum.rs        the sum over pieces, vectorised
//!   tones.rs      few tones for each trip and for all, and all tones from them
//!   resample.rs   from an even clock to the times of packets
//! ```
//!
//! The convention is that of 802.11: `H = Σ a exp(−j2πfτ)`, `|H|²` being received over sent power. Written with the wave number k:
//!
//! - from antenna to antenna over the way w of the length d: `g g' Γ λ/(4πd) exp(−jkd)` (Friis; g are amplitude gains, Γ the walls' coefficient);
//! - a piece of surface with the area vector N at the distances R₁ and R₂ by physical optics: `−j g g' Γ Γ' / (4π R₁ R₂) exp(−jk(R₁+R₂)) F`
//!   times `r ½|N·(d₁ − d₂)|` for what it mirrors, where both ends see it, and times `½ N·(d₁ + d₂)` for the shadow that it casts: the Kirchhoff
//!   integral over what the wave falls on, with the opposite sign (Babinet). d₁ and d₂ are the directions of travel to and from it, r is what its material leaves, F the mean
//!   phasor over the piece. The integrand of the shadow depends on the rim of a body alone (Maggi 1888, Rubinowicz 1917), so knife edges and screens of
//!   ITU-R P.526 come out of it, and so does what is left of the direct way behind a body.
//!
//! The shadow is taken where the wave goes on within 30° of its direction, fades up to 60° and is left out beyond, where the sharp end
//! of the lit side would radiate what a body does not. Left out: waves from body to body, through walls and through things (all are opaque), around a
//! body as creeping waves, scattering by cloth (smooth at these wavelengths), and the second polarisation.

mod antenna;
mod direct;
mod error;
mod moving;
mod nodes;
mod resample;
mod sight;
mod skin;
mod stations;
mod sum;
mod things;
mod tones;
mod ways;
mod weigh;

pub use antenna::{Antenna, Element, Place};
pub use error::ChannelError;

use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Complex32, Complex64, Vec3};
use crate::geometry::MovingMesh;
use crate::propagation::Room;
use ndarray::Array4;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of a transfer function, at most.
const MAX_BYTES: u64 = 8 << 30;
/// Nearer than this, m, antennas of both sides are at one place.
const APART_M: f64 = 0.01;

/// What is around the antennas.
#[derive(Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// Surfaces: people, boxes and the like.
    pub meshes: &'a [&'a dyn MovingMesh],
    /// Which of them stand still; those beyond the list move.
    pub still: &'a [bool],
    /// Share of the amplitude that each mesh reflects, 0..1; those beyond the list reflect fully.
    pub reflects: &'a [f64],
    /// Walls; `order` counts reflections at them on a whole way.
    pub room: Option<&'a Room>,
}

/// Between which antennas, at which tones.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelLink {
    /// Antennas that send.
    pub tx: Vec<Antenna>,
    /// Antennas that listen.
    pub rx: Vec<Antenna>,
    /// The tones, Hz, rising.
    pub tones_hz: Vec<f64>,
}

/// How finely is computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelSettings {
    /// Reflections at walls on a whole way, at most 2; without it as many as the room has for the radar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<usize>,
    /// Edge of the pieces into which moving surfaces are cut, wavelengths; 0.1 to 2.
    pub tile_wavelengths: f64,
    /// The same for waves that meet walls, which are weaker; 0.1 to 2.
    pub wall_tile_wavelengths: f64,
    /// Between the moments at which bodies and what is seen of them are evaluated, s; 0.002 to 0.1. Polynomials of degree five lie between.
    pub node_s: f64,
    /// Edge of the longest triangle of a still thing, by the share of the first Fresnel zone's radius at its distance; 0.05 to 1.
    pub thing_share: f64,
    /// Whether the parts of bodies hide each other; otherwise what faces an antenna is seen.
    pub hides: bool,
    /// Whether bodies and things cast shadows.
    pub shadows: bool,
}

impl Default for ChannelSettings {
    fn default() -> Self {
        Self {
            order: None,
            tile_wavelengths: 0.5,
            wall_tile_wavelengths: 0.7,
            node_s: 0.06,
            thing_share: 0.4,
            hides: true,
            shadows: true,
        }
    }
}

impl ChannelSettings {
    /// Whether nothing differs from the usual, which files leave out.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<crate::base::yaml::Problem> {
        let ranges = [
            ("tile_wavelengths", self.tile_wavelengths, 0.1, 2.0),
            ("wall_tile_wavelengths", self.wall_tile_wavelengths, 0.1, 2.0),
            ("node_s", self.node_s, 0.002, 0.1),
            ("thing_share", self.thing_share, 0.05, 1.0),
        ];
        let order = self.order.filter(|order| *order > 2);
        let order = order.map(|n| crate::base::yaml::Problem::new("order", format!("{n} given, must be 0 to 2")));
        let wrong = ranges.into_iter().filter(|(_, v, low, high)| !(v >= low && v <= high));
        wrong
            .map(|(key, v, low, high)| {
                crate::base::yaml::Problem::new(key, format!("{v} given, must be {low} to {high}"))
            })
            .chain(order)
            .collect()
    }
}

/// A way from antenna to antenna, between the first antennas at the first moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathReport {
    /// Walls it meets, by their numbers in the room.
    pub walls: Vec<usize>,
    /// Its length over the speed of light, s.
    pub delay_s: f64,
    /// `|H|²` of it alone in mid-band, dB, without what stands in its way.
    pub gain_db: f64,
}

/// What was computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelReport {
    /// Ways from antenna to antenna.
    pub paths: Vec<PathReport>,
    /// Pieces of moving surfaces.
    pub tiles: usize,
    /// Triangles of still things.
    pub triangles: usize,
    /// Rate at which moving bodies were summed up, Hz, 0 where nothing moves.
    pub rate_hz: f64,
    /// Largest Doppler frequency of a piece, Hz.
    pub doppler_hz: f64,
    /// Pieces left out at some moment since they were within half a wavelength of an antenna.
    pub near: usize,
}

/// A transfer function.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// `H[time, tone, rx, tx]`, √W received a √W sent.
    pub data: Array4<Complex32>,
    /// What was computed.
    pub report: ChannelReport,
}

/// The transfer function of a link at the given times, s, in whatever order.
///
/// # Errors
/// Settings out of range, antennas behind walls or on faces that are not there, meshes that are no meshes, times that are no numbers.
pub fn channel(
    around: &Surroundings,
    link: &ChannelLink,
    times_s: &[f64],
    settings: &ChannelSettings,
) -> Result<Channel, ChannelError> {
    let problem = Problem::new(around, link, settings)?;
    if let Some(i) = times_s.iter().position(|t| !t.is_finite()) {
        return Err(ChannelError::Time { packet: i, time_s: times_s[i] });
    }
    let (n_tone, n_rx, n_tx) = (link.tones_hz.len(), link.rx.len(), link.tx.len());
    let bytes = [n_tone, n_rx, n_tx].iter().fold(8 * times_s.len() as u64, |all, n| all.saturating_mul(*n as u64));
    if bytes > MAX_BYTES {
        return Err(ChannelError::TooLarge { packets: times_s.len(), bytes, limit: MAX_BYTES });
    }
    let mut data = Array4::<Complex32>::zeros((times_s.len(), n_tone, n_rx, n_tx));
    let mut report = ChannelReport::default();
    if times_s.is_empty() {
        return Ok(Channel { data, report });
    }
    let still = problem.still(&mut report)?;
    if let Some(still) = still {
        let narrow: Vec<Complex32> = still.iter().map(|z| Complex32::new(z.re as f32, z.im as f32)).collect();
        let packet = n_tone * n_rx * n_tx;
        if let Some(data) = data.as_slice_mut() {
            data.chunks_exact_mut(packet).for_each(|out| out.copy_from_slice(&narrow));
        }
    }
    problem.moving(times_s, &mut data, &mut report)?;
    Ok(Channel { data, report })
}

/// One number of a transfer function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query {
    /// When, s.
    pub time_s: f64,
    /// Which tone of the link.
    pub tone: usize,
    /// From which antenna.
    pub tx: usize,
    /// To which.
    pub rx: usize,
}

/// Single numbers of the transfer function of a link, in whatever order: what is read one tone and one pair of antennas at a time.
///
/// # Errors
/// As [`channel`]; a query for a tone or an antenna that is not there.
pub fn channel_at(
    around: &Surroundings,
    link: &ChannelLink,
    queries: &[Query],
    settings: &ChannelSettings,
) -> Result<(Vec<Complex64>, ChannelReport), ChannelError> {
    let problem = Problem::new(around, link, settings)?;
    let (n_rx, n_tx) = (link.rx.len(), link.tx.len());
    for (i, q) in queries.iter().enumerate() {
        if !q.time_s.is_finite() {
            return Err(ChannelError::Time { packet: i, time_s: q.time_s });
        }
        if q.tone >= link.tones_hz.len() || q.rx >= n_rx || q.tx >= n_tx {
            return Err(ChannelError::Query { query: i });
        }
    }
    let mut report = ChannelReport::default();
    if queries.is_empty() {
        return Ok((Vec::new(), report));
    }
    let still = problem.still(&mut report)?;
    let mut out: Vec<Complex64> = match still {
        Some(still) => queries.iter().map(|q| still[(q.tone * n_rx + q.rx) * n_tx + q.tx]).collect(),
        None => vec![Complex64::new(0.0, 0.0); queries.len()],
    };
    problem.moving_at(queries, &mut out, &mut report)?;
    Ok((out, report))
}

/// All that the parts of this room know of a job.
struct Problem<'a> {
    around: &'a Surroundings<'a>,
    link: &'a ChannelLink,
    settings: &'a ChannelSettings,
    /// Straight on first, then over walls.
    ways: ways::Ways,
    /// Pairs of ways there and back, by their places in the list.
    trips: Vec<[usize; 2]>,
    /// In the middle of the tones, Hz.
    centre_hz: f64,
    /// Numbers of the meshes that stand still, and of those that move.
    still_meshes: Vec<usize>,
    moving_meshes: Vec<usize>,
    /// Whether an antenna is carried by a mesh that moves.
    carried: bool,
}

impl<'a> Problem<'a> {
    fn new(
        around: &'a Surroundings<'a>,
        link: &'a ChannelLink,
        settings: &'a ChannelSettings,
    ) -> Result<Self, ChannelError> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Err(ChannelError::Settings { problems });
        }
        let rising = link.tones_hz.windows(2).all(|w| w[0] < w[1]);
        let audible = |f: &f64| *f >= 1e8 && *f <= 1e11;
        if link.tones_hz.is_empty() || !rising || !link.tones_hz.iter().all(audible) {
            return Err(ChannelError::Tones);
        }
        if let Some(message) = around.room.and_then(Room::problem) {
            return Err(ChannelError::Room { message });
        }
        if let Some(mesh) = around.reflects.iter().position(|s| !(0.0..=1.0).contains(s)) {
            return Err(ChannelError::Reflects { mesh, share: around.reflects[mesh] });
        }
        for (mesh, m) in around.meshes.iter().enumerate() {
            let count = m.vertex_count();
            let wrong = m
                .faces()
                .iter()
                .enumerate()
                .find_map(|(f, face)| face.iter().find(|v| **v as usize >= count).map(|v| (f, *v)));
            if let Some((face, vertex)) = wrong {
                return Err(ChannelError::FaceIndex { mesh, face, vertex, count });
            }
        }
        let is_still = |m: &usize| around.still.get(*m).copied().unwrap_or(false);
        let (still_meshes, moving_meshes): (Vec<usize>, Vec<usize>) = (0..around.meshes.len()).partition(is_still);
        for (side, antennas) in [("tx", &link.tx), ("rx", &link.rx)] {
            if antennas.is_empty() {
                return Err(ChannelError::NoAntenna { side });
            }
            for (i, antenna) in antennas.iter().enumerate() {
                antenna.check(around).map_err(|message| ChannelError::Antenna { side, antenna: i, message })?;
            }
        }
        let fixed = |antennas: &[Antenna]| -> Vec<(usize, Vec3)> {
            let places = antennas.iter().enumerate().filter(|(_, a)| a.carrier().is_none());
            places.map(|(i, a)| (i, a.place_at(around, 0.0))).collect()
        };
        for (i, rx) in fixed(&link.rx) {
            if let Some((k, _)) = fixed(&link.tx).into_iter().find(|(_, tx)| (tx - rx).norm() < APART_M) {
                let message =
                    format!("is at the place of tx antenna {k}; expected antennas that are apart by 1 cm and more");
                return Err(ChannelError::Antenna { side: "rx", antenna: i, message });
            }
        }
        let carried = link.tx.iter().chain(&link.rx).any(|a| a.carrier().is_some_and(|m| !is_still(&m)));
        let centre_hz = 0.5 * (link.tones_hz[0] + link.tones_hz[link.tones_hz.len() - 1]);
        let ways = ways::Ways::of(around.room, settings.order, centre_hz);
        let trips = ways.trips();
        Ok(Self { around, link, settings, ways, trips, centre_hz, still_meshes, moving_meshes, carried })
    }

    fn wavelength_m(&self) -> f64 {
        SPEED_OF_LIGHT / self.centre_hz
    }

    fn reflects(&self, mesh: usize) -> f64 {
        self.around.reflects.get(mesh).copied().unwrap_or(1.0)
    }

    /// What does not change: antenna to antenna and still things, `[tone, rx, tx]`; `None` where antennas are carried.
    fn still(&self, report: &mut ChannelReport) -> Result<Option<Vec<Complex64>>, ChannelError> {
        let vertices = self.vertices(&self.still_meshes, 0.0)?;
        let things = things::Things::new(self, &vertices);
        report.triangles = things.count();
        let fixed = |antennas: &[Antenna]| antennas.iter().map(|a| a.place_at(self.around, 0.0)).collect::<Vec<Vec3>>();
        let ends = [fixed(&self.link.tx), fixed(&self.link.rx)];
        things.hold_no_antenna(self, &ends)?;
        report.paths = self.paths(&ends);
        if self.carried {
            return Ok(None);
        }
        let mut out = self.direct(&ends);
        things.add(self, &ends, &mut out)?;
        Ok(Some(out))
    }

    /// Vertices of some meshes at a moment, `[mesh of the list][vertex]`.
    fn vertices(&self, meshes: &[usize], time_s: f64) -> Result<Vec<Vec<Vec3>>, ChannelError> {
        let of = |&mesh: &usize| {
            let mut out = vec![Vec3::zeros(); self.around.meshes[mesh].vertex_count()];
            self.around.meshes[mesh].vertices_at(time_s, &mut out);
            match out.iter().position(|v| !(v.x + v.y + v.z).is_finite()) {
                Some(vertex) => Err(ChannelError::NotFinite { mesh, vertex, time_s }),
                None => Ok(out),
            }
        };
        meshes.iter().map(of).collect()
    }
}
