//! How recordings are cut into samples, and what is made of them.

use super::error::ImportError;
use super::split::GroupSplit;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::chain::older::{IMPORT_NAMES, upgrade_import};
use crate::chain::{BeamChain, Chain, CsiChain, Keep, MicroDopplerChain, PointChain, RfidChain};
use crate::corpus::leaks::GroupBy;
use crate::corpus::plan::shard_size::shard_problem;
use crate::dsp::point_maps::PointMapConfig;
use crate::recording::labelled::Radio;
use crate::recording::{DataSet, Recording};
use crate::signal::Signal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Settings of an import.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportConfig {
    /// What is made of a window. Default heatmaps of IF cubes, maps of points.
    pub chain: Chain,
    /// Which signals are kept beside the views. Default points, where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Vec<Keep>>,
    /// Length of a window, s; of IF cubes to the nearest frame. Default that of the maps of points (3 s), or 3 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_s: Option<f64>,
    /// Time from one window to the next, s. Default that of the maps of points (1 s), or 1 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop_s: Option<f64>,
    /// Recordings up to this length give one window, around their middle; longer ones are cut as ever. For recordings that hold one
    /// movement with rest before and behind it, and of which an example is to be one. Above `length_s`, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_up_to_s: Option<f64>,
    /// Samples in a shard. Default 64 of IF cubes, 256 of points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples_per_shard: Option<u64>,
    /// How recordings that their authors have not divided are divided. Default by groups of CSI and RFID reads, not at all of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<GroupSplit>,
    /// Activities that get another label, for example several that are to be one class; the others keep theirs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What recordings hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// IF cubes.
    Cubes,
    /// I and Q of a CW radar.
    Iq,
    /// Points.
    Points,
    /// Channel state information.
    Csi,
    /// Reads of RFID tags.
    Rfid,
    /// What a base station sees of vehicles.
    Beams,
}

impl Holding {
    /// What a recording holds.
    pub fn of_signal(signal: &Signal) -> Self {
        match signal {
            Signal::Cube(_) => Self::Cubes,
            Signal::Iq(_) => Self::Iq,
            Signal::Points(_) => Self::Points,
            Signal::Csi(_) => Self::Csi,
            Signal::Rfid(_) => Self::Rfid,
            Signal::Beams(_) => Self::Beams,
        }
    }

    /// What the recordings of a data set hold.
    pub fn of_data_set(set: DataSet) -> Self {
        match set.radio() {
            None if set == DataSet::DeepSense => Self::Beams,
            None => Self::Points,
            Some(Radio::Csi) => Self::Csi,
            Some(Radio::Rfid) => Self::Rfid,
        }
    }

    /// What all of these recordings hold.
    pub(in crate::corpus) fn of(recordings: &[Recording]) -> Result<Self, ImportError> {
        let first = recordings.first().map_or(Self::Points, |r| Self::of_signal(&r.signal));
        match recordings.iter().find(|r| Self::of_signal(&r.signal) != first) {
            Some(other) => {
                let (kind, kinds) = (other.signal.kind(), recordings[0].signal.kind());
                let message =
                    format!("recording {} holds {kind}, the first one {kinds}; import them apart", other.name);
                Err(ImportError::Setting(message))
            }
            None => Ok(first),
        }
    }

    /// What it is called.
    fn name(self) -> &'static str {
        match self {
            Self::Cubes => "IF cubes",
            Self::Iq => "I/Q",
            Self::Points => "points",
            Self::Csi => "CSI",
            Self::Rfid => "RFID reads",
            Self::Beams => "beam powers",
        }
    }

    /// Entries of a chain that make something of it.
    fn entries(self) -> &'static [&'static str] {
        match self {
            Self::Cubes => &["heatmaps", "points", "micro_doppler", "range_angle"],
            Self::Iq => &["micro_doppler"],
            Self::Points => &["points"],
            Self::Csi => &["csi"],
            Self::Rfid => &["rfid"],
            Self::Beams => &["beams"],
        }
    }

    /// Samples in a shard where nothing is said.
    fn usual_shard(self) -> u64 {
        match self {
            Self::Cubes | Self::Iq => 64,
            Self::Points | Self::Csi | Self::Rfid | Self::Beams => 256,
        }
    }
}

/// Length and hop of windows where nothing is said, s.
const USUAL: (f64, f64) = (3.0, 1.0);
impl ImportConfig {
    /// Reads the settings of an import of recordings that hold IF cubes or points, and checks them.
    pub fn from_document(document: &Document, holding: Holding) -> Result<Self, YamlError> {
        let document = document.upgraded(upgrade_import, &IMPORT_NAMES)?;
        let config: Self = document.typed()?;
        let problems = config.problems(holding);
        if problems.is_empty() { Ok(config) } else { Err(document.rejected(problems)) }
    }

    /// Settings of maps of points, the others as usual.
    pub fn of_maps(maps: PointMapConfig) -> Self {
        Self { chain: Chain::of_points(PointChain { maps, ..PointChain::default() }), ..Self::default() }
    }

    /// The maps of points that it makes, if any.
    pub fn point_maps(&self) -> Option<&PointMapConfig> {
        self.chain.points.as_ref().map(|chain| &chain.maps)
    }

