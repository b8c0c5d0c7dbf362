//! Cell-averaging CFAR on range-angle maps with a soft threshold, so that gradients flow through.

use super::SettingProblem;
use crate::model::interface::ViewForm;
use burn::tensor::{Device, Tensor, TensorData, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a soft CFAR (WiSwiss, section 6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cfar {
    /// Cells on each side, along range and angle, that are left out of the mean.
    pub guard: usize,
    /// Cells on each side beyond these that the mean is taken of.
    pub reference: usize,
    /// δ: power over that mean from which on a cell counts. The paper's: 5.
    pub threshold: f64,
    /// How soft the threshold is, in the unit of δ.
    pub temperature: f64,
    /// Added to the mean, as a share of the mean power of the view, so that empty neighbours are no division by zero.
    pub floor: f64,
}

impl Default for Cfar {
    fn default() -> Self {
        Self { guard: 2, reference: 4, threshold: 5.0, temperature: 1.0, floor: 0.01 }
    }
}

impl Cfar {
    pub(super) fn problem(&self) -> SettingProblem {
        let positive = [("threshold", self.threshold), ("temperature", self.temperature), ("floor", self.floor)];
        if let Some((key, value)) = positive.into_iter().find(|(_, v)| !(*v > 0.0 && v.is_finite())) {
            return Some((key, value.to_string(), "above 0"));
        }
        if self.guard > 256 {
            return Some(("guard", self.guard.to_string(), "0 to 256"));
        }
        let sound = (1..=256).contains(&self.reference);
        (!sound).then(|| ("reference", self.reference.to_string(), "1 to 256"))
    }

    pub(super) fn misfit(&self, form: &ViewForm) -> Option<String> {
        let &[_, ranges, angles] = &form.shape[..] else { return Some("has no three axes".into()) };
        // The cell in the middle has the fewest neighbours beyond its guard.
        let most = ranges.max(angles);
        (most / 2 <= self.guard).then(|| {
            format!(
                "has {ranges} x {angles} cells in range and angle, none of which lie beyond {} guard cells",
                self.guard
            )
        })
    }

    /// # Shapes
    /// Amplitudes `x[sample, time · range · angle]`, of mean power 1, to `[sample · time, range, angle]`, 0 to 1.
    pub(super) fn of(&self, x: Tensor<2>, form: &ViewForm) -> Tensor<3> {
        let ([batch, cells], &[times, ranges, angles]) = (x.dims(), &form.shape[..]) else {
            return x.unsqueeze_dim(1);
        };
        debug_assert_eq!(cells, times * ranges * angles);
        let device = x.device();
        let maps = batch * times;
        let power = x.square();
        let sum = |half: usize| -> Tensor<3> {
            let along_angles: Tensor<3> = power
                .clone()
                .reshape([maps * ranges, angles])
                .matmul(near(angles, half, &device))
                .reshape([maps, ranges, angles]);
            let turned: Tensor<2> = along_angles.swap_dims(1, 2).reshape([maps * angles, ranges]);
            turned.matmul(near(ranges, half, &device)).reshape([maps, angles, ranges]).swap_dims(1, 2)
        };
        let neighbours = sum(self.guard + self.reference) - sum(self.guard);
        let count = |place: usize, length: usize, half: usize| {
            ((place + half).min(length - 1) - place.saturating_sub(half) + 1) as f32
        };
        let shares: Vec<f32> = (0..ranges * angles)
            .map(|i| {
                let cells = |half| count(i / angles, ranges, half) * count(i % angles, angles, half);
                1.0 / (cells(self.guard + self.reference) - cells(self.guard)).max(1.0)
            })
            .collect();
        let shares = Tensor::<3>::from_data(TensorData::new(shares, [1, ranges, angles]), &device);
        let noise = neighbours * shares;
        let power: Tensor<3> = power.reshape([maps, ranges, angles]);
        // Differences of sums are rounded; a mean of powers is not below 0.
        let over = power / noise.clamp_min(0.0).add_scalar(self.floor);
        activation::sigmoid(over.sub_scalar(self.threshold).div_scalar(self.temperature))
    }
}

/// 1 where two places are at most `half` apart.
fn near(length: usize, half: usize, device: &Device) -> Tensor<2> {
    let is_near = |i: usize| f32::from(u8::from((i / length).abs_diff(i % length) <= half));
    let values: Vec<f32> = (0..length * length).map(is_near).collect();
    Tensor::from_data(TensorData::new(values, [length, length]), device)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_mean_is_that_of_loops_over_cells() {
        let cfar = Cfar { guard: 1, reference: 2, threshold: 2.0, temperature: 0.5, floor: 0.01 };
        let (times, ranges, angles) = (2, 9, 7);
        let form = ViewForm { shape: vec![times, ranges, angles], rate_hz: None, links: 1 };
        assert_eq!(cfar.misfit(&form), None);
        let x: Vec<f32> = (0..times * ranges * angles).map(|i| ((i * 37 + 11) % 101) as f32 / 50.0).collect();
        let tensor = Tensor::<2>::from_data(TensorData::new(x.clone(), [1, x.len()]), &Device::flex());
        let got = cfar.of(tensor, &form).into_data().try_into_vec::<f32>().unwrap();
        for t in 0..times {
            for r in 0..ranges {
                for a in 0..angles {
                    let (mut sum, mut count) = (0.0, 0);
                    for (i, j) in (0..ranges).flat_map(|i| (0..angles).map(move |j| (i, j))) {
                        let apart = i.abs_diff(r).max(j.abs_diff(a));
                        if apart > 1 && apart <= 3 {
                            sum += f64::from(x[(t * ranges + i) * angles + j]).powi(2);
                            count += 1;
                        }
                    }
                    let i = (t * ranges + r) * angles + a;
                    let over = f64::from(x[i]).powi(2) / (sum / f64::from(count) + 0.01);
                    let want = 1.0 / (1.0 + (-(over - 2.0) / 0.5).exp());
                    assert!((f64::from(got[i]) - want).abs() < 1e-5, "{t} {r} {a}: {} not {want}", got[i]);
                }
            }
        }
    }

    #[test]
    fn maps_without_neighbours_are_refused() {
        let form = ViewForm { shape: vec![2, 4, 5], rate_hz: None, links: 1 };
        assert!(Cfar::default().misfit(&form).unwrap().contains("beyond 2 guard cells"));
    }
}
