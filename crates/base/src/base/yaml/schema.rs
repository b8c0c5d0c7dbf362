//! JSON Schema of settings that are typed in more than one form.

use schemars::{Schema, json_schema};

/// Keys and values, or one word that stands for them: for `#[schemars(transform = …)]`.
pub fn or_word(schema: &mut Schema) {
    let keys = std::mem::take(schema);
    let about = keys.get("description").cloned().unwrap_or_default();
    *schema = json_schema!({"description": about, "anyOf": [{"type": "string"}, keys]});
}
