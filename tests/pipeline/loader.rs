//! The chain's maps as mmCLIP's loader crops and scales them.

use crate::synthetic::{cube, iwr1443, target};
use kinecho::base::cube::IfCube;
use kinecho::chain::{Chain, ExpectedCube, ExpectedSignal};
use kinecho::dsp::heatmap::{HeatmapConfig, MmclipLoader, heatmap_power, heatmaps};
use kinecho::signal::Signal;
use ndarray::Array2;

fn walker() -> IfCube {
    cube(&iwr1443(), 12, 16, 240, &[target(2.5, 0.3, 0.0, -1.2), target(4.0, -0.4, 0.1, 0.7)])
}

fn config(loader: Option<MmclipLoader>) -> HeatmapConfig {
    let (window, hop) = (Some(32), Some(4));
    HeatmapConfig { window, hop, rows: 20, columns: 12, mmclip_loader: loader, ..HeatmapConfig::mmclip() }
}

/// Written out anew: decibels, then between the four middles of cells around each.
fn by_hand(power: &Array2<f32>, rows: [usize; 2], columns: [usize; 2]) -> Array2<f64> {
    let peak = power.iter().fold(0.0_f64, |m, p| m.max(f64::from(*p)));
    let db = |r: usize, c: usize| 10.0 * f64::from(power[[r, c]]).max(1e-30 * peak).log10();
    let between = |to: usize, i: usize, [first, end]: [usize; 2]| {
        let x = ((i as f64 + 0.5) * (end - first) as f64 / to as f64 - 0.5).max(0.0).min((end - first - 1) as f64);
        let low = x.floor() as usize;
        (first + low, (first + low + 1).min(end - 1), x - low as f64)
    };
    let map = Array2::from_shape_fn((20, 12), |(r, c)| {
        let ((top, bottom, y), (left, right, x)) = (between(20, r, rows), between(12, c, columns));
        (1.0 - y) * ((1.0 - x) * db(top, left) + x * db(top, right))
            + y * ((1.0 - x) * db(bottom, left) + x * db(bottom, right))
    });
    let (low, high) = map.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    map.mapv(|v| 2.0 * (v - low) / (high - low) - 1.0)
}

#[test]
fn the_middle_bins_and_columns_are_resized_and_stretched() {
    let cube = walker();
    let power = heatmap_power(&cube, &config(None)).unwrap();
    // 12 frames of 16 chirps: (192 − 32) / 4 columns.
    assert_eq!((power.maps[0].dim(), power.maps[1].dim()), ((32, 40), (240, 40)));
    let maps = heatmaps(&cube, &config(Some(MmclipLoader { doppler_bins: 28, crop: Some(24) }))).unwrap();
    assert_eq!(maps.quantity, "min_max_log_magnitude");
    let rows = [[2, 30], [0, 240], [0, 64]];
    for (i, rows) in rows.into_iter().enumerate() {
        let want = by_hand(&power.maps[i], rows, [8, 32]);
        let got = maps.data.index_axis(ndarray::Axis(0), i);
        let off = got.iter().zip(&want).fold(0.0_f64, |m, (a, b)| m.max((f64::from(*a) - b).abs()));
        assert!(off < 1e-5, "{}: {off}", maps.names[i]);
    }
    // Axes say where cells stand: the velocity of zero is where it was, and time begins with the crop's ninth column.
    let velocity = &maps.rows[0];
    let step = power.rows[0].step;
    assert!((velocity.first - (power.rows[0].value(2) + 0.5 * (velocity.step - step))).abs() < 1e-12);
    assert!((velocity.step - 28.0 * step / 20.0).abs() < 1e-12);
    let start = maps.time.first - 0.5 * maps.time.step;
    assert!((start - (power.time.value(8) - 0.5 * power.time.step)).abs() < 1e-12, "{:?}", maps.time);
    assert!((maps.time.step * 12.0 - power.time.step * 24.0).abs() < 1e-12);
}

#[test]
fn its_own_values_are_the_published_ones_and_what_does_not_fit_is_refused() {
    let yaml = "heatmaps: {chain: mmclip, mmclip_loader: {}}";
    let chain: Chain = serde_yaml::from_str(yaml).unwrap();
    let loader = chain.heatmaps.as_ref().unwrap().mmclip_loader.unwrap();
    assert_eq!((loader.doppler_bins, loader.crop), (224, Some(256)));
    // 256 columns of 16 chirps after a window of 256: 4352 chirps, 34 frames of 128.
    let info = iwr1443();
    let problems = |yaml: &str, frames: usize| -> Vec<String> {
        let chain: Chain = serde_yaml::from_str(yaml).unwrap();
        let cube = ExpectedCube { info: &info, frames, chirps: 128, samples: 240, duration_s: frames as f64 / 30.0 };
        let found = chain.problems_for(&ExpectedSignal::Cube(cube), &[]);
        found.iter().map(|p| format!("{}: {}", p.key, p.message)).collect()
    };
    assert!(problems(yaml, 34).is_empty(), "{:?}", problems(yaml, 34));
    let few = problems(yaml, 33);
    assert!(
        few.len() == 1 && few[0].starts_with("heatmaps.mmclip_loader.crop: 256 columns; the recording has only 248"),
        "{few:?}"
    );
    assert!(problems("heatmaps: {chain: mmclip, mmclip_loader: {crop: null}}", 33).is_empty());
    let wide = problems("heatmaps: {chain: mmclip, window: 128, mmclip_loader: {}}", 40);
    assert!(wide[0].contains("doppler_bins: 224; a window has only 128 Doppler bins"), "{wide:?}");
    let none = problems("heatmaps: {chain: mmclip, mmclip_loader: {doppler_bins: 0, crop: 0}}", 40);
    assert!(none.len() >= 2 && none[0].contains("doppler_bins: 0; expected 1 to 65536"), "{none:?}");
    // The same where the recording is there already.
    let error =
        Chain { heatmaps: Some(config(Some(MmclipLoader { doppler_bins: 28, crop: Some(41) }))), ..Chain::default() }
            .apply(&Signal::Cube(walker()), None)
            .unwrap_err()
            .to_string();
    assert!(error.contains("mmclip_loader.crop: 41 columns; the recording has only 40"), "{error}");
    assert!(serde_yaml::from_str::<Chain>("heatmaps: {mmclip_loader: {cropp: 3}}").is_err());
    // A setting that is off leaves no trace in files.
    assert!(!serde_json::to_string(&HeatmapConfig::default()).unwrap().contains("loader"));
}
