//! Gated graph convolutions over subcarriers and recurrence over time (sections 4.3.2 and 5.4).
//!
//! ```text
//! graph.rs  adjacency from features, and a gated layer over it
//! ```

mod graph;

pub use graph::{GatedGraph, adjacency};

use super::config::{Antennas, CrossSceneSizes, CsiBranch};
use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::LayerNorm;
use crate::model::recurrent::{Lstm, RecurrentConfig};
use burn::module::Module;
use burn::tensor::{Int, Tensor, TensorData};

/// Subcarriers as nodes, stretches of time as steps: a linear layer and a norm, gated graph convolutions, then a bidirectional long
/// short-term memory over all nodes of a step, whose mean over time is the feature.
#[derive(Module, Debug)]
pub struct GraphLstm {
    /// From the channels and samples of a node's step.
    pub lift: Linear,
    norm: LayerNorm,
    /// Over the subcarriers.
    pub layers: Vec<GatedGraph>,
    /// Over time.
    pub memory: Lstm,
    #[module(skip)]
    branch: CsiBranch,
}

impl GraphLstm {
    pub(super) fn new(
        init: &Init,
        branch: &CsiBranch,
        sizes: &CrossSceneSizes,
        drop_path: f64,
    ) -> Result<Self, ModelError> {
        let nodes = branch.looked_at().len();
        let layer = |i: usize| GatedGraph::new(&init.at("layers").at(i), sizes.node, branch, drop_path);
        let memory = RecurrentConfig { inputs: nodes * sizes.node, width: sizes.width / 2, bidirectional: true };
        Ok(Self {
            lift: Linear::new(&init.at("lift"), branch.channels() * branch.patch, sizes.node),
            norm: LayerNorm::new(&init.at("norm"), sizes.node),
            layers: (0..sizes.graph_layers).map(layer).collect::<Result<_, _>>()?,
            memory: memory.init_lstm(&init.at("memory"))?,
            branch: branch.clone(),
        })
    }

    /// The subcarriers looked at, each series less its mean over time unless this is kept.
    ///
    /// # Shapes
    /// `x[sample, link · subcarrier · time]` to `[sample · node, step, channel · sample of a step]`; what fills no step is left out.
    fn nodes(&self, x: Tensor<2>) -> Tensor<3> {
        let (branch, [samples, _]) = (&self.branch, x.dims());
        let (of_link, times) = (branch.rows_of_link(), branch.shape[1]);
        let mut x: Tensor<4> = x.reshape([samples, branch.links, of_link, times]);
        let chosen = branch.looked_at();
        let nodes = chosen.len();
        if nodes < of_link {
            let places: Vec<i32> = chosen.into_iter().map(|place| place as i32).collect();
            let places = Tensor::<1, Int>::from_data(TensorData::new(places, [nodes]), &x.device());
            x = x.select(2, places);
        }
        if branch.antennas == Antennas::Mean {
            x = x.mean_dim(1);
        }
        if !branch.keep_mean {
            let mean = x.clone().mean_dim(3);
            x = x - mean;
        }
        let (steps, patch, channels) = (times / branch.patch, branch.patch, branch.channels());
        let x = x.slice([0..samples, 0..channels, 0..nodes, 0..steps * patch]);
        let x: Tensor<5> = x.reshape([samples, channels, nodes, steps, patch]);
        x.permute([0, 2, 3, 1, 4]).reshape([samples * nodes, steps, channels * patch])
    }

    /// # Shapes
    /// `x[sample, link · subcarrier · time]` to `[sample, 1, width]`.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<3> {
        let [samples, _] = x.dims();
        let x = self.norm.forward(relu(self.lift.forward(self.nodes(x), pass)));
        let [rows, steps, node] = x.dims();
        let nodes = rows / samples;
        let x = self.layers.iter().fold(x, |x, layer| layer.forward(x, samples, pass));
        let x: Tensor<4> = x.reshape([samples, nodes, steps, node]);
        let x = x.swap_dims(1, 2).reshape([samples, steps, nodes * node]);
        self.memory.forward(x).mean_dim(1)
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        act(&format!("{name}.lift"), &mut self.lift);
        for (i, layer) in self.layers.iter_mut().enumerate() {
            act(&format!("{name}.layers.{i}.graph"), &mut layer.graph);
            act(&format!("{name}.layers.{i}.gate"), &mut layer.gate);
        }
    }
}
