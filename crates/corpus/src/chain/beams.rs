//! The chain of passages: a few steps of every sensor of a base station, and the powers of the beams some steps later.

use super::views::{View, Views};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::signal::{BeamSensor, BeamStep, BeamTrack, Signal};
use ndarray::{Array2, Array3, ArrayD, ArrayView3, IxDyn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Least power that is told from none, dB.
const FLOOR_DB: f32 = -60.0;

/// Sequences of steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BeamChain {
    /// Steps that are seen, 1 to 1024. Default 5.
    pub steps: usize,
    /// The powers that are asked for are so many steps behind the last one that is seen, 0 to 1024. Default 3; with 0 they are those of
    /// the last step itself, which `powers` then shows.
    pub ahead: usize,
    /// From one sequence to the next, steps, 1 to 1024. Default 1.
    pub every: usize,
    /// Beams of the codebook, 2 to 4096. Default 64.
    pub beams: usize,
    /// The position is known at so many steps from the first one on. Default 2: positions come late and seldom.
    pub gnss_steps: usize,
    /// Frames of the radar; none: no view of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radar: Option<RadarFrame>,
    /// The LiDAR from above; none: no view of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lidar: Option<LidarGrid>,
    /// Rows and columns to which images are made smaller, each 1 to 1024; none: no view of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<[usize; 2]>,
}

/// Size of a frame of the radar; smaller ones are filled up with zeros behind their samples and chirps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RadarFrame {
    /// Receive antennas, 1 to 64.
    pub rx: usize,
    /// Samples of a chirp, 1 to 4096.
    pub samples: usize,
    /// Chirps of a frame, 1 to 4096.
    pub chirps: usize,
}

/// A grid over the ground: for each cell ln(1 + points) and the greatest height, m.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LidarGrid {
    /// Cells along y, 1 to 1024. Default 32.
    pub rows: usize,
    /// Cells along x, 1 to 1024. Default 32.
    pub columns: usize,
    /// Where x begins and ends, m. Default −40 to 40.
    pub x_m: [f64; 2],
    /// Where y begins and ends, m. Default −40 to 40.
    pub y_m: [f64; 2],
}

impl Default for LidarGrid {
    fn default() -> Self {
        Self { rows: 32, columns: 32, x_m: [-40.0, 40.0], y_m: [-40.0, 40.0] }
    }
}

impl Default for BeamChain {
    fn default() -> Self {
        Self { steps: 5, ahead: 3, every: 1, beams: 64, gnss_steps: 2, radar: None, lidar: None, image: None }
    }
}

