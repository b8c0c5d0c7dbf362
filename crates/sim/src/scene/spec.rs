//! A scene as typed in YAML: every field optional where a sensible default exists.

use super::links::LinkSpec;
use super::objects::ObjectSpec;
use super::radar::{RadarPoseSpec, RadarSpec};
use super::room::RoomSpec;
use crate::base::span::Span;
use crate::motion::capture::Reading;
use crate::motion::score::Waypoint;
use crate::propagation::{Material, Scattering};
use crate::sensor::receiver::ReceiverSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who moves where, in front of which radar, for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneSpec {
    /// The radar.
    #[serde(default)]
    pub radar: RadarSpec,
    /// Where the radar stands.
    #[serde(default)]
    pub radar_pose: RadarPoseSpec,
    /// What the receiver adds; thermal noise by default.
    #[serde(default, skip_serializing_if = "ReceiverSpec::is_default")]
    pub receiver: ReceiverSpec,
    /// Sensors beside the radar by their names: WiFi links and RFID readers. Their clocks begin with the radar's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sensors: BTreeMap<String, LinkSpec>,
    /// The people in view.
    #[serde(default)]
    pub people: Vec<PersonSpec>,
    /// Things in the scene; boxes and meshes hide people and each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectSpec>,
    /// Walls around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomSpec>,
    /// Length of the recording, s; 0.1 to 600.
    #[serde(default = "default_duration_s")]
    pub duration_s: f64,
}

fn default_duration_s() -> f64 {
    3.0
}

impl SceneSpec {
    /// Takes all files that the scene names (of the radar, other sensors, motions, bodies, joint maps, meshes) as relative to the folder of
    /// `origin`, the file it was read from. Absolute paths stay.
    pub fn beside(&mut self, origin: &Path) {
        let Some(folder) = origin.parent() else { return };
        // Absolute, so that a recipe that is stored elsewhere still finds it.
        let beside = |file: &Path| {
            let joined = folder.join(file);
            std::path::absolute(&joined).unwrap_or(joined)
        };
        self.sensors.values_mut().for_each(|link| link.with_files(beside));
        let people = self.people.iter_mut().flat_map(|p| [&mut p.motion_file, &mut p.joint_map, &mut p.body]);
        let objects = self.objects.iter_mut().map(|o| &mut o.mesh);
        for file in people.chain(objects).chain([&mut self.radar.file]).flatten() {
            *file = beside(file);
        }
    }
}

/// One person; what is absent is drawn from the ranges of the motion's score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonSpec {
    /// Slug of the motion. A corpus recipe leaves it out and fills in its activities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<String>,
    /// A captured motion in place of a score: AMASS or SMPL-X `.npz`, `.bvh`, `.glb`, `.gltf`, DeepMimic's `.txt`. The person begins
    /// turned as `facing_deg` says, and `range_m` and `azimuth_deg` place the middle of their way. Relative as `file` of the radar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion_file: Option<PathBuf>,
    /// Where in the file the recording begins, s; by default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion_start_s: Option<Span>,
    /// Joint maps for a file with a skeleton of its own; by default those that come with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint_map: Option<PathBuf>,
    /// What is stated of the motion file in place of what it says or shows itself: `up`, `unit`, `rate_hz`, `animation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// A body model: SMPL, SMPL-H, SMPL-X or the like as `.npz`; by default the CC0 body. Relative as `file` of the radar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<PathBuf>,
    /// Shape coefficients of `body` in place of stature and build: a list, or `motion` for those of the motion file, whose height
    /// above the floor is then kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub betas: Option<BetasSpec>,
    /// How far into the motion the recording begins, s; 0 to 60, by default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_s: Option<Span>,
    /// Rest between one repetition and the next of motions that are done once at a time (`pick_up_object`, `sit_down_stand_up`), s, in place of what the score draws; 0 to
    /// 60. Motions that go round without a stop, and gaits, are not changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_s: Option<Span>,
    /// When such a motion, or a fall, begins, s, 0 to 60; until then the person is in its first posture. By default the recording begins within a repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset_s: Option<Span>,
    /// Whether each recording draws one of the ways to do the motion that its file has; by default yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ways: Option<bool>,
    /// Time scale of the motion, times what its score draws: larger is slower; 0.25 to 4, by default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo: Option<Span>,
    /// Scale of the motion's excursions, times what its score draws; 0.1 to 2, by default 1. Who moves faster reaches less far: it is
    /// held below 1.3 tempo², so that accelerations stay within 1.3 times those of the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Span>,
    /// What the surface is made of, by default `skin`; with `conductor` it reflects everything, as the published equation has it.
    #[serde(default)]
    pub material: Material,
    /// How skin and clothing scatter beside what they mirror; `{coefficient: 0}` for not at all, as published.
    #[serde(default)]
    pub scattering: Scattering,
    /// Horizontal distance from the radar, m; 0.3 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_m: Option<Span>,
    /// Direction from the radar, positive to the right, degrees; −90 to 90.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azimuth_deg: Option<Span>,
    /// Turned away from facing the radar, positive to the person's left, degrees; −180 to 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facing_deg: Option<Span>,
    /// Places in the world that the person walks to, one after the other, in the gait of `motion` (by default
    /// walk_forward_turn_around), in place of `range_m`, `azimuth_deg`, `facing_deg` and `start_s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waypoints: Option<Vec<Waypoint>>,
    /// Stature, m; 1.40 to 2.10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stature_m: Option<Span>,
    /// Body mass index, kg/m²; 15 to 40.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_mass_index: Option<Span>,
    /// From 0 female to 1 male.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Span>,
    /// From 0 slack to 1 athletic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muscle: Option<Span>,
}

/// Where shape coefficients come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`betas` must be a list of numbers or `motion`")]
pub enum BetasSpec {
    /// From the motion file.
    From(BetasSource),
    /// As given.
    Given(Vec<f64>),
}

/// The word for coefficients of the motion file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BetasSource {
    /// Those of the motion file.
    Motion,
}
