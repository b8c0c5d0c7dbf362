//! The plan of a corpus that a maker makes, and the maker that a plan stands for.

use super::maker::SampleMaker;
use super::sample_error::{SampleError, SampleProblem};
use crate::corpus::error::CorpusError;
use crate::corpus::files::left_out::{LeftOut, file_hash};
use crate::corpus::plan::CorpusPlan;
use serde_yaml::Value;

/// Key of the resolved recipe for a hash of all windows, in corpora that were made before files had blocks of ids.
const WINDOWS_KEY: &str = "motion_windows";

impl SampleMaker {
    /// The plan of this recipe in a folder that may have one: files that it knows keep their ids.
    pub(in crate::corpus) fn plan(
        &mut self,
        typed: String,
        there: Option<&CorpusPlan>,
    ) -> Result<CorpusPlan, CorpusError> {
        let unwritable = |e: serde_yaml::Error| CorpusError::Plan(format!("the recipe: {e}"));
        let resolved = serde_yaml::to_value(self.recipe()).map_err(unwritable)?;
        let per_shard = self.recipe().samples_per_shard;
        let there = there.filter(|there| there.samples_per_shard == per_shard);
        if let Some(there) = there.filter(|there| there.resolved == resolved) {
            self.captured.follow(&there.motion_files);
        }
        let files = self.captured.table().cloned().collect();
        let set_aside = self.captured.set_aside().to_vec();
        CorpusPlan::new(self.len(), per_shard, typed, resolved)?.made_of(self.made_of()).with_motions(files, set_aside)
    }

    /// The maker of a corpus; `None` where it was not simulated, or where its folders of motions are gone or have changed.
    pub(in crate::corpus) fn of_plan(plan: &CorpusPlan) -> Option<Self> {
        let mut resolved = plan.resolved.clone();
        let windows = resolved.as_mapping_mut()?.remove(WINDOWS_KEY);
        // Every setting is there, so that one that is not did not exist: back faces were searched then.
        if let Some(settings) = resolved.get_mut("simulation").and_then(|s| s.get_mut("hidden_point"))
            && let Some(settings) = settings.as_mapping_mut()
        {
            settings.entry("cull_first".into()).or_insert(false.into());
        }
        let mut maker = Self::new(&serde_yaml::from_value(resolved).ok()?).ok()?;
        if windows.is_some() {
            return (windows == maker.captured.digest().map(Value::from)).then_some(maker);
        }
        maker.captured.follow(&plan.motion_files);
        maker.captured.table().eq(&plan.motion_files).then_some(maker)
    }

    /// What is left out in place of a sample whose motion cannot be shown; an error that has another cause comes back.
    pub(in crate::corpus) fn left_out(&self, error: SampleError) -> Result<LeftOut, SampleError> {
        let Some(taken) = self.captured.taken(error.id) else { return Err(error) };
        if matches!(*error.source, SampleProblem::Store(CorpusError::Write(_) | CorpusError::Read { .. })) {
            return Err(error);
        }
        let (file, reason) = (taken.path(), error.source.to_string());
        // What the disk refuses today it may give tomorrow, without a change of the file.
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&*error.source);
        let mut refused = false;
        while let Some(now) = cause {
            refused |= now.is::<std::io::Error>();
            cause = now.source();
        }
        let blake3 = if refused { None } else { file_hash(&file) };
        Ok(LeftOut { id: error.id, file: file.display().to_string(), reason, blake3 })
    }
}
