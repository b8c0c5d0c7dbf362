//! Where the weight of a body is and what it stands on.

use super::score::{Contact, Rig};
use crate::base::Vec3;
use crate::body::{Joint, JointFrame};

/// Limbs as (proximal joint, distal joint, share of the body's mass, place of its centre from the proximal joint in parts of
/// the limb): Winter 2009, "Biomechanics and Motor Control of Human Movement", table 4.1. The hand is part of the forearm.
const LIMBS: [(Joint, Joint, f64, f64); 8] = [
    (Joint::LeftShoulder, Joint::LeftElbow, 0.028, 0.436),
    (Joint::RightShoulder, Joint::RightElbow, 0.028, 0.436),
    (Joint::LeftElbow, Joint::LeftWrist, 0.022, 0.682),
    (Joint::RightElbow, Joint::RightWrist, 0.022, 0.682),
    (Joint::LeftHip, Joint::LeftKnee, 0.100, 0.433),
    (Joint::RightHip, Joint::RightKnee, 0.100, 0.433),
    (Joint::LeftKnee, Joint::LeftAnkle, 0.0465, 0.433),
    (Joint::RightKnee, Joint::RightAnkle, 0.0465, 0.433),
];
/// The same table: trunk (middle of the hips to middle of the shoulders), head and neck, one foot.
const TRUNK: f64 = 0.497;
const HEAD: f64 = 0.081;
const FOOT: f64 = 0.0145;
/// Half the breadth of a foot in parts of the stature (Drillis and Contini 1966, after Winter 2009, fig. 4.1).
const HALF_FOOT_BREADTH: f64 = 0.0275;
/// A seat bears from the hips back to here, in parts of the stature, and a hand's breadth beyond them to each side.
const SEAT_BACK: f64 = 0.06;
const SEAT_ASIDE: f64 = 0.05;

/// Centre of mass of a body whose joints are at `frames`, m; `feet` are the contact points of its feet.
pub(super) fn centre_of_mass(frames: &[JointFrame], feet: &[[Vec3; 3]; 2]) -> Vec3 {
    let at = |joint: Joint| frames[joint as usize].position;
    let middle = |a: Joint, b: Joint| (at(a) + at(b)) * 0.5;
    let mut sum = LIMBS
        .iter()
        .fold(Vec3::zeros(), |sum, (from, to, mass, part)| sum + (at(*from) + (at(*to) - at(*from)) * *part) * *mass);
    let (hips, shoulders) =
        (middle(Joint::LeftHip, Joint::RightHip), middle(Joint::LeftShoulder, Joint::RightShoulder));
    sum += (hips + shoulders) * (0.5 * TRUNK) + at(Joint::Head) * HEAD;
    for ([heel, _, toe], ankle) in feet.iter().zip([Joint::LeftAnkle, Joint::RightAnkle]) {
        sum += ((heel + toe) * 0.25 + at(ankle) * 0.5) * FOOT;
    }
    sum
}

/// Points of the floor that bear: those of the standing feet, and of a chair when `seated`.
pub(super) fn support(
    rig: &Rig,
    frames: &[JointFrame],
    feet: &[[Vec3; 3]; 2],
    contacts: [Contact; 2],
    seated: bool,
) -> Vec<[f64; 2]> {
    let stature = rig.stature_m();
    let mut points = Vec::new();
    for (foot, contact) in feet.iter().zip(contacts) {
        let bearing: &[usize] = match contact {
            Contact::None => &[],
            Contact::Heel => &[0],
            Contact::Flat => &[0, 1, 2],
            Contact::Ball => &[1, 2],
        };
        let along = foot[2] - foot[0];
        let across = Vec3::new(-along.y, along.x, 0.0).try_normalize(1e-9).unwrap_or_else(Vec3::x);
        for &k in bearing {
            for side in [-1.0, 1.0] {
                let p = foot[k] + across * (side * HALF_FOOT_BREADTH * stature);
                points.push([p.x, p.y]);
            }
        }
    }
    if seated {
        let [left, right] = [Joint::LeftHip, Joint::RightHip].map(|j| frames[j as usize].position);
        let across = Vec3::new(left.x - right.x, left.y - right.y, 0.0).try_normalize(1e-9).unwrap_or_else(Vec3::x);
        // Facing −y with the left at +x, back is +y: a quarter turn from left.
        let back = Vec3::new(-across.y, across.x, 0.0);
        for (hip, side) in [(left, 1.0), (right, -1.0)] {
            for depth in [0.0, SEAT_BACK] {
                let p = hip + across * (side * SEAT_ASIDE * stature) + back * (depth * stature);
                points.push([p.x, p.y]);
            }
        }
    }
    points
}

