//! The signal branch: maps to attribute and class embeddings.

use super::config::MmClipConfig;
use crate::model::blocks::{Block, PatchEncoder, Stack, run_first};
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::LayerNorm;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// One encoder a map, their tokens joined along the width, attribute tokens beside them, and a class token that sums up the
/// attributes.
#[derive(Module, Debug)]
pub struct SignalBranch {
    /// One encoder a map.
    pub maps: Vec<PatchEncoder>,
    /// `[attribute, width]`; the class token instead when there are no attributes.
    pub tokens: Param<Tensor<2>>,
    /// `[token, width]` of the joined patches.
    pub position: Param<Tensor<2>>,
    /// Blocks over the tokens and the joined patches.
    pub fusion: Vec<Block>,
    norm: LayerNorm,
    /// Means and spreads of all rows to what they add to every token.
    pub statistics: Option<Linear>,
    /// Attribute embeddings to the text width.
    pub attribute_head: Option<Linear>,
    /// Sums the attributes up.
    pub aggregation: Option<Aggregation>,
    /// Class embedding to the text width.
    pub class_head: Linear,
    #[module(skip)]
    input_dropout: f64,
}

/// One block over a class token and the attributes.
#[derive(Module, Debug)]
pub struct Aggregation {
    /// `[1, width]`.
    pub class_token: Param<Tensor<2>>,
    /// `[1 + attribute, width]`: which attribute a vector is, since a block does not see the order.
    pub position: Param<Tensor<2>>,
    /// The block.
    pub block: Block,
    norm: LayerNorm,
}

impl Aggregation {
    /// Over `inputs` vectors.
    pub(super) fn new(init: &Init, inputs: usize, size: &Stack) -> Self {
        Self {
            class_token: init.normal("class_token", [1, size.width], 0.02),
            position: init.normal("position", [1 + inputs, size.width], 0.02),
            block: Block::new(&init.at("block"), size),
            norm: LayerNorm::new(init, size.width),
        }
    }

    /// # Shapes
    /// `x[batch, input, width]` to `[batch, 1, width]`.
    pub(super) fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let [batch, _, width] = x.dims();
        let class = self.class_token.val().unsqueeze::<3>().expand([batch, 1, width]);
        let x = Tensor::cat(vec![class, x], 1) + self.position.val().unsqueeze();
        self.norm.forward(self.block.forward_first(x, 1, pass))
    }
}

impl SignalBranch {
    pub(super) fn new(init: &Init, config: &MmClipConfig) -> Self {
        let map_size = Stack {
            width: config.map_width,
            heads: config.map_heads,
            mlp_ratio: config.mlp_ratio,
            depth: config.map_depth,
        };
        let width = config.fusion_width();
        let size = Stack { width, heads: config.fusion_heads, mlp_ratio: config.mlp_ratio, depth: config.fusion_depth };
        let count = config.attributes.len();
        let encoder =
            |i| PatchEncoder::new(&init.at("maps").at(i), config.rows, config.columns, config.patch_columns, &map_size);
        Self {
            maps: (0..config.maps.len()).map(encoder).collect(),
            tokens: init.normal("tokens", [count.max(1), width], 0.02),
            position: init.normal("position", [config.tokens(), width], 0.02),
            fusion: size.init(&init.at("fusion")),
            norm: LayerNorm::new(init, width),
            statistics: config.statistics.then(|| {
                Linear::new(&init.at("statistics"), 2 * config.maps.len() * config.rows, count.max(1) * width)
            }),
            attribute_head: (count > 0).then(|| Linear::new(&init.at("attribute_head"), width, config.text_width)),
            aggregation: (count > 0).then(|| Aggregation::new(&init.at("aggregation"), count, &size)),
            class_head: Linear::new(&init.at("class_head"), width, config.text_width),
            input_dropout: config.input_dropout,
        }
    }

    /// # Shapes
    /// For each map `[batch, row, column]` to `(attributes[batch, attribute, width], class[batch, width])`; no attributes, no
    /// first array.
    pub fn forward(&self, maps: Vec<Tensor<3>>, pass: &Pass) -> (Option<Tensor<3>>, Tensor<2>) {
        let batch = maps.first().map_or(0, |map| map.dims()[0]);
        let dropped = |(i, map)| pass.dropped(map, self.input_dropout, &format!("signal.maps.{i}.input"));
        let maps: Vec<Tensor<3>> = maps.into_iter().enumerate().map(dropped).collect();
        let statistics = self.statistics.as_ref().map(|layer| layer.forward(statistics(&maps), pass));
        let tokens: Vec<Tensor<3>> =
            self.maps.iter().zip(maps).map(|(encoder, map)| encoder.forward(map, pass)).collect();
        let patches = Tensor::cat(tokens, 2) + self.position.val().unsqueeze();
        let [count, width] = self.tokens.dims();
        let learnt = self.tokens.val().unsqueeze::<3>().expand([batch, count, width]);
        let mut summary = run_first(&self.fusion, Tensor::cat(vec![learnt, patches], 1), count, pass);
        if let Some(statistics) = statistics {
            summary = summary + statistics.reshape([batch, count, width]);
        }
        let summary = self.norm.forward(summary);
        let attributes = self.attribute_head.as_ref().map(|head| head.forward(summary.clone(), pass));
        let class = match &self.aggregation {
            Some(aggregation) => aggregation.forward(summary, pass),
            None => summary,
        };
        (attributes, self.class_head.forward(class, pass).squeeze_dim(1))
    }
}

/// About the inverse of the spread of a row of a map.
const STATISTICS_SCALE: f32 = 4.0;

/// Mean and standard deviation of every row over time.
///
/// # Shapes
/// For each map `[batch, row, column]` to `[batch, 1, 2 · map · row]`.
fn statistics(maps: &[Tensor<3>]) -> Tensor<3> {
    let parts = maps.iter().flat_map(|map| {
        let mean = map.clone().mean_dim(2);
        let apart = map.clone() - mean.clone();
        let spread = (apart.clone() * apart).mean_dim(2).sqrt();
        [mean, spread]
    });
    Tensor::cat(parts.collect(), 1).swap_dims(1, 2) * STATISTICS_SCALE
}
