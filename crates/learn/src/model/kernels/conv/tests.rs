//! Against sums in double precision, straight from the definition.
#![allow(clippy::unwrap_used)]

use super::*;

/// A window with everything at once: sizes of the input, channels, kernel, stride, dilation, padding, groups.
struct Case(usize, [usize; 2], [usize; 2], Window);

fn window(
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: [[usize; 2]; 2],
    groups: usize,
) -> Window {
    Window { kernel, stride, dilation, padding, groups }
}

fn cases() -> Vec<Case> {
    let same = |k: usize| [[k / 2; 2]; 2];
    let mut cases = vec![
        Case(2, [5, 7], [9, 11], window([3, 3], [1, 1], [1, 1], same(3), 1)),
        Case(3, [4, 6], [13, 10], window([3, 5], [2, 3], [1, 2], [[1, 0], [2, 4]], 2)),
        Case(2, [3, 66], [17, 19], window([7, 7], [2, 2], [1, 1], same(7), 1)),
        Case(2, [37, 20], [8, 9], Window::new([1, 1])),
        Case(3, [8, 5], [9, 9], window([1, 1], [2, 2], [1, 1], [[0; 2]; 2], 1)),
        // Kernels shorter than the stride leave inputs that nothing reads.
        Case(1, [3, 4], [10, 11], window([2, 1], [3, 2], [1, 1], [[0; 2]; 2], 1)),
        // Causal, dilated, over one axis; longer than a tile, and much shorter.
        Case(2, [6, 10], [1, 1100], window([1, 3], [1, 1], [1, 8], [[0; 2], [16, 0]], 1)),
        Case(16, [70, 40], [2, 2], window([3, 3], [1, 1], [1, 1], same(3), 1)),
        Case(1, [130, 20], [4, 4], window([5, 5], [1, 1], [1, 1], same(5), 1)),
        Case(2, [2, 3], [300, 3], window([3, 2], [1, 1], [1, 1], [[1, 1], [0, 1]], 1)),
        // Depthwise, with one and three outputs a channel, and three inputs an output.
        Case(2, [6, 6], [11, 37], window([7, 7], [1, 1], [1, 1], same(7), 6)),
        Case(3, [4, 12], [9, 21], window([3, 3], [2, 2], [2, 1], [[2, 1], [1, 0]], 4)),
        Case(2, [9, 3], [8, 7], window([3, 3], [1, 2], [1, 1], same(3), 3)),
        Case(2, [5, 5], [1, 90], window([1, 5], [1, 1], [1, 4], [[0; 2], [16, 0]], 5)),
        // Sixteen samples side by side, and what is left of them.
        Case(19, [4, 8], [5, 6], window([3, 5], [2, 1], [1, 2], [[1, 1], [4, 3]], 4)),
        Case(9, [3, 3], [2, 7], window([7, 7], [1, 2], [1, 1], same(7), 3)),
        // Many weights over few places, in groups; and few channels without a stride.
        Case(3, [34, 100], [3, 2], window([3, 3], [1, 1], [1, 1], same(3), 2)),
        Case(2, [3, 24], [20, 31], window([5, 3], [1, 1], [1, 1], same(3), 1)),
    ];
    cases.truncate(if cfg!(miri) { 2 } else { cases.len() });
    cases
}

fn value(seed: usize, i: usize) -> f32 {
    ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0
}

fn numbers(seed: usize, shape: [usize; 4]) -> Vec<f32> {
    (0..shape.iter().product()).map(|i| value(seed, i)).collect()
}

/// Calls `each(output, weight, input)` with the places that meet.
fn meetings(s: &ConvSizes, mut each: impl FnMut(usize, usize, usize)) {
    let ([rows, columns], [out_rows, out_columns], w) = (s.image, s.out, s.window);
    let [inputs, outputs] = s.of_a_group();
    for (b, o, r, q) in (0..s.batch * s.outputs * out_rows * out_columns).map(|i| {
        let (q, i) = (i % out_columns, i / out_columns);
        let (r, i) = (i % out_rows, i / out_rows);
        (i / s.outputs, i % s.outputs, r, q)
    }) {
        for (c, i, j) in (0..inputs * w.kernel[0] * w.kernel[1])
            .map(|k| (k / w.kernel[1] / w.kernel[0], k / w.kernel[1] % w.kernel[0], k % w.kernel[1]))
        {
            let y = (r * w.stride[0] + i * w.dilation[0]).checked_sub(w.padding[0][0]).filter(|&y| y < rows);
            let x = (q * w.stride[1] + j * w.dilation[1]).checked_sub(w.padding[1][0]).filter(|&x| x < columns);
            let Some((y, x)) = y.zip(x) else { continue };
            let channel = o / outputs * inputs + c;
            each(
                ((b * s.outputs + o) * out_rows + r) * out_columns + q,
                ((o * inputs + c) * w.kernel[0] + i) * w.kernel[1] + j,
                ((b * s.inputs + channel) * rows + y) * columns + x,
            );
        }
    }
}

fn close(name: &str, found: &[f32], exact: &[f64], sizes: &ConvSizes) {
    assert_eq!(found.len(), exact.len());
    let most = exact.iter().fold(1.0_f64, |most, v| most.max(v.abs()));
    for (i, (found, exact)) in found.iter().zip(exact).enumerate() {
        assert!((f64::from(*found) - exact).abs() < 3e-6 * most, "{name} {i}: {found}, not {exact}; {sizes:?}");
    }
}