/// How far `point` lies outside of the convex hull of `support`, m; 0 inside, infinite without any support.
pub(super) fn outside(point: [f64; 2], mut support: Vec<[f64; 2]>) -> f64 {
    support.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let cross = |o: [f64; 2], a: [f64; 2], b: [f64; 2]| (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
    // Monotone chain (Andrew 1979): lower hull, then upper hull, counter-clockwise.
    let mut hull: Vec<[f64; 2]> = Vec::new();
    for way in 0..2 {
        let begin = hull.len();
        let next = |i: usize| if way == 0 { support[i] } else { support[support.len() - 1 - i] };
        for p in (0..support.len()).map(next) {
            while hull.len() >= begin + 2 && cross(hull[hull.len() - 2], hull[hull.len() - 1], p) <= 0.0 {
                hull.pop();
            }
            hull.push(p);
        }
        hull.pop();
    }
    // The chain ends before it closes, so that a single point leaves nothing.
    if hull.is_empty() {
        hull.extend(support.first());
    }
    let mut nearest = f64::INFINITY;
    let mut inside = hull.len() > 2;
    for (i, &a) in hull.iter().enumerate() {
        let b = hull[(i + 1) % hull.len()];
        inside &= cross(a, b, point) >= 0.0;
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy).max(1e-18);
        let along = along.clamp(0.0, 1.0);
        nearest = nearest.min((point[0] - a[0] - along * dx).hypot(point[1] - a[1] - along * dy));
    }
    if inside { 0.0 } else { nearest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{BodyModel, BodyShape, Pose};

    #[test]
    fn shares_of_mass_add_up_to_a_body() {
        let sum = LIMBS.iter().map(|l| l.2).sum::<f64>() + TRUNK + HEAD + 2.0 * FOOT;
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn distance_from_a_square() {
        let square = || vec![[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]];
        assert_eq!(outside([0.5, 0.2], square()), 0.0);
        assert!((outside([2.0, 0.5], square()) - 1.0).abs() < 1e-12);
        assert!((outside([-3.0, 5.0], square()) - 5.0).abs() < 1e-12);
        assert!((outside([0.0, 1.0], vec![[0.0, 0.0]]) - 1.0).abs() < 1e-12);
        assert_eq!(outside([0.0, 0.0], Vec::new()), f64::INFINITY);
    }

    #[test]
    fn a_standing_body_has_its_weight_at_the_height_of_its_navel_and_between_its_feet() {
        let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
        let rig = Rig::new(&body.skeleton).unwrap();
        let frames = body.skeleton.frames(&Pose::rest(body.skeleton.rest.len()));
        let feet = [rig.foot_points(0, &frames), rig.foot_points(1, &frames)];
        let centre = centre_of_mass(&frames, &feet);
        // 0.55 to 0.58 of the stature with the arms down (Winter 2009, ch. 4); the T-pose lifts it by 2 cm.
        assert!((0.54..0.62).contains(&(centre.z / 1.75)), "{centre}");
        let points = support(&rig, &frames, &feet, [Contact::Flat; 2], false);
        assert_eq!(outside([centre.x, centre.y], points.clone()), 0.0, "{centre} {points:?}");
    }
}
