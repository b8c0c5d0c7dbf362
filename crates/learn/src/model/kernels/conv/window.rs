//! What a convolution slides over its input, and the sizes that follow.

/// Kernel, steps and edges of a convolution over two axes; one over a single axis has a first axis of length 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Entries of the kernel along both axes.
    pub kernel: [usize; 2],
    /// Steps between outputs; at least 1.
    pub stride: [usize; 2],
    /// Steps between entries of the kernel; at least 1.
    pub dilation: [usize; 2],
    /// Zeros before and after each axis.
    pub padding: [[usize; 2]; 2],
    /// Groups of channels that see each other only; divides both numbers of channels.
    pub groups: usize,
}

impl Window {
    /// Stride and dilation 1, no padding, one group.
    pub fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: [1; 2], dilation: [1; 2], padding: [[0; 2]; 2], groups: 1 }
    }

    /// Length that the kernel covers along an axis.
    pub fn reach(&self, axis: usize) -> usize {
        self.kernel[axis].saturating_sub(1).saturating_mul(self.dilation[axis]).saturating_add(1)
    }

    fn entries(&self) -> usize {
        self.kernel[0].saturating_mul(self.kernel[1])
    }
}

/// Arrays that do not fit each other or a window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("input {input:?} and weight {weight:?}: {problem}")]
pub struct ConvError {
    /// Shape of the input, `[batch, channel, row, column]`.
    pub input: [usize; 4],
    /// Shape of the weight.
    pub weight: [usize; 4],
    /// What does not fit, and what would.
    pub problem: String,
}

/// Largest array that is made, entries.
const MOST: usize = 1 << 40;

/// Sizes of a convolution that fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConvSizes {
    pub(crate) batch: usize,
    /// Channels of all groups.
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) image: [usize; 2],
    pub(crate) out: [usize; 2],
    pub(crate) window: Window,
}

