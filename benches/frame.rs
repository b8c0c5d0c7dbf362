//! A whole frame of the AWR1843 with the default body walking at 3 m: motion, skinning, visibility, facets, signal and noise.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::body::{BodyModel, BodyShape};
use kinecho::motion::score::{Rendition, ScoreBook};
use kinecho::motion::{Performer, Placement};
use kinecho::propagation::Scattering;
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{Job, SimSettings, Simulator};

fn walker() -> Performer {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let score = ScoreBook::builtin().get("walk_forward_backward").unwrap();
    let rendition = Rendition::draw(score, &mut RandomTree::new(0).stream(0, "rendition"));
    let clip = score.play(&body.skeleton, &rendition, 2.0, 120.0).unwrap();
    Performer::new(body, clip, Placement { position: Vec3::new(0.0, 3.5, 0.0), facing_rad: 0.0 }).unwrap()
}

fn frames(c: &mut Criterion) {
    let walker = walker();
    let radar = FmcwRadar::preset("awr1843").unwrap();
    let pose = RadarPose::at(Vec3::new(0.0, 0.0, 1.0));
    let simulator = Simulator::new(radar, pose, SimSettings::default()).unwrap();
    let noise = RandomTree::new(1);
    let mut group = c.benchmark_group("frame");
    group.sample_size(20);
    for threads in [1, rayon::current_num_threads()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        // As many frames as threads: what is measured is the time of one on each.
        let job = Job {
            meshes: &[&walker],
            n_frames: threads,
            first_frame: 4,
            noise: Some(&noise),
            scatters: &[Scattering::default()],
            ..Job::default()
        };
        group.bench_function(format!("{threads} at once"), |b| {
            b.iter(|| pool.install(|| simulator.run_job(&job).unwrap()));
        });
    }
}

criterion_group!(benches, frames);
criterion_main!(benches);
