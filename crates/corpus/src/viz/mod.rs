//! Colour maps, charts and the HTML report: results that one can look at.

mod bodies;
mod error;
mod html;
mod pixels;
mod report;
mod ticks;
mod views;

pub use bodies::contact_sheet::{ContactSheet, Eye};
pub use bodies::trace_panel::TracePanel;
pub use bodies::{contact_sheet, trace_panel};
pub use error::VizError;
pub use pixels::colour::ColourMap;
pub use pixels::picture::{Picture, Rgb};
pub use pixels::png::{indexed_png, png_bytes};
pub use pixels::quantise::palette_png;
pub use pixels::{lettering, raster};
pub use report::{Bar, BarChart, Cell, ConfusionMatrix, Figure, LineChart, Note, Report, Section, Series, Table};
pub use views::axes_picture::{AxesPicture, with_unit};
pub use views::gallery::Gallery;
pub use views::heatmap::{MapPicture, view_png, views_png};
pub use views::map_figure::MapFigure;
pub use views::sheet::sheet_png;
