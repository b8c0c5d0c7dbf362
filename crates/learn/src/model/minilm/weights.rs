//! MiniLM's tensors out of a safetensors file: int8 with a scale for each row, or plain f32.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::MiniLmError;

/// The tensors of one file, by the names that Hugging Face gave them.
pub(super) struct MiniLmWeights<'a> {
    tensors: SafeTensors<'a>,
    origin: &'a str,
}

/// A matrix as stored, `[rows, columns]`.
pub(super) enum Matrix {
    /// value = q · scale[row]
    Int8 { quantised: Vec<i8>, scales: Vec<f32>, columns: usize },
    /// value as is
    Float { values: Vec<f32>, columns: usize },
}

impl<'a> MiniLmWeights<'a> {
    /// Reads the header; `origin` names the file in errors.
    pub(super) fn new(bytes: &'a [u8], origin: &'a str) -> Result<Self, MiniLmError> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|e| MiniLmError::NotSafetensors { origin: origin.to_owned(), problem: e.to_string() })?;
        Ok(Self { tensors, origin })
    }

    /// A vector of f32.
    pub(super) fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, MiniLmError> {
        let view = self.view(name, &[Dtype::F32], &[length])?;
        self.finite(name, floats(view.data()), &[length])
    }

    /// A matrix `[rows, columns]`, int8 with `NAME.scale` `[rows]` beside it or f32.
    pub(super) fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix, MiniLmError> {
        let view = self.view(name, &[Dtype::I8, Dtype::F32], &[rows, columns])?;
        if view.dtype() == Dtype::F32 {
            let values = self.finite(name, floats(view.data()), &[rows, columns])?;
            return Ok(Matrix::Float { values, columns });
        }
        let quantised = view.data().iter().map(|&b| b.cast_signed()).collect();
        let scales = self.vector(&format!("{name}.scale"), rows)?;
        Ok(Matrix::Int8 { quantised, scales, columns })
    }

    fn view(&self, name: &str, dtypes: &[Dtype], shape: &[usize]) -> Result<TensorView<'_>, MiniLmError> {
        let expected = || {
            let names: Vec<String> = dtypes.iter().map(|d| format!("{d:?}")).collect();
            format!("{} {shape:?}", names.join(" or "))
        };
        let view = self.tensors.tensor(name).map_err(|_| self.error(name, "is missing".into(), expected()))?;
        if view.shape() != shape || !dtypes.contains(&view.dtype()) {
            return Err(self.error(name, format!("is {:?} {:?}", view.dtype(), view.shape()), expected()));
        }
        Ok(view)
    }

    fn finite(&self, name: &str, values: Vec<f32>, shape: &[usize]) -> Result<Vec<f32>, MiniLmError> {
        match values.iter().all(|v| v.is_finite()) {
            true => Ok(values),
            false => Err(self.error(name, "holds NaN or infinity".into(), format!("finite F32 {shape:?}"))),
        }
    }

    fn error(&self, name: &str, problem: String, expected: String) -> MiniLmError {
        MiniLmError::Tensor { origin: self.origin.to_owned(), name: name.to_owned(), problem, expected }
    }
}

impl Matrix {
    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Int8 { scales, .. } => scales.len(),
            Self::Float { values, columns } => values.len() / columns,
        }
    }

    /// Adds one row to `out`.
    pub(super) fn add_row(&self, row: usize, out: &mut [f32]) {
        match self {
            Self::Int8 { quantised, scales, columns } => {
                let scale = scales[row];
                let row = &quantised[row * columns..(row + 1) * columns];
                out.iter_mut().zip(row).for_each(|(o, &q)| *o += f32::from(q) * scale);
            }
            Self::Float { values, columns } => {
                let row = &values[row * columns..(row + 1) * columns];
                out.iter_mut().zip(row).for_each(|(o, v)| *o += v);
            }
        }
    }

    /// The values as `[columns, rows]`: files keep linear layers as `[out, in]`, burn wants `[in, out]`.
    pub(super) fn transposed(&self) -> Vec<f32> {
        let rows = self.rows();
        let (Self::Int8 { columns, .. } | Self::Float { columns, .. }) = self;
        let mut out = vec![0.0; rows * columns];
        let mut buffer = vec![0.0; *columns];
        for row in 0..rows {
            buffer.fill(0.0);
            self.add_row(row, &mut buffer);
            for (column, value) in buffer.iter().enumerate() {
                out[column * rows + row] = *value;
            }
        }
        out
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}
