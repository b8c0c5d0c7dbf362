//! Boxes of people over a view's range and azimuth, as shares of these axes.

use crate::base::axis::Axis;
use crate::scene::PersonSeen;

/// The axes of range and azimuth of a view.
fn plane(axes: &[Axis]) -> Result<[&Axis; 2], String> {
    let axis = |name: &str| {
        axes.iter().find(|axis| axis.name == name && axis.unit != "1").ok_or_else(|| {
            let there = axes.iter().map(|a| format!("{} ({})", a.name, a.unit)).collect::<Vec<_>>().join(", ");
            format!("boxes are of views over range (m) and azimuth (rad), and the view's axes are {there}")
        })
    };
    Ok([axis("range")?, axis("azimuth")?])
}

/// Middle and size of a span as shares of an axis, whose cells reach half a step to either side of their values; none beyond the axis.
fn share(axis: &Axis, span: [f32; 2]) -> Option<(f32, f32)> {
    let place = |value: f32| (((f64::from(value) - axis.first) / axis.step + 0.5) / axis.len as f64).clamp(0.0, 1.0);
    let [a, b] = span.map(place);
    let size = (b - a).abs();
    (size > 0.0).then_some(((0.5 * (a + b)) as f32, size as f32))
}

/// The span that [`share`] made shares of.
fn span(axis: &Axis, middle: f32, size: f32) -> [f32; 2] {
    let value = |place: f32| (axis.first + (f64::from(place) * axis.len as f64 - 0.5) * axis.step) as f32;
    [value(middle - 0.5 * size), value(middle + 0.5 * size)]
}

/// What people take up of a view with these axes: middle along range and azimuth, then size along them, as shares of the axes. Who is
/// beyond the view has no box.
///
/// # Errors
/// A view without range in metres and azimuth.
pub fn boxes_in(people: &[PersonSeen], axes: &[Axis]) -> Result<Vec<[f32; 4]>, String> {
    let [range, azimuth] = plane(axes)?;
    let boxed = |person: &PersonSeen| {
        let (at, long) = share(range, person.range_m)?;
        let (side, wide) = share(azimuth, person.azimuth_rad)?;
        Some([at, side, long, wide])
    };
    Ok(people.iter().filter_map(boxed).collect())
}

/// Somebody of whom a box is all that is known.
///
/// # Errors
/// As [`boxes_in`].
pub fn person_in(area: [f32; 4], axes: &[Axis]) -> Result<PersonSeen, String> {
    let [range, azimuth] = plane(axes)?;
    let [at, side, long, wide] = area;
    Ok(PersonSeen {
        motion: String::new(),
        joints_m: Vec::new(),
        range_m: span(range, at, long),
        azimuth_rad: span(azimuth, side, wide),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn person(range_m: [f32; 2], azimuth_rad: [f32; 2]) -> PersonSeen {
        PersonSeen { motion: "squat".into(), joints_m: Vec::new(), range_m, azimuth_rad }
    }

    #[test]
    fn boxes_are_shares_of_the_cells_by_hand_and_come_back() {
        // Ten ranges whose cells reach from 0 to 5 m, four azimuths whose cells reach from -1 to 1 rad.
        let axes = [
            Axis::new("time", "s", 3, 0.0, 0.1),
            Axis::new("range", "m", 10, 0.25, 0.5),
            Axis::new("azimuth", "rad", 4, -0.75, 0.5),
        ];
        let people = [
            person([2.0, 3.0], [-0.5, 0.0]),
            // Half of it beyond the view, and one whom nobody sees.
            person([4.5, 6.0], [0.5, 1.5]),
            person([5.5, 6.0], [0.0, 0.2]),
        ];
        let found = boxes_in(&people, &axes).unwrap();
        let want = [[0.5, 0.375, 0.2, 0.25], [0.95, 0.875, 0.1, 0.25]];
        assert_eq!(found.len(), 2);
        for (found, want) in found.iter().flatten().zip(want.iter().flatten()) {
            assert!((found - want).abs() < 1e-6, "{found} {want}");
        }
        let back = person_in(found[0], &axes).unwrap();
        for (found, want) in back.range_m.iter().chain(&back.azimuth_rad).zip([2.0, 3.0, -0.5, 0.0]) {
            assert!((found - want).abs() < 1e-6, "{found} {want}");
        }
        let error = boxes_in(&people, &axes[..2]).unwrap_err();
        assert!(error.contains("range (m) and azimuth") && error.contains("time (s), range (m)"), "{error}");
        assert!(boxes_in(&people, &[Axis::index("range", 4), Axis::index("azimuth", 4)]).is_err());
    }
}
