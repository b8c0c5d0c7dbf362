//! Text into HTML.

/// The text with nothing in it that HTML would read as markup, in content or in a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // Control characters are no HTML, however they are spelled.
            c if c.is_control() && c != '\n' && c != '\t' => html.push('\u{fffd}'),
            c => html.push(c),
        }
    }
    html
}

/// One line of prose: escaped, with `code` between backticks.
pub(super) fn inline(text: &str) -> String {
    let mut parts = text.split('`').peekable();
    let mut html = String::new();
    let mut code = false;
    while let Some(part) = parts.next() {
        match (code, parts.peek().is_some()) {
            (true, true) => html.push_str(&format!("<code>{}</code>", escape(part))),
            // A backtick without a partner is a backtick.
            (true, false) => html.push_str(&format!("`{}", escape(part))),
            (false, _) => html.push_str(&escape(part)),
        }
        code = !code;
    }
    html
}

/// Paragraphs of prose, separated by empty lines.
pub(super) fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|p| !p.is_empty());
    paragraphs.map(|p| format!("<p>{}</p>\n", inline(p))).collect()
}

/// A number with as many digits as a reader wants: about `digits` significant ones, no needless zeros.
pub(super) fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "n/a".into() } else { format!("{}∞", if value < 0.0 { "−" } else { "" }) };
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        return format!("{value:.*e}", digits.saturating_sub(1)).replace('-', "−");
    }
    let decimals = if size == 0.0 { 0 } else { (digits as i32 - 1 - size.log10().floor() as i32).max(0) as usize };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_text() {
        assert_eq!(escape("<a href=\"x\" o='y'>&\u{1}"), "&lt;a href=&quot;x&quot; o=&#39;y&#39;&gt;&amp;\u{fffd}");
        assert_eq!(inline("run `a<b` now"), "run <code>a&lt;b</code> now");
        assert_eq!(inline("one ` tick"), "one ` tick");
    }

    #[test]
    fn numbers_are_short() {
        let cases =
            [(0.0, "0"), (1.0, "1"), (-0.25, "−0.25"), (1234.0, "1234"), (0.123456, "0.123"), (2e-6, "2.00e−6")];
        for (value, expected) in cases {
            assert_eq!(number(value, 3), expected);
        }
        assert_eq!(number(f64::NAN, 3), "n/a");
    }
}
