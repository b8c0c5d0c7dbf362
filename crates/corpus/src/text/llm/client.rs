//! One request to a chat-completions endpoint, and what its failure means.

use super::answer::excerpt;
use super::error::LlmError;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

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
    /// Longest pause that a server may ask for (`Retry-After`); one that asks for a longer one is given up at once.
    pub longest_wait: Duration,
}

impl LlmSettings {
    /// Two minutes an attempt, four more attempts after 1, 2, 4 and 8 s or when the server says, up to an hour later.
    pub fn new(url: impl Into<String>, model: impl Into<String>) -> Self {
        let (timeout, backoff) = (Duration::from_secs(120), Duration::from_secs(1));
        let longest_wait = Duration::from_secs(3600);
        Self { url: url.into(), model: model.into(), key: None, timeout, retries: 4, backoff, longest_wait }
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

    /// The request's body: what every server takes. Newer ones refuse `temperature` and the like, and answers are kept anyway.
    pub(super) fn body(&self, messages: &[Value]) -> String {
        json!({"model": self.settings.model, "messages": messages}).to_string()
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
        let wait = response.headers().get("retry-after").and_then(|v| retry_after(v.to_str().ok()?, SystemTime::now()));
        let text = response.body_mut().with_config().limit(MOST_BYTES).read_to_string();
        if status != 200 {
            let said = text.map(|t| excerpt(&t)).unwrap_or_default();
            let problem = format!("status {status} {said}");
            return Err(match (status, wait) {
                (408 | 425 | 429 | 500..=599, Some(wait)) => Attempt::After(wait, problem),
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

/// How long a `Retry-After` asks to wait: seconds, or a date as RFC 9110 (5.6.7) prefers it, `Sun, 06 Nov 1994 08:49:37 GMT`.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let words: Vec<&str> = text.split([' ', ':']).collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = words[..] else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)? as u64;
    let number = |digits: &str, most: u64| digits.parse::<u64>().ok().filter(|n| *n <= most);
    let (day, year) = (number(day, 31)?, number(year, 9999)?);
    // Days since 1 March of the year 0, of which 719 468 lie before 1970: months then have the lengths of this sum.
    let (year, month) = if month < 2 { (year.checked_sub(1)?, month + 10) } else { (year, month - 2) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day.checked_sub(1)?;
    let clock = 3600 * number(hour, 23)? + 60 * number(minute, 59)? + number(second, 60)?;
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * days.checked_sub(719_468)? + clock);
    Some(then.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Seconds since 1970 by `date -u -d … +%s`.
    #[test]
    fn seconds_and_dates_say_how_long_to_wait() {
        let now = SystemTime::UNIX_EPOCH;
        let seconds = |text: &str| retry_after(text, now).map(|d| d.as_secs());
        assert_eq!(seconds(" 3600 "), Some(3600));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        assert_eq!(seconds("Fri, 01 Jan 2100 00:00:00 GMT"), Some(4_102_444_800));
        let later = now + Duration::from_secs(2_000_000_000);
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", later), Some(Duration::ZERO));
        for nonsense in [
            "",
            "soon",
            "-1",
            "1.5",
            "Sun, 06 Nov 1994",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, 00 Jan 0000 08:49:37 GMT",
        ] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }
}
