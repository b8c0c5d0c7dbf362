//! What is made of the tokens, by task.
//!
//! | task | outputs |
//! | --- | --- |
//! | masked, training | `original`, `predicted`, `weights` `[sample, token, cell]`; with φ `phi_original`, `phi_predicted` `[sample, row, column]` |
//! | masked, else | `features[sample, 1, width]`, `error[sample, 1, 1]`, with φ `phi_error[sample, 1, 1]` |
//! | classes | `features[sample, 1, width]`, `logits[sample, 1, class]` |
//! | pose | `features`, `joints[sample, joint, 3]`, m |
//! | detection | `features`, `objectness[sample, cell, 1]`, `boxes[sample, cell, 4]` (middle and size along range and angle, shares of the view), `middles[sample, cell, 2]` of the cells |
//! | embedding | `embedding[sample, 1, width]`; in training `noisy` as well |

use super::config::{DetectHead, EmbedHead, Masked, PoseHead};
use super::{Grid, WiSwiss};
use crate::model::interface::{Outputs, ViewForm};
use crate::model::linear::Pass;
use burn::tensor::{Device, Tensor, TensorData, activation};
use rand_distr::{Distribution, StandardNormal};

/// BatchViews of a batch as plain numbers.
pub(super) struct BatchViews {
    pub(super) count: usize,
    /// `[sample, cell]`.
    pub(super) values: Vec<f32>,
    pub(super) form: ViewForm,
    pub(super) device: Device,
}

impl BatchViews {
    fn tensor<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    fn patches(&self, grid: &Grid, values: &[f32]) -> Tensor<3> {
        self.tensor(grid.patches(values), [self.count, grid.count(), grid.cells()])
    }
}

impl WiSwiss {
    fn grid(&self, samples: &BatchViews) -> Grid {
        Grid::new(&samples.form.shape, &self.config.patch)
    }

    /// The tokens of whole views.
    fn tokens(&self, samples: &BatchViews, values: &[f32], pass: &Pass) -> Tensor<3> {
        let grid = self.grid(samples);
        let tokens = self.backbone.embed(samples.patches(&grid, values), pass);
        self.backbone.mix(tokens, &grid, pass)
    }

    /// The mean token of whole views, `[sample, 1, width]`.
    fn features(&self, samples: &BatchViews, values: &[f32], pass: &Pass) -> Tensor<3> {
        self.tokens(samples, values, pass).mean_dim(1)
    }

    pub(super) fn masked(&self, masked: &Masked, samples: &BatchViews, pass: &Pass) -> Outputs {
        let grid = self.grid(samples);
        let (count, tokens, cells) = (samples.count, grid.count(), grid.cells());
        let original = grid.patches(&samples.values);
        let mut hidden = Vec::with_capacity(count * tokens);
        for (row, patches) in original.chunks_exact(tokens * cells).enumerate() {
            let mut stream = pass.stream(row, "mask");
            let mask = masked.rule.draw(masked.ratio, patches, &grid, self.time_axis(), &mut stream);
            hidden.extend(mask.into_iter().map(|hidden| f32::from(u8::from(hidden))));
        }
        let real = grid.real();
        let weights: Vec<f32> = hidden
            .chunks_exact(tokens)
            .flat_map(|hidden| {
                real.iter().enumerate().map(|(i, r)| if masked.hidden_only { r * hidden[i / cells] } else { *r })
            })
            .collect();
        let original: Tensor<3> = samples.tensor(original, [count, tokens, cells]);
        let weights: Tensor<3> = samples.tensor(weights, [count, tokens, cells]);
        let hidden: Tensor<3> = samples.tensor(hidden, [count, tokens, 1]);
        let x = self.backbone.embed(original.clone(), pass);
        let x = match &self.hidden {
            Some(token) => {
                let token: Tensor<3> = token.val().unsqueeze();
                x * (hidden.clone().neg().add_scalar(1.0)) + hidden * token
            }
            None => x,
        };
        let x = self.backbone.mix(x, &grid, pass);
        let predicted = self.head.forward(x.clone(), pass);
        let phi = masked.transform.as_ref().map(|transform| {
            let whole = samples.tensor(samples.values.clone(), [count, samples.values.len() / count.max(1)]);
            let (original, predicted) = transform.pair(&whole, grid.together(predicted.clone()), &samples.form);
            let [maps, rows, columns] = original.dims();
            let shape = [count, maps / count.max(1) * rows, columns];
            (original.reshape(shape), predicted.reshape(shape))
        });
        if pass.is_training() {
            let mut outputs = vec![("original", original), ("predicted", predicted), ("weights", weights)];
            if let Some((original, predicted)) = phi {
                outputs.extend([("phi_original", original), ("phi_predicted", predicted)]);
            }
            return Outputs(outputs);
        }
        let flat = |x: Tensor<3>| -> Tensor<2> {
            let [rows, items, width] = x.dims();
            x.reshape([rows, items * width])
        };
        let total = flat(weights.clone()).sum_dim(1);
        let error = flat((original - predicted).square() * weights).sum_dim(1) / total.clamp_min(1.0);
        let mut outputs = vec![("features", x.mean_dim(1)), ("error", error.unsqueeze_dim(1))];
        if let Some((original, predicted)) = phi {
            outputs.push(("phi_error", flat((original - predicted).square()).mean_dim(1).unsqueeze_dim(1)));
        }
        Outputs(outputs)
    }

