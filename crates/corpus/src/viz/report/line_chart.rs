//! Lines over an axis: losses, accuracy over shots.

use crate::viz::html::{escape, number};
use crate::viz::ticks::Ticks;
use std::fmt::Write;

/// One line of a chart.
#[derive(Clone, Debug)]
pub struct Series {
    name: String,
    points: Vec<(f64, f64)>,
    /// Half height of the band around each point, where there is one.
    spread: Vec<f64>,
    /// Points in the moving mean that is drawn over the line; 0 for none.
    smooth: usize,
}

impl Series {
    /// A named line through (x, y); where x or y is not finite, the line has a gap.
    pub fn new(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self { name: name.into(), points: points.into_iter().collect(), spread: Vec::new(), smooth: 0 }
    }

    /// Draws the line faintly and over it the mean of so many successive points: for losses that jump from step to step.
    pub fn smoothed(mut self, points: usize) -> Self {
        self.smooth = points;
        self
    }

    /// Draws a band of ± the standard deviation around each point, one value a point.
    pub fn with_spread(mut self, standard_deviations: impl IntoIterator<Item = f64>) -> Self {
        self.spread = standard_deviations.into_iter().collect();
        self
    }
}

/// Lines over common axes.
#[derive(Clone, Debug)]
pub struct LineChart {
    x_label: String,
    y_label: String,
    log_y: bool,
    y_range: Option<(f64, f64)>,
    markers: bool,
    series: Vec<Series>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;

impl LineChart {
    /// An empty chart; labels name the unit.
    pub fn new(x_label: impl Into<String>, y_label: impl Into<String>) -> Self {
        let (x_label, y_label) = (x_label.into(), y_label.into());
        Self { x_label, y_label, log_y: false, y_range: None, markers: false, series: Vec::new() }
    }

    /// Adds a line. Eight lines have colours of their own.
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// A logarithmic y axis; values of zero or less become gaps.
    pub fn log_y(mut self) -> Self {
        self.log_y = true;
        self
    }

    /// Fixes the y axis, for example 0 to 1 for shares. Not for logarithmic axes.
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high));
        self
    }

    /// Puts a dot on every point: for lines of few points.
    pub fn markers(mut self) -> Self {
        self.markers = true;
        self
    }

    /// The chart as HTML: an SVG and its legend.
    pub(super) fn to_html(&self, alt: &str) -> String {
        let usable = |&(x, y): &(f64, f64)| x.is_finite() && y.is_finite() && (!self.log_y || y > 0.0);
        let points = || self.series.iter().flat_map(|s| s.points.iter().filter(|p| usable(p)));
        if points().next().is_none() {
            return "<p class=\"empty\">No data to draw.</p>\n".into();
        }
        let bounds = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let (x_low, x_high) = bounds(&mut points().map(|p| p.0));
        let (y_low, y_high) = bounds(&mut points().map(|p| p.1).chain(self.band_edges()));
        let x = Ticks::linear(x_low, x_high, 6);
        let y = match self.y_range {
            _ if self.log_y => Ticks::logarithmic(y_low, y_high),
            Some((low, high)) => Ticks::linear(low, high, 5),
            None => Ticks::linear(y_low.min(0.0_f64.max(y_low - (y_high - y_low))), y_high, 5),
        };
        let frame = Frame { x, y };
        let mut svg = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
            escape(alt)
        );
        frame.draw(&mut svg, &self.x_label, &self.y_label);
        for (i, series) in self.series.iter().enumerate() {
            self.draw_series(&mut svg, &frame, i % 8, series, usable);
        }
        svg.push_str("</svg>\n");
        svg + &self.legend()
    }

    fn band_edges(&self) -> impl Iterator<Item = f64> + '_ {
        let edges =
            self.series.iter().flat_map(|s| s.points.iter().zip(&s.spread).flat_map(|(p, sd)| [p.1 - sd, p.1 + sd]));
        edges.filter(|v| v.is_finite() && (!self.log_y || *v > 0.0))
    }

    fn draw_series(
        &self,
        svg: &mut String,
        frame: &Frame,
        colour: usize,
        series: &Series,
        usable: impl Fn(&(f64, f64)) -> bool,
    ) {
        let title = escape(&series.name);
        let _ = write!(svg, "<g class=\"s{colour}\"><title>{title}</title>");
        if series.spread.len() == series.points.len() && !self.log_y && series.points.iter().all(&usable) {
            let edge = |sign: f64| {
                let pairs = series.points.iter().zip(&series.spread);
                pairs.map(move |(p, sd)| (p.0, p.1 + sign * if sd.is_finite() { *sd } else { 0.0 }))
            };
            let outline: Vec<(f64, f64)> = edge(1.0).chain(edge(-1.0).collect::<Vec<_>>().into_iter().rev()).collect();
            let _ = write!(svg, "<path class=\"band\" d=\"{}Z\"/>", frame.path(&outline));
        }
        for piece in series.points.split(|p| !usable(p)).filter(|p| !p.is_empty()) {
            let class = if series.smooth > 1 { "raw" } else { "line" };
            let _ = write!(svg, "<path class=\"{class}\" d=\"{}\"/>", frame.path(&thin(piece, frame)));
            if series.smooth > 1 {
                let mean = moving_mean(piece, series.smooth);
                let _ = write!(svg, "<path class=\"line\" d=\"{}\"/>", frame.path(&thin(&mean, frame)));
            }
            if self.markers || piece.len() == 1 {
                for &(px, py) in piece {
                    let (cx, cy) = frame.place(px, py);
                    let _ = write!(
                        svg,
                        "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3.5\"><title>{title}: {} at {}</title></circle>",
                        number(py, 4),
                        number(px, 4)
                    );
                }
            }
        }
        svg.push_str("</g>\n");
    }

    fn legend(&self) -> String {
        let mut html = String::from("<ul class=\"legend\">");
        for (i, series) in self.series.iter().enumerate() {
            let _ = write!(html, "<li class=\"s{}\"><i></i>{}</li>", i % 8, escape(&series.name));
        }
        html + "</ul>\n"
    }
}

