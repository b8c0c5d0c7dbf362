//! The page: one file that asks no other place for anything.

use super::panel::Panel;
use super::stage::StagePage;
use serde::Serialize;

/// What a page shows.
#[derive(Serialize)]
pub(super) struct Page {
    /// Above all.
    pub(super) title: String,
    /// A sentence below it.
    pub(super) about: String,
    /// What could not be shown, and other things to know.
    pub(super) notes: Vec<String>,
    /// Length under the clock, s.
    pub(super) duration_s: f64,
    /// Bodies in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<StagePage>,
    /// What sensors measured.
    pub(super) panels: Vec<Panel>,
    /// Samples of a corpus, in place of all that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) samples: Option<Vec<Card>>,
}

/// A sample of a corpus.
#[derive(Serialize)]
pub(super) struct Card {
    pub(super) id: u64,
    pub(super) label: String,
    pub(super) split: String,
    pub(super) subject: String,
    pub(super) session: String,
    /// Where its picture is; none where it is left out.
    pub(super) picture: Option<String>,
}

impl Page {
    /// The page as HTML.
    pub(super) fn html(&self) -> anyhow::Result<String> {
        // `</script>` within the data would end it.
        let data = serde_json::to_string(self)?.replace('<', "\\u003c");
        let title = self.title.replace('&', "&amp;").replace('<', "&lt;");
        let template = include_str!("assets/page.html");
        let mut out = String::with_capacity(template.len() + data.len() + 20_000);
        let mut rest = template;
        for (slot, text) in [
            ("{{title}}", title.as_str()),
            ("{{css}}", include_str!("assets/page.css")),
            ("{{data}}", data.as_str()),
            ("{{js}}", include_str!("assets/page.js")),
        ] {
            if let Some((before, after)) = rest.split_once(slot) {
                out += before;
                out += text;
                rest = after;
            }
        }
        Ok(out + rest)
    }
}
