//! Constants, vectors, named axes, the random-number tree, integers of JSON, npz archives, progress, locks and safe file writing: what every module may use.

pub mod atomic_file;
pub mod axis;
pub mod constants;
pub mod cube;
pub mod integers;
pub mod lock;
pub mod names;
pub mod normal;
pub mod npy;
pub mod npz;
mod pickle;
pub mod progress;
pub mod random;
pub mod span;
pub mod spline;
pub mod yaml;

/// A point or direction in metres, in the world frame: x right, y away from the sensor, z up.
pub type Vec3 = nalgebra::Vector3<f64>;
/// A rotation in the world frame.
pub type Rotation = nalgebra::UnitQuaternion<f64>;
/// Complex sample as it is kept in memory and on disk.
pub type Complex32 = nalgebra::Complex<f32>;
/// Complex value in the exact engine.
pub type Complex64 = nalgebra::Complex<f64>;