/// The axes, and where a value lies between them.
struct Frame {
    x: Ticks,
    y: Ticks,
}

impl Frame {
    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let across = LEFT + self.x.position(x) * (WIDTH - LEFT - RIGHT);
        let down = TOP + (1.0 - self.y.position(y)) * (HEIGHT - TOP - BOTTOM);
        // A fixed range may leave points outside: they stay at the edge instead of running over the page.
        (across, down.clamp(TOP - 6.0, HEIGHT - BOTTOM + 6.0))
    }

    fn path(&self, points: &[(f64, f64)]) -> String {
        let mut path = String::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            let (x, y) = self.place(x, y);
            let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
        }
        path
    }

    fn draw(&self, svg: &mut String, x_label: &str, y_label: &str) {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for &value in &self.y.values {
            let (_, y) = self.place(self.x.low, value);
            let _ = write!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
            let text = number(value, 4);
            let _ = write!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" class=\"end\">{text}</text>", LEFT - 8.0, y + 4.0);
        }
        for &value in &self.x.values {
            let (x, _) = self.place(value, self.y.low);
            let _ = write!(svg, "<path class=\"tick\" d=\"M{x:.1} {bottom}v5\"/>");
            let text = number(value, 6);
            let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\" class=\"mid\">{text}</text>", bottom + 19.0);
        }
        let (mx, my) = ((LEFT + right) / 2.0, (TOP + bottom) / 2.0);
        let _ = write!(svg, "<path class=\"axis\" d=\"M{LEFT} {bottom}H{right}\"/>");
        let _ = write!(svg, "<text x=\"{mx}\" y=\"{}\" class=\"mid name\">{}</text>", HEIGHT - 6.0, escape(x_label));
        let _ = writeln!(
            svg,
            "<text transform=\"translate(13 {my}) rotate(-90)\" class=\"mid name\">{}</text>",
            escape(y_label)
        );
    }
}

/// Mean of each point and its neighbours, `width` in all; near the ends of those that there are.
fn moving_mean(points: &[(f64, f64)], width: usize) -> Vec<(f64, f64)> {
    let half = width / 2;
    let window = |i: usize| &points[i.saturating_sub(half)..(i + half + 1).min(points.len())];
    let mean = |w: &[(f64, f64)]| w.iter().map(|p| p.1).sum::<f64>() / w.len() as f64;
    points.iter().enumerate().map(|(i, p)| (p.0, mean(window(i)))).collect()
}

/// Keeps the lowest and the highest point of every pixel column: looks the same, and 50,000 iterations stay small.
fn thin(points: &[(f64, f64)], frame: &Frame) -> Vec<(f64, f64)> {
    if points.len() < 2 * WIDTH as usize {
        return points.to_vec();
    }
    let column = |p: &(f64, f64)| frame.place(p.0, p.1).0.round() as i64;
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let extremes = group.iter().min_by(by_height).zip(group.iter().max_by(by_height));
        if let Some((low, high)) = extremes {
            let (first, second) = if low.0 <= high.0 { (low, high) } else { (high, low) };
            kept.extend([*first, *second]);
        }
    }
    kept
}
