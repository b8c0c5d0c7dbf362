//! The network: pre-norm blocks with a causal mask, the vector at the end token, a projection (Radford et al. 2021).

use super::ClipError;
use super::config::{Activation, TextConfig};
use super::weights::ClipWeights;
use burn::module::Param;
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Device, Tensor, TensorData, activation};

/// Added to the score of a token that lies ahead; exp of it is 0.
const AHEAD: f32 = -1e9;

/// CLIP's text side without its tokenizer.
pub(super) struct ClipNetwork {
    config: TextConfig,
    /// `[token, width]`, row-major; kept off the device, since only a few rows are ever needed.
    tokens: Vec<f32>,
    positions: Vec<f32>,
    blocks: Vec<TextBlock>,
    norm: LayerNorm,
    projection: Linear,
    device: Device,
}

struct TextBlock {
    norm_attention: LayerNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    norm_mlp: LayerNorm,
    up: Linear,
    down: Linear,
}

struct WeightLoader<'a> {
    weights: &'a ClipWeights<'a>,
    device: Device,
    epsilon: f64,
}

impl WeightLoader<'_> {
    fn linear(&self, name: &str, inputs: usize, outputs: usize, bias: bool) -> Result<Linear, ClipError> {
        let values = self.weights.values(&format!("{name}.weight"), &[outputs, inputs])?;
        let weight = Tensor::<2>::from_data(TensorData::new(values, [outputs, inputs]), &self.device).transpose();
        let bias = match bias {
            true => Some(self.vector(&format!("{name}.bias"), outputs)?),
            false => None,
        };
        Ok(Linear { weight: Param::from_tensor(weight), bias })
    }

    fn vector(&self, name: &str, width: usize) -> Result<Param<Tensor<1>>, ClipError> {
        Ok(Param::from_data(TensorData::new(self.weights.values(name, &[width])?, [width]), &self.device))
    }

    fn norm(&self, name: &str, width: usize) -> Result<LayerNorm, ClipError> {
        let mut norm = LayerNormConfig::new(width).with_epsilon(self.epsilon).init(&self.device);
        norm.gamma = self.vector(&format!("{name}.weight"), width)?;
        norm.beta = Some(self.vector(&format!("{name}.bias"), width)?);
        Ok(norm)
    }
}

impl ClipNetwork {
    pub(super) fn new(config: &TextConfig, weights: &ClipWeights<'_>, device: &Device) -> Result<Self, ClipError> {
        let device = device.clone().inner();
        let load = WeightLoader { weights, device: device.clone(), epsilon: config.layer_norm_eps };
        let (width, hidden) = (config.hidden_size, config.intermediate_size);
        let block = |i: usize| -> Result<TextBlock, ClipError> {
            let at = |part: &str| format!("text_model.encoder.layers.{i}.{part}");
            Ok(TextBlock {
                norm_attention: load.norm(&at("layer_norm1"), width)?,
                query: load.linear(&at("self_attn.q_proj"), width, width, true)?,
                key: load.linear(&at("self_attn.k_proj"), width, width, true)?,
                value: load.linear(&at("self_attn.v_proj"), width, width, true)?,
                output: load.linear(&at("self_attn.out_proj"), width, width, true)?,
                norm_mlp: load.norm(&at("layer_norm2"), width)?,
                up: load.linear(&at("mlp.fc1"), width, hidden, true)?,
                down: load.linear(&at("mlp.fc2"), hidden, width, true)?,
            })
        };
        let table = |name: &str, rows: usize| weights.values(&format!("text_model.embeddings.{name}"), &[rows, width]);
        Ok(Self {
            tokens: table("token_embedding.weight", config.vocab_size)?,
            positions: table("position_embedding.weight", config.max_position_embeddings)?,
            blocks: (0..config.num_hidden_layers).map(block).collect::<Result<_, _>>()?,
            norm: load.norm("text_model.final_layer_norm", width)?,
            projection: load.linear("text_projection", width, config.projection, false)?,
            config: config.clone(),
            device,
        })
    }

    /// Projected vectors at the end tokens, row after row, not normalised. What follows an end token changes nothing, since no
    /// token sees those ahead of it; so texts of different length share a batch without a mask of their own.
    ///
    /// # Shapes
    /// - ids: `[text][token]`, each ending in its end token, all below the vocabulary
    /// - output: `[text · projection]`
    pub(super) fn forward(&self, ids: &[&[u32]]) -> Result<Vec<f32>, ClipError> {
        let (batch, width) = (ids.len(), self.config.hidden_size);
        let longest = ids.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let mut values = vec![0.0; batch * longest * width];
        for (ids, rows) in ids.iter().zip(values.chunks_exact_mut(longest * width)) {
            for (place, (&id, row)) in ids.iter().zip(rows.chunks_exact_mut(width)).enumerate() {
                let token = &self.tokens[id as usize * width..][..width];
                let position = &self.positions[place * width..][..width];
                row.iter_mut().zip(token.iter().zip(position)).for_each(|(x, (t, p))| *x = t + p);
            }
        }
        let mask: Vec<f32> =
            (0..longest * longest).map(|i| if i % longest > i / longest { AHEAD } else { 0.0 }).collect();
        let mask = Tensor::<2>::from_data(TensorData::new(mask, [longest, longest]), &self.device).unsqueeze();
        let mut x = Tensor::<3>::from_data(TensorData::new(values, [batch, longest, width]), &self.device);
        for block in &self.blocks {
            x = block.forward(x, &mask, &self.config);
        }
        let ends = ids.iter().enumerate().map(|(i, ids)| {
            let last = ids.len() - 1;
            x.clone().slice([i..i + 1, last..last + 1, 0..width]).reshape([1, width])
        });
        let pooled = Tensor::<2>::cat(ends.collect(), 0);
        let out = self.projection.forward(self.norm.forward(pooled));
        let data = out.into_data_as::<f32>();
        data.try_to_vec::<f32>().map_err(|e| ClipError::Device(format!("{e:?}")))
    }
}

impl TextBlock {
    fn forward(&self, x: Tensor<3>, mask: &Tensor<4>, config: &TextConfig) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        let heads = config.num_attention_heads;
        let head = width / heads;
        let split = |y: Tensor<3>| y.reshape([batch, tokens, heads, head]).swap_dims(1, 2);
        let normal = self.norm_attention.forward(x.clone());
        let query = split(self.query.forward(normal.clone())).mul_scalar(1.0 / (head as f64).sqrt());
        let key = split(self.key.forward(normal.clone()));
        let value = split(self.value.forward(normal));
        let scores = query.matmul(key.swap_dims(2, 3)) + mask.clone();
        let mixed = activation::softmax(scores, 3).matmul(value);
        let x = x + self.output.forward(mixed.swap_dims(1, 2).reshape([batch, tokens, width]));
        let up = self.up.forward(self.norm_mlp.forward(x.clone()));
        let up = match config.hidden_act {
            Activation::QuickGelu => up.clone() * activation::sigmoid(up.mul_scalar(1.702)),
            Activation::Gelu => activation::gelu(up),
        };
        x + self.down.forward(up)
    }
}
