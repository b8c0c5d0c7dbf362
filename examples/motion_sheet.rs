//! What does each built-in motion look like, and could a body do it? Draws ten postures of every motion from the front and
//! from the side, and prints the worst figures of some renditions.
//!
//! `cargo run --example motion_sheet -- FOLDER [SLUG …]`
#![allow(clippy::print_stdout)]

use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::body::{BodyModel, BodyShape};
use kinecho::geometry::MovingMesh;
use kinecho::motion::score::{Rendition, ScoreBook, Timing};
use kinecho::motion::{MotionCheck, Performer, Placement};
use kinecho::viz::contact_sheet::{ContactSheet, View};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "motion_sheets".into());
    let wanted: Vec<String> = arguments.collect();
    std::fs::create_dir_all(&folder)?;
    let body = BodyModel::cc0().shaped(&BodyShape::default())?;
    println!("{:24} slide floor  knee      elbow     hand  foot  acc    seam   residual ms", "motion (worst of 20)");
    for score in ScoreBook::builtin().iter().filter(|s| wanted.is_empty() || wanted.contains(&s.slug)) {
        let mut worst: Option<MotionCheck> = None;
        let mut spent = std::time::Duration::ZERO;
        for draw in 0..20 {
            let rendition = Rendition::draw(score, &mut RandomTree::new(1).stream(draw, "rendition"));
            let begun = std::time::Instant::now();
            let played = score.perform(&body.skeleton, &rendition, 6.0, 100.0)?;
            spent += begun.elapsed();
            let check = MotionCheck::measure(&body.skeleton, &played)?;
            worst = Some(worst.map_or(check, |old| old.worst(&check)));
        }
        let Some(w) = worst else { continue };
        println!(
            "{:24} {:5.3} {:5.3} {:4.0}..{:<4.0} {:4.0}..{:<4.0} {:4.1} {:5.1} {:6.1} {:6.4} {:6.4} {:5.1}",
            score.slug,
            w.slide_mps,
            w.below_floor_m,
            w.knee_deg[0],
            w.knee_deg[1],
            w.elbow_deg[0],
            w.elbow_deg[1],
            w.hand_mps,
            w.foot_mps,
            w.acceleration_mps2,
            w.seam_m,
            w.residual_m,
            spent.as_secs_f64() * 50.0,
        );
        for problem in w.violations(&score.limits) {
            println!("    {problem}");
        }
        let length = match &score.timing {
            Timing::Cycle { period_s } => *period_s,
            Timing::Once { duration_s, .. } => *duration_s,
            Timing::Gait { gait, .. } => 4.5 * gait.step / gait.speed,
        };
        let clip = score.play(&body.skeleton, &Rendition::plain(score), length, 100.0)?;
        let performer = Performer::new(body.clone(), clip, Placement::default())?;
        let times: Vec<f64> = (0..10).map(|i| length * f64::from(i) / 10.0).collect();
        let frames: Vec<Vec<Vec3>> = times
            .iter()
            .map(|time| {
                let mut vertices = vec![Vec3::zeros(); performer.vertex_count()];
                performer.vertices_at(*time, &mut vertices);
                vertices
            })
            .collect();
        let captions: Vec<String> = times.iter().map(|time| format!("{time:.2} s")).collect();
        let mut sheet = ContactSheet::new(190).title(&score.slug);
        for (label, view) in [("front", View::FRONT), ("side", View::SIDE), ("three-quarter", View::THREE_QUARTER)] {
            sheet = sheet.view(view).row(label, &frames, performer.faces()).captions(&captions);
        }
        sheet.image().save(Path::new(&folder).join(format!("{}.png", score.slug)))?;
    }
    Ok(())
}
