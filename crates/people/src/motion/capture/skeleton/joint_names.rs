//! Names of joints without what differs between exporters: namespaces, prefixes, case, separators, numbers behind them.

/// A name as it is compared: without a namespace, case and separators.
pub(in crate::motion::capture) fn plain(name: &str) -> String {
    let name = name.rsplit(':').next().unwrap_or(name);
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

/// A name without a number that an exporter put behind it (`Hips_01`).
fn without_number(name: &str) -> &str {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match stem.strip_suffix('_') {
        Some(stem) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// All ways to read the names of a skeleton, the plainest first: as they are, without what stands before one of `known` in one of them, and
/// both again without numbers behind them. Each comes with the prefix that it leaves out.
pub(in crate::motion::capture) fn readings(names: &[String], known: &[String]) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let bare: Vec<String> = names.iter().map(|name| plain(without_number(name))).collect();
    for names in [names.iter().map(|name| plain(name)).collect::<Vec<_>>(), bare] {
        let mut prefixes = vec![String::new()];
        for prefix in names.iter().flat_map(|name| known.iter().filter_map(|known| name.strip_suffix(known.as_str()))) {
            if !prefixes.iter().any(|p| p == prefix) && prefixes.len() < MOST_PREFIXES {
                prefixes.push(prefix.to_owned());
            }
        }
        for prefix in prefixes {
            let without = names.iter().map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned()).collect();
            if !found.iter().any(|(_, there)| *there == without) {
                found.push((prefix, without));
            }
        }
    }
    found
}

/// More prefixes than this are no prefixes.
const MOST_PREFIXES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_exporters_add() {
        assert_eq!(plain("mixamorig:LeftUp_Leg"), "leftupleg");
        assert_eq!(
            (without_number("Hips_01"), without_number("spine1"), without_number("_1")),
            ("Hips", "spine1", "_1")
        );
        let names = ["Model_Hips_01", "Model_LeftUpLeg_02"].map(String::from);
        let readings = readings(&names, &["hips".into(), "leftupleg".into()]);
        assert!(readings.contains(&("model".into(), vec!["hips".into(), "leftupleg".into()])), "{readings:?}");
    }
}
