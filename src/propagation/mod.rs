//! From a patch of surface to the amplitude that comes back: facet rules, lobe, split and power budget.

pub mod budget;
pub mod elementary;
pub mod facet;
pub mod form_factor;
pub mod specular;
pub mod split;

pub use facet::{FacetRule, Triangle};
