//! The signal of one frame: the straight way, ways over walls, what fades, and the walls themselves.

use super::FrameMaker;
use super::look::Look;
use super::paths::Legs;
use super::pile::WeightedSurface;
use super::walls::{RoundTrip, WallEchoes, round_trips};
use crate::base::{Complex64, Vec3};
use crate::propagation::FacetRule;
use crate::propagation::specular::lobe_exponent;
use crate::sensor::sounding::Tones;
use crate::sim::engine::FrameProblem;
use crate::sim::error::SimError;
use crate::sim::fading;
use crate::sim::reception::Reception;
use crate::sim::report::FrameCounts;
use crate::sim::sampled::{EveryChirp, Mixed, Samples};
use crate::sim::settings::Sampling;
use crate::sim::stopwatch::Step;

/// What all frames of a recording have in common.
pub(in crate::sim) struct Band {
    /// Echoes of the walls themselves.
    walls: WallEchoes,
    /// Ways there and back of which at least one goes over walls.
    trips: Vec<RoundTrip>,
}

impl Band {
    pub(in crate::sim) fn new(maker: &FrameMaker, reception: &Reception) -> Self {
        let trips = round_trips(&maker.ways, maker.room.map_or(0, |r| r.order));
        Self { walls: maker.wall_echoes(&maker.sounding.tones, reception), trips }
    }
}

/// A frame whose signal is being summed up.
struct Sum<'a> {
    maker: &'a FrameMaker<'a>,
    reception: &'a Reception<'a>,
    frame: usize,
    start_s: f64,
    motion: Option<Samples>,
    out: &'a mut [Complex64],
    spare: Vec<Complex64>,
}

/// Adds the signal of frame `frame` to `out[loop or shot, tx, rx, tone]`; with `next`, the look at the next frame's start, facets fade.
pub(in crate::sim) fn sum(
    maker: &FrameMaker,
    band: &Band,
    reception: &Reception,
    frame: usize,
    (now, next): (&Look, Option<&Look>),
    out: &mut [Complex64],
) -> Result<FrameCounts, SimError> {
    let start_s = maker.sounding.frame_start_s(frame);
    let mut sum = Sum { maker, reception, frame, start_s, motion: None, out, spare: Vec::new() };
    let straight = maker.straight();
    let weights = maker.weights(now, straight.trip);
    let prepared = maker.watch.time(Step::Division, || maker.prepare(frame, now, &weights, &straight))?;
    let mut counts = prepared.counts;
    sum.add(&prepared.surfaces, &straight, false)?;
    counts.fading = sum.fade(now, next, weights, &straight)?;
    for &trip in &band.trips {
        let weights = maker.weights(now, trip);
        let legs = maker.by_walls(trip);
        let way = maker.watch.time(Step::Division, || maker.prepare(frame, now, &weights, &legs))?;
        if way.power > 0.0 {
            counts.wall_paths += 1;
            counts.weak_wall_paths += u64::from(maker.is_weak(&way, &prepared));
        }
        if !maker.is_weak(&way, &prepared) {
            sum.add(&way.surfaces, &legs, false)?;
            sum.fade(now, next, weights, &legs)?;
        }
    }
    counts.wall_echoes =
        maker.add_wall_echoes(&band.walls, reception.phases(frame as u64, &band.walls.delays_s), (now, next), sum.out);
    Ok(counts)
}

impl Sum<'_> {
    /// Adds the signals of surfaces, fading in if `fades`.
    fn add(&mut self, surfaces: &[WeightedSurface], legs: &Legs, fades: bool) -> Result<(), SimError> {
        for weighted in surfaces.iter().filter(|w| !w.surface.patches.is_empty()) {
            let plain = !fades && weighted.factor == Complex64::new(1.0, 0.0);
            let mut spare = std::mem::take(&mut self.spare);
            spare.clear();
            spare.resize(if plain { 0 } else { self.out.len() }, Complex64::new(0.0, 0.0));
            self.signal(weighted, legs, if plain { None } else { Some(&mut spare) })?;
            if fades {
                fading::add(self.maker.sounding, &spare, weighted.factor, self.out);
            } else if !plain {
                self.out.iter_mut().zip(&spare).for_each(|(o, s)| *o += s * weighted.factor);
            }
            self.spare = spare;
        }
        Ok(())
    }

    /// Adds what changes from `now` to `next`; returns how many facets fade.
    fn fade(
        &mut self,
        now: &Look,
        next: Option<&Look>,
        mut weights: Vec<Complex64>,
        legs: &Legs,
    ) -> Result<u64, SimError> {
        let Some(next) = next else { return Ok(0) };
        let later = self.maker.weights(next, legs.trip);
        weights.iter_mut().zip(later).for_each(|(w, later)| *w = later - *w);
        let prepare = || self.maker.prepare(self.frame, now, &weights, legs);
        let change = self.maker.watch.time(Step::Division, prepare)?;
        self.add(&change.surfaces, legs, true)?;
        Ok(change.counts.reflecting)
    }

    /// The signal of a surface into `out`, or into the frame itself.
    fn signal(
        &mut self,
        weighted: &WeightedSurface,
        legs: &Legs,
        out: Option<&mut [Complex64]>,
    ) -> Result<(), SimError> {
        let Self { maker, start_s, .. } = *self;
        let sounding = &*legs.sounding;
        let (settings, wanted) = (maker.settings, &weighted.wanted);
        let every_chirp = EveryChirp { stage: maker.stage, wanted };
        let mixed = match settings.sampling {
            Sampling::EveryChirp => None,
            Sampling::Chebyshev => {
                if self.motion.is_none() {
                    let tones = &sounding.tones;
                    let tail = if settings.intra_chirp { tones.time_s(tones.count()) } else { 0.0 };
                    let span = (start_s, start_s + sounding.shots.last_s() + tail);
                    let take = || Samples::take(maker.stage, span, settings.sampling_nodes);
                    self.motion = Some(maker.watch.time(Step::Sampling, take)?);
                }
                self.motion.as_ref().map(|samples| Mixed::new(maker.stage, wanted, samples.of(wanted)))
            }
        };
        let problem = FrameProblem {
            sounding,
            start_s,
            surface: &weighted.surface,
            motion: mixed.as_ref().map_or(&every_chirp, |m| m),
            lobe_exponent: lobe_exponent(settings.sigma_rad),
            oblique: settings.obliquity && settings.facet_rule == FacetRule::Integral,
            intra_chirp: settings.intra_chirp && matches!(sounding.tones, Tones::Sweep(_)),
            bundle_tolerance: settings.bundles(),
            high_pass: self.reception.high_pass,
            width: settings.width,
        };
        let [there, back] = legs.trip;
        let unfold: [&dyn Fn(Vec3) -> Vec3; 2] = [&|d| maker.unfold(there, d), &|d| maker.unfold(back, d)];
        let frame = self.frame as u64;
        let out = out.unwrap_or(self.out);
        maker.watch.time(Step::Signal, || self.reception.paths(settings.engine, &problem, unfold, frame, out))
    }
}
