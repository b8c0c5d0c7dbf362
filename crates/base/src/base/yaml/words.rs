//! What is said of settings that have no typed form.

use super::places::Places;
use super::{Problem, YamlError};
use std::path::Path;

/// What an error says, without the path before and the place behind it, in words of the file and not of the program.
pub(super) fn bare(error: &serde_yaml::Error, key: &str) -> String {
    let told = error.to_string();
    let place = error.location().map(|l| format!(" at line {} column {}", l.line(), l.column()));
    let told = place.and_then(|place| told.strip_suffix(&place)).unwrap_or(&told);
    // The path of the value, or of one around it: `scene.people[0]`.
    let leads_to_key = |path: &str| {
        let rest = key.strip_prefix(&path.replace('[', ".").replace(']', ""));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    match told.split_once(": ") {
        Some((path, message)) if leads_to_key(path) => in_words(message),
        _ => in_words(told),
    }
}

/// serde names the program's types where it expects them.
fn in_words(message: &str) -> String {
    const KINDS: [(&str, &str); 11] = [
        ("struct variant ", "keys with values"),
        ("tuple variant ", "a list"),
        ("newtype variant ", "a value below the name"),
        ("unit variant ", "the name alone"),
        ("internally tagged enum ", "keys with values"),
        ("adjacently tagged enum ", "keys with values"),
        ("tuple struct ", "a list"),
        ("newtype struct ", "a value"),
        ("unit struct ", "nothing"),
        ("struct ", "keys with values"),
        ("enum ", "one of its names"),
    ];
    let message = message.replace("invalid type: unit value", "invalid type: nothing");
    let Some((found, expected)) = message.split_once(", expected ") else { return message };
    let in_place_of = |(kind, words): &(&str, &str)| {
        // `Name` or `Name::Variant`, and perhaps more: `struct Name with 2 elements`.
        let name = expected.strip_prefix(kind)?;
        let rest = name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        Some(format!("{found}, expected {words}{rest}"))
    };
    match expected {
        "f32" | "f64" => format!("{found}, expected a number"),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => {
            format!("{found}, expected a whole number")
        }
        _ => KINDS.iter().find_map(in_place_of).unwrap_or(message.clone()),
    }
}

/// Why a text has no value. What the parser says without a line has one.
pub(super) fn unreadable(text: &str, origin: &Path, error: &serde_yaml::Error) -> YamlError {
    let at =
        |line, key: &str, message: String| YamlError::in_file(origin, vec![(Some(line), Problem::new(key, message))]);
    if let Some(line) = Places::second_document(text) {
        return at(line, "", "a second document begins here; expected one in a file".into());
    }
    // The parser says what its scanner meets; what stands there is a tab before a key.
    let noticed = error.location().map_or(0, |l| l.line());
    let tab =
        text.lines().enumerate().find(|(i, line)| i + 2 >= noticed && line.trim_start_matches(' ').starts_with('\t'));
    if let (Some((i, _)), true) = (tab, error.to_string().contains("cannot start any token")) {
        return at(i + 1, "", "a tab begins this line; expected spaces".into());
    }
    match Places::of(text).repeated() {
        Some((key, [first, second])) if error.to_string().contains("duplicate entry") => {
            at(second, key, format!("stands in line {first} already; expected each key once"))
        }
        _ => YamlError::Parse { origin: origin.to_owned(), message: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use crate::base::yaml::Document;

    #[test]
    fn types_of_the_program_are_not_named() {
        #[derive(serde::Deserialize, Debug)]
        #[allow(dead_code)]
        struct Inner {
            rows: usize,
        }
        #[derive(serde::Deserialize, Debug)]
        #[allow(dead_code)]
        struct Spec {
            inner: Option<Inner>,
        }
        for (text, told) in [
            ("inner: 3", "a.yaml:1: inner: invalid type: integer `3`, expected keys with values"),
            ("inner: {rows: x}", "a.yaml:1: inner.rows: invalid type: string \"x\", expected a whole number"),
        ] {
            let doc = Document::parse(text, "a.yaml".as_ref()).unwrap();
            assert_eq!(doc.typed::<Spec>().unwrap_err().to_string(), told);
            let mut doc = Document::parse("inner:", "a.yaml".as_ref()).unwrap();
            doc.set(&text.replacen(": ", "=", 1)).unwrap();
            let error = doc.typed::<Spec>().unwrap_err().to_string();
            assert!(error.ends_with(told.split_once(": ").unwrap().1), "{error}");
        }
    }
}