    pub(super) fn classified(&self, samples: &BatchViews, pass: &Pass) -> Outputs {
        let features = self.features(samples, &samples.values, pass);
        let logits = self.head.forward(features.clone(), pass);
        Outputs(vec![("features", features), ("logits", logits)])
    }

    pub(super) fn posed(&self, pose: &PoseHead, samples: &BatchViews, pass: &Pass) -> Outputs {
        let features = self.features(samples, &samples.values, pass);
        let joints = self.head.forward(features.clone(), pass).reshape([samples.count, pose.joints, 3]);
        let joints = match pose.mean_m.is_empty() {
            true => joints,
            false => joints + samples.tensor(pose.mean_m.clone(), [1, pose.joints, 3]),
        };
        Outputs(vec![("features", features), ("joints", joints)])
    }

    pub(super) fn detected(&self, detect: &DetectHead, samples: &BatchViews, pass: &Pass) -> Outputs {
        let (grid, count, s) = (self.grid(samples), samples.count, detect.cells);
        let (&[times, ranges, angles], &[_, patch_range, patch_angle]) = (&grid.tokens[..], &grid.patch[..]) else {
            return Outputs::default();
        };
        let tokens = self.tokens(samples, &samples.values, pass);
        let [_, _, width] = tokens.dims();
        let features = tokens.clone().mean_dim(1);
        let over_time: Tensor<3> = tokens.reshape([count, times, ranges * angles * width]).mean_dim(1).reshape([
            count,
            ranges * angles,
            width,
        ]);
        let cells = ranges * s * angles * s;
        let raw = self.head.forward(over_time, pass).reshape([count, ranges, angles, s, s, 5]);
        let raw: Tensor<3> = raw.permute([0, 1, 3, 2, 4, 5]).reshape([count, cells, 5]);
        // Cells along an axis, and how long one is, as shares of the view.
        let long = |patch: usize, length: usize| patch as f32 / (s * length) as f32;
        let size = [long(patch_range, grid.shape[1]), long(patch_angle, grid.shape[2])];
        let columns = angles * s;
        let middle = |cell: usize| [(cell / columns) as f32 * size[0], (cell % columns) as f32 * size[1]];
        let starts: Vec<f32> = (0..cells).flat_map(middle).collect();
        let middles: Vec<f32> =
            starts.chunks_exact(2).flat_map(|c| [c[0] + 0.5 * size[0], c[1] + 0.5 * size[1]]).collect();
        let starts: Tensor<3> = samples.tensor(starts, [1, cells, 2]);
        let middles: Tensor<3> = samples.tensor(middles, [1, cells, 2]).expand([count, cells, 2]);
        let size: Tensor<3> = samples.tensor(size.to_vec(), [1, 1, 2]);
        let prior: Tensor<3> = samples.tensor(detect.prior.to_vec(), [1, 1, 2]);
        let part = |from: usize, to: usize| raw.clone().slice([0..count, 0..cells, from..to]);
        // A middle within its cell and half a cell around it.
        let middle = starts + (activation::sigmoid(part(1, 3)).mul_scalar(2.0).sub_scalar(0.5)) * size;
        let boxes = Tensor::cat(vec![middle, part(3, 5).clamp(-4.0, 4.0).exp() * prior], 2);
        Outputs(vec![("features", features), ("objectness", part(0, 1)), ("boxes", boxes), ("middles", middles)])
    }

    pub(super) fn embedded(&self, embed: &EmbedHead, samples: &BatchViews, pass: &Pass) -> Outputs {
        let of = |values: &[f32]| self.head.forward(self.features(samples, values, pass), pass);
        let mut outputs = vec![("embedding", of(&samples.values))];
        if pass.is_training() {
            outputs.push(("noisy", of(&noisy(&samples.values, samples.count, embed.noise, pass))));
        }
        Outputs(outputs)
    }
}

/// Views with white noise of a standard deviation; they have a mean power of 1.
pub(super) fn noisy(values: &[f32], count: usize, deviation: f64, pass: &Pass) -> Vec<f32> {
    let cells = values.len() / count.max(1);
    let mut out = values.to_vec();
    for (row, values) in out.chunks_exact_mut(cells.max(1)).enumerate() {
        let mut stream = pass.stream(row, "noise");
        for value in values {
            let white: f32 = StandardNormal.sample(&mut stream);
            *value += deviation as f32 * white;
        }
    }
    out
}
