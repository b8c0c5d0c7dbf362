//! From a patch of surface to the amplitude that comes back: facet rules, lobe, split, power budget; walls and materials; echoes in closed form.

pub mod budget;
pub mod curved;
pub mod diffuse;
pub mod elementary;
pub mod facet;
pub mod form_factor;
pub mod image_method;
pub mod material;
pub mod reflector;
pub mod room;
pub mod specular;
pub mod split;

pub use diffuse::Scattering;
pub use facet::{FacetRule, Triangle};
pub use image_method::{Bounces, Wall};
pub use material::Material;
pub use reflector::PointReflector;
pub use room::{Polarisation, Room};
