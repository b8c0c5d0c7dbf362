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
        let there = |old: &str| {
            let mut keys = old.split('.');
            keys.try_fold(&*self.before, |at, key| at.get(key)).is_some()
        };
        let old = self.names.iter().find_map(|(new, old)| {
            let rest = path.strip_prefix(new).filter(|rest| rest.is_empty() || rest.starts_with('.'))?;
            there(old).then(|| format!("{old}{rest}"))
        });
        old.unwrap_or_else(|| path.to_owned())
    }
}
