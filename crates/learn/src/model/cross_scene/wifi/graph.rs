//! Adjacency from features, and a gated layer over it.

use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::cross_scene::config::CsiBranch;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::recurrent::{Lstm, RecurrentConfig};
use burn::module::Module;
use burn::tensor::{Tensor, TensorData, activation};

/// `D^−½ A D^−½` with `A_ij = exp(−‖h_i − h_j‖² / 2σ²)` where two nodes are joined, else 0; each is joined with itself.
///
/// `h` is the mean of a node over time, brought to length 1, since σ = 0.5 of the paper says nothing about features of any length.
///
/// # Shapes
/// `h[sample, node, entry]`, `joined[node, node]` of 0 and 1, to `[sample, node, node]`.
pub fn adjacency(h: Tensor<3>, joined: Tensor<2>, sigma: f64) -> Tensor<3> {
    let length = h.clone().square().sum_dim(2).add_scalar(1e-12).sqrt();
    let h = h / length;
    // ‖a − b‖² = 2 − 2 ab of two of length 1.
    let distance = h.clone().matmul(h.swap_dims(1, 2)).mul_scalar(-2.0).add_scalar(2.0);
    let a = distance.mul_scalar(-0.5 / (sigma * sigma)).exp() * joined.unsqueeze_dim::<3>(0);
    let degree = a.clone().sum_dim(2).sqrt();
    a / degree.clone() / degree.swap_dims(1, 2)
}

/// `z + drop(relu(g ⊙ Ã z W + (1 − g) ⊙ LSTM(z)))` with the gate `g = σ([Ã z W, LSTM(z)] W_g + b_g)`.
///
/// The paper writes a circle for "gated fusion" and no residual: the gate is the usual one, and the residual is what DropPath needs.
#[derive(Module, Debug)]
pub struct GatedGraph {
    /// W.
    pub graph: Linear,
    /// Over the time of each node.
    pub memory: Lstm,
    /// W_g.
    pub gate: Linear,
    sigma: f64,
    #[module(skip)]
    joined: Vec<f32>,
    drop_path: f64,
    name: String,
}

impl GatedGraph {
    pub(super) fn new(init: &Init, width: usize, branch: &CsiBranch, drop_path: f64) -> Result<Self, ModelError> {
        let nodes = branch.looked_at().len();
        let mut joined = vec![if branch.edges.is_some() { 0.0 } else { 1.0 }; nodes * nodes];
        (0..nodes).for_each(|i| joined[i * nodes + i] = 1.0);
        for &[i, j] in branch.edges.iter().flatten() {
            (joined[i * nodes + j], joined[j * nodes + i]) = (1.0, 1.0);
        }
        let memory = RecurrentConfig { inputs: width, width, bidirectional: false };
        Ok(Self {
            graph: Linear::new(&init.at("graph"), width, width),
            memory: memory.init_lstm(&init.at("memory"))?,
            gate: Linear::new(&init.at("gate"), 2 * width, width),
            sigma: branch.sigma,
            joined,
            drop_path,
            name: init.path().to_owned(),
        })
    }

    /// # Shapes
    /// `z[sample · node, step, entry]` to the same.
    pub(super) fn forward(&self, z: Tensor<3>, samples: usize, pass: &Pass) -> Tensor<3> {
        let [rows, steps, width] = z.dims();
        let nodes = rows / samples;
        let h: Tensor<3> = z.clone().mean_dim(1).reshape([samples, nodes, width]);
        let joined = Tensor::from_data(TensorData::new(self.joined.clone(), [nodes, nodes]), &z.device());
        let a = adjacency(h, joined, self.sigma);
        let mixed = a.matmul(z.clone().reshape([samples, nodes, steps * width])).reshape([rows, steps, width]);
        let (graph, memory) = (self.graph.forward(mixed, pass), self.memory.forward(z.clone()));
        let gate = activation::sigmoid(self.gate.forward(Tensor::cat(vec![graph.clone(), memory.clone()], 2), pass));
        let new = relu(memory.clone() + gate * (graph - memory));
        // A sample's nodes stay or go together.
        let new: Tensor<3> = new.reshape([samples, nodes * steps, width]);
        z + pass.drop_rows(new, self.drop_path, &self.name).reshape([rows, steps, width])
    }
}
