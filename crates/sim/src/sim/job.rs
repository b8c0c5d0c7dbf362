//! What a simulator is asked to do.

use super::stage::PointTarget;
use super::stopwatch::Stopwatch;
use crate::base::progress::Progress;
use crate::base::random::RandomTree;
use crate::geometry::MovingMesh;
use crate::propagation::{PointReflector, Room, Scattering};
use crate::scene::Set;
use crate::sensor::RadarTrack;
use ndarray::ArrayView2;

/// What is to be simulated.
#[derive(Clone, Copy, Default)]
pub struct Job<'a> {
    /// Meshes; they hide each other.
    pub meshes: &'a [&'a dyn MovingMesh],
    /// Points; never hidden.
    pub points: &'a [PointTarget],
    /// Points whose echo is known in closed form; meshes hide them.
    pub reflectors: &'a [&'a dyn PointReflector],
    /// Number of frames.
    pub n_frames: usize,
    /// Number of the first frame: it starts at `first_frame · frame_period`, and noise is keyed by it.
    pub first_frame: usize,
    /// Key of all that is random in the receiver; without it there is neither thermal nor phase noise.
    pub noise: Option<&'a RandomTree>,
    /// Visible faces `[frame, face]` to be used in place of the visibility of the settings; they do not fade.
    pub mask: Option<ArrayView2<'a, bool>>,
    /// Share of the amplitude that each mesh reflects, 0..1 ([`crate::propagation::Material::amplitude`]); 1 for meshes beyond the
    /// list.
    pub reflects: &'a [f64],
    /// How each mesh scatters beside what it mirrors; meshes beyond the list do not.
    pub scatters: &'a [Scattering],
    /// Walls that mirror. They stand still, and so must the radar.
    pub room: Option<&'a Room>,
    /// Where the radar is over time, in place of the simulator's pose.
    pub track: Option<&'a RadarTrack>,
    /// Counts where the time goes.
    pub watch: Option<&'a Stopwatch>,
    /// Is told of every frame that is done.
    pub progress: Option<&'a dyn Progress>,
}

impl<'a> Job<'a> {
    /// A set, whose `meshes` are put into one list; the frames are left to say.
    pub fn of(set: &'a Set, meshes: &'a [&'a dyn MovingMesh]) -> Self {
        let Set { reflects, scatters, room, track, .. } = set;
        Self { meshes, reflects, scatters, room: room.as_ref(), track: track.as_ref(), ..Self::default() }
    }
}
