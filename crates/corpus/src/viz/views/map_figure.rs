//! Maps with their axes: pictures by us, text by the browser, so that it stays sharp and readable at any width.

use super::heatmap::{MapPicture, grows, maps, view_png};
use crate::base::axis::Axis;
use crate::chain::{View, Views};
use crate::viz::error::VizError;
use crate::viz::html::{escape, number};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt::Write;

/// The maps of one window, each with its axes.
pub struct MapFigure<'a> {
    views: &'a Views,
    picture: MapPicture,
}

impl<'a> MapFigure<'a> {
    /// All views of two axes of a window; the second axis is time.
    pub fn new(views: &'a Views) -> Self {
        Self { views, picture: MapPicture::default() }
    }

    /// Other colours or limits.
    pub fn drawn(mut self, picture: MapPicture) -> Self {
        self.picture = picture;
        self
    }

    pub(in crate::viz) fn to_html(&self) -> Result<String, VizError> {
        let mut html = String::from("<div class=\"maps\">\n");
        for (name, view) in maps(self.views)? {
            let (rows, time) = (&view.axes[0], &view.axes[1]);
            let title = plain_name(name);
            let (low, high) = ends(rows);
            let sign = rows.sign.as_ref().map_or(String::new(), |s| format!(" <small>{}</small>", escape(s)));
            let _ = writeln!(
                html,
                "<div class=\"map\"><h4>{}</h4><div class=\"y\"><span>{}</span><b>{}{}</b><span>{}</span></div>{}\
                 <div class=\"x\"><span>{}</span><b>{}{}</b><span>{}</span></div><p>{sign}</p></div>",
                escape(&title),
                number(high, 3),
                escape(&plain_name(&rows.name)),
                unit(rows),
                number(low, 3),
                img(view, &self.picture, &title)?,
                number(ends(time).0, 3),
                escape(&plain_name(&time.name)),
                unit(time),
                number(ends(time).1, 3),
            );
        }
        let (low, high) = (number(f64::from(self.picture.low), 3), number(f64::from(self.picture.high), 3));
        let gradient = gradient(&self.picture);
        let _ = writeln!(
            html,
            "</div>\n<div class=\"scale\"><span>{low}</span><i style=\"background:{gradient}\"></i><span>{high}</span></div>"
        );
        Ok(html)
    }
}

/// One map as an image element.
pub(super) fn img(view: &View, picture: &MapPicture, alt: &str) -> Result<String, VizError> {
    let png = view_png(view, picture)?;
    let (rows, columns) = (view.axes[0].len, view.axes[1].len);
    Ok(format!(
        "<img class=\"pixels\" width=\"{columns}\" height=\"{rows}\" alt=\"{}\" src=\"data:image/png;base64,{}\">",
        escape(alt),
        BASE64.encode(&png)
    ))
}

/// `time_doppler` → `time Doppler`.
pub(super) fn plain_name(name: &str) -> String {
    name.replace('_', " ").replace("doppler", "Doppler")
}

/// The colour map as a CSS gradient, lowest value at the left.
fn gradient(picture: &MapPicture) -> String {
    let palette = picture.colours.palette();
    let stops: Vec<String> =
        (0..=8).map(|i| palette[(i * 32_usize).min(255)]).map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}")).collect();
    format!("linear-gradient(to right,{})", stops.join(","))
}

/// Lowest and highest value of an axis; angles in degrees, as in all pictures.
fn ends(axis: &Axis) -> (f64, f64) {
    let shown = |i: usize| if axis.unit == "rad" { axis.value(i).to_degrees() } else { axis.value(i) };
    let (first, last) = (shown(0), shown(axis.len.saturating_sub(1)));
    if grows(axis) { (first, last) } else { (last, first) }
}

fn unit(axis: &Axis) -> String {
    match axis.unit.as_str() {
        "1" => String::new(),
        "rad" => ", degrees".into(),
        unit => format!(", {}", escape(unit)),
    }
}
