//! Crops of longer maps, as mmCLIP's loader takes them.

use kinecho::base::cube::{BARE, CubeInfo, IfCube};
use kinecho::base::progress::Silent;
use kinecho::base::random::RandomTree;
use kinecho::base::{Complex32, Vec3};
use kinecho::chain::{Chain, ViewInput};
use kinecho::model::classifier::ClassifierConfig;
use kinecho::model::system::ModelSpec;
use kinecho::signal::Signal;
use kinecho::train::{
    Augment, Dataset, Labels, LoaderAugment, Samples, Source, TrainConfig, TrainData, checkpoint, train,
};
use ndarray::{Array4, Array5};
use rand_distr::{Distribution, StandardNormal};
use std::collections::BTreeSet;

fn names() -> Vec<String> {
    ["time_doppler", "time_range", "time_angle"].map(String::from).to_vec()
}

/// 12 frames of 16 chirps: 40 columns of 32 chirps, one every 4.
fn cube(seed: u64) -> IfCube {
    let info = CubeInfo {
        start_frequency_hz: 77e9,
        chirp_slope_hz_per_s: 60e12,
        sample_rate_hz: 1e6,
        adc_start_s: 6e-6,
        chirp_period_s: 1e-4,
        loop_period_s: 1e-4,
        frame_period_s: 0.01,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros()],
        rx_m: (0..4).map(|i| Vec3::new(0.0019 * f64::from(i), 0.0, 0.0)).collect(),
        channel_factors: Vec::new(),
    };
    let mut stream = RandomTree::new(seed).stream(0, "cube");
    let mut normal = || -> f32 { StandardNormal.sample(&mut stream) };
    let data = Array5::from_shape_simple_fn((12, 16, 1, 4, 64), || Complex32::new(normal(), normal()));
    IfCube { data, info, unit: BARE.into() }
}

fn chain(loader: &str, columns: usize) -> Chain {
    let yaml = format!(
        "heatmaps: {{chain: mmclip, window: 32, hop: 4, rows: 20, columns: {columns}, mmclip_loader: {{doppler_bins: 28, crop: {loader}}}}}"
    );
    serde_yaml::from_str(&yaml).unwrap()
}

/// Whole maps of some cubes of two classes.
fn whole(count: usize) -> Dataset {
    let chain = chain("null", 40);
    let mut maps = Array4::zeros((count, 3, 20, 40));
    let mut views = Vec::new();
    for i in 0..count {
        let made = chain.apply(&Signal::Cube(cube(i as u64)), None).unwrap().views;
        maps.index_axis_mut(ndarray::Axis(0), i).assign(&made.stacked(&names()).unwrap());
        views = made.infos();
    }
    let labels = (0..count).map(|i| i % 2).collect();
    let mut data = Dataset::new(names(), maps, labels, vec!["a".into(), "b".into()]).unwrap();
    data.input = Some(ViewInput { chain, duration_s: 0.12, views });
    data
}

fn config(loader: LoaderAugment) -> TrainConfig {
    TrainConfig { augment: Augment { mmclip_loader: Some(loader), ..Augment::default() }, ..TrainConfig::default() }
}

fn crops_of_24() -> LoaderAugment {
    LoaderAugment { crop: 24, rows: 20, columns: 12, range_shift: [0.1, 0.3] }
}

#[test]
fn the_crop_in_the_middle_is_what_the_chain_makes_of_the_recording() {
    let data = whole(2);
    let config = config(crops_of_24());
    let crops = config.augment.crops("corpus", &data).unwrap().unwrap();
    assert!(crops.views().iter().all(|view| view.shape == [20, 12]));
    for i in 0..2 {
        let made = chain("24", 12).apply(&Signal::Cube(cube(i as u64)), None).unwrap().views;
        let read = crops.read(i, &[0, 1, 2]).unwrap();
        for (values, (name, view)) in read.into_iter().zip(made.iter()) {
            let off = values.unwrap().iter().zip(&view.data).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
            assert!(off < 1e-5, "{name} of {i}: {off}");
        }
        // What a model learns of it is what a recording is held against.
        let input = crops.input().unwrap();
        assert_eq!(input.chain, chain("24", 12));
        assert_eq!(input.disagreement(&made), None);
    }
}

