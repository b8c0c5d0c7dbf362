//! A scene from one sentence: `--say "a person walks back and forth" --room 4x5`.

use crate::base::yaml::Document;
use crate::motion::score::ScoreBook;
use crate::text::Vocabulary;
use crate::text::said::{Meaning, meanings};
use anyhow::bail;
use std::path::Path;

/// Width and depth of a room, m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RoomSize {
    width_m: f64,
    depth_m: f64,
}

/// `4x5`: width and depth, m.
pub(super) fn room_size(text: &str) -> Result<RoomSize, String> {
    let sides: Vec<Option<f64>> = text.split(['x', 'X', '×']).map(|side| side.trim().parse().ok()).collect();
    match sides[..] {
        [Some(width_m), Some(depth_m)] if (1.5..=50.0).contains(&width_m) && (2.0..=50.0).contains(&depth_m) => {
            Ok(RoomSize { width_m, depth_m })
        }
        _ => Err(format!("`{text}`; expected width and depth in metres, 1.5 to 50 and 2 to 50, for example 4x5")),
    }
}

/// What a sentence is taken for.
pub(super) struct SaidScene {
    /// The scene as it could have been typed.
    pub(super) text: String,
    /// What was made of the sentence.
    pub(super) taken: String,
    /// Words that nothing was made of.
    pub(super) unsaid: Vec<String>,
}

/// The scene of a sentence: one person in the middle of a room, or 2.5 m away where there is none.
pub(super) fn scene(sentence: &str, room: Option<RoomSize>) -> anyhow::Result<SaidScene> {
    let book = ScoreBook::with_data_sets();
    let playable: Vec<_> = Vocabulary::with_data_sets()
        .activities()
        .iter()
        .filter(|activity| book.get(&activity.slug).is_some())
        .collect();
    let found = meanings(sentence, &playable)?;
    let Some(Meaning { activity, unsaid, .. }) = found.first() else {
        bail!("--say \"{sentence}\": no motion says any of these words; kinecho list motions has what there is")
    };
    // Half a metre of room before the radar, which hangs at the near wall.
    let (range_m, walls) = match room {
        Some(RoomSize { width_m, depth_m }) => {
            let half = 0.5 * width_m;
            let (near, far) = (-0.3, depth_m - 0.3);
            let walls = format!(
                "  room: {{x_m: [{}, {half}], y_m: [{near}, {far}], floor: concrete, ceiling: concrete, left: plasterboard, right: plasterboard, back: plasterboard, front: plasterboard}}\n",
                -half
            );
            (0.5 * depth_m, walls)
        }
        None => (2.5, String::new()),
    };
    let text = format!(
        "# kinecho simulate --say \"{}\"\nversion: 1\nseed: 1\nscene:\n  duration_s: 3.0\n  radar: {{preset: awr1843}}\n  radar_pose: {{height_m: 1.2}}\n  people:\n    - {{motion: {}, range_m: {range_m}, azimuth_deg: 0, facing_deg: 0}}\n{walls}outputs:\n  write: [cube, heatmaps, spectrogram, range_time]\n",
        sentence.replace(['\n', '\r', '"'], " "),
        activity.slug
    );
    let others: Vec<&str> = found[1..].iter().take(3).map(|other| other.activity.slug.as_str()).collect();
    let others = if others.is_empty() { String::new() } else { format!("; next come {}", others.join(", ")) };
    let taken = format!("\"{sentence}\" is played as `{}` ({}){others}", activity.slug, activity.label);
    Ok(SaidScene { text, taken, unsaid: unsaid.clone() })
}

/// The same as a document, which errors call `--say`.
pub(super) fn document(said: &SaidScene) -> anyhow::Result<Document> {
    Ok(Document::parse(&said.text, Path::new("--say"))?)
}