#[test]
fn every_option_agrees_with_the_definition_both_ways() {
    for Case(batch, [inputs, outputs], image, window) in cases() {
        let weight = [outputs, inputs / window.groups, window.kernel[0], window.kernel[1]];
        let s = ConvSizes::of([batch, inputs, image[0], image[1]], weight, Some(outputs), window).unwrap();
        let (x, w) = (numbers(1, s.input_shape()), numbers(2, s.weight_shape()));
        let (g, bias) = (numbers(3, s.output_shape()), numbers(4, [1, 1, 1, outputs]));
        let area = s.out[0] * s.out[1];
        let mut y: Vec<f64> = (0..g.len()).map(|i| f64::from(bias[i / area % outputs])).collect();
        let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
        meetings(&s, |o, k, i| {
            y[o] += f64::from(w[k]) * f64::from(x[i]);
            dx[i] += f64::from(w[k]) * f64::from(g[o]);
            dw[k] += f64::from(x[i]) * f64::from(g[o]);
        });
        close("output", &forward(&x, &w, Some(&bias), &s), &y, &s);
        close("input", &input_gradient(&g, &w, None, &s), &dx, &s);
        close("weight", &weight_gradient(&x, &g, &s), &dw, &s);
        let db: Vec<f64> = (0..outputs)
            .map(|o| (0..g.len()).filter(|i| i / area % outputs == o).map(|i| f64::from(g[i])).sum())
            .collect();
        close("offset", &bias_gradient(&g, outputs, area), &db, &s);
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    let on = |threads: usize, work: &(dyn Fn() -> Vec<f32> + Sync)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(work).into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    for Case(batch, [inputs, outputs], image, window) in cases() {
        let weight = [outputs, inputs / window.groups, window.kernel[0], window.kernel[1]];
        let s = ConvSizes::of([batch, inputs, image[0], image[1]], weight, None, window).unwrap();
        let (x, w, g) = (numbers(1, s.input_shape()), numbers(2, s.weight_shape()), numbers(3, s.output_shape()));
        let ways: [&(dyn Fn() -> Vec<f32> + Sync); 4] = [
            &|| forward(&x, &w, None, &s),
            &|| input_gradient(&g, &w, None, &s),
            &|| weight_gradient(&x, &g, &s),
            &|| bias_gradient(&g, s.outputs, s.out[0] * s.out[1]),
        ];
        for way in ways {
            let one = on(1, way);
            assert!([2, 3, 5].iter().all(|&threads| on(threads, way) == one), "{s:?}");
        }
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused_with_both_shapes() {
    let plain = Window::new([3, 3]);
    let dilated = Window { dilation: [1, 4], ..plain };
    let grouped = Window { groups: 3, ..plain };
    /// Input, weights, offsets, window, and what is said of them.
    type Case = ([usize; 4], [usize; 4], Option<usize>, Window, &'static str);
    let cases: [Case; 11] = [
        ([2, 4, 8, 8], [0, 4, 3, 3], None, plain, "without output channels"),
        ([2, 0, 8, 8], [5, 0, 3, 3], None, plain, "0 channels in 1 groups"),
        ([2, 4, 8, 2], [5, 4, 3, 3], None, plain, "covers 3, more than the 2 of axis 1"),
        ([2, 4, 8, 8], [5, 4, 3, 3], None, dilated, "dilation 4 covers 9, more than the 8"),
        ([2, 4, 8, 8], [6, 4, 3, 3], None, grouped, "3 groups divide 4 input and 6 output channels not evenly"),
        ([2, 6, 8, 8], [4, 2, 3, 3], None, grouped, "3 groups divide 6 input and 4 output channels not evenly"),
        ([2, 6, 8, 8], [6, 6, 3, 3], None, grouped, "want a weight with 2 inputs of a group"),
        ([2, 4, 8, 8], [5, 4, 3, 3], Some(4), plain, "4 offsets for 5 output channels"),
        ([2, 4, 8, 8], [5, 4, 1, 3], None, plain, "a window of kernel [3, 3] wants"),
        ([2, 4, 8, 8], [5, 4, 3, 3], None, Window { stride: [0, 1], ..plain }, "are at least 1"),
        ([1 << 30, 1 << 11, 8, 8], [5, 1 << 11, 3, 3], None, plain, "more than 2^40 entries"),
    ];
    for (input, weight, bias, window, expected) in cases {
        let message = ConvSizes::of(input, weight, bias, window).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(message.starts_with(&format!("input {input:?} and weight {weight:?}: ")), "{message}");
    }
    let huge = Window { padding: [[usize::MAX; 2]; 2], dilation: [usize::MAX; 2], ..plain };
    assert!(ConvSizes::of([1, 1, 1, 1], [1, 1, 3, 3], None, huge).is_err());
    let transposed = |window, beyond| ConvSizes::of_transposed([2, 4, 1, 1], [4, 5, 3, 3], None, window, beyond);
    let padded = Window { padding: [[2; 2]; 2], ..plain };
    assert!(transposed(padded, [0; 2]).unwrap_err().problem.contains("padding 2 and 2 leaves no output of 3"));
    assert!(transposed(plain, [1, 0]).unwrap_err().problem.contains("1 outputs more along axis 0"));
    assert_eq!(transposed(plain, [0; 2]).unwrap().image, [3, 3]);
}

#[test]
fn an_empty_batch_gives_nothing_and_no_gradients() {
    for groups in [1, 4] {
        let window = Window { groups, ..Window::new([3, 3]) };
        let s = ConvSizes::of([0, 4, 8, 8], [4, 4 / groups, 3, 3], None, window).unwrap();
        let weight = numbers(1, s.weight_shape());
        assert!(forward(&[], &weight, None, &s).is_empty() && input_gradient(&[], &weight, None, &s).is_empty());
        assert_eq!(weight_gradient(&[], &[], &s), vec![0.0; weight.len()]);
        assert_eq!(bias_gradient(&[], 4, 36), [0.0; 4]);
    }
}
