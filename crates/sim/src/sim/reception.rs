//! The receiver's part in a frame: element patterns and phase noise on the paths, then what happens to the sum of them.

use super::engine::surface::Surface;
use super::engine::{Engine, FrameProblem};
use super::error::SimError;
use super::fading;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::random::RandomTree;
use crate::base::{Complex64, Rotation, Vec3};
use crate::propagation::elementary::cis_turns;
use crate::sensor::impairment::FrameNoise;
use crate::sensor::receiver::ReceiverSpec;
use crate::sensor::receiver::adc::AdcReport;
use crate::sensor::receiver::high_pass::HighPass;
use crate::sensor::receiver::leakage::LeakageSpec;
use crate::sensor::receiver::pattern::PatternSpec;
use crate::sensor::receiver::phase_noise::{Delays, PhaseNoise};
use crate::sensor::sounding::{Sounding, Tones, mean};
use crate::sensor::{Device, Link};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// The receiver during one run.
pub(super) struct Reception<'a> {
    pub(super) spec: &'a ReceiverSpec,
    /// In the sensor frame.
    pub(super) sounding: &'a Sounding,
    pub(super) link: Link,
    /// Key of all that is random; without it nothing is.
    pub(super) tree: Option<&'a RandomTree>,
    /// Units of the samples in a √W.
    pub(super) unit: f64,
    /// Mean power of the thermal noise, in squared units of the samples; 0 for none.
    pub(super) noise_power: f64,
    /// From the frame of the stage to the sensor frame.
    turn: Rotation,
    phase_noise: Option<PhaseNoise>,
    /// The filters of the beat signal in force.
    pub(super) high_pass: HighPass,
    converted: AtomicU64,
    clipped: AtomicU64,
}

impl<'a> Reception<'a> {
    pub(super) fn new(
        spec: &'a ReceiverSpec,
        device: &'a dyn Device,
        sounding: &'a Sounding,
        tree: Option<&'a RandomTree>,
        (unit, noise_power): (f64, f64),
        turn: Rotation,
    ) -> Self {
        let phase_noise = spec.phase_noise.as_ref().filter(|_| tree.is_some()).and_then(|p| device.phase_noise(p));
        let (converted, clipped) = (AtomicU64::new(0), AtomicU64::new(0));
        let link = device.link();
        let filters = spec.high_pass.as_ref().or(link.high_pass.as_ref());
        let high_pass = filters.map(|h| h.by_path(&sounding.tones)).unwrap_or_default();
        Self { spec, sounding, link, tree, unit, noise_power, turn, phase_noise, high_pass, converted, clipped }
    }

