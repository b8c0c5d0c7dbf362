//! What a corpus was made of beside its recipe, held against what it would be made of now.

use std::collections::BTreeMap;

/// In words, how a corpus was made of other things than one would be now; `None` where it was not.
pub(in crate::corpus) fn other_ingredients(
    there: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Option<String> {
    if there.is_empty() && !now.is_empty() {
        return Some(
            "it does not say which motions, sentences and devices it was made of, as older programs wrote it".into(),
        );
    }
    let keys = there.keys().chain(now.keys().filter(|key| !there.contains_key(*key)));
    let others: Vec<_> = keys.filter(|key| there.get(*key) != now.get(*key)).map(|key| format!("`{key}`")).collect();
    (!others.is_empty()).then(|| format!("these are others now than it was made of: {}", others.join(", ")))
}
