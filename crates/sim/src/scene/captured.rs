//! Motions and bodies out of files: whether they can be read, and the stretch that is drawn.

use super::error::SceneError;
use super::spec::{BetasSource, BetasSpec, PersonSpec};
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::body::library;
use crate::motion::capture::{Capture, Format, JointMapBook, Reading};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