    /// Adds the paths of `problem` to `out`, with element patterns and phase noise; `unfold` turns the directions from the
    /// transmitters and from the receivers (which may be images behind walls) into those at the antennas themselves.
    ///
    /// Both depend on where a patch is at the frame's start, seen from the middle of the transmitters and of the receivers:
    /// one factor a patch and frame.
    pub(super) fn paths(
        &self,
        engine: Engine,
        problem: &FrameProblem,
        unfold: [&dyn Fn(Vec3) -> Vec3; 2],
        frame: u64,
        out: &mut [Complex64],
    ) -> Result<(), SimError> {
        if self.element_pattern().is_none() && self.phase_noise.is_none() {
            return engine.synthesise(problem, out);
        }
        let (tx, rx) = (mean(&problem.sounding.ends.tx), mean(&problem.sounding.ends.rx));
        let places = places(problem, problem.start_s)?;
        let mut surface = problem.surface.clone();
        if let Some(pattern) = self.element_pattern() {
            let gain = |p: Vec3| pattern.amplitude(self.turn * unfold[0](p - tx), self.turn * unfold[1](p - rx));
            weigh(&mut surface, &places, gain);
            if problem.sounding.continuous {
                // Frames that are one signal must not begin with a step of the gain.
                let last_s = problem.start_s + problem.sounding.shots.last_s();
                let share = fading::share(problem.sounding, problem.sounding.shots.count().saturating_sub(1));
                let later = self::places(problem, last_s)?;
                let mut change = problem.surface.clone();
                let gains = places.iter().zip(&later).map(|(now, then)| (gain(*then) - gain(*now)) / share.max(1e-9));
                change.patches.iter_mut().zip(gains).for_each(|(patch, gain)| patch.part.weight *= gain);
                let mut part = vec![Complex64::new(0.0, 0.0); out.len()];
                engine.synthesise(&FrameProblem { surface: &change, ..*problem }, &mut part)?;
                fading::add(problem.sounding, &part, Complex64::new(1.0, 0.0), out);
            }
        }
        engine.synthesise(&FrameProblem { surface: &surface, ..*problem }, out)?;
        let (Some(noise), Some(tree)) = (&self.phase_noise, self.tree) else { return Ok(()) };
        let delay = |p: Vec3| ((p - tx).norm() + (p - rx).norm()) / SPEED_OF_LIGHT;
        let (low, high) = places.iter().map(|&p| delay(p)).fold((f64::MAX, 0.0_f64), |(l, h), d| (l.min(d), h.max(d)));
        let delays = Delays::between(low.min(high), high, noise.largest_offset_hz());
        let tracks = noise.tracks(tree, frame, delays.nodes_s());
        let mut part = vec![Complex64::new(0.0, 0.0); out.len()];
        for (k, track) in tracks.iter().enumerate() {
            let mut shared = surface.clone();
            weigh(&mut shared, &places, |p| delays.share(k, delay(p)));
            part.fill(Complex64::new(0.0, 0.0));
            // What the noise adds is wider than the filters' corners.
            let high_pass = HighPass::default();
            engine.synthesise(&FrameProblem { surface: &shared, high_pass, ..*problem }, &mut part)?;
            self.each_chirp(&mut part, |ramp, _, _, chirp| {
                let start = noise.index(self.first_sample_s(ramp));
                for (z, phase) in chirp.iter_mut().zip(&track[start..]) {
                    *z *= turned(*phase) - 1.0;
                }
            });
            out.iter_mut().zip(&part).for_each(|(o, p)| *o += p);
        }
        Ok(())
    }

    /// Factor of the amplitude by the element patterns, for the directions from a transmitter and from a receiver.
    pub(super) fn pattern(&self, there: Vec3, back: Vec3) -> f64 {
        self.element_pattern().map_or(1.0, |p| p.amplitude(self.turn * there, self.turn * back))
    }

    /// The scene's element patterns, or those that the sensor has.
    fn element_pattern(&self) -> Option<&PatternSpec> {
        self.spec.pattern.as_ref().or(self.link.pattern.as_ref())
    }

    /// Time of the first sample of a shot after the start of its frame, s.
    fn first_sample_s(&self, shot: usize) -> f64 {
        self.sounding.shots.start_s(shot) + self.sounding.tones.time_s(0)
    }

