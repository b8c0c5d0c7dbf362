//! Settings of the heatmaps.

use super::loader::MmclipLoader;
use crate::base::cube::CubeInfo;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::angle::VirtualArray;
use crate::dsp::window::Window;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// Where windows lie, and whether angles are corrected for the turns of the transmitters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeatmapChain {
    /// Windows stay within frames; time-angle maps undo the phase between transmitters that take turns, Doppler bin by Doppler bin.
    #[default]
    Frames,
    /// As published with mmCLIP (SenSys 2024): windows slide over the chirps of all frames as if a frame ended where the next begins,
    /// and angles are taken as they are received.
    Mmclip,
}

impl HeatmapChain {
    /// Its word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Mmclip => PUBLISHED,
        }
    }
}

/// Window of the published chain, chirps.
const PUBLISHED_WINDOW: usize = 256;
/// Hop of the published chain, chirps.
const PUBLISHED_HOP: usize = 16;

/// Settings of the heatmaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeatmapConfig {
    /// Where windows lie. Default `frames`; `mmclip` is the published way.
    pub chain: HeatmapChain,
    /// Chirps (loops) under one column. Default the loops of a frame, at most 256; with `mmclip` 256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// Chirps from one column to the next; within frames every frame begins anew. Default a quarter of the window; with `mmclip` 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop: Option<usize>,
    /// Crop and scale the maps as mmCLIP's loader does: `{}` for its own values. Then `dynamic_range_db` is without effect. Default off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mmclip_loader: Option<MmclipLoader>,
    /// Rows of each map after resizing. Default 224.
    pub rows: usize,
    /// Columns of each map after resizing. Default 224.
    pub columns: usize,
    /// Ranges beyond are left out, m. Default none.
    pub max_range_m: Option<f64>,
    /// Power this far below a map's peak, and everything weaker, becomes −1, dB. Default 40.
    pub dynamic_range_db: f64,
    /// Subtract the mean over all chirps from each channel and range bin. Default on.
    pub remove_static: bool,
    /// Taper along a chirp. Default Hann.
    pub range_window: Window,
    /// Taper over the chirps of a column before the Doppler FFT. Default Hann.
    pub doppler_window: Window,
    /// Points of the angle axis before resizing. Default 64.
    pub angle_fft: usize,
}

impl Default for HeatmapConfig {
    fn default() -> Self {
        Self {
            chain: HeatmapChain::Frames,
            window: None,
            hop: None,
            mmclip_loader: None,
            rows: 224,
            columns: 224,
            max_range_m: None,
            dynamic_range_db: 40.0,
            remove_static: true,
            range_window: Window::Hann,
            doppler_window: Window::Hann,
            angle_fft: 64,
        }
    }
}

impl HeatmapConfig {
    /// The published chain with its window of 256 chirps and hop of 16.
    pub fn mmclip() -> Self {
        Self { chain: HeatmapChain::Mmclip, ..Self::default() }
    }

    /// Chirps under a column, for frames of `loops` chirps of a transmitter.
    ///
    /// ```
    /// use kinecho_corpus::dsp::heatmap::HeatmapConfig;
    /// assert_eq!(HeatmapConfig::default().window(16), 16);
    /// assert_eq!(HeatmapConfig::mmclip().window(16), 256);
    /// ```
    pub fn window(&self, loops: usize) -> usize {
        self.window.unwrap_or(match self.chain {
            HeatmapChain::Frames => loops.min(PUBLISHED_WINDOW),
            HeatmapChain::Mmclip => PUBLISHED_WINDOW,
        })
    }

    /// Chirps from one column to the next, for frames of `loops` chirps of a transmitter.
    pub fn hop(&self, loops: usize) -> usize {
        self.hop.unwrap_or(match self.chain {
            HeatmapChain::Frames => (self.window(loops) / 4).max(1),
            HeatmapChain::Mmclip => PUBLISHED_HOP,
        })
    }

