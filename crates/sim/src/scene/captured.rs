//! People with a motion or a body from a file.

use super::check::Scene;
use super::draw::{PersonDraw, Subject};
use super::error::SceneError;
use super::spec::{BetasSource, BetasSpec, PersonSpec};
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::body::{BodyModel, ShapedBody, library};
use crate::motion::MotionError;
use crate::motion::capture::{Capture, Excerpt, Format, JointMapBook, Reading, Staged};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Clips are made a little longer than the recording, so that the last frame is interpolated and not clamped, s.
pub(super) const BEYOND_S: f64 = 0.2;
/// Nearest that a captured way comes to the radar, m: the reach of an arm.
const CLEAR_M: f64 = 0.8;

/// A stretch of a motion file, as drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaptureDraw {
    /// The file.
    pub file: PathBuf,
    /// Where in it the recording begins, s.
    pub start_s: f64,
    /// Joint maps for a skeleton of the file's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint_map: Option<PathBuf>,
    /// What is stated of the file.
    #[serde(default, skip_serializing_if = "Reading::is_as_is")]
    pub reading: Reading,
}

/// What is wrong with the files that a person names; they are opened, and of a motion the head is read.
pub(super) fn check(person: &PersonSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |key: &str, message: String| problems.push(Problem::new(key, message));
    if let Some(file) = &person.motion_file {
        if person.start_s.is_some() {
            refuse("start_s", "belongs to played motions; of a `motion_file` set `motion_start_s`".into());
        }
        match Capture::probe_as(file, person.reading.as_ref().unwrap_or(&Reading::AS_IS)) {
            Err(e) => refuse("motion_file", e.to_string()),
            Ok(probe) => {
                let last = probe.duration_s();
                let span = person.motion_start_s.unwrap_or(Span::Fixed(0.0));
                if let Some(p) = span.check("motion_start_s", 0.0, last, "s, the length of the file") {
                    refuse(&p.key, p.message);
                }
            }
        }
    }
    for (key, given) in [
        ("motion_start_s", person.motion_start_s.is_some()),
        ("joint_map", person.joint_map.is_some()),
        ("reading", person.reading.is_some()),
        ("betas", person.betas == Some(BetasSpec::From(BetasSource::Motion))),
    ] {
        if given && person.motion_file.is_none() {
            refuse(key, "there is no `motion_file`".into());
        }
    }
    if let Some(Err(e)) = person.joint_map.as_deref().map(JointMapBook::read) {
        refuse("joint_map", e.to_string());
    }
    for problem in person.reading.iter().flat_map(Reading::problems) {
        refuse(&format!("reading.{}", problem.key), problem.message);
    }
    match (&person.body, &person.betas) {
        (None, Some(_)) => {
            refuse("betas", "there is no `body`; the CC0 body has stature_m, body_mass_index, sex, muscle".into())
        }
        (Some(path), betas) => match (library::model(path), betas) {
            (Err(e), _) => refuse("body", e.to_string()),
            (Ok(model), Some(BetasSpec::Given(betas))) => {
                if let Err(e) = model.with_coefficients(betas) {
                    refuse("betas", e.to_string());
                }
            }
            _ => {}
        },
        (None, None) => {}
    }
    problems
}

impl Scene {
    /// The same scene in which person `person` does a captured motion; `start_s` is where in the file it begins, `reading` what is stated
    /// of the file.
    pub fn with_capture(
        &self,
        person: usize,
        file: &Path,
        start_s: f64,
        joint_map: Option<&Path>,
        reading: Option<&Reading>,
    ) -> Self {
        let mut scene = self.clone();
        if let Some(spec) = scene.people.get_mut(person) {
            (spec.motion, spec.start_s) = (None, None);
            spec.motion_file = Some(file.to_owned());
            spec.motion_start_s = Some(Span::Fixed(start_s));
            spec.joint_map = joint_map.map(Path::to_owned);
            spec.reading = reading.cloned();
        }
        scene
    }
}

