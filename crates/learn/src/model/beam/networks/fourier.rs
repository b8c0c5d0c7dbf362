//! Windows and Fourier transforms of radar frames that learn (equations 51 to 55), and their way back.

use crate::model::init::Init;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use std::f64::consts::TAU;

/// `F = Fᵒ + Δ`: the unitary matrix of the discrete Fourier transform, or its conjugate, and what was learnt.
///
/// # Shapes
/// Both parts of Δ `[row, column]`, zero at the start.
#[derive(Module, Debug)]
pub struct NearUnitary {
    /// Real part of Δ.
    pub real: Param<Tensor<2>>,
    /// Imaginary part of Δ.
    pub imaginary: Param<Tensor<2>>,
    conjugate: bool,
}

/// Real and imaginary parts.
type Parts = (Tensor<3>, Tensor<3>);

impl NearUnitary {
    fn new(init: &Init, size: usize, conjugate: bool) -> Self {
        Self { real: init.constant([size, size], 0.0), imaginary: init.constant([size, size], 0.0), conjugate }
    }

    /// How far an entry of either part of Δ may be from 0 so that `‖FᴴF − I‖` stays within the tolerance whatever the entries are: with
    /// `‖Δ‖ ≤ √2 n b` in Frobenius' norm the difference is at most `2 ‖Δ‖ + ‖Δ‖²`.
    pub fn bound(size: usize, tolerance: f64) -> f32 {
        (((1.0 + tolerance).sqrt() - 1.0) / (std::f64::consts::SQRT_2 * size as f64)) as f32
    }

    /// Both parts of F, `[1, row, column]`.
    fn parts(&self) -> Parts {
        let [size, _] = self.real.dims();
        let sign = if self.conjugate { 1.0 } else { -1.0 };
        let scale = (size as f64).sqrt().recip();
        let entry = |of: fn(f64) -> f64, by: f64| -> Vec<f32> {
            let turn = |k: usize| (k / size) * (k % size) % size;
            (0..size * size).map(|k| (by * scale * of(TAU * turn(k) as f64 / size as f64)) as f32).collect()
        };
        let device = self.real.val().device();
        let fixed = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [size, size]), &device);
        let real = fixed(entry(f64::cos, 1.0)) + self.real.val();
        let imaginary = fixed(entry(f64::sin, sign)) + self.imaginary.val();
        (real.unsqueeze(), imaginary.unsqueeze())
    }

    /// `‖FᴴF − I‖` in Frobenius' norm.
    pub fn deviation(&self) -> f64 {
        let [size, _] = self.real.dims();
        let (re, im) = self.parts();
        let (ret, imt) = (re.clone().swap_dims(1, 2), im.clone().swap_dims(1, 2));
        let eye: Tensor<3> = Tensor::<2>::eye(size, &re.device()).unsqueeze();
        let real = ret.clone().matmul(re.clone()) + imt.clone().matmul(im.clone()) - eye;
        let imaginary = ret.matmul(im) - imt.matmul(re);
        let square: Tensor<1> = (real.square() + imaginary.square()).sum();
        f64::from(square.into_scalar::<f32>()).sqrt()
    }
}

fn product((ar, ai): &Parts, (br, bi): &Parts) -> Parts {
    let real = ar.clone().matmul(br.clone()) - ai.clone().matmul(bi.clone());
    let imaginary = ar.clone().matmul(bi.clone()) + ai.clone().matmul(br.clone());
    (real, imaginary)
}

/// Window and transform along samples and chirps of every antenna, or the same undone. Numbers are scaled by the root of the number of cells,
/// since windows have norm 1.
#[derive(Module, Debug)]
pub struct FourierFront {
    /// δ of the window over samples, `[sample]`.
    pub sample_window: Param<Tensor<1>>,
    /// δ of the window over chirps, `[chirp]`.
    pub chirp_window: Param<Tensor<1>>,
    /// Along samples.
    pub range: NearUnitary,
    /// Along chirps.
    pub doppler: NearUnitary,
    undoes: bool,
    rx: usize,
}

