//! Joints and boxes of simulated people, out of what their corpus says of them.

use super::spec::Head;
use crate::base::axis::Axis;
use crate::corpus::{PersonSeen, boxes_in};
use crate::train::Truth;

/// What a task learns of the people of a sample whose view has these axes, or what is wrong with them.
pub(super) fn truth_of(head: Head, people: &[PersonSeen], axes: &[Axis]) -> Result<Truth, String> {
    match head {
        Head::Classify => Ok(Truth::None),
        _ if people.is_empty() => {
            Err("its corpus says nothing of people: simulate it with `truth: true` in its recipe".into())
        }
        Head::Pose => match people {
            [one] if one.joints_m.is_empty() => Err("nothing is known of the person's joints".into()),
            [one] => Ok(Truth::Pose(one.joints_m.as_flattened().to_vec())),
            all => Err(format!("{} people are there; a pose is of one", all.len())),
        },
        Head::Detect => boxes_in(people, axes).map(Truth::Boxes),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn poses_are_of_one_person() {
        let joints_m = vec![[0.1, 2.0, -0.2], [0.3, 2.1, 0.5]];
        let one = PersonSeen { motion: "squat".into(), joints_m, range_m: [2.0, 3.0], azimuth_rad: [0.0, 0.1] };
        let found = truth_of(Head::Pose, std::slice::from_ref(&one), &[]).unwrap();
        assert_eq!(found, Truth::Pose(vec![0.1, 2.0, -0.2, 0.3, 2.1, 0.5]));
        assert!(truth_of(Head::Pose, &[one.clone(), one], &[]).unwrap_err().contains("2 people"));
        assert!(truth_of(Head::Pose, &[], &[]).unwrap_err().contains("truth: true"));
    }
}
