//! Five sentences out of a model's reply, which may come in a fence or with words around it.

use crate::text::ATTRIBUTES;
use serde_json::Value;

/// A sentence of more words than this describes too much; the vocabulary's own have at most 30.
const MOST_WORDS: usize = 45;

/// The sentences in the order of [`ATTRIBUTES`], or what is wrong with the reply.
pub(super) fn parse(reply: &str) -> Result<[String; 5], String> {
    let object = match (reply.find('{'), reply.rfind('}')) {
        (Some(from), Some(to)) if from < to => &reply[from..=to],
        _ => return Err(format!("the answer holds no JSON object: {}", excerpt(reply))),
    };
    let value: Value =
        serde_json::from_str(object).map_err(|e| format!("the answer is not JSON ({e}): {}", excerpt(reply)))?;
    let map = value.as_object().ok_or("the answer is no JSON object")?;
    if let Some(foreign) = map.keys().find(|key| !ATTRIBUTES.contains(&key.as_str())) {
        return Err(format!("the answer has the key {foreign:?}, expected {}", ATTRIBUTES.join(", ")));
    }
    let mut text: [String; 5] = Default::default();
    for (sentence, name) in text.iter_mut().zip(ATTRIBUTES) {
        let found = map.get(name).ok_or_else(|| format!("the answer lacks {name}"))?;
        let found = found.as_str().ok_or_else(|| format!("{name} of the answer is no text"))?;
        *sentence = check(found).map_err(|problem| format!("{name} of the answer {problem}"))?;
    }
    Ok(text)
}

/// A sentence with single blanks and a full stop.
pub(super) fn check(sentence: &str) -> Result<String, String> {
    let mut clean = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = clean.split(' ').filter(|w| w.chars().any(char::is_alphabetic)).count();
    if words < 3 {
        return Err(format!("is no sentence: {}", excerpt(sentence)));
    }
    if words > MOST_WORDS {
        return Err(format!("has {words} words, expected at most {MOST_WORDS}"));
    }
    if !clean.ends_with(['.', '!', '?']) {
        clean.push('.');
    }
    Ok(clean)
}

pub(super) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const GOOD: &str = r#"{"general": "A person waves.", "torso": "The torso stays upright", "arms": "One  arm\nswings.", "legs": "Both legs stand.", "location": "The body stays put."}"#;

    #[test]
    fn fences_and_chatter_around_the_object_do_not_matter() {
        for reply in [GOOD.to_string(), format!("```json\n{GOOD}\n```"), format!("Here you are: {GOOD} Anything else?")]
        {
            let text = parse(&reply).unwrap();
            assert_eq!(text[1], "The torso stays upright.");
            assert_eq!(text[2], "One arm swings.");
        }
    }

    #[test]
    fn whatever_is_not_five_sentences_is_refused_with_its_reason() {
        let refuse = |from: &str, to: &str| parse(&GOOD.replace(from, to)).unwrap_err();
        assert!(refuse("\"legs\"", "\"leg\"").contains("\"leg\""));
        assert!(refuse(", \"location\": \"The body stays put.\"", "").contains("lacks location"));
        assert!(refuse("\"A person waves.\"", "7").contains("general of the answer is no text"));
        assert!(refuse("A person waves.", "…").contains("no sentence"));
        assert!(refuse("A person waves.", &"word ".repeat(60)).contains("60 words"));
        assert!(parse("I cannot help with that.").unwrap_err().contains("no JSON object"));
        assert!(parse(&GOOD[..60]).is_err());
        assert!(parse("} {").is_err());
    }
}
