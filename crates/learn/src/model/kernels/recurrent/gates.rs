//! The cells: gated recurrent units (Cho et al. 2014, with the reset gate behind the product, as PyTorch has it) and long short-term
//! memory (Hochreiter and Schmidhuber 1997, with forget gates).

// A dozen arrays side by side.
#![allow(clippy::needless_range_loop)]

use crate::kernels::for_each_width;
use crate::model::kernels::exp;

/// Which gates there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Reset, update, new.
    Gru,
    /// Input, forget, cell, output.
    Lstm,
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// By exponentials where they lose nothing, elsewhere by the series up to x⁷.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let e = exp(-2.0 * x.abs());
    let far = ((1.0 - e) / (1.0 + e)).copysign(x);
    let z = x * x;
    let near = x * (1.0 + z * (-1.0 / 3.0 + z * (2.0 / 15.0 + z * (-17.0 / 315.0))));
    if x.abs() < 0.15 { near } else { far }
}

impl Cell {
    /// Number of gates.
    pub(crate) fn gates(self) -> usize {
        match self {
            Cell::Gru => 3,
            Cell::Lstm => 4,
        }
    }

    /// Numbers that are kept an entry and step: the gates, and the new one's part before its reset, or the memory.
    pub(super) fn kept(self) -> usize {
        self.gates() + 1
    }

    /// One step of one sample. `state` and `memory` become those after it.
    pub(super) fn step(self, inputs: &[f32], sums: &[f32], state: &mut [f32], memory: &mut [f32], kept: &mut [f32]) {
        match self {
            Cell::Gru => gru(inputs, sums, state, kept),
            Cell::Lstm => lstm(inputs, sums, state, memory, kept),
        }
    }

    /// The step backwards. `carried` is the gradient of the state after it and becomes what goes to the state before without the
    /// weights; `memory` likewise. `of_inputs` and `of_gates` become the gradients of both parts of the gates.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn step_back(
        self,
        kept: &[f32],
        kept_before: Option<&[f32]>,
        before: &[f32],
        carried: &mut [f32],
        memory: &mut [f32],
        of_inputs: &mut [f32],
        of_gates: &mut [f32],
    ) {
        match self {
            Cell::Gru => gru_back(kept, before, carried, of_inputs, of_gates),
            Cell::Lstm => {
                let width = before.len();
                // Without a step before, the memory was 0, as `before` is.
                let last = kept_before.map_or(before, |kept| &kept[4 * width..]);
                lstm_back(kept, last, carried, memory, of_inputs);
                of_gates.copy_from_slice(of_inputs);
            }
        }
    }
}

for_each_width! {
    fn gru(inputs: &[f32], sums: &[f32], state: &mut [f32], kept: &mut [f32]) {
        let n = state.len();
        let ([xr, xz, xn], [hr, hz, hn]) = (thirds(inputs, n), thirds(sums, n));
        let (r, rest) = kept.split_at_mut(n);
        let (z, rest) = rest.split_at_mut(n);
        let (new, q) = rest.split_at_mut(n);
        for i in 0..n {
            r[i] = sigmoid(xr[i] + hr[i]);
            z[i] = sigmoid(xz[i] + hz[i]);
            q[i] = hn[i];
            new[i] = tanh(xn[i] + r[i] * hn[i]);
            state[i] = new[i] + z[i] * (state[i] - new[i]);
        }
    }
}

#[inline(always)]
fn thirds(all: &[f32], n: usize) -> [&[f32]; 3] {
    [&all[..n], &all[n..2 * n], &all[2 * n..3 * n]]
}

