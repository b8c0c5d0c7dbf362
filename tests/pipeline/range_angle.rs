use crate::synthetic::{cube, iwr1443, target};
use kinecho::chain::{Chain, RangeAngleChain};
use kinecho::signal::Signal;

#[test]
fn a_moving_point_stands_at_its_range_and_azimuth_in_every_time() {
    let info = iwr1443();
    // Bins 57 and -3: in the middle of cells.
    let (range, speed) = (57.0 * info.range_bin_m(240), -3.0 * info.doppler_bin_mps(16, 240));
    let settings = RangeAngleChain { times: 3, ranges: 120, angles: 91, max_range_m: None, remove_static: true };
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
