//! Where the coordinates of a file point to.

use crate::base::Vec3;
use std::str::FromStr;

/// Where each of three coordinates points to, seen from the sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes([Vec3; 3]);

impl Default for Axes {
    /// Ours: right, forward, up.
    fn default() -> Self {
        Self([Vec3::x(), Vec3::y(), Vec3::z()])
    }
}

impl Axes {
    /// Three coordinates in our frame: x right, y away from the sensor, z up.
    pub(super) fn place(&self, [a, b, c]: [f64; 3]) -> Vec3 {
        self.0[0] * a + self.0[1] * b + self.0[2] * c
    }
}

impl FromStr for Axes {
    type Err = String;

    /// `right,forward,up`; also left, back and down.
    fn from_str(text: &str) -> Result<Self, String> {
        let direction = |word: &str| match word.trim() {
            "right" => Ok(Vec3::x()),
            "left" => Ok(-Vec3::x()),
            "forward" => Ok(Vec3::y()),
            "back" => Ok(-Vec3::y()),
            "up" => Ok(Vec3::z()),
            "down" => Ok(-Vec3::z()),
            other => Err(format!("`{other}`; expected right, left, forward, back, up or down")),
        };
        let words: Vec<Vec3> = text.split(',').map(direction).collect::<Result<_, _>>()?;
        let [x, y, z] = words[..] else { return Err(format!("`{text}`; expected three directions, for x, y and z")) };
        if x.cross(&y).norm() < 0.5 || y.cross(&z).norm() < 0.5 || x.cross(&z).norm() < 0.5 {
            return Err(format!("`{text}`: two of them lie along one line"));
        }
        Ok(Self([x, y, z]))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn directions_are_those_of_the_sensor() {
        // ROS: x forward, y to the left, z up.
        let ros: Axes = "forward,left,up".parse().unwrap();
        assert_eq!(ros.place([3.0, 1.0, 0.5]), Vec3::new(-1.0, 3.0, 0.5));
        assert_eq!(Axes::default().place([1.0, 2.0, 3.0]), Vec3::new(1.0, 2.0, 3.0));
        for wrong in ["right,left,up", "right,forward", "east,north,up", "up,up,up"] {
            wrong.parse::<Axes>().unwrap_err();
        }
    }
}
