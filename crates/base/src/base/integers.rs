//! Integers that every reader of JSON keeps: many hold numbers as f64, and Arrow's readers refuse larger ones beside them.
//!
//! RFC 8259 (section 6) calls −(2⁵³ − 1) to 2⁵³ − 1 interoperable. Larger ones are written as text.

use super::yaml::Problem;
use serde_json::Value;

/// Largest integer that every reader of JSON keeps: 2⁵³ − 1.
pub const LARGEST: u64 = (1 << 53) - 1;

/// What is wrong with a seed that a user asks for; it becomes an integer of JSON files.
pub fn seed_problem(key: &str, seed: u64) -> Option<Problem> {
    let message =
        || format!("{seed}; expected 0 to {LARGEST} (2^53 - 1): many readers of JSON keep no larger integers");
    (seed > LARGEST).then(|| Problem::new(key, message()))
}

/// Path and value of the first integer in a JSON value that not every reader keeps.
pub fn first_beyond(value: &Value) -> Option<(String, &Value)> {
    match value {
        Value::Number(n) => {
            let small = match (n.as_u64(), n.as_i64()) {
                (Some(n), _) => n <= LARGEST,
                (_, Some(n)) => n.unsigned_abs() <= LARGEST,
                // No integer.
                (None, None) => true,
            };
            (!small).then(|| (String::new(), value))
        }
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(i, item)| Some(under(&i.to_string(), first_beyond(item)?)))
        }
        Value::Object(map) => map.iter().find_map(|(key, item)| Some(under(key, first_beyond(item)?))),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}

fn under<'a>(key: &str, (path, value): (String, &'a Value)) -> (String, &'a Value) {
    (if path.is_empty() { key.to_owned() } else { format!("{key}.{path}") }, value)
}

/// A u64 of any size that is written as text, and read as text or as an integer (as corpora had it before):
/// `#[serde(with = "crate::base::integers::text")]`.
pub mod text {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    /// Writes the digits as text.
    pub fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads digits in a text, or an integer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = u64;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an integer from 0 to 18446744073709551615, or a text of its digits")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
                Ok(value)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<u64, E> {
                u64::try_from(value).map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(value), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
                text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Key {
        #[serde(with = "text")]
        seed: u64,
    }

    #[test]
    fn keys_of_any_size_go_through_text() {
        for seed in [0, 7, LARGEST, LARGEST + 1, u64::MAX] {
            let written = serde_json::to_string(&Key { seed }).unwrap();
            assert_eq!(written, format!("{{\"seed\":\"{seed}\"}}"));
            assert_eq!(serde_json::from_str::<Key>(&written).unwrap(), Key { seed });
            // As it was written before.
            assert_eq!(serde_json::from_value::<Key>(json!({"seed": seed})).unwrap(), Key { seed });
            assert_eq!(serde_yaml::from_str::<Key>(&format!("seed: {seed}")).unwrap(), Key { seed });
        }
        for wrong in [json!("12a"), json!(-1), json!(1.5), json!("18446744073709551616"), json!("")] {
            let error = serde_json::from_value::<Key>(json!({"seed": wrong})).unwrap_err().to_string();
            assert!(error.contains("text of its digits"), "{error}");
        }
    }

    #[test]
    fn large_integers_are_found_wherever_they_are() {
        let edge = LARGEST as i64;
        assert_eq!(first_beyond(&json!({"a": [1, -edge, edge, 1e300, "99999999999999999999", null]})), None);
        for large in [json!(LARGEST + 1), json!(u64::MAX), json!(-edge - 1)] {
            let inside = json!({"a": [0, {"b": large}]});
            assert_eq!(first_beyond(&inside), Some(("a.1.b".into(), &large)));
        }
        assert!(seed_problem("seed", LARGEST).is_none());
        assert!(seed_problem("seed", LARGEST + 1).unwrap().message.contains("2^53 - 1"));
    }
}
