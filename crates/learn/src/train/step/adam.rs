//! Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019), on plain arrays.
//!
//! One pass over memory a parameter, in parallel over chunks; the tensor library would make a dozen passes on one core.

use rayon::prelude::*;

/// The optimiser's state.
#[derive(Clone, Debug)]
pub struct Adam {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Updates made.
    pub steps: u64,
    /// First and second moment of each parameter.
    pub moments: Vec<(Vec<f32>, Vec<f32>)>,
}

/// Entries that one task updates.
const CHUNK: usize = 1 << 15;

impl Adam {
    /// PyTorch's defaults (0.9, 0.999, 1e-8) for parameters of these sizes.
    pub fn new(sizes: &[usize]) -> Self {
        let moments = sizes.iter().map(|&n| (vec![0.0; n], vec![0.0; n])).collect();
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, steps: 0, moments }
    }

    /// One update. `decay[i]` is the weight decay of parameter `i`; a parameter without gradient is left alone.
    pub fn update(&mut self, values: &mut [Vec<f32>], gradients: &[Option<Vec<f32>>], decay: &[f64], rate: f64) {
        self.steps += 1;
        let power = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let step = (rate / power(self.beta1)) as f32;
        let correction = (1.0 / power(self.beta2).sqrt()) as f32;
        let (b1, b2, epsilon) = (self.beta1 as f32, self.beta2 as f32, self.epsilon as f32);
        for (((value, gradient), (first, second)), decay) in
            values.iter_mut().zip(gradients).zip(&mut self.moments).zip(decay)
        {
            let Some(gradient) = gradient else { continue };
            let keep = (1.0 - rate * decay) as f32;
            value
                .par_chunks_mut(CHUNK)
                .zip(gradient.par_chunks(CHUNK))
                .zip(first.par_chunks_mut(CHUNK).zip(second.par_chunks_mut(CHUNK)))
                .for_each(|((value, gradient), (first, second))| {
                    for (((v, g), m), s) in value.iter_mut().zip(gradient).zip(first).zip(second) {
                        *m = b1 * *m + (1.0 - b1) * g;
                        *s = b2 * *s + (1.0 - b2) * g * g;
                        *v = *v * keep - step * *m / (s.sqrt() * correction + epsilon);
                    }
                });
        }
    }
}

/// Norm over all gradients, summed in f64, chunk after chunk.
pub(crate) fn norm(gradients: &[Option<Vec<f32>>]) -> f64 {
    let square = |chunk: &[f32]| chunk.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>();
    let squares = |g: &Vec<f32>| g.par_chunks(CHUNK).map(square).collect::<Vec<f64>>();
    gradients.iter().flatten().flat_map(squares).sum::<f64>().sqrt()
}

/// Scales all gradients so that their norm is at most `most`; gives the norm before.
pub(crate) fn clip(gradients: &mut [Option<Vec<f32>>], most: Option<f64>) -> f64 {
    let norm = norm(gradients);
    if let Some(most) = most.filter(|&most| norm > most) {
        let scale = (most / norm) as f32;
        for gradient in gradients.iter_mut().flatten() {
            gradient.par_chunks_mut(CHUNK).for_each(|chunk| chunk.iter_mut().for_each(|v| *v *= scale));
        }
    }
    norm
}

/// Adds the gradient of one part of a batch to the sum of those before it.
pub(crate) fn add(sum: &mut Option<Vec<f32>>, part: Option<Vec<f32>>) {
    match (sum.as_mut(), part) {
        (Some(sum), Some(part)) => {
            let chunks = sum.par_chunks_mut(CHUNK).zip(part.par_chunks(CHUNK));
            chunks.for_each(|(sum, part)| sum.iter_mut().zip(part).for_each(|(s, p)| *s += p));
        }
        (None, Some(part)) => *sum = Some(part),
        (_, None) => {}
    }
}
