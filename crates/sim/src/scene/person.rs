//! One person of a draw: who, what they do, and where.

use super::captured::CaptureDraw;
use super::error::SceneError;
use super::spec::{BetasSpec, PersonSpec};
use crate::base::names::there_are;
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::body::BodyShape;
use crate::motion::score::{Rendition, Score, ScoreBook, Waypoint};
use crate::propagation::{Material, Scattering};
use crate::sensor::RadarPose;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Who moves: what stays the same over all recordings of a subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The body.
    pub shape: BodyShape,
}

/// One person of a draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonDraw {
    /// Slug of the motion.
    pub motion: String,
    /// The person.
    pub subject: Subject,
    /// Which way to do it, where it is not the one that stands for the activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// How the motion is done this time; a captured one is as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendition: Option<Rendition>,
    /// The captured motion, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<CaptureDraw>,
    /// The body model; without it the CC0 body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<PathBuf>,
    /// Shape coefficients of the model in place of the subject's shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub betas: Option<BetasSpec>,
    /// How far into the motion the recording begins, s.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start_s: f64,
    /// Places in the world that the person walks to; where they begin is said below as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waypoints: Vec<Waypoint>,
    /// What the surface is made of; without it, it reflects everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<Material>,
    /// How it scatters; without it, it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scattering: Option<Scattering>,
    /// Horizontal distance from the radar, m.
    pub range_m: f64,
    /// Direction from the radar, positive to the right, degrees.
    pub azimuth_deg: f64,
    /// Turned away from facing the radar, positive to the person's left, degrees.
    pub facing_deg: f64,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// The gait of somebody who walks through waypoints and is not told how.
pub(super) const WALK: &str = "walk_forward_turn_around";

/// Slugs of the sixty activities that can be played, in the order of the built-in scores.
pub fn motion_slugs() -> Vec<String> {
    slugs(ScoreBook::builtin())
}

/// Slugs of all motions that can be played: the sixty activities and the movements of data sets.
pub fn playable_slugs() -> Vec<String> {
    slugs(ScoreBook::with_data_sets())
}

fn slugs(book: &ScoreBook) -> Vec<String> {
    book.iter().map(|score| score.slug.clone()).collect()
}

/// What is wrong with the name of a motion.
pub fn no_motion(slug: &str, playable: &[String]) -> String {
    let names: Vec<&str> = playable.iter().map(String::as_str).collect();
    format!("no motion is called `{slug}`; {}", there_are(slug, &names))
}

/// The score of a motion, or what is wrong with its name.
pub(super) fn find_score(slug: &str) -> Result<&'static Score, String> {
    ScoreBook::with_data_sets().get(slug).ok_or_else(|| no_motion(slug, &playable_slugs()))
}

/// The score of a motion.
pub(super) fn score(motion: &str) -> Result<&'static Score, SceneError> {
    find_score(motion).map_err(SceneError::UnknownMotion)
}

/// One of the ways to do a motion, as likely as their shares say.
fn any_way(motion: &str, tree: &RandomTree, item: u64) -> Result<&'static Score, SceneError> {
    let ways = ScoreBook::with_data_sets().ways(motion);
    let all: u32 = ways.iter().map(|way| way.share).sum();
    // As a place among the ways, so that recordings of equal shares stay what they were.
    let mut place = tree.stream(item, "way").random_range(0..all.max(1) as usize);
    let drawn = ways.into_iter().find(|way| {
        let own = place < way.share as usize;
        place = place.saturating_sub(way.share as usize);
        own
    });
    drawn.map_or_else(|| score(motion), Ok)
}

/// Largest growth of accelerations over those of a score when somebody moves faster.
const MOST_VIGOUR: f64 = 1.3;

/// A rendition in somebody's tempo and size.
fn styled(spec: &PersonSpec, score: &Score, tree: &RandomTree, item: u64) -> Rendition {
    let rendition = Rendition::draw(score, &mut tree.stream(item, "rendition"));
    let factor = |span: Option<Span>, purpose: &str| span.map_or(1.0, |s| s.draw(&mut tree.stream(item, purpose)));
    let (tempo, size) = (factor(spec.tempo, "tempo"), factor(spec.size, "size"));
    // Accelerations go with size over tempo squared.
    let size = if spec.tempo.is_some() { size.min(MOST_VIGOUR * tempo * tempo) } else { size };
    let single = |span: Option<Span>, purpose: &str| {
        span.filter(|_| score.is_single()).map(|s| s.draw(&mut tree.stream(item, purpose)))
    };
    let pause_s = single(spec.pause_s, "pause").unwrap_or(rendition.pause_s);
    let onset_s = single(spec.onset_s, "onset");
    Rendition { tempo: rendition.tempo * tempo, size: rendition.size * size, pause_s, onset_s, ..rendition }
}

impl PersonDraw {
    /// Draws recording number `item` of somebody who does `motion`, unless the motion comes from a file.
    pub(super) fn draw(
        spec: &PersonSpec,
        motion: &str,
        subject: Subject,
        tree: &RandomTree,
        item: u64,
    ) -> Result<Self, SceneError> {
        let capture = CaptureDraw::draw(spec, tree, item)?;
        // Somebody who was captured stands where somebody who stands still would.
        let score = match (&capture, spec.ways) {
            (Some(_), _) => score("stand_still")?,
            (None, Some(false)) => score(motion)?,
            (None, _) => any_way(motion, tree, item)?,
        };
        let vary = &score.vary;
        let draw = |span: Option<Span>, default: [f64; 2], purpose: &str| {
            span.unwrap_or(Span::Range(default)).draw(&mut tree.stream(item, purpose))
        };
        let range_m = draw(spec.range_m, vary.place.range, "range");
        Ok(Self {
            motion: capture.as_ref().map_or_else(|| motion.to_owned(), CaptureDraw::name),
            subject,
            way: score.way.clone().filter(|_| capture.is_none()),
            rendition: capture.is_none().then(|| styled(spec, score, tree, item)),
            capture,
            body: spec.body.clone(),
            betas: spec.betas.clone(),
            start_s: spec.start_s.map_or(0.0, |s| s.draw(&mut tree.stream(item, "start"))),
            waypoints: spec.waypoints.clone().unwrap_or_default(),
            material: Some(spec.material),
            scattering: Some(spec.scattering),
            range_m,
            azimuth_deg: draw(spec.azimuth_deg, vary.place.azimuth, "azimuth"),
            facing_deg: draw(spec.facing_deg, vary.facing_deg, "facing"),
        })
    }

    /// Says of somebody who walks through waypoints where they begin, seen from a radar.
    pub(super) fn begin_before(&mut self, radar: &RadarPose) {
        let [first, second, ..] = self.waypoints[..] else { return };
        let (x, y) = (first.x_m - radar.position.x, first.y_m - radar.position.y);
        let wrapped = |degrees: f64| degrees - 360.0 * (degrees / 360.0).round();
        let bearing = x.atan2(y).to_degrees();
        // From −y to the left.
        let heading = (second.x_m - first.x_m).atan2(first.y_m - second.y_m).to_degrees();
        self.range_m = x.hypot(y);
        self.azimuth_deg = wrapped(bearing - radar.azimuth_rad.to_degrees());
        self.facing_deg = wrapped(heading + bearing);
    }
}
