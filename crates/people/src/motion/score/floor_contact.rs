//! The floor under a body that falls and lies: its skin is held above it.

use super::perform::Contact;
use crate::base::Vec3;
use crate::body::{Joint, ShapedBody};
use crate::motion::clip::Clip;
use crate::motion::error::MotionError;

/// The floor stops what falls on it over twice this way, m: a pelvis that comes down at 2 m/s is slowed by 100 m/s², as by the soft
/// tissue of a hip (15 to 30 mm; Robinovitch et al. 1991, J. Biomech. Eng. 113).
const GIVE: f64 = 0.02;
/// Standing feet are held by their goals; only what is deeper than this counts, m.
const FEET: f64 = GIVE;

/// `clip` with every pose lifted so far that no vertex of `body` is below the floor. `contacts` are those of the clip's frames.
pub(super) fn above_floor(clip: &Clip, contacts: &[[Contact; 2]], body: &ShapedBody) -> Result<Clip, MotionError> {
    // What hangs on an ankle or a toe joint is a foot.
    let foot = |joint: usize| {
        let side = |ankle: Joint, toes: Joint| joint == ankle as usize || joint == toes as usize;
        usize::from(side(Joint::LeftAnkle, Joint::LeftFoot))
            + 2 * usize::from(side(Joint::RightAnkle, Joint::RightFoot))
    };
    let parts: Vec<usize> = (0..body.vertex_count()).map(|vertex| foot(body.weights().heaviest(vertex))).collect();
    let mut vertices = vec![Vec3::zeros(); body.vertex_count()];
    let mut poses = clip.poses().to_vec();
    for (pose, contacts) in poses.iter_mut().zip(contacts) {
        body.skin(pose, &mut vertices);
        let mut deepest = f64::NEG_INFINITY;
        for (vertex, part) in vertices.iter().zip(&parts) {
            let allowed = match part {
                0 => 0.0,
                side if contacts[side - 1] == Contact::None => 0.0,
                _ => FEET,
            };
            deepest = deepest.max(-vertex.z - allowed);
        }
        // Never less than what is needed, without a kink, and nothing for a body that only stands.
        pose.translation.z += match deepest {
            d if d <= -GIVE => 0.0,
            d if d < GIVE => (d + GIVE).powi(2) / (4.0 * GIVE),
            d => d,
        };
    }
    Clip::new(clip.rate_hz(), poses)
}
