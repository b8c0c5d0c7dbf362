//! Which joint of a foreign skeleton is which of SMPL's: maps as data (`scenes/joint_maps.yaml`).

use super::joint_names::{self, plain};
use crate::base::yaml::line_of;
use crate::body::Joint;
use crate::motion::capture::UpAxis;
use crate::motion::error::MotionError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// One spelling of a joint's name, or several of which the first that is there counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

/// The joints of one kind of skeleton.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointMap {
    /// Name of the map.
    pub name: String,
    /// Vertical axis; without it, it is taken from the skeleton.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<UpAxis>,
    joints: BTreeMap<Joint, Names>,
}

/// Maps to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointMapBook {
    version: u32,
    maps: Vec<JointMap>,
}

/// Where each of SMPL's joints stands among a file's joints.
pub(in crate::motion::capture) struct Found {
    pub(in crate::motion::capture) joints: [Option<usize>; Joint::ALL.len()],
    pub(in crate::motion::capture) up: Option<UpAxis>,
    /// Name of the map.
    pub(in crate::motion::capture) map: String,
    /// What stands before all names.
    pub(in crate::motion::capture) prefix: String,
}

/// Joints without which a person cannot be put together.
pub(in crate::motion::capture) const NEEDED: [Joint; 13] = [
    Joint::Pelvis,
    Joint::LeftHip,
    Joint::RightHip,
    Joint::LeftKnee,
    Joint::RightKnee,
    Joint::LeftAnkle,
    Joint::RightAnkle,
    Joint::LeftShoulder,
    Joint::RightShoulder,
    Joint::LeftElbow,
    Joint::RightElbow,
    Joint::LeftWrist,
    Joint::RightWrist,
];

static BUILTIN: LazyLock<JointMapBook> = LazyLock::new(|| {
    let path = Path::new("scenes/joint_maps.yaml");
    match JointMapBook::parse(include_str!("../../../../../../scenes/joint_maps.yaml"), path) {
        Ok(book) => book,
        // Part of the program, not input: a test reads it on every change.
        Err(error) => panic!("the built-in joint maps are wrong: {error}"),
    }
});

impl JointMapBook {
    /// The maps that come with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads a file of maps.
    pub fn read(path: &Path) -> Result<Self, MotionError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| MotionError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Reads maps from text; `origin` is named in errors.
    pub fn parse(yaml: &str, origin: &Path) -> Result<Self, MotionError> {
        let fail = |line, message: String| MotionError::Yaml { path: origin.to_owned(), line, message };
        let line = |path: &[&str]| line_of(yaml, path).unwrap_or(0);
        let book: Self =
            serde_yaml::from_str(yaml).map_err(|e| fail(e.location().map_or(0, |l| l.line()), e.to_string()))?;
        if book.version != 1 {
            return Err(fail(line(&["version"]), format!("version {}; this program reads version 1", book.version)));
        }
        for (place, map) in book.maps.iter().enumerate() {
            if let Some(missing) = NEEDED.iter().find(|j| !map.joints.contains_key(j)) {
                let line = line(&["maps", &place.to_string(), "joints"]);
                return Err(fail(line, format!("map `{}` has no `{}`", map.name, word(*missing))));
            }
        }
        if book.maps.is_empty() {
            return Err(fail(line(&["maps"]), "no maps; expected at least one".into()));
        }
        Ok(book)
    }

    /// Names of the maps.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.maps.iter().map(|m| m.name.as_str())
    }

    /// The map that finds most joints of a skeleton.
    pub(in crate::motion::capture) fn find(&self, origin: &str, names: &[String]) -> Result<Found, MotionError> {
        let mut best: Option<(usize, usize, Found)> = None;
        for map in &self.maps {
            for (prefix, names) in joint_names::readings(names, &map.spellings(Joint::LeftHip)) {
                let joints = map.joints(&names);
                let needed = NEEDED.iter().filter(|j| joints[**j as usize].is_some()).count();
                let all = joints.iter().flatten().count();
                // Of equals the first one of the file, with the shortest prefix.
                if best.as_ref().is_none_or(|(n, a, _)| (needed, all) > (*n, *a)) {
                    best = Some((needed, all, Found { joints, up: map.up, map: map.name.clone(), prefix }));
                }
            }
        }
        let Some((_, _, found)) = best else { return Err(MotionError::file(origin, "there are no joint maps")) };
        let missing: Vec<String> =
            NEEDED.iter().filter(|j| found.joints[**j as usize].is_none()).map(|j| word(*j)).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let mut there = names.to_vec();
        there.truncate(60);
        let message = format!(
            "no joint map fits its skeleton; `{}` comes nearest, but finds no {}; the joints are {}; write a map of them and \
             give it with --joint-map (form: scenes/joint_maps.yaml)",
            found.map,
            missing.join(", "),
            there.join(", ")
        );
        Err(MotionError::file(origin, message))
    }
}

impl JointMap {
    /// Where each joint is among plain names.
    fn joints(&self, plain: &[String]) -> [Option<usize>; Joint::ALL.len()] {
        Joint::ALL.map(|joint| {
            let spellings = self.spellings(joint);
            spellings.iter().find_map(|name| plain.iter().position(|p| p == name))
        })
    }

    /// How a joint's name is spelled, plainly.
    fn spellings(&self, joint: Joint) -> Vec<String> {
        match self.joints.get(&joint) {
            None => Vec::new(),
            Some(Names::One(name)) => vec![plain(name)],
            Some(Names::Several(names)) => names.iter().map(|name| plain(name)).collect(),
        }
    }
}

/// Name of a joint as it is typed.
pub(in crate::motion::capture) fn word(joint: Joint) -> String {
    serde_json::to_value(joint).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
