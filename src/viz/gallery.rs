//! One sample of every class, side by side.

use super::error::VizError;
use super::heatmap::{MapPicture, check};
use super::html::escape;
use super::map_figure::{img, plain_name};
use crate::dsp::maps::Maps;
use std::fmt::Write;

/// A grid of samples, each with its maps in a row and a label.
pub struct Gallery {
    picture: MapPicture,
    cards: Vec<String>,
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

    /// Adds a sample: its label, a few words on it (subject, source) and its maps.
    pub fn add(&mut self, label: &str, note: &str, maps: &Maps) -> Result<(), VizError> {
        check(maps)?;
        let mut card = format!("<figure class=\"card\"><div style=\"--n:{}\">", maps.names.len());
        for (i, name) in maps.names.iter().enumerate() {
            card += &img(maps, i, &self.picture, &format!("{label}: {}", plain_name(name)))?;
        }
        let note = if note.is_empty() { String::new() } else { format!(" <small>{}</small>", escape(note)) };
        let _ = write!(card, "</div><figcaption>{}{note}</figcaption></figure>", escape(label));
        self.cards.push(card);
        if self.names.is_empty() {
            self.names = maps.names.iter().map(|n| plain_name(n)).collect();
        }
        Ok(())
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether it has no samples.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    pub(super) fn to_html(&self) -> String {
        if self.cards.is_empty() {
            return "<p class=\"empty\">No samples to show.</p>\n".into();
        }
        format!(
            "<p class=\"axis-note\">From left to right: {}. Time runs to the right, the other axis grows upwards.</p>\n<div class=\"gallery\">\n{}\n</div>\n",
            escape(&self.names.join(", ")),
            self.cards.join("\n")
        )
    }
}
