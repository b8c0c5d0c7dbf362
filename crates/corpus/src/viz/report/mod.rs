//! The report of a run: one HTML file that needs nothing but a browser.

mod bars;
mod confusion;
mod line_chart;
mod table;

pub use bars::{Bar, BarChart};
pub use confusion::ConfusionMatrix;
pub use line_chart::{LineChart, Series};
pub use table::{Cell, Table};

use crate::base::atomic_file;
use crate::viz::error::VizError;
use crate::viz::html::{escape, inline, paragraphs};
use crate::viz::pixels::png::png_size;
use crate::viz::views::gallery::Gallery;
use crate::viz::views::map_figure::MapFigure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt::Write;
use std::path::Path;

/// What a boxed remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Good to know.
    Remark,
    /// Read this before trusting the numbers.
    Caution,
}

/// A picture for a report.
#[derive(Clone, Debug)]
pub struct Figure {
    html: String,
    caption: String,
}

impl Figure {
    /// A PNG file in memory; `alt` says what one would see.
    pub fn png(bytes: &[u8], alt: &str, caption: impl Into<String>) -> Result<Self, VizError> {
        let Some((width, height)) = png_size(bytes) else {
            return Err(VizError::input("figure", format!("`{alt}` is no PNG file")));
        };
        let data = BASE64.encode(bytes);
        let html = format!(
            "<img width=\"{width}\" height=\"{height}\" alt=\"{}\" src=\"data:image/png;base64,{data}\">\n",
            escape(alt)
        );
        Ok(Self { html, caption: caption.into() })
    }

    /// Lines.
    pub fn lines(chart: &LineChart, alt: &str, caption: impl Into<String>) -> Self {
        Self { html: chart.to_html(alt), caption: caption.into() }
    }

    /// Bars.
    pub fn bars(chart: &BarChart, alt: &str, caption: impl Into<String>) -> Self {
        Self { html: chart.to_html(alt), caption: caption.into() }
    }

    /// The maps of one window with their axes.
    pub fn maps(maps: &MapFigure<'_>, caption: impl Into<String>) -> Result<Self, VizError> {
        Ok(Self { html: maps.to_html()?, caption: caption.into() })
    }
}

/// A section of a report.
#[derive(Clone, Debug)]
pub struct Section {
    title: String,
    id: String,
    /// Titles and ids of its subsections.
    parts: Vec<(String, String)>,
    body: String,
}

impl Section {
    /// Begins a subsection.
    pub fn subsection(&mut self, title: &str) -> &mut Self {
        let id = format!("{}-{}", self.id, self.parts.len() + 1);
        let _ = writeln!(self.body, "<h3 id=\"{id}\">{}</h3>", inline(title));
        self.parts.push((title.into(), id));
        self
    }

    /// Prose: paragraphs separated by empty lines, `code` between backticks.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.body += &paragraphs(text);
        self
    }

    /// A boxed remark.
    pub fn note(&mut self, kind: Note, text: &str) -> &mut Self {
        let (class, word) = match kind {
            Note::Remark => ("remark", "Note"),
            Note::Caution => ("caution", "Caution"),
        };
        let _ = writeln!(self.body, "<aside class=\"note {class}\"><b>{word}</b>{}</aside>", paragraphs(text));
        self
    }

    /// Facts by name.
    pub fn facts<'a>(&mut self, facts: impl IntoIterator<Item = (&'a str, String)>) -> &mut Self {
        self.body.push_str("<dl class=\"facts\">\n");
        for (name, value) in facts {
            let _ = writeln!(self.body, "<div><dt>{}</dt><dd>{}</dd></div>", inline(name), inline(&value));
        }
        self.body.push_str("</dl>\n");
        self
    }

    /// A table.
    pub fn table(&mut self, table: &Table) -> &mut Self {
        self.body += &table.to_html();
        self
    }

    /// A picture with its caption.
    pub fn figure(&mut self, figure: &Figure) -> &mut Self {
        let _ = writeln!(
            self.body,
            "<figure>\n{}<figcaption>{}</figcaption></figure>",
            figure.html,
            inline(&figure.caption)
        );
        self
    }

    /// A confusion matrix.
    pub fn confusion(&mut self, matrix: &ConfusionMatrix) -> &mut Self {
        self.body += &matrix.to_html();
        self
    }

    /// A gallery.
    pub fn gallery(&mut self, gallery: &Gallery) -> &mut Self {
        self.body += &gallery.to_html();
        self
    }

    /// A long text that is folded away until it is wanted: a resolved configuration, a log.
    pub fn folded(&mut self, title: &str, text: &str) -> &mut Self {
        let _ = writeln!(
            self.body,
            "<details><summary>{}</summary><pre><code>{}</code></pre></details>",
            inline(title),
            escape(text)
        );
        self
    }
}

