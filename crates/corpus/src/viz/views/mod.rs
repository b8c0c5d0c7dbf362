//! Views of a sample as pictures: alone, with axes, in a figure, many side by side.

pub(super) mod axes_picture;
pub(super) mod gallery;
pub(super) mod heatmap;
pub(super) mod map_figure;
pub(super) mod sheet;
