//! The words of a label in base form.

/// Lower case, `_`, `-` and punctuation as blanks, single blanks: labels that differ only in this are the same label.
pub(crate) fn normalise(label: &str) -> String {
    let blank = |c: char| if c.is_alphanumeric() || c == '\'' { c } else { ' ' };
    let spaced: String = label.chars().flat_map(char::to_lowercase).map(blank).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a word of a label is a form of a word in base form: "carries", "carrying", "carried" of "carry".
pub(in crate::text) fn is_form_of(word: &str, base: &str) -> bool {
    if word == base {
        return true;
    }
    match (word, base) {
        ("teeth", "tooth") | ("feet", "foot") | ("lying", "lie") | ("drank", "drink") | ("ran", "run") => return true,
        ("sat", "sit") | ("stood", "stand") | ("threw" | "thrown", "throw") | ("fell", "fall") => return true,
        ("ate", "eat") | ("went", "go") | ("took" | "taken", "take") => return true,
        _ => {}
    }
    // Of words as short as "go" only -s, -es and -ing are taken, or too much would be a form of them.
    let endings = if base.len() > 2 { &ENDINGS[..] } else { &ENDINGS[..3] };
    endings.iter().any(|ending| {
        let Some(stem) = word.strip_suffix(ending) else { return false };
        stem == base || dropped_e(stem, base) || doubled(stem, base) || y_to_i(stem, base)
    })
}

/// Whether two words are forms of one: "limping" and "limps".
pub(in crate::text) fn same_word(a: &str, b: &str) -> bool {
    let meets = |word: &str, other: &str| {
        is_form_of(other, word) || bases(word).iter().any(|base| base.len() > 2 && is_form_of(other, base))
    };
    meets(a, b) || meets(b, a)
}

/// What a word may be a form of: not all of them are words.
fn bases(word: &str) -> Vec<String> {
    let mut out = Vec::new();
    for stem in ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending)) {
        out.push(stem.to_owned());
        out.push(format!("{stem}e"));
        out.extend(stem.strip_suffix('i').map(|start| format!("{start}y")));
        let mut back = stem.chars().rev();
        if let (Some(last), Some(before)) = (back.next(), back.next())
            && last == before
        {
            out.push(stem[..stem.len() - last.len_utf8()].to_owned());
        }
    }
    out
}

const ENDINGS: [&str; 6] = ["s", "es", "ing", "ed", "er", "d"];

fn dropped_e(stem: &str, base: &str) -> bool {
    base.strip_suffix('e') == Some(stem)
}

fn doubled(stem: &str, base: &str) -> bool {
    let mut back = stem.chars().rev();
    let last = back.next();
    last.is_some() && last == back.next() && stem[..stem.len() - last.map_or(0, char::len_utf8)] == *base
}

fn y_to_i(stem: &str, base: &str) -> bool {
    matches!((stem.strip_suffix('i'), base.strip_suffix('y')), (Some(a), Some(b)) if a == b)
}