impl BeamChain {
    /// All that is wrong with the settings; the keys are relative to them.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut within = |key: &str, value: usize, least: usize, most: usize| {
            if !(least..=most).contains(&value) {
                problems.push(Problem::new(key, format!("{value}; expected {least} to {most}")));
            }
        };
        within("steps", self.steps, 1, 1024);
        within("ahead", self.ahead, 0, 1024);
        within("every", self.every, 1, 1024);
        within("beams", self.beams, 2, 4096);
        within("gnss_steps", self.gnss_steps, 0, self.steps);
        if let Some(frame) = self.radar {
            within("radar.rx", frame.rx, 1, 64);
            within("radar.samples", frame.samples, 1, 4096);
            within("radar.chirps", frame.chirps, 1, 4096);
        }
        if let Some([rows, columns]) = self.image {
            within("image.0", rows, 1, 1024);
            within("image.1", columns, 1, 1024);
        }
        if let Some(grid) = self.lidar {
            within("lidar.rows", grid.rows, 1, 1024);
            within("lidar.columns", grid.columns, 1, 1024);
            for (key, [from, to]) in [("lidar.x_m", grid.x_m), ("lidar.y_m", grid.y_m)] {
                if !(from < to && from.is_finite() && to.is_finite()) {
                    problems.push(Problem::new(key, format!("[{from}, {to}]; expected two rising numbers")));
                }
            }
        }
        problems
    }

    /// Names and shapes of the views.
    pub(super) fn planned(&self) -> Vec<(String, Vec<usize>)> {
        let mut planned = vec![
            ("available".to_owned(), vec![self.steps, BeamSensor::ALL.len()]),
            ("powers".to_owned(), vec![self.steps, self.beams]),
            ("gnss".to_owned(), vec![self.steps, 2]),
        ];
        if let Some(frame) = self.radar {
            planned.push(("radar".into(), vec![self.steps, 2, frame.rx, frame.samples, frame.chirps]));
        }
        if let Some(grid) = self.lidar {
            planned.push(("lidar".into(), vec![self.steps, 2, grid.rows, grid.columns]));
        }
        if let Some([rows, columns]) = self.image {
            planned.push(("image".into(), vec![self.steps, 3, rows, columns]));
        }
        planned
    }

    /// Sequences of a passage with what is asked about behind them, each with its start, s. Those whose answer is not known, and those in
    /// which nothing was measured, are left out.
    pub(super) fn windows(&self, track: &BeamTrack) -> Vec<(f64, Signal)> {
        let span = self.steps + self.ahead;
        let starts = (0..(track.steps.len() + 1).saturating_sub(span)).step_by(self.every);
        let start = track.steps.first().map_or(0.0, |step| step.time_s);
        starts
            .filter(|&first| {
                let seen = &track.steps[first..first + self.steps];
                let any = (0..self.steps).any(|k| BeamSensor::ALL.iter().any(|s| self.sees(&seen[k], k, *s)));
                any && track.steps[first + span - 1].powers.is_some()
            })
            .map(|first| (track.steps[first].time_s - start, Signal::Beams(track.window(first, span))))
            .collect()
    }

    /// Power of every beam at the step that is asked about; empty where it is not known.
    pub fn answer(&self, window: &BeamTrack) -> Vec<f32> {
        let step = window.steps.get(self.steps + self.ahead - 1);
        step.and_then(|step| step.powers.clone()).unwrap_or_default()
    }

    /// Whether a sensor is shown at a step of a sequence.
    fn sees(&self, step: &BeamStep, k: usize, sensor: BeamSensor) -> bool {
        let shown = match sensor {
            BeamSensor::Powers => true,
            BeamSensor::Gnss => k < self.gnss_steps,
            BeamSensor::Radar => self.radar.is_some(),
            BeamSensor::Lidar => self.lidar.is_some(),
            BeamSensor::Image => self.image.is_some(),
        };
        shown && step.has(sensor)
    }

    /// The views of a sequence; what lies behind it is not looked at.
    ///
    /// # Shapes
    /// `available[step, sensor]` (1 where it measured, in the order of [`BeamSensor::ALL`]), `powers[step, beam]` (dB), `gnss[step, axis]`
    /// (m to the east and north of the base station), `radar[step, part, rx, sample, chirp]` (real and imaginary),
    /// `lidar[step, channel, row, column]`, `image[step, colour, row, column]` (0 to 1). Zeros where nothing was measured; a view of a
    /// sensor that measured at no step is absent.
    pub(super) fn views(&self, track: &BeamTrack) -> Result<Views, DspError> {
        let fail = |reason: String| Err(DspError::Beams { reason });
        if let Some(reason) = track.problem() {
            return fail(reason);
        }
        if track.beams != self.beams {
            return fail(format!("{} beams, but chain.beams.beams is {}", track.beams, self.beams));
        }
        let Some(seen) = track.steps.get(..self.steps) else {
            return fail(format!("{} steps, but chain.beams.steps is {}", track.steps.len(), self.steps));
        };
        let mut available = Array2::<f32>::zeros((self.steps, BeamSensor::ALL.len()));
        for ((k, column), value) in available.indexed_iter_mut() {
            *value = f32::from(u8::from(self.sees(&seen[k], k, BeamSensor::ALL[column])));
        }
        let period = track.duration_s() / (track.steps.len().max(2) - 1) as f64;
        let time = Axis::new("time", "s", self.steps, 0.0, period);
        let mut views = Views::new();
        let planned = self.planned();
        for sensor in BeamSensor::ALL {
            let shown: Vec<usize> = (0..self.steps).filter(|&k| self.sees(&seen[k], k, sensor)).collect();
            let Some((name, shape)) = planned.iter().find(|(name, _)| name == sensor.name()) else { continue };
            if shown.is_empty() {
                continue;
            }
            let mut data = ArrayD::<f32>::zeros(IxDyn(shape));
            for k in shown {
                let mut values = data.index_axis_mut(ndarray::Axis(0), k);
                let numbers = self.numbers(&seen[k], sensor).map_err(|reason| DspError::Beams { reason })?;
                values.iter_mut().zip(numbers).for_each(|(v, number)| *v = number);
            }
            let (quantity, unit, axes) = about(sensor);
            let axes = axes.iter().zip(&shape[1..]).map(|(name, len)| Axis::index(name, *len));
            let axes = std::iter::once(time.clone()).chain(axes).collect();
            views.insert(name, View { quantity: quantity.into(), unit: unit.into(), axes, data });
        }
        let axes = vec![time, Axis::index("sensor", BeamSensor::ALL.len())];
        let quantity = "available".to_owned();
        views.insert("available", View { quantity, unit: "1".into(), axes, data: available.into_dyn() });
        Ok(views)
    }

    /// The numbers of a sensor at a step, row-major; none where it has not measured.
    fn numbers(&self, step: &BeamStep, sensor: BeamSensor) -> Result<Vec<f32>, String> {
        Ok(match sensor {
            BeamSensor::Powers => {
                let decibels = |p: &f32| (10.0 * p.log10()).max(FLOOR_DB);
                step.powers.iter().flatten().map(decibels).collect()
            }
            BeamSensor::Gnss => step.position_m.iter().flatten().map(|v| *v as f32).collect(),
            BeamSensor::Radar => match (&step.radar, self.radar) {
                (Some(frame), Some(size)) => padded(frame.view(), size)?,
                _ => Vec::new(),
            },
            BeamSensor::Lidar => match (&step.lidar, self.lidar) {
                (Some(points), Some(grid)) => grid.seen(points),
                _ => Vec::new(),
            },
            BeamSensor::Image => match (&step.image, self.image) {
                (Some(image), Some(size)) => smaller(image, size)?,
                _ => Vec::new(),
            },
        })
    }
}