    /// All that is wrong with the settings; the keys are relative to them.
    pub fn problems(&self, holding: Holding) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, value) in [("length_s", self.length_s), ("hop_s", self.hop_s)] {
            if let Some(value) = value.filter(|v| !(*v > 0.0 && *v <= 3600.0)) {
                problems.push(Problem::new(key, format!("{value}; expected above 0, at most 3600")));
            }
        }
        for (key, value) in [("length_s", self.length_s), ("hop_s", self.hop_s)] {
            if holding == Holding::Beams && value.is_some() {
                let message =
                    "is of no matter to passages, which are counted in steps; expected chain.beams.steps and every";
                problems.push(Problem::new(key, message));
            }
        }
        problems.extend(self.chain.problems().into_iter().map(|p| p.under("chain")));
        for entry in self.chain.entries().into_iter().filter(|entry| !holding.entries().contains(entry)) {
            let message =
                format!("makes nothing of {}; expected chain.{}", holding.name(), holding.entries().join(" or chain."));
            problems.push(Problem::new(format!("chain.{entry}"), message));
        }
        problems.extend(self.contradictions());
        if let Some(most) = self.middle_up_to_s {
            let (length, _) = self.window();
            if !matches!(holding, Holding::Csi | Holding::Rfid) {
                let message = format!("is for CSI and RFID reads, but these recordings hold {}", holding.name());
                problems.push(Problem::new("middle_up_to_s", message));
            } else if !(most >= length && most.is_finite()) {
                let message = format!("{most}; expected a length of at least that of a window, {length} s");
                problems.push(Problem::new("middle_up_to_s", message));
            }
        }
        let keep = self.keep.as_deref();
        for (kept, of) in [
            (Keep::Cube, Holding::Cubes),
            (Keep::Iq, Holding::Iq),
            (Keep::Csi, Holding::Csi),
            (Keep::Rfid, Holding::Rfid),
        ] {
            if holding != of && keep.is_some_and(|keep| keep.contains(&kept)) {
                problems.push(Problem::new(
                    "keep",
                    format!("`{}`, but these recordings hold {}", kept.name(), holding.name()),
                ));
            }
        }
        problems.extend(Keep::problem(keep, &self.filled(holding).chain));
        problems.extend(self.split.iter().flat_map(GroupSplit::problems).map(|p| p.under("split")));
        problems.extend(self.samples_per_shard.and_then(shard_problem));
        for (activity, label) in &self.labels {
            if label.is_empty() {
                problems.push(Problem::new(format!("labels.{activity}"), "is empty; expected a label"));
            }
        }
        problems
    }

    /// Two places say how windows are cut when maps of points are made: none is passed over.
    fn contradictions(&self) -> Vec<Problem> {
        let Some(maps) = self.point_maps() else { return Vec::new() };
        let usual = PointMapConfig::default().hop_s;
        let both =
            [("length_s", self.length_s, maps.length_s, true), ("hop_s", self.hop_s, maps.hop_s, maps.hop_s != usual)];
        let said = both.into_iter().filter_map(|(key, own, of_maps, typed)| {
            let own = own.filter(|own| *own != of_maps && typed)?;
            Some(Problem::new(key, format!("{own}, but chain.points.maps.{key} is {of_maps}; leave one out")))
        });
        said.collect()
    }

    /// Length and hop of the windows, s.
    pub fn window(&self) -> (f64, f64) {
        let (length, hop) = self.point_maps().map_or(USUAL, |maps| (maps.length_s, maps.hop_s));
        (self.length_s.unwrap_or(length), self.hop_s.unwrap_or(hop))
    }

    /// The settings with all defaults filled in, or what is wrong with them.
    pub fn resolved(&self, holding: Holding) -> Result<Self, ImportError> {
        let problems = self.problems(holding);
        if problems.is_empty() { Ok(self.filled(holding)) } else { Err(ImportError::Config(problems)) }
    }

    /// Samples in a shard.
    pub(in crate::corpus) fn shard_size(&self, holding: Holding) -> u64 {
        self.samples_per_shard.unwrap_or(holding.usual_shard())
    }

    fn filled(&self, holding: Holding) -> Self {
        let mut filled = self.clone();
        let usual = match holding {
            Holding::Cubes => Chain::usual(),
            Holding::Iq => Chain::of_iq(MicroDopplerChain::default()),
            Holding::Points => Chain::of_points(PointChain::default()),
            Holding::Csi => Chain::of_csi(CsiChain::default()),
            Holding::Rfid => Chain::of_rfid(RfidChain::default()),
            Holding::Beams => Chain::of_beams(BeamChain::default()),
        };
        if filled.chain.is_empty() {
            filled.chain = usual;
        }
        if holding != Holding::Beams {
            let (length_s, hop_s) = filled.window();
            filled.length_s = Some(length_s);
            filled.hop_s = Some(hop_s);
        }
        filled.samples_per_shard = Some(self.shard_size(holding));
        if matches!(holding, Holding::Csi | Holding::Rfid | Holding::Beams) {
            // Passages are never on both sides; the vehicle is the same in a whole scenario.
            let by = (holding == Holding::Beams).then_some(GroupBy::Session);
            filled.split.get_or_insert_with(|| GroupSplit { by, ..GroupSplit::default() });
        }
        filled.keep.get_or_insert_with(|| Keep::usual(&filled.chain));
        filled
    }
}
