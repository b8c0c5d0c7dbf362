//! One picture of each motion and a page that lists them with their sentences.

use super::RATE_HZ;
use super::postures::postures;
use crate::base::{Vec3, atomic_file};
use crate::body::{Joint, JointFrame, ShapedBody};
use crate::motion::score::{Contact, PathShape, Performance, Rendition, Score, Side, SideRule, Timing};
use crate::text::Vocabulary;
use crate::text::vocabulary::ATTRIBUTES;
use crate::viz::contact_sheet::Eye;
use crate::viz::trace_panel::{LEFT_INK, MIDDLE_INK, RIGHT_INK};
use crate::viz::{ContactSheet, TracePanel, palette_png};
use std::fmt::Write;
use std::path::Path;

/// Postures of a picture.
const POSTURES: u32 = 10;
/// Width of a posture, pixels.
const CELL_PX: u32 = 96;
/// A body that gets farther than this is followed from above, m.
const TRAVELS: f64 = 0.35;
/// No repetition is longer, s.
const LONGEST_S: f64 = 30.0;
/// A fall and the time for which the body lies are shown in this, s.
const FALL_S: f64 = 4.0;

/// Writes `folder/SLUG.png` for each score and `folder/README.md`.
pub(super) fn write(folder: &Path, scores: &[Score], body: &ShapedBody) -> anyhow::Result<()> {
    let mut page = String::from(
        "# The motions\n\nEvery motion as its score has it, without the differences between people and repetitions: from the \
         front and from the person's left, evenly over one repetition (walking and jogging: part of a lap). On the right the \
         paths of the palms, or from above those of pelvis and feet when the person travels (dots: standing feet; the sensor is \
         below). Blue is the left side, red the right one. Below each picture are the sentences of the vocabulary that it must \
         match. `kinecho motion sheet --pages DIR` makes this page.\n",
    );
    let mut by_id: Vec<&Score> = scores.iter().collect();
    by_id.sort_by_key(|score| score.id);
    for score in by_id {
        let picture = picture(score, body)?;
        atomic_file::write(&folder.join(format!("{}.png", score.slug)), &palette_png(&picture.image())?)?;
        let activity = Vocabulary::builtin().get(&score.slug);
        let label = activity.map_or(score.slug.as_str(), |a| a.label.as_str());
        let _ = write!(page, "\n## {} · {label}\n\n![{label}]({}.png)\n\n", score.id, score.slug);
        if let Some(activity) = activity {
            for name in ATTRIBUTES {
                let _ = writeln!(page, "- *{name}*: {}", activity.attribute(name).unwrap_or_default());
            }
        }
    }
    atomic_file::write(&folder.join("README.md"), page.as_bytes())?;
    Ok(())
}

fn picture(score: &Score, body: &ShapedBody) -> anyhow::Result<ContactSheet> {
    let mut rendition = Rendition::plain(score);
    if score.vary.side == SideRule::Main {
        rendition.side = Side::Right;
    }
    let length = if score.ends_on_floor() { FALL_S } else { LONGEST_S };
    let whole = score.perform_on(body, &rendition, length, RATE_HZ)?;
    let repetition = whole.seams_s.first().copied().unwrap_or(length);
    let shown = match &score.timing {
        Timing::Cycle { period_s } => *period_s,
        Timing::Once { duration_s, .. } => *duration_s,
        // A lap, at other phases of the stride each time; elsewhere a little more than two strides.
        Timing::Gait { path, .. } if matches!(path.shape, PathShape::LineTurn) => 0.94 * repetition,
        Timing::Gait { path, .. } if matches!(path.shape, PathShape::LineBack | PathShape::TurnInPlace) => repetition,
        Timing::Gait { .. } => 2.2,
    };
    let frames = postures(body, &whole.clip, shown, POSTURES);
    let captions: Vec<String> =
        (0..POSTURES).map(|i| format!("{:.2} s", shown * f64::from(i) / f64::from(POSTURES))).collect();
    let panel = traces(&whole, body, repetition, &frames[0]).image(2 * CELL_PX + 18);
    Ok(ContactSheet::new(CELL_PX)
        .view(Eye::FRONT)
        .row(&format!("{} front", score.slug), &frames, body.faces())
        .captions(&captions)
        .view(Eye::SIDE)
        .row("from the left", &frames, body.faces())
        .panel(panel))
}

/// Paths over one repetition: from above when the body travels, else those of the palms from the front.
fn traces(whole: &Performance, body: &ShapedBody, repetition: f64, first: &[Vec3]) -> TracePanel {
    let count = ((repetition * RATE_HZ) as usize + 1).min(whole.clip.poses().len());
    let frames: Vec<Vec<JointFrame>> =
        whole.clip.poses()[..count].iter().map(|pose| body.skeleton.frames(pose)).collect();
    let path = |joint: Joint| frames.iter().map(|f| f[joint as usize].position).collect::<Vec<Vec3>>();
    let pelvis = path(Joint::Pelvis);
    let reach = |axis: usize| {
        let (low, high) = pelvis.iter().fold((f64::MAX, f64::MIN), |(l, h), p| (l.min(p[axis]), h.max(p[axis])));
        high - low
    };
    let sides = [
        (LEFT_INK, Joint::LeftElbow, Joint::LeftWrist, Joint::LeftAnkle, Joint::LeftFoot),
        (RIGHT_INK, Joint::RightElbow, Joint::RightWrist, Joint::RightAnkle, Joint::RightFoot),
    ];
    if reach(0).max(reach(1)) > TRAVELS {
        let mut panel = TracePanel::new("from above", Eye::TOP).posture(first, body.faces()).path(pelvis, MIDDLE_INK);
        for (side, (ink, _, _, ankle, ball)) in sides.into_iter().enumerate() {
            let stands = |i: &usize| whole.contacts[*i][side] != Contact::None;
            let feet = (0..count).filter(stands).step_by(12);
            let spots = feet.flat_map(|i| [frames[i][ankle as usize].position, frames[i][ball as usize].position]);
            panel = panel.spots(spots.collect(), ink);
        }
        return panel;
    }
    let mut panel = TracePanel::new("palms", Eye::FRONT).posture(first, body.faces());
    for (ink, elbow, wrist, ankle, _) in sides {
        // The palm lies beyond the wrist by 0.38 of the forearm.
        let palm = path(wrist).iter().zip(path(elbow)).map(|(w, e)| w + (w - e) * 0.38).collect();
        panel = panel.path(palm, ink).path(path(ankle), ink);
    }
    panel.path(path(Joint::Head), MIDDLE_INK).path(pelvis, MIDDLE_INK)
}
