//! Initial values of parameters, drawn from the random tree by the parameter's name.
//!
//! The tensor library has one global generator; two models built at the same time would disturb each other. Here a value
//! depends on (seed, name) only.

use crate::base::random::RandomTree;
use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use rand_distr::{Distribution, Normal, Uniform};

/// Makes the parameters of one part of a model.
#[derive(Clone, Debug)]
pub struct Init {
    tree: RandomTree,
    device: Device,
    path: String,
}

impl Init {
    /// The root of a model's parameters on `device`.
    pub fn new(tree: RandomTree, device: &Device) -> Self {
        Self { tree, device: device.clone(), path: String::new() }
    }

    /// The part called `name` below this one.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        let path = if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) };
        Self { path, ..self.clone() }
    }

    /// Name of this part, for example `signal.fusion.2.attention.qkv`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Device on which the parameters live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// All entries equal to `value`.
    pub fn constant<const D: usize>(&self, shape: [usize; D], value: f32) -> Param<Tensor<D>> {
        self.param(vec![value; shape.iter().product()], shape)
    }

    /// Normal with mean 0.
    pub fn normal<const D: usize>(&self, name: &str, shape: [usize; D], deviation: f32) -> Param<Tensor<D>> {
        let values = match Normal::new(0.0, deviation) {
            Ok(law) => self.draw(name, shape.iter().product(), law),
            Err(_) => vec![0.0; shape.iter().product()],
        };
        self.param(values, shape)
    }

    /// Uniform in ±`sqrt(6 / (inputs + outputs))` (Glorot and Bengio 2010, eq. 16).
    pub fn glorot(&self, name: &str, [inputs, outputs]: [usize; 2]) -> Param<Tensor<2>> {
        let limit = (6.0 / (inputs + outputs).max(1) as f32).sqrt();
        self.uniform(name, [inputs, outputs], limit)
    }

    /// Uniform in ±`limit`.
    pub fn uniform<const D: usize>(&self, name: &str, shape: [usize; D], limit: f32) -> Param<Tensor<D>> {
        let values = match Uniform::new_inclusive(-limit, limit) {
            Ok(law) => self.draw(name, shape.iter().product(), law),
            Err(_) => vec![0.0; shape.iter().product()],
        };
        self.param(values, shape)
    }

    fn draw(&self, name: &str, count: usize, law: impl Distribution<f32>) -> Vec<f32> {
        let mut stream = self.tree.stream(0, self.at(name).path());
        law.sample_iter(&mut stream).take(count).collect()
    }

    fn param<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &self.device))
    }
}