impl Scene {
    /// Reads a stretch of a motion file, from `start_s` for `length_s`, and puts it on a body of the first person's; the motion itself is
    /// let go.
    pub fn open_capture(
        &self,
        subject: &Subject,
        (file, joint_map): (&Path, Option<&Path>),
        reading: Option<&Reading>,
        (start_s, length_s): (f64, f64),
    ) -> Result<(), SceneError> {
        let scene = self.with_capture(0, file, start_s, joint_map, reading);
        let mut draw = scene.draw(&RandomTree::new(0), 0, &[], std::slice::from_ref(subject))?;
        let Some(person) = draw.people.first_mut() else { return Ok(()) };
        let Some(capture) = person.capture.take() else { return Ok(()) };
        person.captured(&capture, length_s).map(|_| ())
    }
}

impl CaptureDraw {
    pub(super) fn draw(spec: &PersonSpec, tree: &RandomTree, item: u64) -> Result<Option<Self>, SceneError> {
        let Some(file) = &spec.motion_file else { return Ok(None) };
        let start = spec.motion_start_s.unwrap_or(Span::Fixed(0.0));
        let start_s = start.draw(&mut tree.stream(item, "motion start"));
        let reading = spec.reading.clone().unwrap_or_default();
        Ok(Some(Self { file: file.clone(), start_s, joint_map: spec.joint_map.clone(), reading }))
    }

    /// The file's name without its extension.
    pub(super) fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        match Format::of(&self.file) {
            Some(_) => plain.rsplit_once('.').map_or(plain, |(stem, _)| stem).to_owned(),
            None => plain.to_owned(),
        }
    }
}

impl PersonDraw {
    fn model(&self) -> Result<Arc<BodyModel>, SceneError> {
        Ok(match &self.body {
            Some(path) => library::model(path)?,
            None => library::cc0(),
        })
    }

    /// The body of somebody whose motion says nothing of it.
    pub(super) fn body_alone(&self) -> Result<ShapedBody, SceneError> {
        let model = self.model()?;
        Ok(match &self.betas {
            Some(BetasSpec::Given(betas)) => model.with_coefficients(betas)?,
            _ => model.shaped(&self.subject.shape)?,
        })
    }

    /// Moves somebody whose captured way would lead through the radar so far back that it does not.
    pub(super) fn keep_clear(&mut self, duration_s: f64) -> Result<(), SceneError> {
        if let Some(capture) = &self.capture {
            let reach_m = self.captured(capture, duration_s + BEYOND_S)?.1.reach_m;
            self.range_m = self.range_m.max(reach_m + CLEAR_M);
        }
        Ok(())
    }

    /// Body and motion of a captured motion; the clip begins facing −y with its way over the origin.
    pub(super) fn captured(&self, draw: &CaptureDraw, length_s: f64) -> Result<(ShapedBody, Staged), SceneError> {
        let wrong = |source| SceneError::Motion { motion: self.motion.clone(), source: Box::new(source) };
        let capture =
            Capture::read_as(&draw.file, Excerpt::new(draw.start_s, length_s), &draw.reading).map_err(wrong)?;
        let (body, clip) = match &self.betas {
            Some(BetasSpec::From(BetasSource::Motion)) => {
                let model = self.model()?;
                // Files state more coefficients than some models have; the first ones are the same.
                let betas = &capture.betas[..capture.betas.len().min(model.shape_count())];
                if betas.is_empty() {
                    let message = "the file has no `betas`; give them as a list, or leave `betas` out".into();
                    return Err(wrong(MotionError::File { origin: capture.origin.clone(), message }));
                }
                let body = model.with_coefficients(betas)?;
                let clip = capture.onto_own(&body, model.root_offset(betas)?).map_err(wrong)?;
                (body, clip)
            }
            _ => {
                let maps = draw.joint_map.as_deref().map(JointMapBook::read).transpose().map_err(wrong)?;
                let body = self.body_alone()?;
                let clip = capture.onto(&body, maps.as_ref().unwrap_or(JointMapBook::builtin())).map_err(wrong)?;
                (body, clip)
            }
        };
        let staged = Staged::new(&clip, &body.skeleton).map_err(wrong)?;
        Ok((body, staged))
    }
}