/// A report: headline numbers in plain words first, then sections.
#[derive(Clone, Debug)]
pub struct Report {
    title: String,
    summary: String,
    headlines: Vec<(String, String, String)>,
    sections: Vec<Section>,
    footer: String,
}

impl Report {
    /// An empty report. `summary` says in a few plain sentences what was done and what came out.
    pub fn new(title: impl Into<String>, summary: impl Into<String>) -> Self {
        let footer = format!("kinecho {}", env!("CARGO_PKG_VERSION"));
        let (title, summary) = (title.into(), summary.into());
        Self { title, summary, headlines: Vec::new(), sections: Vec::new(), footer }
    }

    /// A number for the first screen: `76.4 %`, what it is, and what to hold it against.
    pub fn headline(&mut self, value: &str, label: &str, note: &str) -> &mut Self {
        self.headlines.push((value.into(), label.into(), note.into()));
        self
    }

    /// Begins a section.
    pub fn section(&mut self, title: &str) -> &mut Section {
        let at = self.sections.len();
        let id = format!("s{}", at + 1);
        self.sections.push(Section { title: title.into(), id, parts: Vec::new(), body: String::new() });
        &mut self.sections[at]
    }

    /// Adds to the last line: when and where the run was made.
    pub fn footer(&mut self, text: &str) -> &mut Self {
        self.footer = format!("{} · {text}", self.footer);
        self
    }

    /// The report as one HTML page without any reference to other files.
    pub fn to_html(&self) -> String {
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <style>\n{css}</style>\n</head>\n<body>\n{contents}<main>\n<header>\n<h1>{heading}</h1>\n{summary}</header>\n",
            title = escape(&self.title),
            css = include_str!("report.css"),
            contents = self.contents(),
            heading = inline(&self.title),
            summary = paragraphs(&self.summary),
        );
        if !self.headlines.is_empty() {
            html.push_str("<ul class=\"headlines\">\n");
            for (value, label, note) in &self.headlines {
                let (value, label, note) = (inline(value), inline(label), inline(note));
                let _ = writeln!(html, "<li><b>{value}</b><span>{label}</span><small>{note}</small></li>");
            }
            html.push_str("</ul>\n");
        }
        for section in &self.sections {
            let _ = writeln!(
                html,
                "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n{}</section>",
                inline(&section.title),
                section.body,
                id = section.id,
            );
        }
        let _ = writeln!(html, "<footer>{}</footer>\n</main>\n</body>\n</html>", inline(&self.footer));
        html
    }

    /// Writes the page; it is whole or not there.
    pub fn write(&self, path: &Path) -> Result<(), VizError> {
        Ok(atomic_file::write(path, self.to_html().as_bytes())?)
    }

    fn contents(&self) -> String {
        if self.sections.len() < 2 {
            return String::new();
        }
        let mut html = String::from("<nav aria-label=\"Contents\"><b>Contents</b>\n<ol>\n");
        for section in &self.sections {
            let _ = write!(html, "<li><a href=\"#{}\">{}</a>", section.id, inline(&section.title));
            if !section.parts.is_empty() {
                let link = |(title, id): &(String, String)| format!("<li><a href=\"#{id}\">{}</a></li>", inline(title));
                let links: String = section.parts.iter().map(link).collect();
                let _ = write!(html, "<ol>{links}</ol>");
            }
            html.push_str("</li>\n");
        }
        html + "</ol></nav>\n"
    }
}
