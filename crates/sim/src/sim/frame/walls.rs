//! Ways over the walls of a room: which there are, what they weigh, and the echoes of the walls themselves.

use super::FrameMaker;
use super::look::Look;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Complex64, Vec3};
use crate::propagation::elementary::cis_turns;
use crate::propagation::image_method::Bounces;
use crate::sensor::receiver::high_pass::HighPass;
use crate::sensor::sounding::{Tones, mean};
use crate::sim::fading;
use crate::sim::reception::{PathPhases, Reception};

/// The ways there and back, as places in the list of ways over walls; `None` is the straight way.
pub(super) type RoundTrip = [Option<usize>; 2];

/// What the walls themselves send back, for each way over them.
pub(super) struct WallEchoes {
    /// Their signals, `[way][tx, rx, tone]`, alike in all loops.
    signals: Vec<Vec<Complex64>>,
    /// The same without the filters of the receiver, which phase noise passes by.
    bare: Vec<Vec<Complex64>>,
    /// Their delays from the middle of the transmitters to that of the receivers, s.
    pub(super) delays_s: Vec<f64>,
}

/// All round trips with at most `order` reflections at walls, without the straight one.
pub(super) fn round_trips(ways: &[Bounces], order: usize) -> Vec<RoundTrip> {
    let count = |way: Option<usize>| way.map_or(0, |w| ways[w].order());
    let all = || std::iter::once(None).chain((0..ways.len()).map(Some));
    all()
        .flat_map(|there| all().map(move |back| [there, back]))
        .filter(|&[there, back]| (1..=order).contains(&(count(there) + count(back))))
        .collect()
}

