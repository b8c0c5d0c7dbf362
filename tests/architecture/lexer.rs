//! Source text as words and signs, without comments, texts, attributes and what is compiled for tests only.

/// The tokens of a source: words, `::`, and single signs. Lifetimes, literals of text and attributes are left out.
pub(crate) fn tokens(source: &str) -> Vec<String> {
    without_attributes(&words(source))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Words and signs of a source without comments, texts and lifetimes.
fn words(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                while i < chars.len() {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '"' => i = after_text(&chars, i),
            '\'' => {
                // A character ends in a quote; a lifetime does not.
                if at(i + 1) == '\\' {
                    i += 3;
                    while i < chars.len() && at(i) != '\'' {
                        i += 1;
                    }
                    i += 1;
                } else if at(i + 2) == '\'' {
                    i += 3;
                } else {
                    i += 1;
                    while is_word(at(i)) {
                        i += 1;
                    }
                }
            }
            c if is_word(c) => {
                let start = i;
                while is_word(at(i)) {
                    i += 1;
                }
                let word: String = chars[start..i].iter().collect();
                let hashes = (i..).take_while(|&k| at(k) == '#').count();
                if matches!(word.as_str(), "r" | "br" | "cr") && at(i + hashes) == '"' {
                    i = after_raw_text(&chars, i + hashes + 1, hashes);
                } else {
                    out.push(word);
                }
            }
            ':' if at(i + 1) == ':' => {
                out.push("::".into());
                i += 2;
            }
            c if c.is_whitespace() => i += 1,
            c => {
                out.push(c.into());
                i += 1;
            }
        }
    }
    out
}

fn after_text(chars: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn after_raw_text(chars: &[char], mut i: usize, hashes: usize) -> usize {
    while i < chars.len() {
        if chars[i] == '"' && chars[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes {
            return i + 1 + hashes;
        }
        i += 1;
    }
    i
}

/// Takes out attributes, and with `#[cfg(test)]` the item behind it.
fn without_attributes(words: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut i = 0;
    let mut skips = false;
    while i < words.len() {
        let inner = words.get(i + 1).is_some_and(|w| w == "!");
        let bracket = i + 1 + usize::from(inner);
        if words[i] == "#" && words.get(bracket).is_some_and(|w| w == "[") {
            let end = closing(words, bracket);
            let attribute: Vec<&str> = words[bracket + 1..end].iter().map(String::as_str).collect();
            skips |= attribute.starts_with(&["cfg", "(", "test"])
                || attribute.starts_with(&["cfg", "(", "all", "(", "test"]);
            i = end + 1;
        } else if skips {
            while i < words.len() && words[i] != ";" && words[i] != "{" {
                i = if matches!(words[i].as_str(), "(" | "[") { closing(words, i) } else { i } + 1;
            }
            i = if i < words.len() && words[i] == "{" { closing(words, i) } else { i } + 1;
            skips = false;
        } else {
            out.push(words[i].clone());
            i += 1;
        }
    }
    out
}

/// Where the bracket at `open` is closed.
fn closing(words: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (i, word) in words.iter().enumerate().skip(open) {
        match word.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    words.len()
}

#[test]
fn what_is_no_code_is_left_out() {
    let source = r##"
        // mod a; "
        /* mod b; /* mod c; */ */
        const QUOTE: char = '"'; const ESCAPE: char = '\''; fn of<'a>(x: &'a str) {}
        const TEXT: &str = "use d::\"e\";"; const RAW: &str = r#"use "f"::g;"#;
        #[derive(Debug)] struct Kept;
        #[cfg(test)] use h::i;
        #[cfg(test)] #[allow(unused)] mod tests { fn j() { if true {} } }
        fn last() {}
    "##;
    let expected = "const QUOTE : char = ; const ESCAPE : char = ; fn of < > ( x : & str ) { } const TEXT : & str = ; \
                    const RAW : & str = ; struct Kept ; fn last ( ) { }";
    assert_eq!(tokens(source).join(" "), expected);
}
