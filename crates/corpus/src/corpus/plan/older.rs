//! What the resolved settings of older corpora leave unsaid: how signals were made before a key existed.

use serde_yaml::{Mapping, Value};

/// Writes down by what physics a corpus was made whose settings lack the keys of now. Resolved settings have every key, so that what lacks
/// one was made before it.
pub(super) fn say_physics(resolved: &mut Value) {
    let Some(Value::Mapping(simulation)) = resolved.get_mut("simulation") else { return };
    let mut lacked = |key: &str, was: Value| {
        let lacks = !simulation.contains_key(key);
        if lacks {
            simulation.insert(key.into(), was);
        }
        lacks
    };
    // Facets had no projection cosine, were flat, and none was left out for its lobe.
    lacked("obliquity", false.into());
    lacked("weakest_lobe", 0.0.into());
    lacked("curvature_tolerance_rad", 0.2.into());
    // Every patch was followed by itself.
    lacked("bundle_tolerance", 0.0.into());
    if !lacked("curvature", false.into()) {
        return;
    }
    // Then, too, antennas radiated alike in all directions, receivers had no high-pass filters, and people were conductors that only mirrored.
    if let Some(scene) = resolved.get_mut("scene").and_then(Value::as_mapping_mut) {
        plain(scene);
        conductors(scene);
    }
    let places = resolved.get_mut("places").and_then(Value::as_sequence_mut).into_iter().flatten();
    for scene in places.filter_map(|place| place.get_mut("scene").and_then(Value::as_mapping_mut)) {
        if scene.contains_key("receiver") {
            plain(scene);
        }
        conductors(scene);
    }
}

fn plain(scene: &mut Mapping) {
    // A receiver that was left out had thermal noise alone.
    let usual = [("thermal_noise".into(), true.into())];
    let receiver = scene.entry("receiver".into()).or_insert_with(|| Mapping::from_iter(usual).into());
    if let Value::Mapping(receiver) = receiver {
        receiver.entry("pattern".into()).or_insert_with(|| Mapping::new().into());
        let none = [("corners_hz".into(), Value::Sequence(Vec::new()))];
        receiver.entry("high_pass".into()).or_insert_with(|| Mapping::from_iter(none).into());
    }
}

fn conductors(scene: &mut Mapping) {
    let people = scene.get_mut("people").and_then(Value::as_sequence_mut).into_iter().flatten();
    for person in people.filter_map(Value::as_mapping_mut) {
        person.entry("material".into()).or_insert_with(|| "perfect_conductor".into());
        let none = [("coefficient".into(), 0.0.into()), ("exponent".into(), 4.into())];
        person.entry("scattering".into()).or_insert_with(|| Mapping::from_iter(none).into());
    }
}