for_each_width! {
    fn gru_back(kept: &[f32], before: &[f32], carried: &mut [f32], of_inputs: &mut [f32], of_gates: &mut [f32]) {
        let n = before.len();
        let ([r, z, new], q) = (thirds(kept, n), &kept[3 * n..4 * n]);
        let (dr, rest) = of_inputs.split_at_mut(n);
        let (dz, dn) = rest.split_at_mut(n);
        let carried = &mut carried[..n];
        let dn = &mut dn[..n];
        for i in 0..n {
            let d = carried[i];
            dn[i] = d * (1.0 - z[i]) * (1.0 - new[i] * new[i]);
            dz[i] = d * (before[i] - new[i]) * z[i] * (1.0 - z[i]);
            dr[i] = dn[i] * q[i] * r[i] * (1.0 - r[i]);
            carried[i] = d * z[i];
        }
        of_gates[..2 * n].copy_from_slice(&of_inputs[..2 * n]);
        let (dn, to) = (&of_inputs[2 * n..3 * n], &mut of_gates[2 * n..3 * n]);
        for i in 0..n {
            to[i] = dn[i] * r[i];
        }
    }
}

for_each_width! {
    fn lstm(inputs: &[f32], sums: &[f32], state: &mut [f32], memory: &mut [f32], kept: &mut [f32]) {
        let n = state.len();
        let (i, rest) = kept.split_at_mut(n);
        let (f, rest) = rest.split_at_mut(n);
        let (g, rest) = rest.split_at_mut(n);
        let (o, c) = rest.split_at_mut(n);
        let (xi, xf, xg, xo) = (&inputs[..n], &inputs[n..2 * n], &inputs[2 * n..3 * n], &inputs[3 * n..4 * n]);
        let (hi, hf, hg, ho) = (&sums[..n], &sums[n..2 * n], &sums[2 * n..3 * n], &sums[3 * n..4 * n]);
        let (memory, c) = (&mut memory[..n], &mut c[..n]);
        for k in 0..n {
            i[k] = sigmoid(xi[k] + hi[k]);
            f[k] = sigmoid(xf[k] + hf[k]);
            g[k] = tanh(xg[k] + hg[k]);
            o[k] = sigmoid(xo[k] + ho[k]);
            memory[k] = f[k] * memory[k] + i[k] * g[k];
            c[k] = memory[k];
            state[k] = o[k] * tanh(memory[k]);
        }
    }
}

for_each_width! {
    fn lstm_back(kept: &[f32], before: &[f32], carried: &mut [f32], memory: &mut [f32], back: &mut [f32]) {
        let n = before.len();
        let (i, f, g) = (&kept[..n], &kept[n..2 * n], &kept[2 * n..3 * n]);
        let (o, c) = (&kept[3 * n..4 * n], &kept[4 * n..5 * n]);
        let (di, rest) = back.split_at_mut(n);
        let (df, rest) = rest.split_at_mut(n);
        let (dg, d_o) = rest.split_at_mut(n);
        let (carried, memory, d_o) = (&mut carried[..n], &mut memory[..n], &mut d_o[..n]);
        for k in 0..n {
            let (d, t) = (carried[k], tanh(c[k]));
            let dc = memory[k] + d * o[k] * (1.0 - t * t);
            di[k] = dc * g[k] * i[k] * (1.0 - i[k]);
            df[k] = dc * before[k] * f[k] * (1.0 - f[k]);
            dg[k] = dc * i[k] * (1.0 - g[k] * g[k]);
            d_o[k] = d * t * o[k] * (1.0 - o[k]);
            memory[k] = dc * f[k];
            carried[k] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperbolic_tangent_and_sigmoid_agree_with_double_precision() {
        for i in -3000..=3000 {
            let x = i as f32 * 0.004;
            let exact = f64::from(x);
            assert!((f64::from(tanh(x)) - exact.tanh()).abs() <= 1e-6 * exact.tanh().abs().max(1e-30), "tanh({x})");
            assert!((f64::from(sigmoid(x)) - 1.0 / (1.0 + (-exact).exp())).abs() < 2e-7, "sigmoid({x})");
        }
        assert_eq!((tanh(f32::INFINITY), tanh(-1e9), sigmoid(1e9)), (1.0, -1.0, 1.0));
        assert!((0.0..1e-37).contains(&sigmoid(-1e9)));
        assert!(tanh(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
    }
}