/// Hamming's window, 0.54 − 0.46 cos.
fn hamming(length: usize, device: &Device) -> Tensor<1> {
    let last = (length.max(2) - 1) as f64;
    let value = |n: usize| if length < 2 { 1.0 } else { (0.54 - 0.46 * (TAU * n as f64 / last).cos()) as f32 };
    Tensor::from_data(TensorData::new((0..length).map(value).collect::<Vec<f32>>(), [length]), device)
}

/// Equation 53.
fn window(residual: &Param<Tensor<1>>) -> Tensor<1> {
    let residual = residual.val();
    let free = hamming(residual.dims()[0], &residual.device()) * residual.exp();
    let norm = free.clone().square().sum().sqrt();
    free / norm
}

impl FourierFront {
    /// Of frames `[part, rx, sample, chirp]`; `undoes`: the way back, whose transforms start as the inverse ones.
    pub(super) fn new(init: &Init, [rx, samples, chirps]: [usize; 3], undoes: bool) -> Self {
        Self {
            sample_window: init.constant([samples], 0.0),
            chirp_window: init.constant([chirps], 0.0),
            range: NearUnitary::new(&init.at("range"), samples, undoes),
            doppler: NearUnitary::new(&init.at("doppler"), chirps, undoes),
            undoes,
            rx,
        }
    }

    /// # Shapes
    /// `x[sample, step, part · rx · sample · chirp]` to the same, cells of the chirp's samples and of chirps become those of range and
    /// velocity, or the other way round.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [batch, steps, values] = x.dims();
        let ([samples], [chirps]) = (self.sample_window.dims(), self.chirp_window.dims());
        let frames: Tensor<4> = x.reshape([batch * steps, 2, self.rx * samples, chirps]);
        let part = |k: usize| -> Tensor<3> {
            let part = frames.clone().slice([0..batch * steps, k..k + 1, 0..self.rx * samples, 0..chirps]);
            part.reshape([batch * steps * self.rx, samples, chirps])
        };
        let column: Tensor<3> = window(&self.sample_window).reshape([1, samples, 1]);
        let row: Tensor<3> = window(&self.chirp_window).reshape([1, 1, chirps]);
        let scale = ((samples * chirps) as f64).sqrt();
        let weights = (column * row).mul_scalar(scale);
        // F_d enters as its conjugate transpose (equation 54).
        let (re, im) = self.doppler.parts();
        let doppler = (re.swap_dims(1, 2), im.swap_dims(1, 2).neg());
        let through = |x: &Parts| product(&product(&self.range.parts(), x), &doppler);
        let (real, imaginary) = if self.undoes {
            let (real, imaginary) = through(&(part(0), part(1)));
            (real / weights.clone(), imaginary / weights)
        } else {
            through(&(part(0) * weights.clone(), part(1) * weights))
        };
        let whole = |x: Tensor<3>| -> Tensor<4> { x.reshape([batch * steps, 1, self.rx * samples, chirps]) };
        Tensor::cat(vec![whole(real), whole(imaginary)], 1).reshape([batch, steps, values])
    }

    /// The greater `‖FᴴF − I‖` of its two transforms.
    pub fn deviation(&self) -> f64 {
        self.range.deviation().max(self.doppler.deviation())
    }
}

#[cfg(test)]
mod tests {
    use super::{FourierFront, NearUnitary};
    use crate::base::random::RandomTree;
    use crate::model::init::Init;
    use burn::tensor::{Device, Tensor, TensorData};
    use by_definition::transformed;
    use rand::RngExt;

    /// The transform by its definition, in f64.
    mod by_definition {
        use crate::base::Complex64;
        use std::f64::consts::TAU;

