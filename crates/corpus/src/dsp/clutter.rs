//! Removal of what does not move.

use crate::base::Complex32;

/// Subtracts the mean over slow time from one channel of one range bin.
///
/// # Shapes
/// `slow_time[chirp]`.
pub fn remove_mean(slow_time: &mut [Complex32]) {
    if slow_time.is_empty() {
        return;
    }
    let sum = slow_time.iter().fold((0.0f64, 0.0f64), |s, z| (s.0 + f64::from(z.re), s.1 + f64::from(z.im)));
    let n = slow_time.len() as f64;
    let mean = Complex32::new((sum.0 / n) as f32, (sum.1 / n) as f32);
    for z in slow_time {
        *z -= mean;
    }
}
