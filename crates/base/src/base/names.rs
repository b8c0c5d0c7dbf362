//! What somebody may have meant by a name that is not there.

/// Names that are told as they are; of more, the nearest.
const FEW: usize = 12;
/// Names that are proposed, at most.
const MOST: usize = 5;

/// The names that `wanted` may stand for, the likeliest first: those that begin with it, that hold its words, that are few letters away.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |name: &str| name.trim().to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(wanted);
    if wanted.is_empty() {
        return Vec::new();
    }
    let rank = |name: &str| -> Option<(usize, usize)> {
        let name = plain(name);
        let away = strsim::levenshtein(&wanted, &name);
        let shared = wanted.split('_').filter(|word| word.len() > 2 && name.split('_').any(|w| w == *word)).count();
        let letters = (wanted.chars().count() / 4).clamp(1, 3);
        match () {
            () if away <= letters => Some((0, away)),
            () if name.starts_with(&wanted) || wanted.starts_with(&name) => Some((1, away)),
            () if shared > 0 => Some((3 - shared.min(2), away)),
            () if wanted.len() > 2 && name.contains(&wanted) => Some((3, away)),
            () => None,
        }
    };
    let mut found: Vec<((usize, usize), &str)> =
        names.into_iter().filter_map(|name| rank(name).map(|r| (r, name))).collect();
    found.sort();
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// How an error goes on that says that a name is not there: "there are …" of a few, else "did you mean …", or all of them where none is near.
pub fn there_are(wanted: &str, names: &[&str]) -> String {
    let near = nearest(wanted, names.iter().copied());
    if names.len() <= FEW || near.is_empty() {
        return format!("there are {}", names.join(", "));
    }
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}? There are {}", near.join(", "), names.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_comes_first() {
        let names =
            ["walk_clockwise", "walk_forward_backward", "side_walk", "squat", "wave_hand", "clapping_hand", "lunge"];
        assert_eq!(nearest("walk", names), ["walk_clockwise", "walk_forward_backward", "side_walk"]);
        assert_eq!(nearest("sqat", names), ["squat"]);
        assert_eq!(nearest("Wave Hand", names)[0], "wave_hand");
        assert_eq!(nearest("waving_hand", names), ["wave_hand", "clapping_hand"]);
        assert!(nearest("juggle", names).is_empty() && nearest(" ", names).is_empty());
        assert_eq!(there_are("juggle", &["a", "b"]), "there are a, b");
        let many: Vec<&str> = names.into_iter().chain(["a", "b", "c", "d", "e", "f", "g"]).collect();
        assert_eq!(there_are("sqat", &many), "did you mean `squat`? There are 14");
        assert!(there_are("juggle", &many).starts_with("there are walk_clockwise, "));
    }
}