impl FrameMaker<'_> {
    /// Images of `antennas` for a way.
    pub(super) fn images(&self, way: Option<usize>, antennas: &[Vec3]) -> Vec<Vec3> {
        match (way, self.room) {
            (Some(way), Some(room)) => antennas.iter().map(|a| self.ways[way].image(&room.walls, *a)).collect(),
            _ => antennas.to_vec(),
        }
    }

    /// The direction at an antenna of a wave that has the direction `d` at the antenna's image.
    pub(super) fn unfold(&self, way: Option<usize>, d: Vec3) -> Vec3 {
        match (way, self.room) {
            (Some(way), Some(room)) => self.ways[way].unfold(&room.walls, d),
            _ => d,
        }
    }

    /// What facets and points weigh on a round trip: walls times materials, zero where hidden.
    ///
    /// # Shapes
    /// `[facet, then point, then reflector]`.
    pub(super) fn weights(&self, look: &Look, [there, back]: RoundTrip) -> Vec<Complex64> {
        let faces = look.triangles.len();
        let one = Complex64::new(1.0, 0.0);
        let first = faces + self.stage.point_count();
        let mut weights = vec![one; first + self.stage.reflector_count()];
        (0..faces).for_each(|i| weights[i] = Complex64::new(self.stage.reflects(i), 0.0));
        let legs = [(there, look.there()), (back, look.back())];
        for (_, seen) in legs.iter().filter(|(way, _)| way.is_none()) {
            let hidden = |w: &mut Complex64, seen: &bool| *w = if *seen { *w } else { Complex64::new(0.0, 0.0) };
            weights.iter_mut().zip(&seen.visible).for_each(|(w, seen)| hidden(w, seen));
            weights[first..].iter_mut().zip(&seen.reflectors).for_each(|(w, seen)| hidden(w, seen));
        }
        if !look.turns.is_empty() {
            let end = |way: Option<usize>, ends: &[Vec3]| self.images(way, &[mean(ends)])[0];
            let (tx, rx) = (end(there, &self.ends().tx), end(back, &self.ends().rx));
            let places = &look.vertices[look.vertices.len() - look.turns.len()..];
            for (i, (turn, place)) in look.turns.iter().zip(places).enumerate() {
                weights[first + i] *= self.stage.share(i, turn, (tx - place, rx - place), there == back);
            }
        }
        let mut share =
            vec![Complex64::new(0.0, 0.0); if there.is_some() || back.is_some() { weights.len() } else { 0 }];
        for (way, seen) in legs.into_iter().filter_map(|(way, seen)| Some((way?, seen))) {
            share.fill(Complex64::new(0.0, 0.0));
            seen.by_walls[way].iter().for_each(|&(i, c)| share[i as usize] = c);
            weights.iter_mut().zip(&share).for_each(|(w, s)| *w *= s);
        }
        weights
    }

    /// Echo of the walls themselves for each way over them.
    ///
    /// A wall is met as if the receiver listened to the transmitter's image: power `P G G (λ / 4π d)² |Γ|²`, d the length of the way.
    /// In the unit of facet amplitudes that is `λ / d`, which is also the integral over an infinite plate; that integral gives
    /// the phase, `−j` times the conjugate of Γ.
    pub(super) fn wall_echoes(&self, tones: &Tones, reception: &Reception) -> WallEchoes {
        let signals = self.wall_signals(tones, reception, reception.high_pass);
        let bare = match reception.high_pass.is_none() {
            true => signals.clone(),
            false => self.wall_signals(tones, reception, HighPass::default()),
        };
        WallEchoes { signals, bare, delays_s: self.wall_delays_s() }
    }

    fn wall_signals(&self, tones: &Tones, reception: &Reception, high_pass: HighPass) -> Vec<Vec<Complex64>> {
        let Some(room) = self.room else { return Vec::new() };
        let wavelength = std::f64::consts::TAU / tones.mid_wave_number();
        let echo = |way: &Bounces, tx: Vec3, rx: Vec3| -> Vec<Complex64> {
            let n = tones.count();
            let length = (way.image(&room.walls, tx) - rx).norm();
            let lost = self.settings.drop_beyond_range && 0.5 * length >= self.max_range_m;
            let points = way.points(&room.walls, tx, rx).filter(|_| !lost);
            let Some(points) = points else { return vec![Complex64::new(0.0, 0.0); n] };
            let gamma = way.coefficient(&room.walls, (tx, &points, rx), self.polarisation(), self.frequency_hz());
            let ends = points.first().zip(points.last());
            let pattern = ends.map_or(1.0, |(first, last)| reception.pattern(first - tx, last - rx));
            let amplitude = gamma.conj() * Complex64::new(0.0, -pattern * wavelength / length) * high_pass.at(length);
            let tau = length / SPEED_OF_LIGHT;
            (0..n)
                .map(|i| {
                    let (c, s) = cis_turns(tones.turns(tau, i));
                    amplitude * Complex64::new(c, s)
                })
                .collect()
        };
        let pairs = || self.ends().tx.iter().flat_map(|tx| self.ends().rx.iter().map(move |rx| (*tx, *rx)));
        self.ways.iter().map(|way| pairs().flat_map(|(tx, rx)| echo(way, tx, rx)).collect()).collect()
    }

    /// Delays of the walls' own echoes between the middles of the antennas, s.
    fn wall_delays_s(&self) -> Vec<f64> {
        let Some(room) = self.room else { return Vec::new() };
        let (tx, rx) = (mean(&self.ends().tx), mean(&self.ends().rx));
        self.ways.iter().map(|way| (way.image(&room.walls, tx) - rx).norm() / SPEED_OF_LIGHT).collect()
    }

    /// Adds the walls' own echoes, fading when `next` is given; returns how many there are.
    pub(super) fn add_wall_echoes(
        &self,
        walls: &WallEchoes,
        phases: Option<PathPhases>,
        (now, next): (&Look, Option<&Look>),
        out: &mut [Complex64],
    ) -> u64 {
        let mut count = 0;
        for (way, echo) in walls.signals.iter().enumerate() {
            let seen = |look: &Look| f64::from(u8::from(look.walls_seen[way]));
            let (from, to) = (seen(now), next.map_or(seen(now), seen));
            if from == 0.0 && to == 0.0 {
                continue;
            }
            count += 1;
            let shots = &self.sounding.shots;
            let ramp_len = (out.len() / shots.count().max(1)).max(1);
            for (ramp, out) in out.chunks_mut(ramp_len).enumerate() {
                let weight = from + (to - from) * fading::share(self.sounding, ramp);
                let ends = self.ends();
                let first =
                    shots.transmitters(ramp).start * ends.rx.len() * (echo.len() / (ends.tx.len() * ends.rx.len()));
                match &phases {
                    None => out.iter_mut().zip(&echo[first..]).for_each(|(o, e)| *o += e * weight),
                    Some(phases) => {
                        let noise = phases.ramp(walls.delays_s[way], ramp);
                        let bare = walls.bare[way][first..].iter().zip(noise.iter().cycle());
                        let echo = echo[first..].iter().zip(bare);
                        let noisy =
                            |(e, (bare, noise)): (&Complex64, (&Complex64, &Complex64))| e + bare * (noise - 1.0);
                        out.iter_mut().zip(echo).for_each(|(o, parts)| *o += noisy(parts) * weight);
                    }
                }
            }
        }
        count
    }
}