    /// The phase noise of a frame for paths of some delays; `None` when there is none.
    pub(super) fn phases(&self, frame: u64, delays_s: &[f64]) -> Option<PathPhases<'_>> {
        let (noise, tree) = self.phase_noise.as_ref().zip(self.tree)?;
        let (low, high) = delays_s.iter().fold((f64::MAX, 0.0_f64), |(l, h), &d| (l.min(d), h.max(d)));
        let delays = Delays::between(low.min(high), high, noise.largest_offset_hz());
        let tracks = noise.tracks(tree, frame, delays.nodes_s());
        Some(PathPhases { reception: self, noise, delays, tracks })
    }

    /// All that happens to the sum of the paths (leakage, feeds and errors of the channels, thermal noise, the converter), written to `out`
    /// by `narrow`. The samples are taken times `scale`, which makes them √W, and are zero afterwards.
    ///
    /// # Shapes
    /// `samples[loop or shot, tx, rx, tone]`, and `out` as long.
    pub(super) fn receive<T: Send>(
        &self,
        samples: &mut [Complex64],
        frame: u64,
        scale: f64,
        out: &mut [T],
        narrow: impl Fn(Complex64) -> T + Sync,
    ) {
        let ReceiverSpec { leakage, channels, iq, adc, .. } = self.spec;
        let noise =
            self.tree.filter(|_| self.noise_power > 0.0).map(|tree| FrameNoise::new(self.noise_power, tree, frame));
        let loop_len = (samples.len() / self.sounding.shots.loops().max(1)).max(1);
        let noise = noise.as_ref();
        let fed = !self.link.rx_feeds.is_empty();
        if leakage.is_none() && channels.is_none() && iq.is_none() && adc.is_none() && !fed {
            return write(samples, scale, noise, loop_len, out, narrow);
        }
        samples.par_iter_mut().with_min_len(loop_len).for_each(|z| *z *= scale);
        if let Some(leakage) = leakage {
            self.leak(leakage, samples, frame);
        }
        if let Some(channels) = channels {
            self.each_chirp(samples, |_, k, _, chirp| {
                let factor = channels.tx(k);
                chirp.iter_mut().for_each(|z| *z *= factor);
            });
        }
        if let Some(noise) = noise {
            samples.par_chunks_mut(loop_len).enumerate().for_each(|(i, part)| noise.add(i, part));
        }
        if channels.is_some() || fed {
            self.each_chirp(samples, |_, _, l, chirp| {
                let factor = self.link.rx_feed(l) * channels.as_ref().map_or(Complex64::new(1.0, 0.0), |c| c.rx(l));
                chirp.iter_mut().for_each(|z| *z *= factor);
            });
        }
        if let Some(iq) = iq {
            iq.distort(samples, self.unit);
        }
        if let Some(adc) = adc {
            let clipped = adc.convert(samples, self.step());
            self.converted.fetch_add(2 * samples.len() as u64, Ordering::Relaxed);
            self.clipped.fetch_add(clipped, Ordering::Relaxed);
        }
        write(samples, 1.0, None, loop_len, out, narrow);
    }

    /// What the converter did so far; `None` for an ideal one.
    pub(super) fn adc_report(&self) -> Option<AdcReport> {
        let (values, clipped) = (self.converted.load(Ordering::Relaxed), self.clipped.load(Ordering::Relaxed));
        self.spec.adc.map(|adc| AdcReport { bits: adc.bits, step: self.step(), values, clipped })
    }

    fn step(&self) -> f64 {
        self.spec.adc.map_or(0.0, |adc| adc.step(adc.full_scale_root_w() * self.unit))
    }

    /// Adds the tones of the leakage; their phase noise goes with the delay, which is short.
    fn leak(&self, leakage: &LeakageSpec, samples: &mut [Complex64], frame: u64) {
        let amplitude = leakage.amplitude_root_w(self.link.transmit_power_dbm) * self.unit;
        let way = |k: usize, l: usize| {
            let (tx, rx) = (self.sounding.ends.tx[k], self.sounding.ends.rx[l]);
            leakage.delay_s + (tx - rx).norm() / SPEED_OF_LIGHT
        };
        let n_rx = self.sounding.ends.rx.len();
        let delays: Vec<f64> = (0..self.sounding.ends.tx.len() * n_rx).map(|v| way(v / n_rx, v % n_rx)).collect();
        let longest = delays.iter().copied().fold(0.0, f64::max);
        let tones: Vec<Vec<Complex64>> = delays.iter().map(|&d| constant(&self.sounding.tones, amplitude, d)).collect();
        // Without any delay there is no beat, and filters leave nothing.
        let through: Vec<Complex64> =
            delays.iter().map(|&d| self.high_pass.at((d * SPEED_OF_LIGHT).max(1e-12))).collect();
        let track = self.phase_noise.as_ref().zip(self.tree).filter(|_| longest > 0.0).map(|(noise, tree)| {
            let mut tracks = noise.tracks(tree, frame, &[longest]);
            (noise, tracks.swap_remove(0))
        });
        self.each_chirp(samples, |ramp, k, l, chirp| {
            let v = k * n_rx + l;
            match &track {
                None => chirp.iter_mut().zip(&tones[v]).for_each(|(z, t)| *z += t * through[v]),
                Some((noise, track)) => {
                    let start = noise.index(self.first_sample_s(ramp));
                    // 2πfτ is far below one here: the phase noise grows in proportion to the delay.
                    let share = delays[v] / longest;
                    for ((z, t), phase) in chirp.iter_mut().zip(&tones[v]).zip(&track[start..]) {
                        *z += t * (through[v] + turned(share * phase) - 1.0);
                    }
                }
            }
        });
    }

    /// Hands over every chirp of a frame with its ramp, transmitter and receiver.
    fn each_chirp(&self, samples: &mut [Complex64], mut apply: impl FnMut(usize, usize, usize, &mut [Complex64])) {
        let (n_rx, n, shots) = (self.sounding.ends.rx.len(), self.sounding.tones.count(), &self.sounding.shots);
        let mut chirps = samples.chunks_exact_mut(n);
        for ramp in 0..shots.count() {
            for k in shots.transmitters(ramp) {
                for l in 0..n_rx {
                    let Some(chirp) = chirps.next() else { return };
                    apply(ramp, k, l, chirp);
                }
            }
        }
    }
}

