//! Animated values of a glTF node: keys over time and what lies between them (glTF 2.0, section 3.11 and appendix C).

use super::accessor::Buffers;
use super::json::{AnimationChannel, AnimationOf, Interpolation, Node};
use crate::base::{Rotation, Vec3};
use crate::motion::error::MotionError;
use nalgebra::{Quaternion, Unit, Vector4};

/// What of a node is moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Property {
    Translation,
    Rotation,
    Scale,
}

/// The keys of one channel.
pub(super) struct Track {
    pub(super) node: usize,
    pub(super) property: Property,
    interpolation: Interpolation,
    pub(super) times: Vec<f64>,
    /// `[key][width]`, or `[key][3][width]` with tangents for cubic splines.
    values: Vec<f64>,
    width: usize,
}

impl Track {
    /// Reads a channel; `None` for one that moves no joint (weights of morph targets, or what an extension names).
    pub(super) fn read(
        origin: &str,
        animation: &AnimationOf,
        channel: &AnimationChannel,
        nodes: &[Node],
        buffers: &Buffers,
    ) -> Result<Option<Self>, MotionError> {
        let fail = |message: String| MotionError::file(origin, message);
        let Some(node) = channel.target.node else { return Ok(None) };
        let Some(moved) = nodes.get(node) else {
            return Err(fail(format!("an animation moves node {node}; there are {}", nodes.len())));
        };
        let (property, width) = match channel.target.path.as_str() {
            "rotation" => (Property::Rotation, 4),
            "translation" => (Property::Translation, 3),
            "scale" => (Property::Scale, 3),
            "weights" | "pointer" => return Ok(None),
            path => {
                let message = "an animation's path is none of translation, rotation, scale and weights";
                return Err(fail(format!("{message}: `{path}`")));
            }
        };
        let Some(sampler) = animation.samplers.get(channel.sampler) else {
            let there = animation.samplers.len();
            return Err(fail(format!("an animation names sampler {}; there are {there}", channel.sampler)));
        };
        let name = moved.name.as_deref().map_or(String::new(), |name| format!(" `{name}`"));
        let path = &channel.target.path;
        let about = |what: &str, e: MotionError| match e {
            MotionError::File { origin, message } => {
                MotionError::File { origin, message: format!("{what} of the {path} of node {node}{name}: {message}") }
            }
            other => other,
        };
        let times = buffers.values(sampler.input, 1).map_err(|e| about("times", e))?;
        let values = buffers.values(sampler.output, width).map_err(|e| about("keys", e))?;
        let interpolation = sampler.interpolation;
        let per_key = if interpolation == Interpolation::CubicSpline { 3 * width } else { width };
        if values.len() != times.len() * per_key {
            let message = format!("node {node}: {} times and {} values of {per_key}", times.len(), values.len());
            return Err(fail(message));
        }
        if times.windows(2).any(|t| t[1] <= t[0]) || times[0] < 0.0 {
            return Err(fail(format!("node {node}: the times of its keys do not increase")));
        }
        Ok(Some(Self { node, property, interpolation, times, values, width }))
    }

    /// The rotation at a time; keys without length give none.
    pub(super) fn rotation(&self, time: f64) -> Option<Rotation> {
        let unit = |v: Vector4<f64>| Unit::try_new(Quaternion::from(v), 1e-6);
        let (k, u) = self.place(time);
        match self.interpolation {
            Interpolation::Linear if u > 0.0 => {
                let (a, b) = (unit(self.value(k))?, unit(self.value(k + 1))?);
                Some(a.try_slerp(&b, u, 1e-9).unwrap_or(a))
            }
            _ => unit(self.at(k, u)),
        }
    }

    /// The vector at a time.
    pub(super) fn vector(&self, time: f64) -> Vec3 {
        let (k, u) = self.place(time);
        self.at(k, u).xyz()
    }

    /// Number of the key before `time` and the share of the way to the next.
    fn place(&self, time: f64) -> (usize, f64) {
        let last = self.times.len() - 1;
        let next = self.times.partition_point(|t| *t <= time);
        if next == 0 || next > last {
            return (next.min(last), 0.0);
        }
        let k = next - 1;
        (k, (time - self.times[k]) / (self.times[next] - self.times[k]))
    }

    fn part(&self, key: usize, part: usize) -> Vector4<f64> {
        let parts = if self.interpolation == Interpolation::CubicSpline { 3 } else { 1 };
        let from = (key * parts + part.min(parts - 1)) * self.width;
        let mut out = Vector4::zeros();
        self.values[from..from + self.width].iter().enumerate().for_each(|(i, v)| out[i] = *v);
        out
    }

    fn value(&self, key: usize) -> Vector4<f64> {
        self.part(key, 1)
    }

    fn at(&self, k: usize, u: f64) -> Vector4<f64> {
        if u == 0.0 {
            return self.value(k);
        }
        let (a, b) = (self.value(k), self.value(k + 1));
        match self.interpolation {
            Interpolation::Step => a,
            Interpolation::Linear => a * (1.0 - u) + b * u,
            Interpolation::CubicSpline => {
                let step = self.times[k + 1] - self.times[k];
                let (out, into) = (self.part(k, 2) * step, self.part(k + 1, 0) * step);
                let (u2, u3) = (u * u, u * u * u);
                a * (2.0 * u3 - 3.0 * u2 + 1.0)
                    + out * (u3 - 2.0 * u2 + u)
                    + b * (3.0 * u2 - 2.0 * u3)
                    + into * (u3 - u2)
            }
        }
    }
}