    /// Checks the settings that do not depend on a recording.
    pub fn check(&self) -> Result<(), DspError> {
        self.faults().into_iter().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with the settings, whatever the recording.
    fn faults(&self) -> Vec<DspError> {
        let counts = [
            ("heatmap.window", self.window.unwrap_or(1), 1 << 16),
            ("heatmap.hop", self.hop.unwrap_or(1), 1 << 16),
            ("heatmap.rows", self.rows, 4096),
            ("heatmap.columns", self.columns, 4096),
            ("heatmap.angle_fft", self.angle_fft, 4096),
        ];
        let mut faults: Vec<DspError> = counts
            .into_iter()
            .filter(|(_, value, max)| !(1..=*max).contains(value))
            .map(|(name, value, max)| DspError::setting(name, value, format!("1..={max}")))
            .collect();
        if !(self.dynamic_range_db > 0.0 && self.dynamic_range_db <= 200.0) {
            let expected = "above 0, at most 200 dB";
            faults.push(DspError::setting("heatmap.dynamic_range_db", self.dynamic_range_db, expected));
        }
        faults
    }

    /// All that is wrong with the settings, whatever the recording; the keys are the fields.
    pub fn problems(&self) -> Vec<Problem> {
        let own = self.faults().iter().map(DspError::problem).collect::<Vec<_>>();
        let loader = self.mmclip_loader.iter().flat_map(|l| l.problems()).map(|p| p.under("mmclip_loader"));
        own.into_iter().chain(loader).collect()
    }

    /// All that is wrong with the settings for recordings of `frames` frames of `loops` chirps of `samples` samples, before there is
    /// one; the keys are the fields.
    pub fn problems_for(&self, info: &CubeInfo, (frames, loops): (usize, usize), samples: usize) -> Vec<Problem> {
        let mut problems = self.problems();
        problems.extend(self.misfit(frames, loops).map(|e| match e {
            DspError::TooShort { found, needed, .. } => {
                Problem::new("window", format!("{needed} chirps; the recording has only {found}"))
            }
            other => other.problem(),
        }));
        if let Some(loader) = self.mmclip_loader.filter(|_| problems.is_empty()) {
            let found = loader.misfits(self.window(loops), self.starts(frames, loops).len());
            problems.extend(found.into_iter().map(|p| p.under("mmclip_loader")));
        }
        problems.extend(VirtualArray::new(info, samples).err().map(|e| e.problem()));
        let bin = info.range_bin_m(samples);
        problems.extend(self.max_range_m.filter(|max| !(max.is_finite() && *max > bin)).map(|max| {
            Problem::new("max_range_m", format!("{max} m; expected more than one range bin ({bin:.4} m), or left out"))
        }));
        problems
    }

    /// Why no window fits into a recording, if none does.
    pub(super) fn misfit(&self, frames: usize, loops: usize) -> Option<DspError> {
        let window = self.window(loops);
        match self.chain {
            HeatmapChain::Frames if loops < 2 => Some(DspError::setting(
                "heatmap.chain",
                HeatmapChain::Frames.name(),
                "at least 2 chirps of a transmitter in a frame, this radar has 1; `mmclip` joins the chirps of all frames",
            )),
            HeatmapChain::Frames if window > loops => {
                let expected = format!(
                    "at most {loops}, the chirps of a transmitter in a frame: windows stay within frames (`chain: mmclip` joins them)"
                );
                Some(DspError::setting("heatmap.window", format!("{window} chirps"), expected))
            }
            HeatmapChain::Mmclip if frames * loops < window => {
                let hint = "record longer, set a smaller heatmap.window, or leave `chain: mmclip` out";
                Some(DspError::TooShort { found: frames * loops, needed: window, unit: "chirps", hint })
            }
            _ => None,
        }
    }

    /// Settings that were stored with a corpus or a checkpoint: those without a `chain` are older than the choice, and stand for the
    /// published one. In files that people write, a `chain` that is left out is [`HeatmapChain::Frames`].
    pub fn stored<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut value = serde_json::Value::deserialize(from)?;
        if let Some(fields) = value.as_object_mut() {
            fields.entry(CHAIN_KEY).or_insert_with(|| PUBLISHED.into());
        }
        serde_json::from_value(value).map_err(D::Error::custom)
    }
}

const CHAIN_KEY: &str = "chain";
const PUBLISHED: &str = "mmclip";

/// Puts the `chain` that is meant into the stored settings of heatmaps that are older than the choice.
pub fn say_chain(heatmaps: &mut serde_yaml::Value) {
    if let Some(fields) = heatmaps.as_mapping_mut() {
        fields.entry(CHAIN_KEY.into()).or_insert(PUBLISHED.into());
    }
}
