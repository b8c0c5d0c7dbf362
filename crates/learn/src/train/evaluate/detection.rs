//! Average precision of boxes by the usual rule: the surest first, each true box once, the area under the precision that is not passed
//! any more (Everingham et al. 2015, all points).

use ndarray::{Array3, s};

/// A box and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// 0 to 1.
    pub score: f32,
    /// Middle and size: of range, of angle are `[0]` and `[2]`, `[1]` and `[3]`.
    pub area: [f32; 4],
}

/// Boxes less sure than this are no answers.
const LEAST: f32 = 0.05;
/// Boxes that share more than this with a surer one are the same person.
const SAME: f32 = 0.5;

/// Share of the union of two boxes that both have.
pub fn overlap(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let shared = |axis: usize| {
        let ends = |of: &[f32; 4]| (of[axis] - 0.5 * of[axis + 2], of[axis] + 0.5 * of[axis + 2]);
        let ((a0, a1), (b0, b1)) = (ends(a), ends(b));
        (a1.min(b1) - a0.max(b0)).max(0.0)
    };
    let both = shared(0) * shared(1);
    let union = a[2] * a[3] + b[2] * b[3] - both;
    if union > 0.0 { both / union } else { 0.0 }
}

/// What a model found in each sample, surest first, each person once.
///
/// # Shapes
/// `objectness[sample, cell, 1]` as logits, `boxes[sample, cell, 4]`.
pub fn detections(objectness: &Array3<f32>, boxes: &Array3<f32>) -> Vec<Vec<Detection>> {
    let of_sample = |sample: usize| {
        let cells = objectness.dim().1;
        let found = (0..cells).map(|cell| {
            let area = boxes.slice(s![sample, cell, ..]);
            let score = 1.0 / (1.0 + (-objectness[[sample, cell, 0]]).exp());
            Detection { score, area: [area[0], area[1], area[2], area[3]] }
        });
        let mut found: Vec<Detection> = found.filter(|f| f.score >= LEAST).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut kept: Vec<Detection> = Vec::new();
        for one in found {
            if kept.iter().all(|other| overlap(&one.area, &other.area) <= SAME) {
                kept.push(one);
            }
        }
        kept
    };
    (0..objectness.dim().0).map(of_sample).collect()
}

/// Average precision over all samples; a box is right when it shares at least `least` of the union with a true one that nothing surer
/// has. NaN where there is nothing to find.
pub fn average_precision(found: &[Vec<Detection>], truths: &[&[[f32; 4]]], least: f32) -> f64 {
    let total: usize = truths.iter().map(|boxes| boxes.len()).sum();
    if total == 0 {
        return f64::NAN;
    }
    let mut all: Vec<(usize, Detection)> =
        found.iter().enumerate().flat_map(|(i, found)| found.iter().map(move |f| (i, *f))).collect();
    all.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    let mut taken: Vec<Vec<bool>> = truths.iter().map(|boxes| vec![false; boxes.len()]).collect();
    let (mut right, mut curve) = (0_usize, Vec::with_capacity(all.len()));
    for (n, (sample, one)) in all.iter().enumerate() {
        let boxes = truths.get(*sample).copied().unwrap_or_default();
        // The best one decides; where something surer has it, this is a second answer to the same.
        let best =
            (0..boxes.len()).max_by(|&a, &b| overlap(&one.area, &boxes[a]).total_cmp(&overlap(&one.area, &boxes[b])));
        if let Some(best) = best.filter(|&b| overlap(&one.area, &boxes[b]) >= least && !taken[*sample][b]) {
            taken[*sample][best] = true;
            right += 1;
        }
        curve.push((right as f64 / total as f64, right as f64 / (n + 1) as f64));
    }
    let (mut area, mut precision) = (0.0, 0.0_f64);
    for i in (0..curve.len()).rev() {
        precision = precision.max(curve[i].1);
        let before = if i == 0 { 0.0 } else { curve[i - 1].0 };
        area += (curve[i].0 - before) * precision;
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(score: f32, area: [f32; 4]) -> Detection {
        Detection { score, area }
    }

    #[test]
    fn overlaps_are_those_of_areas() {
        let a = [0.5, 0.5, 0.4, 0.2];
        assert!((overlap(&a, &a) - 1.0).abs() < 1e-6);
        // Half of each is shared: 1/3 of the union.
        assert!((overlap(&a, &[0.7, 0.5, 0.4, 0.2]) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(overlap(&a, &[0.5, 0.9, 0.4, 0.2]), 0.0);
    }

    #[test]
    fn precision_is_the_area_by_hand() {
        let (left, right) = ([0.2, 0.2, 0.1, 0.1], [0.7, 0.7, 0.1, 0.1]);
        let truths: [&[[f32; 4]]; 2] = [&[left, right], &[left]];
        let nothing = [0.5, 0.1, 0.1, 0.1];
        // Right, wrong, right, a second answer to the first: recalls 1/3, 1/3, 2/3; precisions 1, 1/2, 2/3.
        let answers = vec![vec![found(0.9, left), found(0.8, nothing), found(0.3, left)], vec![found(0.7, left)]];
        let want = 1.0 / 3.0 + 1.0 / 3.0 * 2.0 / 3.0;
        assert!((average_precision(&answers, &truths, 0.5) - want).abs() < 1e-9);
        assert_eq!(average_precision(&[vec![], vec![]], &truths, 0.5), 0.0);
        assert!(average_precision(&[vec![found(0.9, left)]], &[&[]], 0.5).is_nan());
    }

    #[test]
    fn of_boxes_on_one_person_the_surest_stays() {
        let boxes = [[0.5, 0.5, 0.2, 0.2], [0.51, 0.5, 0.2, 0.2], [0.9, 0.5, 0.1, 0.2], [0.1, 0.1, 0.1, 0.1]];
        let flat = boxes.concat();
        let boxes = Array3::from_shape_vec((1, 4, 4), flat).unwrap_or_default();
        let objectness = Array3::from_shape_vec((1, 4, 1), vec![1.0, 2.0, 0.0, -9.0]).unwrap_or_default();
        let kept = &detections(&objectness, &boxes)[0];
        let middles: Vec<f32> = kept.iter().map(|f| f.area[0]).collect();
        assert_eq!(middles, [0.51, 0.9]);
    }
}
