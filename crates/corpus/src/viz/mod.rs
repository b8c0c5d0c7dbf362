//! Colour maps, charts and the HTML report: results that one can look at.

mod axes_picture;
mod bars;
mod colour;
mod confusion;
pub mod contact_sheet;
mod error;
pub mod font;
mod gallery;
mod heatmap;
mod html;
mod line_chart;
mod map_figure;
mod picture;
mod png;
mod quantise;
pub mod raster;
mod report;
mod table;
mod ticks;
pub mod trace_panel;

pub use self::png::{indexed_png, png_bytes};
pub use axes_picture::AxesPicture;
pub use bars::{Bar, BarChart};
pub use colour::ColourMap;
pub use confusion::ConfusionMatrix;
pub use contact_sheet::{ContactSheet, Eye};
pub use error::VizError;
pub use gallery::Gallery;
pub use heatmap::{MapPicture, view_png, views_png};
pub use line_chart::{LineChart, Series};
pub use map_figure::MapFigure;
pub use picture::{Picture, Rgb};
pub use quantise::palette_png;
pub use report::{Figure, Note, Report, Section};
pub use table::{Cell, Table};
pub use trace_panel::TracePanel;
