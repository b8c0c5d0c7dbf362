//! What of a signal is shown beside the body: maps with axes, maps of frames, points.

use crate::base::axis::Axis;
use crate::base::cube::{IfCube, level_unit};
use crate::chain::PointChain;
use crate::chain::{Chain, View, Views};
use crate::dsp::micro_doppler::{MicroDoppler, MicroDopplerConfig, micro_doppler, micro_doppler_of_cube};
use crate::dsp::power_map::{PowerMap, range_time};
use crate::dsp::range_doppler::{RangeDopplerConfig, RangeDopplerFft};
use crate::signal::{PointCloud, Signal};
use crate::viz::{ColourMap, MapPicture, VizError, view_png, with_unit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ndarray::Array2;
use rayon::prelude::*;
use serde::Serialize;

/// Frames that are shown of a recording, at most: a file with more would be slow to open.
const MOST_FRAMES: usize = 120;
/// Decibels between the strongest cell and the lowest colour.
const DYNAMIC_RANGE_DB: f32 = 60.0;

/// Something that is shown under the clock.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Panel {
    /// Pictures of one size: one, or one a frame.
    Map(MapPanel),
    /// Detections from above.
    Points(PointPanel),
}

/// A map, or one of each of some frames.
#[derive(Serialize)]
pub(super) struct MapPanel {
    title: String,
    values: String,
    pngs: Vec<String>,
    /// When each picture begins, s; none for a single one.
    times: Option<Vec<f64>>,
    x: Ends,
    y: Ends,
    low: f32,
    high: f32,
    palette: Vec<String>,
    over_time: bool,
}

/// Detections, frame by frame.
#[derive(Serialize)]
pub(super) struct PointPanel {
    title: String,
    values: String,
    /// `[right, away, radial velocity]` of each point, m and m/s.
    points: Vec<Vec<[f32; 3]>>,
    times: Vec<f64>,
    x: Ends,
    y: Ends,
    fastest: f64,
}

/// An axis from edge to edge.
#[derive(Serialize)]
struct Ends {
    label: String,
    low: f64,
    high: f64,
}

impl Ends {
    fn of(axis: &Axis) -> Self {
        let unit = if axis.unit == "rad" { 1_f64.to_degrees() } else { 1.0 };
        let ends = [axis.value(0) - 0.5 * axis.step, axis.value(axis.len.max(1) - 1) + 0.5 * axis.step];
        let sign = axis.sign.as_ref().map_or(String::new(), |sign| format!(", {sign}"));
        let [a, b] = ends.map(|end| end * unit);
        Self { label: with_unit(&axis.name, &axis.unit) + &sign, low: a.min(b), high: a.max(b) }
    }
}

/// A PNG as an address that needs no file.
pub(super) fn address(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64.encode(png))
}

fn palette(colours: ColourMap) -> Vec<String> {
    let all = colours.palette();
    (0..64).map(|i| all[i * 4]).map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}")).collect()
}

fn map(
    title: &str,
    views: &[View],
    (low, high): (f32, f32),
    colours: ColourMap,
    times: Option<Vec<f64>>,
) -> Result<Panel, VizError> {
    let picture = MapPicture { colours, low, high, scale: 1 };
    let pngs = views.par_iter().map(|view| Ok(address(&view_png(view, &picture)?))).collect::<Result<_, VizError>>()?;
    let empty = || VizError::Input { what: title.into(), problem: "no frame to show".into() };
    let first = views.first().ok_or_else(empty)?;
    Ok(Panel::Map(MapPanel {
        title: title.into(),
        values: with_unit(&first.quantity, &first.unit),
        pngs,
        times,
        x: Ends::of(&first.axes[1]),
        y: Ends::of(&first.axes[0]),
        low,
        high,
        palette: palette(colours),
        over_time: first.axes[1].unit == "s",
    }))
}

/// Panels of all views of two axes.
pub(super) fn of_views(prefix: &str, views: &Views) -> Result<Vec<Panel>, VizError> {
    let flat = views.iter().filter(|(_, view)| view.axes.len() == 2 && !view.data.is_empty());
    flat.map(|(name, view)| {
        let limits = view.data.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        let limits = if limits.0 < limits.1 { limits } else { (limits.0 - 1.0, limits.0 + 1.0) };
        let title = format!("{prefix}{}", name.replace('_', " ").replace("doppler", "Doppler"));
        map(&title, std::slice::from_ref(view), limits, ColourMap::Viridis, None)
    })
    .collect()
}

fn levels(title: &str, views: &[View], times: Option<Vec<f64>>) -> Result<Panel, VizError> {
    let high = views.iter().flat_map(|view| view.data.iter().copied()).fold(f32::NEG_INFINITY, f32::max);
    map(title, views, (high - DYNAMIC_RANGE_DB, high), ColourMap::Inferno, times)
}

