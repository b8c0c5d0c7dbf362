//! A scene in which somebody does another captured motion.

use super::check::Scene;
use super::error::SceneError;
use super::person::Subject;
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::motion::capture::Reading;
use std::path::Path;

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
