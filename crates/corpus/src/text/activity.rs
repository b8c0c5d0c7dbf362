//! One activity and its words.

use serde::{Deserialize, Serialize};

/// The five attributes in their fixed order: what is done as a whole; trunk, pelvis and head; shoulders, elbows and hands;
/// hips, knees and feet; how the body as a whole moves through the room.
pub const ATTRIBUTES: [&str; 5] = ["general", "torso", "arms", "legs", "location"];

/// Ids from here up belong to described labels outside of any vocabulary; a vocabulary's own ids are below.
pub const DESCRIBED_ID_BASE: u32 = 1 << 31;

/// An activity: a label, a machine name and five sentences on what can be seen of the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TypedActivity", into = "TypedActivity")]
pub struct Activity {
    /// Number in the vocabulary (the published mmCLIP label map for the built-in one).
    pub id: u32,
    /// Machine name: lower-case ASCII letters, digits and `_`.
    pub slug: String,
    /// The label as people read it.
    pub label: String,
    /// Free grouping for reports (`daily`, `fitness`, `gesture`).
    pub category: String,
    /// The zero-shot group that holds this class out from training; `None`: always a training class.
    pub unseen_group: Option<u8>,
    /// The five sentences in the order of [`ATTRIBUTES`].
    pub text: [String; 5],
    /// Other wordings of each sentence in the order of [`ATTRIBUTES`], for text augmentation; any number of each.
    pub paraphrases: [Vec<String>; 5],
}

impl Activity {
    /// The sentence of an attribute by its name in [`ATTRIBUTES`].
    pub fn attribute(&self, name: &str) -> Option<&str> {
        ATTRIBUTES.iter().position(|a| *a == name).map(|i| self.text[i].as_str())
    }
}

/// An activity as it is typed in YAML.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedActivity {
    id: u32,
    slug: String,
    label: String,
    category: String,
    unseen_group: TypedGroup,
    text: TypedText,
    #[serde(default)]
    paraphrases: TypedParaphrases,
}

/// Other wordings as they are typed in YAML: by attribute, or a plain list for the general sentence alone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "`paraphrases` must be a list of sentences, or lists by attribute (general, torso, arms, legs, location)"
)]
enum TypedParaphrases {
    General(Vec<String>),
    ByAttribute(ByAttribute),
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ByAttribute {
    general: Vec<String>,
    torso: Vec<String>,
    arms: Vec<String>,
    legs: Vec<String>,
    location: Vec<String>,
}

impl Default for TypedParaphrases {
    fn default() -> Self {
        Self::General(Vec::new())
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "`unseen_group` must be a group number (1..=255) or `none`")]
enum TypedGroup {
    Number(std::num::NonZeroU8),
    Word(NoGroup),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NoGroup {
    None,
}

/// Five sentences as they are typed in YAML.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedText {
    general: String,
    torso: String,
    arms: String,
    legs: String,
    location: String,
}

impl TryFrom<TypedActivity> for Activity {
    type Error = String;

    fn try_from(typed: TypedActivity) -> Result<Self, String> {
        let TypedActivity { id, slug, label, category, unseen_group, text, paraphrases } = typed;
        if slug.is_empty() || !slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(format!("activity {id}: slug {slug:?} must be lower-case ASCII letters, digits and `_`"));
        }
        let text = [text.general, text.torso, text.arms, text.legs, text.location];
        let named = ATTRIBUTES.iter().copied().zip(&text).chain([("label", &label), ("category", &category)]);
        let paraphrases = match paraphrases {
            TypedParaphrases::General(general) => [general, vec![], vec![], vec![], vec![]],
            TypedParaphrases::ByAttribute(p) => [p.general, p.torso, p.arms, p.legs, p.location],
        };
        let paraphrases_named = paraphrases.iter().flatten().map(|p| ("paraphrases", p));
        for (name, value) in named.chain(paraphrases_named) {
            if value.trim().is_empty() {
                return Err(format!("activity {slug:?}: {name} is empty, expected words"));
            }
        }
        let unseen_group = match unseen_group {
            TypedGroup::Number(group) => Some(group.get()),
            TypedGroup::Word(NoGroup::None) => None,
        };
        Ok(Self { id, slug, label, category, unseen_group, text, paraphrases })
    }
}

impl From<Activity> for TypedActivity {
    fn from(activity: Activity) -> Self {
        let Activity { id, slug, label, category, unseen_group, text, paraphrases } = activity;
        let [general, torso, arms, legs, location] = text;
        let unseen_group = match unseen_group.and_then(std::num::NonZeroU8::new) {
            Some(group) => TypedGroup::Number(group),
            None => TypedGroup::Word(NoGroup::None),
        };
        let text = TypedText { general, torso, arms, legs, location };
        let [general, torso, arms, legs, location] = paraphrases;
        let paraphrases = TypedParaphrases::ByAttribute(ByAttribute { general, torso, arms, legs, location });
        Self { id, slug, label, category, unseen_group, text, paraphrases }
    }
}
