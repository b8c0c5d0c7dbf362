//! What the name of a file says: `{label}/s{subject}_*` on `squat/s3_01`.

use std::str::FromStr;

/// A pattern for names, without ending: words in braces are taken, `*` is anything, the rest must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    text: String,
    parts: Vec<PatternPart>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PatternPart {
    Literal(String),
    Taken(Key),
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Label,
    Subject,
    Session,
    Split,
}

/// What a name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// What is done.
    pub label: Option<String>,
    /// Who moves.
    pub subject: Option<String>,
    /// Place, day and person.
    pub session: Option<String>,
    /// For example `train`.
    pub split: Option<String>,
}

impl FromStr for NamePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('*') {
                parts.push(PatternPart::Any);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or_else(|| format!("`{text}`: a brace is not closed"))?;
                let key = match name {
                    "label" => Key::Label,
                    "subject" => Key::Subject,
                    "session" => Key::Session,
                    "split" => Key::Split,
                    _ => {
                        return Err(format!("`{{{name}}}`; expected {{label}}, {{subject}}, {{session}} or {{split}}"));
                    }
                };
                if parts.contains(&PatternPart::Taken(key)) {
                    return Err(format!("`{{{name}}}` is there twice"));
                }
                parts.push(PatternPart::Taken(key));
                rest = after;
            } else {
                let end = rest.find(['*', '{']).unwrap_or(rest.len());
                parts.push(PatternPart::Literal(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        let open = |p: &PatternPart| !matches!(p, PatternPart::Literal(_));
        if parts.windows(2).any(|pair| open(&pair[0]) && open(&pair[1])) {
            return Err(format!("`{text}`: something must stand between two open parts"));
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl NamePattern {
    /// What a name says, or the reason why it does not fit. Open parts end where the next fixed part begins first; folders are never crossed.
    pub fn read(&self, name: &str) -> Result<Named, String> {
        let mut named = Named::default();
        if fits(&self.parts, name, &mut named) {
            Ok(named)
        } else {
            Err(format!("`{name}` does not fit `{}`", self.text))
        }
    }
}

fn fits(parts: &[PatternPart], name: &str, named: &mut Named) -> bool {
    let Some((part, rest)) = parts.split_first() else { return name.is_empty() };
    let key = match part {
        PatternPart::Literal(text) => {
            return name.strip_prefix(text.as_str()).is_some_and(|after| fits(rest, after, named));
        }
        PatternPart::Taken(key) => Some(*key),
        PatternPart::Any => None,
    };
    let least = usize::from(key.is_some());
    let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    // Two open parts never touch, so each start of the next literal is tried once.
    for end in ends.filter(|end| *end >= least).take_while(|end| !name[..*end].contains('/')) {
        if fits(rest, &name[end..], named) {
            let value = Some(name[..end].to_owned());
            match key {
                Some(Key::Label) => named.label = value,
                Some(Key::Subject) => named.subject = value,
                Some(Key::Session) => named.session = value,
                Some(Key::Split) => named.split = value,
                None => {}
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let read = |pattern: &str, name: &str| pattern.parse::<NamePattern>().unwrap().read(name);
        let some = |text: &str| Some(text.to_owned());
        let gesture = read("long_point_{subject}_{label}", "long_point_12_lswipe").unwrap();
        assert_eq!((gesture.subject, gesture.label), (some("12"), some("lswipe")));
        let nested = read("{split}/{label}/s{subject}_*", "train/squat/s3_take_2").unwrap();
        assert_eq!((nested.split, nested.label, nested.subject), (some("train"), some("squat"), some("3")));
        assert_eq!(read("*_{label}", "a_b_c").unwrap().label, some("b_c"));
        assert!(read("s{subject}", "t3").unwrap_err().contains("`t3` does not fit `s{subject}`"));
        assert!(read("{label}", "a/b").is_err());
        for wrong in ["{label", "{who}", "{label}{subject}", "{label}_{label}"] {
            wrong.parse::<NamePattern>().unwrap_err();
        }
    }
}
