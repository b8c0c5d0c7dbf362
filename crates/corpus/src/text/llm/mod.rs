//! Five attribute sentences from a language model behind any OpenAI-compatible endpoint (`POST URL/chat/completions`).
//!
//! Every answer is checked, and kept on disk as a small YAML file that people may edit; a label that has one is never asked
//! again. Feature `llm`.

mod answer;
mod cache;
mod client;
mod error;
mod template;

pub use cache::{AnswerCache, CachedAnswer};
pub use client::LlmSettings;
pub use error::LlmError;
pub use template::Template;

use super::describe::clean_label;
use super::{Description, Grounds, TextError};
use client::{Attempt, Client};
use std::time::Duration;

/// Longest pause before another attempt where the server does not say when.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Writes sentences for labels, asking a language model where the cache has none.
pub struct LlmDescriber {
    client: Client,
    template: Template,
    cache: AnswerCache,
}

impl LlmDescriber {
    /// A describer with the built-in template or another.
    pub fn new(settings: LlmSettings, template: Template, cache: AnswerCache) -> Result<Self, LlmError> {
        Ok(Self { client: Client::new(settings)?, template, cache })
    }

    /// The five sentences of a label: from the cache, else from the model. Attempts that fail for a reason that may pass
    /// (no connection, time-out, status 429 or 5xx, an answer that is not what was asked for) are repeated with growing pauses.
    pub fn describe(&self, label: &str) -> Result<Description, LlmError> {
        let label = clean_label(label).map_err(|e: TextError| LlmError::Label(e.to_string()))?;
        if let Some(kept) = self.cache.get(&label)? {
            return Ok(Description {
                label,
                text: kept.into_text(),
                rules: vec!["language model (kept)".into()],
                grounds: Grounds::written(),
            });
        }
        let body = self.client.body(&self.template.messages(&label));
        let mut pause = self.client.settings().backoff;
        let mut problems = Vec::new();
        for attempt in 0..=self.client.settings().retries {
            match self.client.ask(&body).and_then(|content| answer::parse(&content).map_err(Attempt::Again)) {
                Ok(text) => {
                    self.cache.put(&label, &self.client.settings().model, &text)?;
                    return Ok(Description {
                        label,
                        text,
                        rules: vec!["language model".into()],
                        grounds: Grounds::written(),
                    });
                }
                Err(Attempt::Never(problem)) => {
                    return Err(LlmError::Refused { url: self.client.url().into(), problem });
                }
                Err(Attempt::Again(problem)) => {
                    tracing::warn!("attempt {} for {label:?}: {problem}", attempt + 1);
                    problems.push(problem);
                    if attempt < self.client.settings().retries {
                        std::thread::sleep(pause.min(LONGEST_PAUSE));
                        pause *= 2;
                    }
                }
                Err(Attempt::After(wait, problem)) => {
                    let (seconds, longest) = (wait.as_secs(), self.client.settings().longest_wait);
                    if wait > longest {
                        return Err(LlmError::Later {
                            url: self.client.url().into(),
                            seconds,
                            longest_s: longest.as_secs(),
                            problem,
                        });
                    }
                    tracing::warn!("attempt {} for {label:?}: {problem}; it asks to wait {seconds} s", attempt + 1);
                    problems.push(problem);
                    if attempt < self.client.settings().retries {
                        std::thread::sleep(wait);
                    }
                }
            }
        }
        problems.dedup();
        Err(LlmError::GaveUp {
            url: self.client.url().into(),
            label,
            attempts: self.client.settings().retries + 1,
            problems: problems.join("; "),
        })
    }
}
