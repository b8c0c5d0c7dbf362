//! Keys of older experiments.

use crate::base::yaml::Problem;
use crate::chain::older::{upgrade_import, upgrade_recipe};
use crate::recording::DataSet;
use serde_yaml::Value;

/// Newer names of an experiment's keys and the older ones that stood for them.
pub(super) const NAMES: [(&str, &str); 16] = [
    ("source.chain", "source.output"),
    ("source.keep", "source.output.cubes"),
    ("source.places", "source.rooms"),
    ("source.splits.*.places", "source.splits.*.rooms"),
    ("target.simulated.places", "target.simulated.rooms"),
    ("target.simulated.splits.*.places", "target.simulated.splits.*.rooms"),
    ("target.simulated.chain", "target.simulated.output"),
    ("target.simulated.keep", "target.simulated.output.cubes"),
    ("target.import.chain.points.maps", "target.radhar.maps"),
    ("target.import.chain.points.maps", "target.mars.maps"),
    ("target.import", "target.radhar"),
    ("target.import", "target.mars"),
    ("test_as.import.chain.points.maps", "test_as.radhar.maps"),
    ("test_as.import.chain.points.maps", "test_as.mars.maps"),
    ("test_as.import", "test_as.radhar"),
    ("test_as.import", "test_as.mars"),
];

/// Gives an experiment of older keys the newer ones; whether it had some.
pub(super) fn upgrade(experiment: &mut Value) -> Result<bool, Problem> {
    type Step = fn(&mut Value) -> Result<bool, Problem>;
    let parts: [(&str, &str, Step); 6] = [
        ("source", "", upgrade_recipe),
        ("target", "simulated", upgrade_recipe),
        ("target", "radhar", upgrade_import),
        ("target", "mars", upgrade_import),
        ("test_as", "radhar", upgrade_import),
        ("test_as", "mars", upgrade_import),
    ];
    let mut had = false;
    for (outer, inner, by) in parts {
        let Some(part) = experiment.get_mut(outer) else { continue };
        let part = if inner.is_empty() { Some(part) } else { part.get_mut(inner) };
        let Some(part) = part else { continue };
        had |= by(part).map_err(|p| if inner.is_empty() { p } else { p.under(inner) }.under(outer))?;
    }
    for outer in ["target", "test_as"] {
        let Some(target) = experiment.get_mut(outer).and_then(Value::as_mapping_mut) else { continue };
        for set in DataSet::ALL {
            let Some(import) = target.remove(set.name()) else { continue };
            had = true;
            let twice = |key: &str| {
                let message = format!("stands beside `{key}`; expected one of the two");
                Problem::new(format!("{outer}.{}", set.name()), message)
            };
            for (key, value) in [("data_set", set.name().into()), ("import", import)] {
                if target.insert(key.into(), value).is_some() {
                    return Err(twice(key));
                }
            }
        }
    }
    Ok(had)
}
