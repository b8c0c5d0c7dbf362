//! The files that a simulation is written to, each whole or not at all.

use super::output_kind::OutputKind;
use super::spec::SimulateFile;
use super::{pictures, spectrogram};
use crate::base::cube::IfCube;
use crate::chain::View;
use crate::dsp::heatmap::heatmaps;
use crate::dsp::micro_doppler::micro_doppler_of_cube;
use crate::dsp::power_map::{PowerMap, range_azimuth, range_time, range_velocity};
use crate::dsp::range_doppler::RangeDopplerConfig;
use crate::recording::npy_spectrogram::Sampled;
use crate::recording::{dca1000, iq_track, npy_cube, point_table};
use crate::sensor::FmcwRadar;
use crate::sim::SimReport;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Azimuths of the range-angle map: one a degree.
const AZIMUTHS: usize = 181;

/// Writes all that is asked for into `folder`; says which files, by kind, and what there is to know of them.
pub(super) fn write(
    folder: &Path,
    (cube, report): (&IfCube, &SimReport),
    file: &SimulateFile,
    radar: &FmcwRadar,
) -> anyhow::Result<Value> {
    let outputs = &file.outputs;
    let kinds = outputs.kinds(&radar.clone().into());
    let asked = |kind: OutputKind| kinds.contains(&kind);
    let mut written = Map::new();
    if asked(OutputKind::Cube) {
        npy_cube::write(&folder.join("cube.npy"), cube)?;
        written.insert("cube".into(), json!({"files": ["cube.npy", "cube.json"]}));
    }
    if asked(OutputKind::Dca1000) {
        // The ADC's own codes where there is one; otherwise a scale that wastes one bit.
        let code_value = report.adc.map_or_else(|| dca1000::half_scale(cube), |adc| adc.step);
        let clipped = dca1000::write(&folder.join("adc.bin"), cube, outputs.dca1000.format(radar), code_value)?;
        let about = json!({"files": ["adc.bin", "adc.json"], "code_value": code_value, "clipped": clipped});
        written.insert("dca1000".into(), about);
    }
    if asked(OutputKind::IqWav) {
        let track = iq_track::extract(cube, &outputs.iq_wav)?;
        iq_track::write(&folder.join("iq.wav"), &track)?;
        let about = json!({"files": ["iq.wav", "iq.json"], "range_m": track.description.range_m});
        written.insert("iq_wav".into(), about);
    }
    if asked(OutputKind::PointsCsv) || asked(OutputKind::PointsNpz) {
        let cloud = file.chain.points.clone().unwrap_or_default().detected(cube)?;
        let points: usize = cloud.frames.iter().map(|f| f.points.len()).sum();
        if asked(OutputKind::PointsCsv) {
            point_table::write_csv(&folder.join("points.csv"), &cloud)?;
            // Beside the arrays it is the same description.
            let files: &[&str] =
                if asked(OutputKind::PointsNpz) { &["points.csv"] } else { &["points.csv", "points.json"] };
            written.insert("points_csv".into(), json!({"files": files, "points": points}));
        }
        if asked(OutputKind::PointsNpz) {
            point_table::write_npz(&folder.join("points.npz"), &cloud)?;
            written.insert("points_npz".into(), json!({"files": ["points.npz", "points.json"], "points": points}));
        }
    }
    if asked(OutputKind::MicroDoppler) {
        let settings = file.spectrogram();
        let map = micro_doppler_of_cube(cube, &settings)?;
        let (frames, loops, ..) = cube.data.dim();
        let sampled = (settings.filled_for_cube(&cube.info, frames, loops), Sampled::Cube(cube.info.clone()));
        written.insert("micro_doppler".into(), spectrogram::write(folder, &map, sampled, &outputs.pictures)?);
    }
    let spectra = RangeDopplerConfig {
        max_range_m: outputs.pictures.max_range_m,
        remove_static: outputs.pictures.remove_static,
        ..RangeDopplerConfig::default()
    };
    let mut draw = |name: &str, title: &str, map: PowerMap| -> anyhow::Result<()> {
        let files = pictures::write(folder, name, title, view(map), outputs.pictures.dynamic_range_db)?;
        written.insert(name.into(), json!({"files": files}));
        Ok(())
    };
    if asked(OutputKind::RangeDoppler) {
        draw("range_doppler", "Range-Doppler, mean of frames and channels", range_velocity(cube, &spectra)?)?;
    }
    if asked(OutputKind::RangeAngle) {
        draw("range_angle", "Range-angle, mean of frames", range_azimuth(cube, &spectra, AZIMUTHS)?)?;
    }
    if asked(OutputKind::RangeTime) {
        draw("range_time", "Range over time, mean of chirps and channels", range_time(cube, &spectra)?)?;
    }
    if asked(OutputKind::Heatmaps) {
        let maps = heatmaps(cube, &file.chain.heatmaps.clone().unwrap_or_default())?;
        let files = pictures::write_sheet(folder, "heatmaps", &format!("Heatmaps of {}", radar.name), &maps.into())?;
        written.insert("heatmaps".into(), json!({"files": files}));
    }
    Ok(Value::Object(written))
}

fn view(map: PowerMap) -> View {
    let PowerMap { data, range, other, unit } = map;
    View { quantity: "power".into(), unit: unit.into(), axes: vec![range, other], data: data.into_dyn() }
}
