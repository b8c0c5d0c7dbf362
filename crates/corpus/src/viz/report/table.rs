//! Tables.

use crate::viz::html::{inline, number};
use std::fmt::Write;

/// One cell of a table.
#[derive(Clone, Debug)]
pub struct Cell {
    html: String,
    numeric: bool,
    strong: bool,
}

impl Cell {
    /// Words.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self { html: inline(text.as_ref()), numeric: false, strong: false }
    }

    /// A number with about this many significant digits.
    pub fn number(value: f64, digits: usize) -> Self {
        Self { html: number(value, digits), numeric: true, strong: false }
    }

    /// A count, with thin spaces between thousands.
    pub fn count(value: u64) -> Self {
        let digits = value.to_string();
        let mut html = String::new();
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                html.push('\u{202f}');
            }
            html.push(c);
        }
        Self { html, numeric: true, strong: false }
    }

    /// A share, shown in per cent.
    pub fn percent(share: f64) -> Self {
        let html = if share.is_finite() { format!("{:.1} %", share * 100.0) } else { "n/a".into() };
        Self { html, numeric: true, strong: false }
    }

    /// Mean ± standard deviation (of the sample) of shares, shown in per cent.
    pub fn percent_of_runs(shares: &[f64]) -> Self {
        let (mean, sd) = mean_sd(shares);
        let spread = sd.map_or(String::new(), |sd| format!(" <small>± {:.1}</small>", sd * 100.0));
        let html = if mean.is_finite() { format!("{:.1}{spread} %", mean * 100.0) } else { "n/a".into() };
        Self { html, numeric: true, strong: false }
    }

    /// Mean ± standard deviation (of the sample).
    pub fn of_runs(values: &[f64], digits: usize) -> Self {
        let (mean, sd) = mean_sd(values);
        let spread = sd.map_or(String::new(), |sd| format!(" <small>± {}</small>", number(sd, digits.min(2))));
        Self { html: number(mean, digits) + &spread, numeric: true, strong: false }
    }

    /// Nothing there.
    pub fn empty() -> Self {
        Self { html: "–".into(), numeric: true, strong: false }
    }

    /// Makes the cell stand out, for example the best of a column.
    pub fn strong(mut self) -> Self {
        self.strong = true;
        self
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// Mean, and standard deviation of the sample where there are two values or more.
pub(super) fn mean_sd(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()))
}

/// A table whose first column names the rows.
#[derive(Clone, Debug)]
pub struct Table {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub fn new<'a>(caption: impl Into<String>, columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self { caption: caption.into(), columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells stay empty, surplus ones get a column without a name.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a row, for chains.
    pub fn with(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.row(cells);
        self
    }

    pub(super) fn to_html(&self) -> String {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.columns.len());
        let is_numeric = |column: usize| {
            let mut cells = self.rows.iter().filter_map(|r| r.get(column)).peekable();
            cells.peek().is_some() && cells.all(|c| c.numeric)
        };
        let class: Vec<&str> = (0..width).map(|c| if is_numeric(c) { " class=\"num\"" } else { "" }).collect();
        let mut html = format!(
            "<figure class=\"tabular\"><figcaption>{}</figcaption>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"data\">\n",
            inline(&self.caption)
        );
        html.push_str("<thead><tr>");
        for (i, class) in class.iter().enumerate() {
            let _ = write!(html, "<th scope=\"col\"{class}>{}</th>", inline(self.columns.get(i).map_or("", |c| c)));
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            html.push_str("<tr>");
            for (i, class) in class.iter().enumerate() {
                let cell = row.get(i).map_or(String::new(), |c| match c.strong {
                    true => format!("<strong>{}</strong>", c.html),
                    false => c.html.clone(),
                });
                let (tag, scope) = if i == 0 { ("th", " scope=\"row\"") } else { ("td", "") };
                let _ = write!(html, "<{tag}{scope}{class}>{cell}</{tag}>");
            }
            html.push_str("</tr>\n");
        }
        html + "</tbody></table></div></figure>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_that_of_a_sample() {
        let (mean, sd) = mean_sd(&[1.0, 2.0, 4.0]);
        assert!((mean - 7.0 / 3.0).abs() < 1e-12);
        assert!(sd.is_some_and(|sd| (sd - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12));
        assert_eq!(mean_sd(&[0.5]), (0.5, None));
        assert_eq!(Cell::percent_of_runs(&[]).html, "n/a");
        assert_eq!(Cell::count(1_234_567).html, "1\u{202f}234\u{202f}567");
    }
}
