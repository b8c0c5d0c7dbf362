//! (room viz)

pub mod contact_sheet;
pub mod font;
pub mod raster;
