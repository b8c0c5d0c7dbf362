//! One sample of every class, side by side.

use super::heatmap::{MapPicture, maps};
use super::map_figure::{img, plain_name};
use crate::chain::Views;
use crate::viz::error::VizError;
use crate::viz::html::escape;
use std::fmt::Write;

/// A grid of samples: a card a label, in it a row of maps a sample.
pub struct Gallery {
    picture: MapPicture,
    /// Label, number of maps, rows as HTML.
    cards: Vec<(String, usize, String)>,
    names: Vec<String>,
}

impl Default for Gallery {
    fn default() -> Self {
        Self::new()
    }
}

impl Gallery {
    /// An empty gallery.
    pub fn new() -> Self {
        Self { picture: MapPicture::default(), cards: Vec::new(), names: Vec::new() }
    }

    /// Other colours or limits, for the samples that follow.
    pub fn drawn(mut self, picture: MapPicture) -> Self {
        self.picture = picture;
        self
    }

    /// Adds a sample: its label, a few words on it (subject, source) and its views of two axes. Samples of one label in succession,
    /// for example a simulated and a real one, stand below each other.
    pub fn add(&mut self, label: &str, note: &str, views: &Views) -> Result<(), VizError> {
        let maps = maps(views)?;
        let mut row = String::new();
        for (name, view) in &maps {
            row += &img(view, &self.picture, &format!("{label}, {note}: {}", plain_name(name)))?;
        }
        if !note.is_empty() {
            let _ = write!(row, "<small>{}</small>", escape(note));
        }
        if self.names.is_empty() {
            self.names = maps.iter().map(|(name, _)| plain_name(name)).collect();
        }
        match self.cards.last_mut().filter(|(l, count, _)| l == label && *count == maps.len()) {
            Some((_, _, rows)) => *rows += &row,
            None => self.cards.push((label.into(), maps.len(), row)),
        }
        Ok(())
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether it has no samples.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    pub(in crate::viz) fn to_html(&self) -> String {
        if self.cards.is_empty() {
            return "<p class=\"empty\">No samples to show.</p>\n".into();
        }
        let mut html = format!(
            "<p class=\"axis-note\">From left to right: {}. Time runs to the right, the other axis grows upwards.</p>\n\
             <div class=\"gallery\">\n",
            escape(&self.names.join(", "))
        );
        for (label, maps, rows) in &self.cards {
            let _ = writeln!(
                html,
                "<figure class=\"card\"><figcaption>{}</figcaption><div style=\"--n:{maps}\">{rows}</div></figure>",
                escape(label)
            );
        }
        html + "</div>\n"
    }
}