fn power(data: Array2<f32>, axes: [&Axis; 2], unit: &str) -> View {
    View { quantity: "power".into(), unit: unit.into(), axes: axes.map(Clone::clone).to_vec(), data: data.into_dyn() }
}

fn spectrogram(map: MicroDoppler) -> Result<Panel, VizError> {
    let MicroDoppler { data, velocity, time, unit } = map;
    levels("micro-Doppler spectrogram", &[power(data, [&velocity, &time], unit)], None)
}

/// Range-Doppler maps of single frames, evenly over the recording.
fn range_doppler_frames(cube: &IfCube) -> anyhow::Result<Panel> {
    let fft = RangeDopplerFft::new(cube, &RangeDopplerConfig::default())?;
    let frames = cube.data.dim().0;
    let shown: Vec<usize> = (0..frames.min(MOST_FRAMES)).map(|i| i * frames / frames.min(MOST_FRAMES)).collect();
    let one = |frame: &usize| -> anyhow::Result<View> {
        let spectrum = fft.frame(cube, *frame)?;
        let (doppler, tx, rx, range) = spectrum.dim();
        let mut sum = Array2::<f32>::zeros((range, doppler));
        for ((d, _, _, r), z) in spectrum.indexed_iter() {
            sum[[r, d]] += z.norm_sqr() / (tx * rx) as f32;
        }
        let data = sum.mapv(|p| (10.0 * p.log10()).max(-300.0));
        Ok(power(data, [&fft.range_axis, &fft.doppler_axis], level_unit(&cube.unit)))
    };
    let views: Vec<View> = shown.par_iter().map(one).collect::<anyhow::Result<_>>()?;
    let times = shown.iter().map(|frame| *frame as f64 * cube.info.frame_period_s).collect();
    Ok(levels("range-Doppler, frame by frame", &views, Some(times))?)
}

fn points(cloud: &PointCloud) -> Option<Panel> {
    let all = || cloud.frames.iter().flat_map(|frame| &frame.points);
    let reach = |of: fn(&crate::signal::Point) -> f64| all().map(of).fold(0.0, f64::max).clamp(1.0, 60.0);
    all().next()?;
    let wide = reach(|p| p.position.x.abs());
    Some(Panel::Points(PointPanel {
        title: "points from above".into(),
        values: "red recedes, blue comes nearer; grey: all frames".into(),
        points: cloud
            .frames
            .iter()
            .map(|f| {
                f.points.iter().map(|p| [p.position.x as f32, p.position.y as f32, p.velocity_mps as f32]).collect()
            })
            .collect(),
        times: cloud.frames.iter().map(|frame| frame.time_s).collect(),
        x: Ends { label: "to the right of the sensor (m)".into(), low: -wide, high: wide },
        y: Ends { label: "away from the sensor (m)".into(), low: 0.0, high: reach(|p| p.position.y) },
        fastest: all().map(|p| p.velocity_mps.abs()).fold(0.1, f64::max),
    }))
}

/// All that is shown of a signal; what cannot be made of it goes to `notes`.
pub(super) fn of_signal(
    prefix: &str,
    signal: &Signal,
    chain: &Chain,
    duration_s: Option<f64>,
    notes: &mut Vec<String>,
) -> Vec<Panel> {
    let mut panels = Vec::new();
    let mut take = |what: &str, made: anyhow::Result<Vec<Panel>>| match made {
        Ok(made) => panels.extend(made),
        Err(error) => notes.push(format!("{prefix}no {what}: {}", crate::cli::told(&error))),
    };
    match signal {
        Signal::Cube(cube) => {
            take("range-Doppler maps", range_doppler_frames(cube).map(|panel| vec![panel]));
            take(
                "spectrogram",
                micro_doppler_of_cube(cube, &MicroDopplerConfig::default())
                    .map_err(Into::into)
                    .and_then(|m| Ok(vec![spectrogram(m)?])),
            );
            let over_time = || -> anyhow::Result<Vec<Panel>> {
                let PowerMap { data, range, other, unit } = range_time(cube, &RangeDopplerConfig::default())?;
                Ok(vec![levels("range over time", &[power(data, [&range, &other], unit)], None)?])
            };
            take("range over time", over_time());
            let detected = PointChain::default().detected(cube).map_err(anyhow::Error::from);
            take("points", detected.map(|cloud| points(&cloud).into_iter().collect()));
        }
        Signal::Iq(iq) => {
            take(
                "spectrogram",
                micro_doppler(iq, &MicroDopplerConfig::default())
                    .map_err(Into::into)
                    .and_then(|m| Ok(vec![spectrogram(m)?])),
            );
        }
        Signal::Points(cloud) => take("points", Ok(points(cloud).into_iter().collect())),
        Signal::Csi(_) | Signal::Rfid(_) | Signal::Beams(_) => {}
    }
    let views = chain.apply(signal, duration_s).map_err(anyhow::Error::from);
    take("views", views.and_then(|made| Ok(of_views(prefix, &made.views)?)));
    panels
}
