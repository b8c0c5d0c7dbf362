//! Newer keys in place of older ones, and the names that were typed.

use super::Problem;
use serde_yaml::Value;
use std::sync::Arc;

/// Gives a value of older keys the newer ones; whether it had some.
pub type UpgradeFn = fn(&mut Value) -> Result<bool, Problem>;

/// An upgrade, with the newer paths and the older ones that stood for them.
#[derive(Clone, Debug)]
pub(super) struct Upgrade {
    pub(super) by: UpgradeFn,
    pub(super) names: &'static [(&'static str, &'static str)],
    /// The value as typed and changed.
    pub(super) before: Arc<Value>,
}

impl Upgrade {
    /// The path as it was typed of a path as it is now called.
    pub(super) fn typed(&self, path: &str) -> String {
        let keys: Vec<&str> = path.split('.').collect();
        let old = self.names.iter().find_map(|(new, old)| {
            let new: Vec<&str> = new.split('.').collect();
            let fits = |(new, key): (&&str, &&str)| new == key || *new == "*" && key.parse::<usize>().is_ok();
            if keys.len() < new.len() || !new.iter().zip(&keys).all(fits) {
                return None;
            }
            let mut entries = new.iter().zip(&keys).filter(|(new, _)| **new == "*").map(|(_, key)| *key);
            let mut typed: Vec<&str> =
                old.split('.').map(|key| if key == "*" { entries.next().unwrap_or(key) } else { key }).collect();
            if !self.has(&typed) {
                return None;
            }
            typed.extend(&keys[new.len()..]);
            Some(typed.join("."))
        });
        old.unwrap_or_else(|| path.to_owned())
    }

    /// Whether something stands at these keys and numbers of entries in the document as typed.
    fn has(&self, keys: &[&str]) -> bool {
        fn down<'v>(at: &'v Value, key: &&str) -> Option<&'v Value> {
            match (at, key.parse::<usize>()) {
                (Value::Sequence(list), Ok(entry)) => list.get(entry),
                _ => at.get(*key),
            }
        }
        keys.iter().try_fold(&*self.before, down).is_some()
    }
}
