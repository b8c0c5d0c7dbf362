//! Words for motion: the vocabulary of activities, five attribute sentences for any label, and their frozen embeddings.
//!
//! The way is label → five sentences ([`ATTRIBUTES`]) → a frozen [`SentenceEncoder`] → [`PromptBank`] → [`Centring`]. Label
//! similarity says nothing about motion similarity; the five centred attributes do, so they are kept apart all the way.

mod activity;
mod centring;
pub mod describe;
mod encoder;
mod error;
#[cfg(feature = "llm")]
pub mod llm;
mod prompt_bank;
pub mod said;
pub mod vocabulary;

pub use activity::{ATTRIBUTES, Activity, DESCRIBED_ID_BASE};
pub use centring::{Centring, attribute_similarity};
pub use describe::{Certainty, Description, Grounds, describe};
pub use encoder::SentenceEncoder;
pub use error::TextError;
pub use prompt_bank::{CentredPrompts, PromptBank};
pub use vocabulary::Vocabulary;
