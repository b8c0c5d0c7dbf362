//! The network: token vectors from int8 tables, six post-norm BERT layers, mean over the tokens, length 1.

use burn::module::{Module, Param};
use burn::nn::activation::ActivationConfig;
use burn::nn::transformer::{
    TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput, TransformerEncoderLayer,
};
use burn::nn::{Initializer, LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::weights::{Matrix, MiniLmWeights};
use super::{MiniLmError, VOCABULARY, WIDTH};

const LAYERS: usize = 6;
const HEADS: usize = 12;
const FEED_FORWARD: usize = 1536;
const POSITIONS: usize = 512;
const TOKEN_TYPES: usize = 2;
const LAYER_NORM_EPS: f64 = 1e-12;

/// MiniLM without its tokenizer.
pub(super) struct MiniLmNetwork {
    words: Matrix,
    positions: Matrix,
    /// The row of token type 0, the only one that single sentences have.
    token_type: Vec<f32>,
    norm: LayerNorm,
    layers: TransformerEncoder,
    device: Device,
}

impl MiniLmNetwork {
    /// Builds the network on `device` without gradients.
    pub(super) fn new(weights: &MiniLmWeights<'_>, device: &Device) -> Result<Self, MiniLmError> {
        let device = device.clone().inner();
        let words = weights.matrix("embeddings.word_embeddings.weight", VOCABULARY, WIDTH)?;
        let positions = weights.matrix("embeddings.position_embeddings.weight", POSITIONS, WIDTH)?;
        let token_types = weights.matrix("embeddings.token_type_embeddings.weight", TOKEN_TYPES, WIDTH)?;
        let mut token_type = vec![0.0; WIDTH];
        token_types.add_row(0, &mut token_type);
        let norm = layer_norm(weights, "embeddings.LayerNorm", &device)?;

        let mut layers = TransformerEncoderConfig::new(WIDTH, FEED_FORWARD, HEADS, LAYERS)
            .with_dropout(0.0)
            .with_norm_first(false)
            .with_activation(ActivationConfig::Gelu)
            .with_layer_norm_eps(LAYER_NORM_EPS)
            .with_initializer(Initializer::Zeros)
            .init(&device);
        for (i, layer) in layers.layers.iter_mut().enumerate() {
            fill(layer, weights, &format!("encoder.layer.{i}"), &device)?;
        }
        Ok(Self { words, positions, token_type, norm, layers: layers.no_grad(), device })
    }

    /// Sentence vectors of a batch, row after row.
    ///
    /// # Shapes
    /// - ids: `[sentence][token]`, each with at least one id below [`VOCABULARY`] and at most [`super::MAX_TOKENS`]
    /// - output: `[sentence · width]`
    pub(super) fn forward(&self, ids: &[&[u32]]) -> Result<Vec<f32>, MiniLmError> {
        let longest = ids.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let batch = ids.len();
        let mut tokens = vec![0.0; batch * longest * WIDTH];
        let mut padding = vec![true; batch * longest];
        for (sentence, ids) in ids.iter().enumerate() {
            for (place, &id) in ids.iter().enumerate() {
                let at = sentence * longest + place;
                let out = &mut tokens[at * WIDTH..(at + 1) * WIDTH];
                out.copy_from_slice(&self.token_type);
                self.words.add_row(id as usize, out);
                self.positions.add_row(place, out);
                padding[at] = false;
            }
        }
        let tokens = Tensor::<3>::from_data(TensorData::new(tokens, [batch, longest, WIDTH]), &self.device);
        let padding = Tensor::<2, Bool>::from_data(TensorData::new(padding, [batch, longest]), &self.device);

        let x = self.norm.forward(tokens);
        let x = self.layers.forward(TransformerEncoderInput::new(x).mask_pad(padding.clone()));

        // Mean over the real tokens and division by the length are one: only the direction of the sum matters.
        let x = x.mask_fill(padding.reshape([batch, longest, 1]).expand([batch, longest, WIDTH]), 0.0);
        let sum = x.sum_dim(1).reshape([batch, WIDTH]);
        let norm = sum.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
        let data = sum.div(norm).into_data_as::<f32>();
        data.try_to_vec::<f32>().map_err(|e| MiniLmError::Device(format!("{e:?}")))
    }
}

/// One BERT layer. Post-norm layers of burn use `norm_1` after attention and `norm_2` after the feed-forward part.
fn fill(
    layer: &mut TransformerEncoderLayer,
    weights: &MiniLmWeights<'_>,
    name: &str,
    on: &Device,
) -> Result<(), MiniLmError> {
    let mha = &mut layer.mha;
    mha.query = linear(weights, &format!("{name}.attention.self.query"), WIDTH, WIDTH, on)?;
    mha.key = linear(weights, &format!("{name}.attention.self.key"), WIDTH, WIDTH, on)?;
    mha.value = linear(weights, &format!("{name}.attention.self.value"), WIDTH, WIDTH, on)?;
    mha.output = linear(weights, &format!("{name}.attention.output.dense"), WIDTH, WIDTH, on)?;
    layer.norm_1 = layer_norm(weights, &format!("{name}.attention.output.LayerNorm"), on)?;
    layer.pwff.linear_inner = linear(weights, &format!("{name}.intermediate.dense"), WIDTH, FEED_FORWARD, on)?;
    layer.pwff.linear_outer = linear(weights, &format!("{name}.output.dense"), FEED_FORWARD, WIDTH, on)?;
    layer.norm_2 = layer_norm(weights, &format!("{name}.output.LayerNorm"), on)?;
    Ok(())
}

fn linear(weights: &MiniLmWeights<'_>, name: &str, from: usize, to: usize, on: &Device) -> Result<Linear, MiniLmError> {
    let weight = weights.matrix(&format!("{name}.weight"), to, from)?.transposed();
    let bias = weights.vector(&format!("{name}.bias"), to)?;
    Ok(Linear {
        weight: Param::from_data(TensorData::new(weight, [from, to]), on),
        bias: Some(Param::from_data(TensorData::new(bias, [to]), on)),
    })
}

fn layer_norm(weights: &MiniLmWeights<'_>, name: &str, on: &Device) -> Result<LayerNorm, MiniLmError> {
    let mut norm = LayerNormConfig::new(WIDTH).with_epsilon(LAYER_NORM_EPS).init(on);
    let gamma = weights.vector(&format!("{name}.weight"), WIDTH)?;
    let beta = weights.vector(&format!("{name}.bias"), WIDTH)?;
    norm.gamma = Param::from_data(TensorData::new(gamma, [WIDTH]), on);
    norm.beta = Some(Param::from_data(TensorData::new(beta, [WIDTH]), on));
    Ok(norm)
}
