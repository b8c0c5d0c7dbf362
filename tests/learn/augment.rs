//! Changes to the maps while training.

use kinecho::base::random::RandomTree;
use kinecho::train::Augment;

const ROWS: usize = 10;
const COLUMNS: usize = 20;

fn names() -> Vec<String> {
    vec!["time_doppler".into(), "time_range".into()]
}

/// −1 everywhere but for a bright pixel in each map.
fn maps() -> Vec<f32> {
    let mut maps = vec![-1.0; 2 * ROWS * COLUMNS];
    maps[4 * COLUMNS + 9] = 1.0;
    maps[(ROWS + 4) * COLUMNS + 9] = 1.0;
    maps
}

fn applied(augment: &Augment, item: u64) -> Vec<f32> {
    let mut maps = maps();
    augment.apply(&mut maps, &names(), ROWS, COLUMNS, &mut RandomTree::new(1).stream(item, "test"));
    maps
}

/// `(map, row, column)` of the brightest pixel of a map.
fn peak(maps: &[f32], map: usize) -> (usize, usize) {
    let map = &maps[map * ROWS * COLUMNS..(map + 1) * ROWS * COLUMNS];
    let place = (0..map.len()).max_by(|&a, &b| map[a].total_cmp(&map[b])).unwrap();
    (place / COLUMNS, place % COLUMNS)
}

#[test]
fn off_means_untouched() {
    assert_eq!(applied(&Augment::default(), 0), maps());
}

#[test]
fn range_moves_in_range_maps_only_and_both_ways() {
    let augment = Augment { range_shift: 0.3, ..Augment::default() };
    let mut shifts = std::collections::BTreeSet::new();
    for item in 0..200 {
        let maps = applied(&augment, item);
        assert_eq!(peak(&maps, 0), (4, 9), "Doppler rows stay, and with them their sign");
        let (row, column) = peak(&maps, 1);
        assert_eq!(column, 9);
        shifts.insert(row as i64 - 4);
        assert_eq!(maps.iter().filter(|&&v| v == 1.0).count(), 2);
    }
    assert_eq!(shifts, (-3..=3).collect());
}

#[test]
fn columns_are_blanked_in_all_maps_alike_as_often_as_said_and_never_all() {
    let augment = Augment { time_drop: 0.9, ..Augment::default() };
    let names = vec!["time_doppler".into(), "time_height".into()];
    let (mut dropped, count) = (0, 2000);
    for item in 0..count {
        let mut maps = vec![0.5; 2 * ROWS * COLUMNS];
        maps[0] = -1.0;
        maps[ROWS * COLUMNS] = -1.0;
        augment.apply(&mut maps, &names, ROWS, COLUMNS, &mut RandomTree::new(3).stream(item, "test"));
        let (first, second) = maps.split_at(ROWS * COLUMNS);
        assert_eq!(first, second);
        for column in 1..COLUMNS {
            let values: Vec<f32> = (0..ROWS).map(|row| first[row * COLUMNS + column]).collect();
            assert!(values.iter().all(|&v| v == values[0]), "a column is blanked whole");
            dropped += u32::from(values[0] == -1.0);
        }
        assert!(first.contains(&0.5), "a sample keeps something to be told by");
    }
    // Half of 0.9 on average, less what always stays (one of 10 to 20 stretches); the mean scatters by about 0.01.
    let share = f64::from(dropped) / (count as f64 * (COLUMNS - 1) as f64);
    assert!((share - 0.45).abs() < 0.04, "{share}");
}

#[test]
fn time_moves_in_all_maps_alike() {
    let augment = Augment { time_shift: 0.2, time_crop: 0.3, ..Augment::default() };
    let mut moved = 0;
    for item in 0..50 {
        let maps = applied(&augment, item);
        let (first, second) = (peak(&maps, 0), peak(&maps, 1));
        assert_eq!(first, second);
        assert_eq!(first.0, 4);
        moved += usize::from(first.1 != 9);
        assert!(maps.iter().all(|v| (-1.0..=1.0).contains(v)));
    }
    assert!(moved > 25, "{moved} of 50 moved");
}

/// 400 values: the standard error of their mean is below 0.01 for noise of at most 0.2.
#[test]
fn gain_lifts_everything_and_noise_scatters() {
    let flat = |augment: &Augment, item| {
        let mut maps = vec![0.0; 2 * ROWS * COLUMNS];
        augment.apply(&mut maps, &names(), ROWS, COLUMNS, &mut RandomTree::new(1).stream(item, "test"));
        let mean = maps.iter().sum::<f32>() / maps.len() as f32;
        let variance = maps.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / maps.len() as f32;
        (mean, variance.sqrt())
    };
    let gain = Augment { gain: 0.4, ..Augment::default() };
    let means: Vec<f32> = (0..100).map(|item| flat(&gain, item).0).collect();
    assert!(means.iter().all(|m| m.abs() <= 0.4) && means.iter().any(|&m| m > 0.2) && means.iter().any(|&m| m < -0.2));
    assert!((0..10).all(|item| flat(&gain, item).1 < 1e-6));
    let noise = Augment { noise: 0.2, ..Augment::default() };
    let deviations: Vec<f32> = (0..100).map(|item| flat(&noise, item).1).collect();
    assert!(deviations.iter().all(|&d| d < 0.23) && deviations.iter().any(|&d| d > 0.15));
    assert!((0..100).all(|item| flat(&noise, item).0.abs() < 0.04));
}

#[test]
fn impossible_changes_are_refused() {
    let message = |augment: Augment| augment.check().unwrap_err().to_string();
    assert!(
        message(Augment { time_crop: 1.0, ..Augment::default() }).contains("augment.time_crop is 1, expected 0 to 0.9")
    );
    assert!(message(Augment { noise: f64::NAN, ..Augment::default() }).contains("augment.noise"));
}
