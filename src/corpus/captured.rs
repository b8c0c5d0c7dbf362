//! The captured motions of a recipe: which window of which file a sample shows.

use super::recipe::Recipe;
use super::simulate::SampleMaker;
use crate::base::yaml::Problem;
use crate::motion::{MotionFolder, Piece};
use crate::scene::Scene;
use crate::text::Vocabulary;
use serde_yaml::Value;

/// Key of the resolved recipe for a hash of all windows: a folder that has changed gives others.
const WINDOWS_KEY: &str = "motion_windows";

/// Windows of all folders of a recipe, in their order.
pub struct Captured {
    folders: Vec<(MotionFolder, Vec<Piece>)>,
}

/// A window that a sample shows.
pub(super) struct Taken<'a> {
    folder: &'a MotionFolder,
    pub(super) piece: &'a Piece,
    /// Slug of the activity when the vocabulary knows the label, otherwise the label.
    pub(super) label: String,
    pub(super) repetition: u64,
    /// Number of the file over all folders.
    pub(super) file: u64,
}

impl Captured {
    /// Lists the folders; of the motions only the heads are read.
    pub(super) fn index(recipe: &Recipe, window_s: f64) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut folders = Vec::new();
        for (i, folder) in recipe.motions.iter().enumerate() {
            match folder.pieces(window_s) {
                Ok(pieces) => folders.push((folder.clone(), pieces)),
                Err(e) => problems.push(Problem::new(format!("motions.{i}"), e.to_string())),
            }
        }
        if problems.is_empty() { Ok(Self { folders }) } else { Err(problems) }
    }

    /// Number of samples.
    pub fn len(&self) -> u64 {
        self.folders.iter().map(|(f, pieces)| pieces.len() as u64 * u64::from(f.repetitions)).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The windows of each folder.
    pub fn folders(&self) -> impl Iterator<Item = (&MotionFolder, &[Piece])> {
        self.folders.iter().map(|(f, pieces)| (f, pieces.as_slice()))
    }

    /// A hash of all windows; `None` when there are none.
    pub(super) fn digest(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        for piece in self.folders.iter().flat_map(|(_, pieces)| pieces) {
            hasher.update(format!("{piece:?}\n").as_bytes());
        }
        Some(hasher.finalize().to_hex().to_string())
    }

    /// The window of sample `id`, when the first captured sample has the id `first`.
    pub(super) fn taken(&self, id: u64, first: u64) -> Option<Taken<'_>> {
        let mut left = id.checked_sub(first)?;
        let mut files = 0;
        for (folder, pieces) in &self.folders {
            let repetitions = u64::from(folder.repetitions);
            let samples = pieces.len() as u64 * repetitions;
            if left < samples {
                let piece = &pieces[(left / repetitions) as usize];
                let label = match Vocabulary::builtin().find(&piece.label) {
                    Ok(activity) => activity.slug.clone(),
                    Err(_) => piece.label.clone(),
                };
                return Some(Taken {
                    folder,
                    piece,
                    label,
                    repetition: left % repetitions,
                    file: files + piece.number,
                });
            }
            left -= samples;
            files += pieces.last().map_or(0, |p| p.number + 1);
        }
        None
    }

    /// The scene of sample `id` with its captured motion.
    pub(super) fn scene(&self, id: u64, first: u64, scene: &Scene) -> Option<Scene> {
        let taken = self.taken(id, first)?;
        let file = taken.folder.dir.join(&taken.piece.file);
        Some(scene.with_capture(0, &file, taken.piece.start_s, taken.folder.joint_map.as_deref()))
    }
}

impl SampleMaker {
    /// The recipe with every default filled in and, where it has captured motions, a hash of their windows: a corpus whose
    /// folders have changed must not be taken up.
    pub(super) fn resolved(&self) -> Result<Value, serde_yaml::Error> {
        let mut resolved = serde_yaml::to_value(self.recipe())?;
        if let (Some(digest), Some(map)) = (self.captured().digest(), resolved.as_mapping_mut()) {
            map.insert(WINDOWS_KEY.into(), digest.into());
        }
        Ok(resolved)
    }

    /// The maker of a corpus from what [`Self::resolved`] gave; `None` where it was not simulated, or where its folders of motions
    /// are gone or have changed.
    pub(super) fn of_resolved(resolved: &Value) -> Option<Self> {
        let mut resolved = resolved.clone();
        let windows = resolved.as_mapping_mut()?.remove(WINDOWS_KEY);
        // Every setting is there, so that one that is not did not exist: back faces were searched then.
        if let Some(settings) = resolved.get_mut("simulation").and_then(|s| s.get_mut("hidden_point"))
            && let Some(settings) = settings.as_mapping_mut()
        {
            settings.entry("cull_first".into()).or_insert(false.into());
        }
        let maker = Self::new(&serde_yaml::from_value(resolved).ok()?).ok()?;
        (windows == maker.captured().digest().map(Value::from)).then_some(maker)
    }
}
