//! Which chirps are under which column.

use super::config::{HeatmapChain, HeatmapConfig};
use crate::base::axis::Axis;
use crate::base::cube::IfCube;

/// The windows of a recording, a column each.
pub(super) struct ChirpWindows {
    /// First chirp of each, counted over all frames.
    pub(super) starts: Vec<usize>,
    /// Chirps of each.
    pub(super) window: usize,
    /// Centres, s.
    pub(super) time: Axis,
}

impl ChirpWindows {
    /// The windows of a recording that has room for one.
    pub(super) fn of(cube: &IfCube, config: &HeatmapConfig) -> Self {
        let (frames, loops, ..) = cube.data.dim();
        let (window, hop) = (config.window(loops), config.hop(loops));
        let (frame_s, loop_s) = (cube.info.frame_period_s, cube.info.loop_period_s);
        let starts = config.starts(frames, loops);
        let time = match config.chain {
            HeatmapChain::Frames => {
                // Columns of a frame stand evenly in its period, about where they are on average: exact for one a frame.
                let in_frame = starts.len() / frames.max(1);
                let step = frame_s / in_frame.max(1) as f64;
                let centre = 0.5 * window as f64 * loop_s;
                let shift = 0.5 * in_frame.saturating_sub(1) as f64 * (hop as f64 * loop_s - step);
                Axis::new("time", "s", starts.len(), centre + shift, step)
            }
            HeatmapChain::Mmclip => {
                // Mean pace: the pauses between frames are spread over the chirps, so that columns keep the recording's length.
                let pace = frame_s / loops as f64;
                Axis::new("time", "s", starts.len(), 0.5 * window as f64 * pace, hop as f64 * pace)
            }
        };
        Self { starts, window, time }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Chirps under column `c`.
    pub(super) fn chirps(&self, c: usize) -> std::ops::Range<usize> {
        self.starts[c]..self.starts[c] + self.window
    }
}

impl HeatmapConfig {
    /// First chirps of the windows of a recording of `frames` frames of `loops` chirps, counted over all frames: the columns before
    /// resizing.
    ///
    /// Published: `(chirps − window) / hop` of them, at least one, so that 3,840 chirps give 224.
    ///
    /// ```
    /// use kinecho_corpus::dsp::heatmap::HeatmapConfig;
    /// let config = HeatmapConfig { window: Some(8), hop: Some(4), ..HeatmapConfig::default() };
    /// assert_eq!(config.starts(2, 16), [0, 4, 8, 16, 20, 24]);
    /// ```
    pub fn starts(&self, frames: usize, loops: usize) -> Vec<usize> {
        let (window, hop) = (self.window(loops), self.hop(loops).max(1));
        match self.chain {
            HeatmapChain::Frames => (0..frames)
                .flat_map(|frame| {
                    (0..(loops + 1).saturating_sub(window)).step_by(hop).map(move |first| frame * loops + first)
                })
                .collect(),
            HeatmapChain::Mmclip => {
                let count = ((frames * loops).saturating_sub(window) / hop).max(1);
                (0..count).map(|c| c * hop).collect()
            }
        }
    }
}