#[test]
fn training_draws_crops_everywhere_and_moves_range_maps_away() {
    // Every cell holds its column, and in range maps its row: what comes out tells where it was.
    let maps = Array4::from_shape_fn((1, 2, 20, 40), |(_, map, r, c)| if map == 0 { c as f32 } else { r as f32 });
    let names = vec!["time_doppler".into(), "time_range".into()];
    let data = Dataset::new(names, maps, vec![0], vec!["a".into()]).unwrap();
    let loader = LoaderAugment { columns: 24, ..crops_of_24() };
    let moving = config(loader);
    let crops = moving.augment.crops("corpus", &data).unwrap().unwrap();
    let mut moved = BTreeSet::new();
    for item in 0..400 {
        let mut stream = RandomTree::new(5).stream(item, "crop");
        let drawn = crops.drawn(0, &[0, 1], &mut stream).unwrap();
        let [Some(columns), Some(rows)] = &drawn[..] else { panic!("views are missing") };
        // Stretched from −1 to 1 whatever was taken.
        assert!((columns[0] + 1.0).abs() < 1e-6 && (columns[23] - 1.0).abs() < 1e-6);
        // Rows 0 again and again, then 1, 2, …: as many as moved.
        let first = rows.iter().step_by(24).take_while(|v| **v < -0.9999).count() - 1;
        moved.insert(first);
    }
    // 0.1 to 0.3 of 20 rows.
    assert_eq!(moved, (2..=6).collect());
    // The same place in all maps, and every place: a mark in one column of two maps.
    let mut places = BTreeSet::new();
    let marked = Array4::from_shape_fn((1, 2, 2, 40), |(_, _, r, c)| if r == 0 && c == 20 { 1.0 } else { 0.0 });
    let names = vec!["time_doppler".into(), "time_angle".into()];
    let data = Dataset::new(names, marked, vec![0], vec!["a".into()]).unwrap();
    let marks = config(LoaderAugment { rows: 2, columns: 24, ..crops_of_24() });
    let crops = marks.augment.crops("corpus", &data).unwrap().unwrap();
    for item in 0..400 {
        let drawn = crops.drawn(0, &[0, 1], &mut RandomTree::new(5).stream(item, "crop")).unwrap();
        let at: Vec<usize> = drawn.iter().flatten().map(|v| v.iter().position(|v| *v == 1.0).unwrap()).collect();
        assert_eq!(at[0], at[1]);
        places.insert(20 - at[0]);
    }
    assert_eq!(places, (0..=16).collect());
}

#[test]
fn a_model_learns_on_crops_and_remembers_how_they_were_made() {
    let data = whole(8);
    let spec = ClassifierConfig { channels: vec![4, 4], groups: 2, width: 8, ..ClassifierConfig::default() };
    let config = TrainConfig { steps: 4, batch: 4, seed: 3, validate_every: 2, ..config(crops_of_24()) };
    let crops = config.augment.crops("corpus", &data).unwrap().unwrap();
    let model = ModelSpec::Classifier(spec).fitted(crops.views(), 2).unwrap().init(1).unwrap();
    let sources = [Source { name: "corpus", samples: &data, weight: 1.0 }];
    let labels = Labels::Names(&data.classes);
    let dir = tempfile::tempdir().unwrap();
    let on = TrainData { sources: &sources, labels, validation: Some(&data), seen_before: &[] };
    let trained = train(model.clone(), &config, &on, &dir.path().join("run"), &Silent).unwrap();
    assert_eq!((trained.report.steps, trained.report.validations.len()), (4, 2));
    let saved = checkpoint::Checkpoint::load(&checkpoint::folder(&dir.path().join("run"))).unwrap();
    let input = saved.info.input.unwrap();
    let heatmaps = input.chain.heatmaps.as_ref().unwrap();
    assert_eq!((heatmaps.mmclip_loader.unwrap().crop, heatmaps.rows, heatmaps.columns), (Some(24), 20, 12));
    let made = input.chain.apply(&Signal::Cube(cube(1)), Some(input.duration_s)).unwrap().views;
    assert_eq!(input.disagreement(&made), None);
    // The same settings draw the same crops.
    let again = train(model, &config, &on, &dir.path().join("again"), &Silent).unwrap();
    assert_eq!(trained.report.losses, again.report.losses);
}

#[test]
fn crops_that_do_not_fit_are_refused_by_name() {
    let data = whole(1);
    let refused = |loader: LoaderAugment| {
        let config = config(loader);
        let checked = config.check().err().map(|e| e.to_string());
        checked.unwrap_or_else(|| config.augment.crops("corpus", &data).err().unwrap().to_string())
    };
    let message = refused(LoaderAugment { crop: 41, ..crops_of_24() });
    assert!(
        message
            .contains("augment.mmclip_loader.crop is 41, expected at most 40, the columns of time_doppler in corpus"),
        "{message}"
    );
    assert!(refused(LoaderAugment { crop: 0, ..crops_of_24() }).contains("augment.mmclip_loader.crop is 0"));
    for range_shift in [[0.3, 0.1], [f64::NAN, 0.1], [0.1, 0.6]] {
        assert!(refused(LoaderAugment { range_shift, ..crops_of_24() }).contains("augment.mmclip_loader.range_shift"));
    }
    assert!(refused(LoaderAugment { rows: 5000, ..crops_of_24() }).contains("augment.mmclip_loader.rows is 5000"));
}
