//! How long does one AWR1843 frame of a walking person take, and what is in it?
//!
//!     cargo run --release --no-default-features --example radar_frame [FRAMES]
#![allow(clippy::print_stdout)]

use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::body::{BodyModel, BodyShape};
use kinecho::geometry::MovingMesh;
use kinecho::motion::score::{Rendition, ScoreBook};
use kinecho::motion::{Performer, Placement};
use kinecho::propagation::FacetRule;
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{SimSettings, Simulator};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let frames: usize = std::env::args().nth(1).map_or(Ok(4), |n| n.parse())?;
    let book = ScoreBook::builtin();
    let score = book.get("walking_forward_and_backward").or_else(|| book.iter().next()).ok_or("no score")?;
    let body = BodyModel::cc0().shaped(&BodyShape::default())?;
    let clip = score.play(&body.skeleton, &Rendition::plain(score), 3.0, 60.0)?;
    let place = Placement { position: Vec3::new(0.0, 3.0, 0.0), ..Placement::default() };
    let person = Performer::new(body, clip, place)?;
    let radar = FmcwRadar::preset("awr1843")?;
    let pose = RadarPose::at(Vec3::new(0.0, 0.0, 1.0));
    let tree = RandomTree::new(1);
    println!("{} at 3 m, {} faces, {} threads", score.slug, person.faces().len(), rayon::current_num_threads());
    for facet_rule in [FacetRule::Centre, FacetRule::Integral] {
        let simulator = Simulator::new(radar.clone(), pose, SimSettings { facet_rule, ..SimSettings::default() })?;
        let begin = Instant::now();
        let out = simulator.run(&[&person], frames, Some(&tree))?;
        let ms = 1e3 * begin.elapsed().as_secs_f64() / frames as f64;
        let cube = out.cube().ok_or("no cube")?;
        let power = cube.data.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>() / cube.data.len() as f64;
        println!(
            "{facet_rule:?}: {ms:.0} ms a frame, {:.0} facets in {:.0} patches, {:.1} dB over the noise per sample",
            out.report.reflecting.mean,
            out.report.patches.mean,
            10.0 * ((power / out.report.noise_power) - 1.0).log10()
        );
    }
    Ok(())
}