/// The phase noise of paths that are not summed up by an engine.
pub(super) struct PathPhases<'a> {
    reception: &'a Reception<'a>,
    noise: &'a PhaseNoise,
    delays: Delays,
    tracks: Vec<Vec<f64>>,
}

impl PathPhases<'_> {
    /// The factors of a path of the delay `delay_s` in the samples of a ramp.
    pub(super) fn ramp(&self, delay_s: f64, ramp: usize) -> Vec<Complex64> {
        let start = self.noise.index(self.reception.first_sample_s(ramp));
        let shares: Vec<f64> = (0..self.tracks.len()).map(|k| self.delays.share(k, delay_s)).collect();
        let phase = |n: usize| self.tracks.iter().zip(&shares).map(|(track, share)| track[start + n] * share).sum();
        (0..self.reception.sounding.tones.count()).map(|n| turned(phase(n))).collect()
    }
}

/// Writes the samples times `scale` plus the noise to `out`, and leaves zeros: one pass, because frames are larger than caches.
fn write<T: Send>(
    samples: &mut [Complex64],
    scale: f64,
    noise: Option<&FrameNoise>,
    loop_len: usize,
    out: &mut [T],
    narrow: impl Fn(Complex64) -> T + Sync,
) {
    samples.par_chunks_mut(loop_len).zip(out.par_chunks_mut(loop_len)).enumerate().for_each(|(i, (part, out))| {
        let take = |z: &mut Complex64| std::mem::take(z) * scale;
        match noise {
            None => part.iter_mut().zip(out).for_each(|(z, o)| *o = narrow(take(z))),
            Some(noise) => noise.each(i, part, out, |z, o, noise| *o = narrow(take(z) + noise)),
        }
    });
}

/// `exp(jφ)`.
fn turned(phase: f64) -> Complex64 {
    let (sin, cos) = phase.sin_cos();
    Complex64::new(cos, sin)
}

/// A path of constant delay as it is sampled in a shot.
fn constant(tones: &Tones, amplitude: f64, delay_s: f64) -> Vec<Complex64> {
    let sample = |n: usize| {
        let (c, s) = cis_turns(tones.turns(delay_s, n));
        Complex64::new(amplitude * c, amplitude * s)
    };
    (0..tones.count()).map(sample).collect()
}

/// Where the patches are at a time within the frame.
fn places(problem: &FrameProblem, time_s: f64) -> Result<Vec<Vec3>, SimError> {
    let mut points = vec![Vec3::zeros(); problem.motion.point_count()];
    problem.motion.positions_at(time_s, &mut points)?;
    let place = |patch: &super::engine::surface::Patch| {
        let corners = problem.surface.facets[patch.facet as usize].corners;
        corners.iter().zip(patch.part.centre).map(|(&c, share)| points[c as usize] * share).sum()
    };
    Ok(problem.surface.patches.iter().map(place).collect())
}

/// Multiplies the amplitudes of the patches by a factor of their place.
fn weigh(surface: &mut Surface, places: &[Vec3], factor: impl Fn(Vec3) -> f64) {
    for (patch, &place) in surface.patches.iter_mut().zip(places) {
        patch.part.weight *= factor(place);
    }
}
