//! One request to a chat-completions endpoint, and what its failure means.

use super::answer::excerpt;
use super::error::LlmError;
use serde_json::{Value, json};
use std::time::Duration;

/// No sentence needs more; a server that sends more is not the one that was meant.
const MOST_BYTES: u64 = 1 << 20;

/// Where and how a language model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct LlmSettings {
    /// Base of the endpoint, for example `http://localhost:8000/v1`.
    pub url: String,
    /// Name of the model there.
    pub model: String,
    /// Sent as `Authorization: Bearer …`; never written anywhere.
    pub key: Option<String>,
    /// Time for one attempt, answer included, above 0.
    pub timeout: Duration,
    /// Further attempts after the first, at most 20.
    pub retries: u32,
    /// Pause before the second attempt; doubles from there.
    pub backoff: Duration,
}

impl LlmSettings {
    /// Two minutes an attempt, four more attempts after 1, 2, 4 and 8 s.
    pub fn new(url: impl Into<String>, model: impl Into<String>) -> Self {
        let (timeout, backoff) = (Duration::from_secs(120), Duration::from_secs(1));
        Self { url: url.into(), model: model.into(), key: None, timeout, retries: 4, backoff }
    }
}

/// Why an attempt failed, and whether another may do better.
#[derive(Debug)]
pub(super) enum Attempt {
    Again(String),
    After(Duration, String),
    Never(String),
}

pub(super) struct Client {
    agent: ureq::Agent,
    settings: LlmSettings,
    url: String,
}

impl Client {
    pub(super) fn new(settings: LlmSettings) -> Result<Self, LlmError> {
        let fail = |field, found: String, expected| Err(LlmError::Setting { field, found, expected });
        if !(settings.url.starts_with("http://") || settings.url.starts_with("https://")) {
            return fail("url", settings.url, "http:// or https:// in front, for example http://localhost:8000/v1");
        }
        if settings.model.trim().is_empty() {
            return fail("model", "empty".into(), "the name of a model");
        }
        if settings.retries > 20 {
            return fail("retries", settings.retries.to_string(), "at most 20");
        }
        if settings.timeout.is_zero() {
            return fail("timeout", "0".into(), "above 0");
        }
        let config =
            ureq::Agent::config_builder().timeout_global(Some(settings.timeout)).http_status_as_error(false).build();
        let url = format!("{}/chat/completions", settings.url.trim_end_matches('/'));
        Ok(Self { agent: config.into(), settings, url })
    }

    pub(super) fn settings(&self) -> &LlmSettings {
        &self.settings
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The request's body.
    pub(super) fn body(&self, messages: &[Value]) -> String {
        json!({"model": self.settings.model, "messages": messages, "temperature": 0.0}).to_string()
    }

    /// The text of the first choice.
    pub(super) fn ask(&self, body: &str) -> Result<String, Attempt> {
        let mut request = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(key) = &self.settings.key {
            request = request.header("authorization", &format!("Bearer {key}"));
        }
        let mut response = match request.send(body) {
            Ok(response) => response,
            Err(ureq::Error::BadUri(problem)) => return Err(Attempt::Never(format!("no usable address: {problem}"))),
            Err(error) => return Err(Attempt::Again(error.to_string())),
        };
        let status = response.status().as_u16();
        let wait = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.trim().parse::<u64>().ok());
        let text = response.body_mut().with_config().limit(MOST_BYTES).read_to_string();
        if status != 200 {
            let said = text.map(|t| excerpt(&t)).unwrap_or_default();
            let problem = format!("status {status} {said}");
            return Err(match (status, wait) {
                (408 | 425 | 429 | 500..=599, Some(seconds)) => Attempt::After(Duration::from_secs(seconds), problem),
                (408 | 425 | 429 | 500..=599, None) => Attempt::Again(problem),
                _ => Attempt::Never(problem),
            });
        }
        let text = text.map_err(|e| Attempt::Again(format!("the reply broke off: {e}")))?;
        let reply: Value = serde_json::from_str(&text)
            .map_err(|e| Attempt::Again(format!("the reply is not JSON ({e}): {}", excerpt(&text))))?;
        match reply["choices"][0]["message"]["content"].as_str() {
            Some(content) => Ok(content.to_owned()),
            None => Err(Attempt::Again(format!("the reply has no choices[0].message.content: {}", excerpt(&text)))),
        }
    }
}
