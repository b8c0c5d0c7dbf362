//! What can go wrong while a sample is made.

use crate::corpus::error::CorpusError;
use crate::dsp::DspError;
use crate::scene::{SceneDraw, SceneError};
use crate::sim::{SimError, SimReport};

/// Making a sample failed.
#[derive(Debug, thiserror::Error)]
#[error("sample {id} ({activity}): {source}")]
pub struct SampleError {
    /// The sample.
    pub id: u64,
    /// Its activity.
    pub activity: String,
    /// What went wrong.
    #[source]
    pub source: Box<SampleProblem>,
}

/// What can go wrong while a sample is made.
#[derive(Debug, thiserror::Error)]
pub enum SampleProblem {
    /// The scene.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// The simulator.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The signal processing.
    #[error(transparent)]
    Dsp(#[from] DspError),
    /// The arrays that are kept.
    #[error(transparent)]
    Store(#[from] CorpusError),
    /// A sample that would show noise under a label.
    #[error("nothing reflects in any of its {frames} frames, so that its label says what is not in it: {why}")]
    Nothing {
        /// Frames of the sample.
        frames: u64,
        /// Where what could reflect was lost.
        why: String,
    },
}

impl SampleProblem {
    /// What is wrong with a recording that shows nothing.
    pub(super) fn nothing(report: &SimReport, draw: &SceneDraw) -> Option<Self> {
        if report.frames == 0 || report.empty_frames < report.frames {
            return None;
        }
        let lost = report.lost();
        let ranges: Vec<String> = draw.people.iter().map(|p| format!("{:.2} m", p.range_m)).collect();
        let why = format!(
            "everything is {lost}; people stand at {}; change `range_m`, the radar or its pose",
            ranges.join(", ")
        );
        Some(Self::Nothing { frames: report.frames, why })
    }
}
