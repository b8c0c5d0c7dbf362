//! The shift of the body over the foot that stands while the other one steps.

use super::super::curve::Curve;
use super::super::rig::{sign, yaw};
use super::footsteps::FootPlan;
use super::path::BodyPath;
use super::trunk::TrunkGait;

/// Rate of an inverted pendulum as high as the centre of mass, √(g/h) for h = 0.96 m, 1/s.
const PENDULUM_RATE: f64 = 3.2;
/// A first or last step is slower than those between: the weight goes farther over.
const FIRST_STEP: f64 = 1.6;
/// No foot is farther aside than this in what is balanced over it, m.
const FARTHEST: f64 = 0.15;

/// Shift of the hips to the left over time, m, in the heading's frame.
///
/// A body that falls from side to side between feet at ±d with a step every T is an inverted pendulum over alternating
/// points; its excursion is d·(1 − 1/cosh(ωT/2)) (from the solution of ẍ = ω²(x ∓ d), Kajita et al. 2001). Quick steps hardly
/// move it, slow ones take it over the foot. Walkers sway farther than that ([`TrunkGait::sway`]). Around a stand it goes to a foot before the other one is lifted, and back.
pub(super) fn weight_shift(feet: &[FootPlan; 2], path: &BodyPath, step_s: f64, trunk: &TrunkGait) -> Curve {
    let part = 1.0 - 1.0 / (0.5 * PENDULUM_RATE * step_s).cosh();
    // Begin and end, the pendulum's shift, and the walker's.
    let mut steps: Vec<(f64, f64, f64, f64)> = Vec::new();
    for side in 0..2 {
        let stander = 1 - side;
        for (begin, end) in feet[side].swings() {
            let middle = 0.5 * (begin + end);
            let station = path.at(middle);
            let beside = yaw(-station.heading) * (feet[stander].at(middle).ground - station.position);
            let forward = (yaw(-station.heading) * path.velocity(middle)).y.abs();
            let side = sign(stander);
            steps.push((begin, end, side * beside.x.abs().min(FARTHEST) * part, side * trunk.sway(forward)));
        }
    }
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut knots: Vec<(f64, f64)> = Vec::new();
    for (i, &(begin, end, shift, sway)) in steps.iter().enumerate() {
        // Steps overlap in a jog and follow each other at once in a walk.
        let starts = i == 0 || begin - steps[i - 1].1 > 0.6 * step_s;
        let stops = i + 1 == steps.len() || steps[i + 1].0 - end > 0.6 * step_s;
        if starts {
            knots.push((begin - 0.6 * step_s, 0.0));
        }
        let pendulum = if starts || stops { FIRST_STEP * shift } else { shift };
        knots.push((0.5 * (begin + end), if sway.abs() > pendulum.abs() { sway } else { pendulum }));
        if stops {
            knots.push((end + 0.6 * step_s, 0.0));
        }
    }
    knots.sort_by(|a, b| a.0.total_cmp(&b.0));
    Curve::through(&knots)
}
