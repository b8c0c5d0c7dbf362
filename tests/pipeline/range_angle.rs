use crate::synthetic::{cube, iwr1443, target};
use kinecho::chain::{Chain, RangeAngleChain};
use kinecho::signal::Signal;

#[test]
fn a_moving_point_stands_at_its_range_and_azimuth_in_every_time() {
    let info = iwr1443();
    // Bins 57 and -3: in the middle of cells.
    let (range, speed) = (57.0 * info.range_bin_m(240), -3.0 * info.doppler_bin_mps(16, 240));
    let settings =
        RangeAngleChain { times: 3, ranges: 120, angles: 91, velocities: 0, max_range_m: None, remove_static: true };
    let chain = Chain { range_angle: Some(settings), ..Chain::default() };
    assert_eq!(chain.planned(), [("time_range_angle".to_owned(), vec![3, 120, 91])]);
    assert!(chain.problems().is_empty());
    for azimuth_deg in [-40.0_f64, 0.0, 30.0] {
        let signal =
            Signal::Cube(cube(&info, 3, 16, 240, &[target(range, azimuth_deg.to_radians().sin(), 0.0, speed)]));
        let views = chain.apply(&signal, None).unwrap().views;
        let view = views.get("time_range_angle").unwrap();
        assert_eq!(view.data.shape(), [3, 120, 91]);
        assert_eq!((view.unit.as_str(), view.axes[0].name.as_str(), view.axes[0].unit.as_str()), ("√W", "time", "s"));
        assert!((view.axes[0].step - info.frame_period_s).abs() < 1e-9);
        for time in 0..3 {
            let map = view.data.index_axis(ndarray::Axis(0), time);
            let (at, level) = map.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
            let (r, a) = (view.axes[1].value(at[0]), view.axes[2].value(at[1]).to_degrees());
            // Two bins of range are one cell.
            let there = range + speed * time as f64 * info.frame_period_s;
            assert!(
                (r - there).abs() < 2.0 * info.range_bin_m(240) && (a - azimuth_deg).abs() <= 4.0,
                "{r} m, {a} degrees"
            );
            // Power 10^0.176 at the peak (Hann over Doppler, all bins added), halved at most by the mean over two range bins.
            assert!((0.7..1.3).contains(level), "{level}");
        }
    }
}

#[test]
fn settings_that_cannot_be_are_named() {
    let chain = RangeAngleChain { ranges: 0, angles: 1, max_range_m: Some(-1.0), ..RangeAngleChain::default() };
    let keys: Vec<String> = chain.problems().into_iter().map(|p| p.key).collect();
    assert_eq!(keys, ["ranges", "angles", "max_range_m"]);
}

#[test]
fn velocities_stand_in_a_view_of_their_own_and_what_is_still_in_none() {
    let info = iwr1443();
    let (range, bin) = (57.0 * info.range_bin_m(240), info.doppler_bin_mps(16, 240));
    let settings =
        RangeAngleChain { times: 2, ranges: 120, velocities: 16, max_range_m: None, ..RangeAngleChain::default() };
    let chain = Chain { range_angle: Some(settings), ..Chain::default() };
    assert_eq!(chain.planned()[1], ("time_range_doppler".to_owned(), vec![2, 120, 16]));
    let map = |speed: f64| {
        let signal = Signal::Cube(cube(&info, 2, 16, 240, &[target(range, 0.0, 0.0, speed)]));
        chain.apply(&signal, None).unwrap().views.get("time_range_doppler").unwrap().clone()
    };
    let view = map(-3.0 * bin);
    assert_eq!((view.data.shape(), view.axes[2].name.as_str()), (&[2, 120, 16][..], "velocity"));
    for time in 0..2 {
        let map = view.data.index_axis(ndarray::Axis(0), time);
        let (at, level) = map.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        // Two bins of range are one cell; the target moves less than one within a frame.
        assert_eq!(at[1], 5, "bin -3 of -8 to 7");
        assert!((view.axes[2].value(at[1]) + 3.0 * bin).abs() < 1e-6 && (27..=29).contains(&at[0]), "{at:?}");
        assert!(*level > 0.5, "{level}");
    }
    let moving = view.data.iter().fold(0.0_f32, |most, v| most.max(*v));
    let still = map(0.0).data.iter().fold(0.0_f32, |most, v| most.max(*v));
    assert!(still < 1e-3 * moving, "{still} of what stands, {moving} of what moves");
    let wrong = RangeAngleChain { velocities: 2000, ..RangeAngleChain::default() };
    assert_eq!(wrong.problems()[0].key, "velocities");
}
