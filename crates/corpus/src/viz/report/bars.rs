//! Bars with spread: one figure a variant. Laid out by the browser, so that labels stay readable on a telephone.

use crate::viz::html::{escape, inline, number};
use crate::viz::ticks::Ticks;
use std::fmt::Write;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    label: String,
    mean: f64,
    sd: Option<f64>,
    text: String,
    group: usize,
}

impl Bar {
    /// A bar of this height.
    pub fn new(label: impl Into<String>, value: f64) -> Self {
        Self { label: label.into(), mean: value, sd: None, text: number(value, 3), group: 0 }
    }

    /// A bar of the mean of several runs, with a whisker of ± their standard deviation.
    pub fn of_runs(label: impl Into<String>, runs: &[f64]) -> Self {
        let (mean, sd) = super::table::mean_sd(runs);
        Self { sd, ..Self::new(label, mean) }
    }

    /// Colour of the bar, counted from 0: bars of one group look alike.
    pub fn group(mut self, group: usize) -> Self {
        self.group = group % 8;
        self
    }
}

/// Horizontal bars over a common axis that begins at zero.
#[derive(Clone, Debug)]
pub struct BarChart {
    axis: String,
    percent: bool,
    reference: Option<(String, f64)>,
    high: Option<f64>,
    bars: Vec<Bar>,
}

impl BarChart {
    /// An empty chart; the label names the unit.
    pub fn new(axis: impl Into<String>) -> Self {
        Self { axis: axis.into(), percent: false, reference: None, high: None, bars: Vec::new() }
    }

    /// Values are shares: shown in per cent, on an axis from 0 to 100 %.
    pub fn percent(mut self) -> Self {
        self.percent = true;
        self.high = Some(1.0);
        self
    }

    /// A line across all bars, for example the level of chance.
    pub fn reference(mut self, label: impl Into<String>, value: f64) -> Self {
        self.reference = Some((label.into(), value));
        self
    }

    /// Adds a bar.
    pub fn with(mut self, bar: Bar) -> Self {
        self.bars.push(bar);
        self
    }

    pub(super) fn to_html(&self, alt: &str) -> String {
        let ends = self.bars.iter().map(|b| b.mean + b.sd.unwrap_or(0.0)).filter(|v| v.is_finite());
        let Some(longest) = ends.reduce(f64::max) else {
            return "<p class=\"empty\">No data to draw.</p>\n".into();
        };
        let high = self.high.unwrap_or_else(|| Ticks::linear(0.0, longest.max(f64::MIN_POSITIVE), 4).high);
        let at = |value: f64| if value.is_finite() { (value / high * 100.0).clamp(0.0, 100.0) } else { 0.0 };
        let show = |value: f64| match self.percent {
            true if value.is_finite() => format!("{:.1}", value * 100.0),
            _ => number(value, 3),
        };
        let mut html = format!("<div class=\"bars\" role=\"img\" aria-label=\"{}\">\n", escape(alt));
        let line =
            self.reference.as_ref().map_or(String::new(), |(_, v)| format!("<s style=\"left:{:.2}%\"></s>", at(*v)));
        for bar in &self.bars {
            let whisker = bar.sd.map_or(String::new(), |sd| {
                let (low, high) = (at(bar.mean - sd), at(bar.mean + sd));
                format!("<u style=\"left:{low:.2}%;width:{:.2}%\"></u>", high - low)
            });
            let spread = bar.sd.map_or(String::new(), |sd| format!(" <small>± {}</small>", show(sd)));
            let text = if self.percent { show(bar.mean) + spread.as_str() + " %" } else { bar.text.clone() + &spread };
            let _ = writeln!(
                html,
                "<div class=\"bar s{}\"><span>{}</span><div><b style=\"width:{:.2}%\"></b>{whisker}{line}</div><em>{text}</em></div>",
                bar.group,
                inline(&bar.label),
                at(bar.mean)
            );
        }
        let reference = self.reference.as_ref().map_or(String::new(), |(l, v)| {
            format!(" Dashed line: {}, {}{}.", inline(l), show(*v), if self.percent { " %" } else { "" })
        });
        let whiskers =
            if self.bars.iter().any(|b| b.sd.is_some()) { " Whiskers: ± one standard deviation." } else { "" };
        let _ = writeln!(html, "</div>\n<p class=\"axis-note\">{}.{whiskers}{reference}</p>", inline(&self.axis));
        html
    }
}
