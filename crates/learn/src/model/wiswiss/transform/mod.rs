//! φ: what of a view must come back when it is put together again, as differentiable chains (WiSwiss, section 6).
//!
//! ```text
//! dfs.rs    CSI: the Doppler spectrum of the first principal component
//! cfar.rs   radar cubes: cells that stand out of the mean of their neighbours
//! plain.rs  cells above mean + λσ of the whole view
//! ```

mod cfar;
mod dfs;
mod plain;

pub use cfar::Cfar;
pub use dfs::Dfs;
pub use plain::Plain;

use crate::model::ModelError;
use crate::model::interface::ViewForm;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A transformation of views.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// Of amplitudes `[link · subcarrier, time]`.
    Dfs(Dfs),
    /// Of amplitudes `[time, range, angle]`.
    Cfar(Cfar),
    /// Of any view.
    Plain(Plain),
}

impl Transform {
    pub(super) fn check(&self, rank: usize) -> Result<(), ModelError> {
        let (name, wanted, problem) = match self {
            Self::Dfs(dfs) => ("dfs", Some(2), dfs.problem()),
            Self::Cfar(cfar) => ("cfar", Some(3), cfar.problem()),
            Self::Plain(plain) => ("plain", None, plain.problem()),
        };
        let field = format!("task.masked.transform.{name}");
        if let Some(wanted) = wanted.filter(|&wanted| wanted != rank) {
            let (found, expected) = (format!("on views of {rank} axes"), format!("views of {wanted} axes"));
            return Err(ModelError::Config { field, found, expected });
        }
        match problem {
            None => Ok(()),
            Some((key, found, expected)) => {
                Err(ModelError::Config { field: format!("{field}.{key}"), found, expected: expected.into() })
            }
        }
    }

    /// Why it cannot be made of views of this form, if so.
    pub(super) fn misfit(&self, form: &ViewForm) -> Option<String> {
        match self {
            Self::Dfs(dfs) => dfs.misfit(form),
            Self::Cfar(cfar) => cfar.misfit(form),
            Self::Plain(_) => None,
        }
    }

    /// φ of the views and of what was put together in their place, side by side.
    ///
    /// # Shapes
    /// Both `[sample, cell]`, row-major of the form; to twice `[sample, row, column]`. The first is a constant.
    pub fn pair(&self, original: &Tensor<2>, predicted: Tensor<2>, form: &ViewForm) -> (Tensor<3>, Tensor<3>) {
        match self {
            Self::Dfs(dfs) => dfs.pair(original, predicted, form),
            Self::Cfar(cfar) => (cfar.of(original.clone(), form), cfar.of(predicted, form)),
            Self::Plain(plain) => (plain.of(original.clone(), form), plain.of(predicted, form)),
        }
    }
}

/// A key, what it says, what it may say.
type SettingProblem = Option<(&'static str, String, &'static str)>;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_into_vec::<f32>().unwrap()
    }

    fn random(seed: usize, samples: usize, cells: usize, offset: f32) -> Vec<f32> {
        (0..samples * cells)
            .map(|i| offset + 0.3 * (((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0))
            .collect()
    }

    /// The gradient of Σ w φ(x̂) along some directions against central differences.
    fn differences(transform: &Transform, form: &ViewForm, offset: f32) {
        let device = Device::flex().autodiff();
        let cells: usize = form.shape.iter().product();
        let tensor = |values: &[f32]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, cells]), &device);
        let original = tensor(&random(1, 2, cells, offset));
        let predicted = random(2, 2, cells, offset);
        let (_, phi) = transform.pair(&original, tensor(&predicted), form);
        let dims = phi.dims();
        let weights: Vec<f32> = random(3, 1, dims.iter().product(), 0.0);
        let loss = |x: Tensor<2>| {
            let (_, phi) = transform.pair(&original, x, form);
            let values = numbers(phi);
            values.iter().zip(&weights).map(|(v, w)| f64::from(*v) * f64::from(*w)).sum::<f64>()
        };
        let x = tensor(&predicted).require_grad();
        let (_, phi) = transform.pair(&original, x.clone(), form);
        let weighted = phi * Tensor::<3>::from_data(TensorData::new(weights.clone(), dims), &device);
        let gradient = numbers(x.grad(&weighted.sum().backward()).unwrap());
        for seed in 4..8 {
            let direction = random(seed, 2, cells, 0.0);
            let step = 3e-3_f32;
            let moved = |sign: f32| -> Vec<f32> {
                predicted.iter().zip(&direction).map(|(x, d)| x + sign * step * d).collect()
            };
            let slope = (loss(tensor(&moved(1.0))) - loss(tensor(&moved(-1.0)))) / (2.0 * f64::from(step));
            let exact: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
            let scale = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt()
                * direction.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>().sqrt();
            assert!(
                scale > 0.0 && (slope - exact).abs() < 3e-3 * scale,
                "{slope} by differences, {exact}; scale {scale}"
            );
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let csi = |links, rows| ViewForm { shape: vec![rows, 40], rate_hz: Some(20.0), links };
        let dfs = Transform::Dfs(Dfs { min_hz: 0.6, max_hz: 60.0, ..Dfs::default() });
        for (links, rows) in [(1, 5), (3, 9), (2, 8)] {
            differences(&dfs, &csi(links, rows), 1.0);
        }
        let cube = ViewForm { shape: vec![2, 12, 10], rate_hz: None, links: 1 };
        differences(&Transform::Cfar(Cfar { threshold: 1.2, ..Cfar::default() }), &cube, 0.4);
        differences(&Transform::Plain(Plain::default()), &cube, 0.4);
    }
}
