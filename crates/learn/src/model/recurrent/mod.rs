//! Recurrent layers: gated recurrent units and long short-term memory, in one or both directions, as PyTorch has them.

use super::ModelError;
use super::fused::{self, recurrent::recurrence};
use super::init::Init;
use super::kernels::recurrent::Cell;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, activation};

/// One layer of recurrent units in one direction or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecurrentConfig {
    /// Entries of the input.
    pub inputs: usize,
    /// Entries of the state.
    pub width: usize,
    /// Whether a second state runs from the last step to the first.
    pub bidirectional: bool,
}

/// Gated recurrent units (Cho et al. 2014): reset r, update z and new state n,
/// `n = tanh(W_n x + b_n + r · (U_n h + c_n))`, `h ← (1 − z) n + z h`, from h = 0.
#[derive(Module, Debug)]
pub struct Gru {
    /// From the first step to the last.
    pub forward: RecurrentWeights,
    /// From the last step to the first.
    pub backward: Option<RecurrentWeights>,
}

/// Long short-term memory (Hochreiter and Schmidhuber 1997): input i, forget f, cell g and output o, `c ← f c + i g`,
/// `h = o tanh(c)`, from c = h = 0.
#[derive(Module, Debug)]
pub struct Lstm {
    /// From the first step to the last.
    pub forward: RecurrentWeights,
    /// From the last step to the first.
    pub backward: Option<RecurrentWeights>,
}

/// Weights of one direction, named and laid out as PyTorch's: gates one after the other.
///
/// # Shapes
/// `weight_ih[gate · entry, input]`, `weight_hh[gate · entry, entry]`, `bias_ih[gate · entry]`, `bias_hh[gate · entry]`.
#[derive(Module, Debug)]
pub struct RecurrentWeights {
    /// From the inputs.
    pub weight_ih: Param<Tensor<2>>,
    /// From the state.
    pub weight_hh: Param<Tensor<2>>,
    /// Offsets of the inputs' part.
    pub bias_ih: Param<Tensor<1>>,
    /// Offsets of the state's part.
    pub bias_hh: Param<Tensor<1>>,
}

impl RecurrentConfig {
    /// Gated recurrent units, with PyTorch's initial law.
    pub fn init_gru(&self, init: &Init) -> Result<Gru, ModelError> {
        let (forward, backward) = self.init(init, Cell::Gru)?;
        Ok(Gru { forward, backward })
    }

    /// Long short-term memory, with PyTorch's initial law.
    pub fn init_lstm(&self, init: &Init) -> Result<Lstm, ModelError> {
        let (forward, backward) = self.init(init, Cell::Lstm)?;
        Ok(Lstm { forward, backward })
    }

    fn init(&self, init: &Init, cell: Cell) -> Result<(RecurrentWeights, Option<RecurrentWeights>), ModelError> {
        for (field, value) in [("inputs", self.inputs), ("width", self.width)] {
            if value == 0 || value > 1 << 16 {
                let (field, found) = (field.into(), value.to_string());
                return Err(ModelError::Config { field, found, expected: "1 to 65536".into() });
            }
        }
        let one = |init: Init| {
            let (rows, limit) = (cell.gates() * self.width, 1.0 / (self.width as f32).sqrt());
            RecurrentWeights {
                weight_ih: init.uniform("weight_ih", [rows, self.inputs], limit),
                weight_hh: init.uniform("weight_hh", [rows, self.width], limit),
                bias_ih: init.uniform("bias_ih", [rows], limit),
                bias_hh: init.uniform("bias_hh", [rows], limit),
            }
        };
        Ok((one(init.at("forward")), self.bidirectional.then(|| one(init.at("backward")))))
    }
}

impl RecurrentWeights {
    fn run(&self, x: Tensor<3>, cell: Cell, reversed: bool) -> Tensor<3> {
        let ([batch, steps, inputs], [_, wanted]) = (x.dims(), self.weight_ih.dims());
        assert!(
            inputs == wanted,
            "an input of [{batch}, {steps}, {inputs}] for recurrent weights of {:?}, which take {wanted} entries",
            self.weight_ih.dims()
        );
        let given = fused::linear(x, self.weight_ih.val().transpose(), self.bias_ih.val());
        recurrence(given, self.weight_hh.val(), self.bias_hh.val(), cell, reversed)
    }
}

fn both(forward: &RecurrentWeights, backward: &Option<RecurrentWeights>, x: Tensor<3>, cell: Cell) -> Tensor<3> {
    match backward {
        None => forward.run(x, cell, false),
        Some(backward) => Tensor::cat(vec![forward.run(x.clone(), cell, false), backward.run(x, cell, true)], 2),
    }
}

impl Gru {
    /// # Shapes
    /// `x[batch, step, input]` to `[batch, step, width]`, of both directions `[batch, step, 2 · width]`.
    ///
    /// # Panics
    /// When the entries of the input are others.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        both(&self.forward, &self.backward, x, Cell::Gru)
    }

    /// One step of the first direction from a given state, for what decides on its next input by the state.
    ///
    /// # Shapes
    /// `x[batch, 1, input]` and `state[batch, 1, width]` to `[batch, 1, width]`.
    ///
    /// # Panics
    /// When the entries of input or state are others.
    pub fn step(&self, x: Tensor<3>, state: Tensor<3>) -> Tensor<3> {
        let weights = &self.forward;
        let [batch, steps, width] = state.dims();
        let given = fused::linear(x, weights.weight_ih.val().transpose(), weights.bias_ih.val());
        let kept = fused::linear(state.clone(), weights.weight_hh.val().transpose(), weights.bias_hh.val());
        let gate = |of: &Tensor<3>, k: usize| of.clone().slice([0..batch, 0..steps, k * width..(k + 1) * width]);
        let reset = activation::sigmoid(gate(&given, 0) + gate(&kept, 0));
        let update = activation::sigmoid(gate(&given, 1) + gate(&kept, 1));
        let new = (gate(&given, 2) + reset * gate(&kept, 2)).tanh();
        new.clone() + update * (state - new)
    }
}

impl Lstm {
    /// # Shapes
    /// `x[batch, step, input]` to `[batch, step, width]`, of both directions `[batch, step, 2 · width]`.
    ///
    /// # Panics
    /// When the entries of the input are others.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        both(&self.forward, &self.backward, x, Cell::Lstm)
    }
}
