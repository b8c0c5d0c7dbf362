//! What a sample shows, for a model to learn.

use crate::scene::PersonSeen;
use crate::text::{ATTRIBUTES, Vocabulary, describe};
use serde::{Deserialize, Serialize};

/// What is known of what a sample shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Targets {
    /// The activity's slug in the vocabulary.
    pub label: String,
    /// Five sentences on the activity; absent where its label cannot be put into words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<Captions>,
    /// Who is there and where, the one who does what the label says first; empty where nothing is known of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonSeen>,
    /// Linear power of every beam at the step that is asked about; the best one is the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beam_powers: Vec<f32>,
}

/// Five sentences on an activity, as in [`ATTRIBUTES`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Captions {
    /// What is done as a whole.
    pub general: String,
    /// Trunk, pelvis and head.
    pub torso: String,
    /// Shoulders, elbows and hands.
    pub arms: String,
    /// Hips, knees and feet.
    pub legs: String,
    /// How the body as a whole moves through the room.
    pub location: String,
}

impl Captions {
    /// The vocabulary's sentences of a label, or those that are made of its words by rule; none for a label that has neither.
    pub fn of(label: &str) -> Option<Self> {
        let vocabulary = Vocabulary::with_data_sets();
        let text = match vocabulary.get(label).or_else(|| vocabulary.by_label(label)) {
            Some(activity) => activity.text.clone(),
            None => describe(&label.replace('_', " ")).ok()?.into_activity().text,
        };
        const { assert!(ATTRIBUTES.len() == 5) };
        let [general, torso, arms, legs, location] = text;
        Some(Self { general, torso, arms, legs, location })
    }
}

impl Targets {
    /// A label with its sentences.
    pub fn of_label(label: &str) -> Self {
        Self { label: label.into(), captions: Captions::of(label), people: Vec::new(), beam_powers: Vec::new() }
    }
}
