//! Encoders and decoders of sensors.
//!
//! ```text
//! residual.rs  ResNet-18 with group norm and small strides, and its mirror
//! fourier.rs   learnable windows and nearly unitary Fourier transforms before it, of radar frames
//! ```

mod fourier;
mod residual;

pub use fourier::{FourierFront, NearUnitary};
pub use residual::{ResidualBlock, ResidualDecoder, ResidualEncoder};

use super::config::{BeamNetwork, BeamSensorConfig};
use super::perceptron::Perceptron;
use crate::model::ModelError;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::Module;
use burn::tensor::Tensor;

/// From what a sensor measured to features; the parts that its kind has.
#[derive(Module, Debug)]
pub struct BeamEncoder {
    /// Of a radar.
    pub front: Option<FourierFront>,
    /// Of grids.
    pub residual: Option<ResidualEncoder>,
    /// Of plain vectors.
    pub vector: Option<Perceptron>,
}

/// From latents to what a sensor measured; the parts that its kind has.
#[derive(Module, Debug)]
pub struct BeamDecoder {
    /// Of plain vectors.
    pub vector: Option<Perceptron>,
    /// Of grids.
    pub residual: Option<ResidualDecoder>,
    /// Of a radar.
    pub front: Option<FourierFront>,
}

impl BeamEncoder {
    pub(super) fn new(init: &Init, sensor: &BeamSensorConfig, features: usize) -> Result<Self, ModelError> {
        let (mut front, mut residual, mut vector) = (None, None, None);
        match &sensor.network {
            BeamNetwork::Vector(size) => {
                vector = Some(Perceptron::new(&init.at("vector"), sensor.values(), &size.hidden, features));
            }
            BeamNetwork::Grid(size) => {
                residual = Some(ResidualEncoder::new(&init.at("residual"), sensor.grid()?, size, features)?);
            }
            BeamNetwork::Radar(size) => {
                front = Some(FourierFront::new(&init.at("front"), sensor.frame()?, false));
                residual = Some(ResidualEncoder::new(&init.at("residual"), sensor.grid()?, &size.residual, features)?);
            }
        }
        Ok(Self { front, residual, vector })
    }

    /// # Shapes
    /// `x[sample, step, value]` to `[sample, step, feature]`.
    pub(super) fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let x = match &self.front {
            Some(front) => front.forward(x),
            None => x,
        };
        match (&self.residual, &self.vector) {
            (Some(residual), _) => residual.forward(x, pass),
            (_, Some(vector)) => vector.forward(x, pass),
            _ => x,
        }
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        if let Some(vector) = &mut self.vector {
            vector.for_each_linear(&format!("{name}.vector"), act);
        }
        if let Some(residual) = &mut self.residual {
            act(&format!("{name}.residual.head"), &mut residual.head);
        }
    }
}

impl BeamDecoder {
    pub(super) fn new(init: &Init, sensor: &BeamSensorConfig, latents: usize) -> Result<Self, ModelError> {
        let (mut front, mut residual, mut vector) = (None, None, None);
        match &sensor.network {
            BeamNetwork::Vector(size) => {
                let hidden: Vec<usize> = size.hidden.iter().rev().copied().collect();
                vector = Some(Perceptron::new(&init.at("vector"), latents, &hidden, sensor.values()));
            }
            BeamNetwork::Grid(size) => {
                residual = Some(ResidualDecoder::new(&init.at("residual"), sensor.grid()?, size, latents)?);
            }
            BeamNetwork::Radar(size) => {
                residual = Some(ResidualDecoder::new(&init.at("residual"), sensor.grid()?, &size.residual, latents)?);
                front = Some(FourierFront::new(&init.at("front"), sensor.frame()?, true));
            }
        }
        Ok(Self { vector, residual, front })
    }

    /// # Shapes
    /// `z[sample, step, latent]` to `[sample, step, value]`.
    pub(super) fn forward(&self, z: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let x = match (&self.residual, &self.vector) {
            (Some(residual), _) => residual.forward(z, pass),
            (_, Some(vector)) => vector.forward(z, pass),
            _ => z,
        };
        match &self.front {
            Some(front) => front.forward(x),
            None => x,
        }
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        if let Some(vector) = &mut self.vector {
            vector.for_each_linear(&format!("{name}.vector"), act);
        }
        if let Some(residual) = &mut self.residual {
            act(&format!("{name}.residual.head"), &mut residual.head);
        }
    }
}