/// Quantity, unit and axes behind the step.
fn about(sensor: BeamSensor) -> (&'static str, &'static str, &'static [&'static str]) {
    match sensor {
        BeamSensor::Powers => ("beam_power", "dB", &["beam"]),
        BeamSensor::Gnss => ("position", "m", &["east_north"]),
        BeamSensor::Radar => ("if_signal", "1", &["part", "rx", "sample", "chirp"]),
        BeamSensor::Lidar => ("ln_count_and_height", "1", &["channel", "y", "x"]),
        BeamSensor::Image => ("colour", "1", &["colour", "row", "column"]),
    }
}

/// `[part, rx, sample, chirp]` of a frame with zeros behind its samples and chirps.
fn padded(frame: ArrayView3<'_, crate::base::Complex32>, size: RadarFrame) -> Result<Vec<f32>, String> {
    let (rx, samples, chirps) = frame.dim();
    if rx != size.rx || samples > size.samples || chirps > size.chirps {
        let RadarFrame { rx: wanted, samples: most, chirps: at_most } = size;
        return Err(format!(
            "a radar frame of {rx} antennas, {samples} samples and {chirps} chirps, but chain.beams.radar is {wanted} antennas and at \
             most {most} samples and {at_most} chirps"
        ));
    }
    let mut values = vec![0.0; 2 * rx * size.samples * size.chirps];
    let half = values.len() / 2;
    for ((r, s, c), z) in frame.indexed_iter() {
        let at = (r * size.samples + s) * size.chirps + c;
        (values[at], values[half + at]) = (z.re, z.im);
    }
    Ok(values)
}

impl LidarGrid {
    /// `[channel, row, column]`; points outside the grid are not seen.
    fn seen(&self, points: &[[f32; 3]]) -> Vec<f32> {
        let mut cells = Array3::<f32>::zeros((2, self.rows, self.columns));
        let place = |v: f32, [from, to]: [f64; 2], count: usize| {
            let share = (f64::from(v) - from) / (to - from);
            (0.0..1.0).contains(&share).then(|| ((share * count as f64) as usize).min(count - 1))
        };
        for [x, y, z] in points {
            let (Some(row), Some(column)) = (place(*y, self.y_m, self.rows), place(*x, self.x_m, self.columns)) else {
                continue;
            };
            let first = cells[[0, row, column]] == 0.0;
            cells[[0, row, column]] += 1.0;
            let height = &mut cells[[1, row, column]];
            *height = if first { *z } else { height.max(*z) };
        }
        cells.index_axis_mut(ndarray::Axis(0), 0).mapv_inplace(f32::ln_1p);
        cells.into_iter().collect()
    }
}

/// `[colour, row, column]`, each the mean of the pixels that fall on it, 0 to 1.
fn smaller(image: &Array3<u8>, [rows, columns]: [usize; 2]) -> Result<Vec<f32>, String> {
    let (from_rows, from_columns, colours) = image.dim();
    if from_rows < rows || from_columns < columns {
        return Err(format!(
            "an image of {from_rows} × {from_columns} pixels, but chain.beams.image asks for {rows} × {columns}: images are made \
             smaller, not greater"
        ));
    }
    let edges = |k: usize, count: usize, from: usize| k * from / count..((k + 1) * from).div_ceil(count);
    let mut values = Vec::with_capacity(colours * rows * columns);
    for colour in 0..colours {
        for row in 0..rows {
            for column in 0..columns {
                let (across, down) = (edges(column, columns, from_columns), edges(row, rows, from_rows));
                let count = (across.len() * down.len()) as f32;
                let pixels = down.flat_map(|r| across.clone().map(move |c| (r, c)));
                let sum: f32 = pixels.map(|(r, c)| f32::from(image[[r, c, colour]])).sum();
                values.push(sum / count / 255.0);
            }
        }
    }
    Ok(values)
}