impl ConvSizes {
    /// Of `input[batch, channel, row, column]` and `weight[output, input of a group, kernel row, kernel column]`.
    pub(crate) fn of(
        input: [usize; 4],
        weight: [usize; 4],
        bias: Option<usize>,
        window: Window,
    ) -> Result<Self, ConvError> {
        let fail = |problem: String| Err(ConvError { input, weight, problem });
        let [batch, inputs, image @ ..] = input;
        let [outputs, of_a_group, kernel @ ..] = weight;
        if let Some(problem) = window_problem(&window, kernel, bias, outputs) {
            return fail(problem);
        }
        let groups = window.groups;
        if !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            return fail(format!("{groups} groups divide {inputs} input and {outputs} output channels not evenly"));
        }
        if inputs / groups != of_a_group || inputs == 0 {
            let wanted = inputs / groups;
            return fail(format!("{inputs} channels in {groups} groups want a weight with {wanted} inputs of a group"));
        }
        let mut out = [0; 2];
        for axis in 0..2 {
            let [before, after] = window.padding[axis];
            let padded = image[axis].saturating_add(before).saturating_add(after);
            let reach = window.reach(axis);
            if image[axis] == 0 || reach > padded {
                let dilation = window.dilation[axis];
                return fail(format!(
                    "a kernel of {} entries with dilation {dilation} covers {reach}, more than the {} of axis {axis} with \
                     padding {before} and {after}: no output is left",
                    kernel[axis], image[axis]
                ));
            }
            out[axis] = (padded - reach) / window.stride[axis] + 1;
        }
        let sizes = Self { batch, inputs, outputs, image, out, window };
        sizes.bounded().or_else(fail)
    }

    /// Of a transposed convolution of `input[batch, channel, row, column]` by
    /// `weight[input, output of a group, kernel row, kernel column]`: those of the convolution whose way back it is. `beyond`
    /// makes outputs longer.
    pub(crate) fn of_transposed(
        input: [usize; 4],
        weight: [usize; 4],
        bias: Option<usize>,
        window: Window,
        beyond: [usize; 2],
    ) -> Result<Self, ConvError> {
        let fail = |problem: String| Err(ConvError { input, weight, problem });
        let [batch, inputs, out @ ..] = input;
        let [rows, of_a_group, kernel @ ..] = weight;
        let outputs = of_a_group.saturating_mul(window.groups);
        if let Some(problem) = window_problem(&window, kernel, bias, outputs) {
            return fail(problem);
        }
        if rows != inputs || inputs == 0 || !inputs.is_multiple_of(window.groups) {
            let groups = window.groups;
            return fail(format!(
                "{inputs} channels in {groups} groups, which must divide them, want a weight of as many"
            ));
        }
        let mut image = [0; 2];
        for axis in 0..2 {
            let [before, after] = window.padding[axis];
            let (stride, dilation) = (window.stride[axis], window.dilation[axis]);
            if beyond[axis] >= stride.max(dilation) {
                let beyond = beyond[axis];
                return fail(format!(
                    "{beyond} outputs more along axis {axis}, with stride {stride} and dilation {dilation}"
                ));
            }
            let whole = out[axis].saturating_sub(1).saturating_mul(stride).saturating_add(window.reach(axis));
            let whole = whole.saturating_add(beyond[axis]);
            if out[axis] == 0 || whole <= before.saturating_add(after) {
                return fail(format!("padding {before} and {after} leaves no output of {whole} along axis {axis}"));
            }
            image[axis] = whole - before - after;
        }
        let sizes = Self { batch, inputs: outputs, outputs: inputs, image, out, window };
        sizes.bounded().or_else(fail)
    }

    fn bounded(self) -> Result<Self, String> {
        let all =
            |sizes: &[usize]| sizes.iter().try_fold(1_usize, |n, &size| n.checked_mul(size)).filter(|&n| n <= MOST);
        let input = all(&[self.batch, self.inputs, self.image[0], self.image[1]]);
        let output = all(&[self.batch, self.outputs, self.out[0], self.out[1]]);
        // Offsets into a padded plane are signed.
        let reach = (0..2).map(|axis| self.window.padding[axis][0].saturating_add(self.window.reach(axis))).max();
        if input.is_none() || output.is_none() || reach > Some(MOST) {
            return Err("the arrays would have more than 2^40 entries".into());
        }
        Ok(self)
    }

    /// Entries of the kernel.
    pub(crate) fn taps(&self) -> usize {
        self.window.entries()
    }

    /// Input and output channels of a group.
    pub(crate) fn of_a_group(&self) -> [usize; 2] {
        [self.inputs / self.window.groups, self.outputs / self.window.groups]
    }

    /// `[batch, channel, row, column]` of the input.
    pub(crate) fn input_shape(&self) -> [usize; 4] {
        [self.batch, self.inputs, self.image[0], self.image[1]]
    }

    /// `[batch, channel, row, column]` of the output.
    pub(crate) fn output_shape(&self) -> [usize; 4] {
        [self.batch, self.outputs, self.out[0], self.out[1]]
    }

    /// `[output, input of a group, kernel row, kernel column]`.
    pub(crate) fn weight_shape(&self) -> [usize; 4] {
        [self.outputs, self.inputs / self.window.groups, self.window.kernel[0], self.window.kernel[1]]
    }
}

/// What is wrong with a window for a kernel, if anything.
fn window_problem(window: &Window, kernel: [usize; 2], bias: Option<usize>, outputs: usize) -> Option<String> {
    if window.kernel != kernel {
        return Some(format!("a window of kernel {:?} wants a weight of that size", window.kernel));
    }
    if outputs == 0 {
        return Some("a weight without output channels".into());
    }
    if window.stride.contains(&0) || window.dilation.contains(&0) || window.groups == 0 || kernel.contains(&0) {
        let Window { stride, dilation, groups, .. } = window;
        return Some(format!("kernel, stride {stride:?}, dilation {dilation:?} and groups {groups} are at least 1"));
    }
    bias.filter(|&n| n != outputs).map(|n| format!("{n} offsets for {outputs} output channels"))
}
