//! Real samples as complex ones.

use crate::base::Complex32;
use crate::base::cube::{CubeInfo, IfCube};
use crate::kernels::fft::{FftDirection, plan};
use ndarray::{Array5, Axis};

/// The analytic signal of every chirp, at half the rate: the positive half of its spectrum, transformed back.
///
/// A beat note `cos(2πft)` becomes `exp(j2πft)`. With a slope that rises, beat frequencies are positive, so nothing is lost: the largest
/// range is that of half the real sample rate. A note whose phase falls with range is not told apart by real samples.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[frame, chirp, tx, rx, sample / 2]`.
pub(super) fn to_complex(cube: IfCube) -> IfCube {
    let (frames, chirps, n_tx, n_rx, samples) = cube.data.dim();
    let half = samples / 2;
    let (forward, back) = (plan(samples, FftDirection::Forward), plan(half, FftDirection::Inverse));
    let mut data = Array5::zeros((frames, chirps, n_tx, n_rx, half));
    let mut buffer = vec![Complex32::new(0.0, 0.0); samples];
    for (from, mut to) in cube.data.lanes(Axis(4)).into_iter().zip(data.lanes_mut(Axis(4))) {
        buffer.iter_mut().zip(from).for_each(|(b, z)| *b = Complex32::new(z.re, 0.0));
        forward.process(&mut buffer);
        // The mean has no other half to be added.
        buffer[0] *= 0.5;
        let spectrum = &mut buffer[..half];
        back.process(spectrum);
        to.iter_mut().zip(spectrum.iter()).for_each(|(t, z)| *t = z * (2.0 / samples as f32));
    }
    let info = CubeInfo { sample_rate_hz: 0.5 * cube.info.sample_rate_hz, ..cube.info };
    IfCube { data, info, unit: cube.unit }
}
