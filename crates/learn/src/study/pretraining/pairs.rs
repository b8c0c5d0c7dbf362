//! Radar points with the joints of a camera beside them, as views and poses.

use super::fault;
use super::source::PairMaps;
use crate::model::interface::ViewInfo;
use crate::recording::Recording;
use crate::recording::mars::{PairedStretch, read_paired};
use crate::signal::{PointFrame, Signal};
use crate::study::experiment::{ExperimentError, Item};
use crate::train::{Dataset, Truth, ViewColumn};
use ndarray::{Array2, Axis};
use std::path::Path;

/// Samples and what is known of each.
#[derive(Clone)]
pub(in crate::study) struct LabelledSet {
    pub(in crate::study) set: Dataset,
    pub(in crate::study) items: Vec<Item>,
}

/// The view's name, that of cubes of other radars.
pub(super) const VIEW: &str = "time_range_angle";

/// Reads all `*.npz` of a folder.
pub(super) fn read(dir: &Path, maps: &PairMaps) -> Result<LabelledSet, ExperimentError> {
    let listed =
        std::fs::read_dir(dir).map_err(|e| fault(dir.display().to_string(), format!("cannot be read: {e}")))?;
    let mut files = Vec::new();
    for entry in listed {
        let path = entry.map_err(|e| fault(dir.display().to_string(), e))?.path();
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npz")) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(fault(dir.display().to_string(), "holds no *.npz with points and joints side by side"));
    }
    let (mut values, mut truths, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for file in &files {
        // Parts of the time of every movement: `s1_validate`, `s1_test`.
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let split = stem.rsplit_once('_').map_or("", |(_, split)| split);
        for stretch in read_paired(file)? {
            add(&stretch, split, maps, (&mut values, &mut truths, &mut items));
        }
    }
    let mut set = set_of(values, items.len(), maps)?;
    set.truths = truths;
    Ok(LabelledSet { set, items })
}

/// Recordings of points alone, of these subjects, as the same views.
pub(super) fn read_points(
    recordings: &[Recording],
    subjects: &[String],
    maps: &PairMaps,
) -> Result<LabelledSet, ExperimentError> {
    let (mut values, mut items) = (Vec::new(), Vec::new());
    for recording in recordings {
        let subject = recording.subject.clone().unwrap_or_default();
        let Signal::Points(points) = &recording.signal else { continue };
        if !(subjects.is_empty() || subjects.contains(&subject)) {
            continue;
        }
        for last in (maps.frames - 1..points.frames.len()).step_by(maps.every) {
            let seen = &points.frames[last + 1 - maps.frames..=last];
            let view: Vec<f32> = seen.iter().flat_map(|frame| picture(frame, maps)).collect();
            if view.iter().any(|v| *v != 0.0) {
                values.extend(view);
                items.push(item((&recording.activity, &subject, &recording.name), seen, points.frame_period_s));
            }
        }
    }
    if items.is_empty() {
        return Err(fault("points", format!("there is no recording of the subjects {}", subjects.join(", "))));
    }
    let set = set_of(values, items.len(), maps)?;
    Ok(LabelledSet { set, items })
}

fn set_of(values: Vec<f32>, count: usize, maps: &PairMaps) -> Result<Dataset, ExperimentError> {
    let shape = vec![maps.frames, maps.ranges, 2 * maps.angles];
    let cells = shape.iter().product();
    let values = Array2::from_shape_vec((count, cells), values).map_err(|e| fault("points", e))?;
    let column = ViewColumn { info: ViewInfo::new(VIEW, shape), values, present: vec![true; count] };
    Ok(Dataset::of_views(vec![column], vec![0; count], vec!["person".into()])?)
}

fn item((label, subject, recording): (&str, &str, &str), seen: &[PointFrame], period_s: f64) -> Item {
    let (first, last) = (seen.first().map_or(0.0, |f| f.time_s), seen.last().map_or(0.0, |f| f.time_s));
    Item {
        label: label.into(),
        session: String::new(),
        subject: subject.into(),
        split: String::new(),
        recording: recording.into(),
        start_s: first,
        duration_s: last - first + period_s,
    }
}

fn add(
    stretch: &PairedStretch,
    split: &str,
    maps: &PairMaps,
    (values, truths, items): (&mut Vec<f32>, &mut Vec<Truth>, &mut Vec<Item>),
) {
    let frames = &stretch.points.frames;
    for last in (maps.frames - 1..frames.len()).step_by(maps.every) {
        let seen = &frames[last + 1 - maps.frames..=last];
        let view: Vec<f32> = seen.iter().flat_map(|frame| picture(frame, maps)).collect();
        // Frames in which all points lie beyond the maps show nobody.
        if view.iter().all(|v| *v == 0.0) {
            continue;
        }
        values.extend(view);
        truths.push(Truth::Pose(stretch.joints_m.index_axis(Axis(0), last).iter().copied().collect()));
        let subject = stretch.subject.clone().unwrap_or_default();
        let of = item(("person", &subject, &stretch.name), seen, stretch.points.frame_period_s);
        items.push(Item { split: split.into(), ..of });
    }
}

/// `[range, azimuth then elevation]`: the root of the summed intensity of a cell's points over the mean of the frame.
fn picture(frame: &PointFrame, maps: &PairMaps) -> Vec<f32> {
    let columns = 2 * maps.angles;
    let mut cells = vec![0.0_f64; maps.ranges * columns];
    let widest = maps.widest_deg.to_radians();
    let [near, far] = maps.range_m;
    for point in &frame.points {
        let p = point.position;
        let place = |value: f64, low: f64, high: f64, count: usize| {
            let x = (value - low) / (high - low) * count as f64;
            (x >= 0.0 && x < count as f64).then_some(x as usize)
        };
        let Some(row) = place(point.range_m, near, far, maps.ranges) else { continue };
        let (azimuth, elevation) = (p.x.atan2(p.y), p.z.atan2(p.x.hypot(p.y)));
        let power = 10f64.powf(point.intensity_db / 10.0);
        for (angle, first) in [(azimuth, 0), (elevation, maps.angles)] {
            if let Some(column) = place(angle, -widest, widest, maps.angles) {
                cells[row * columns + first + column] += power;
            }
        }
    }
    cells.iter().map(|v| v.sqrt() as f32).collect()
}
