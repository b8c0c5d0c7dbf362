//! From a patch of surface to the amplitude that comes back: facet rules, lobe, split, power budget; walls and materials.

pub mod budget;
pub mod curved;
pub mod diffuse;
pub mod elementary;
pub mod facet;
pub mod form_factor;
pub mod image_method;
pub mod material;
pub mod room;
pub mod specular;
pub mod split;

pub use diffuse::Scattering;
pub use facet::{FacetRule, Triangle};
pub use image_method::{Bounces, Wall};
pub use material::Material;
pub use room::{Polarisation, Room};