        /// `Σ x[s, c] w[s, c] exp(−j2π(k s / S − l c / C)) / √(S C)`: eq. 54 with `F_dᴴ` on the right.
        pub(super) fn transformed(x: &[Complex64], samples: usize, chirps: usize) -> Vec<Complex64> {
            let hamming = |n: usize, of: usize| 0.54 - 0.46 * (TAU * n as f64 / (of - 1) as f64).cos();
            let norm = |of: usize| (0..of).map(|n| hamming(n, of).powi(2)).sum::<f64>().sqrt();
            let cell = |k: usize, l: usize| -> Complex64 {
                let mut sum = Complex64::new(0.0, 0.0);
                for s in 0..samples {
                    for c in 0..chirps {
                        let turn = k as f64 * s as f64 / samples as f64 - l as f64 * c as f64 / chirps as f64;
                        let weight = hamming(s, samples) * hamming(c, chirps) / norm(samples) / norm(chirps);
                        sum += x[s * chirps + c] * weight * Complex64::new(0.0, -TAU * turn).exp();
                    }
                }
                // 1/√(S C) of the unitary transforms and √(S C) of the scale.
                sum
            };
            (0..samples * chirps).map(|i| cell(i / chirps, i % chirps)).collect()
        }
    }

    fn init() -> Init {
        Init::new(RandomTree::new(0), &Device::flex())
    }

    fn numbers(x: Tensor<3>) -> Vec<f32> {
        x.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn it_starts_as_window_and_transform_and_is_undone() {
        let (rx, samples, chirps) = (2, 6, 5);
        let mut stream = RandomTree::new(4).stream(0, "frame");
        let values: Vec<f32> = (0..2 * rx * samples * chirps).map(|_| stream.random::<f32>() - 0.5).collect();
        let shape = [1, 1, values.len()];
        let x = Tensor::<3>::from_data(TensorData::new(values.clone(), shape), &Device::flex());
        let there = FourierFront::new(&init().at("there"), [rx, samples, chirps], false);
        let back = FourierFront::new(&init().at("back"), [rx, samples, chirps], true);
        let seen = there.forward(x);
        let got = numbers(seen.clone());
        let cells = samples * chirps;
        for antenna in 0..rx {
            let at = |part: usize, cell: usize| f64::from(values[(part * rx + antenna) * cells + cell]);
            let frame: Vec<_> = (0..cells).map(|i| crate::base::Complex64::new(at(0, i), at(1, i))).collect();
            for (i, want) in transformed(&frame, samples, chirps).into_iter().enumerate() {
                let found = [got[antenna * cells + i], got[(rx + antenna) * cells + i]];
                assert!((f64::from(found[0]) - want.re).abs() < 1e-5 && (f64::from(found[1]) - want.im).abs() < 1e-5);
            }
        }
        let again = numbers(back.forward(seen));
        assert!(again.iter().zip(&values).all(|(a, b)| (a - b).abs() < 1e-5));
        assert!(there.deviation() < 1e-5 && back.deviation() < 1e-5);
    }

    /// Whatever is learnt within the bounds stays within the tolerance: at the corners, which are the worst.
    #[test]
    fn bounds_keep_it_nearly_unitary() {
        let (size, tolerance) = (8, 0.3);
        let bound = NearUnitary::bound(size, tolerance);
        let mut stream = RandomTree::new(5).stream(0, "corners");
        for _ in 0..20 {
            let mut matrix = NearUnitary::new(&init(), size, false);
            let mut corner = || -> Vec<f32> {
                (0..size * size).map(|_| if stream.random::<bool>() { bound } else { -bound }).collect()
            };
            let (real, imaginary) = (corner(), corner());
            let to = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [size, size]), &Device::flex());
            matrix.real = matrix.real.map(|_| to(real));
            matrix.imaginary = matrix.imaginary.map(|_| to(imaginary));
            assert!(matrix.deviation() <= tolerance, "{}", matrix.deviation());
        }
    }
}
