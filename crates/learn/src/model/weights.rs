//! Weights as named arrays in a safetensors file (PyTorch's names and layouts), read with checks that name the tensor.

use super::ModelError;
use super::floats;
use super::parameters::{self, Parameter};
use crate::base::atomic_file;
use burn::module::Module;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// One array of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Shape in the file's order.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Vec<f32>,
}

impl Array {
    fn bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|v| v.to_le_bytes()).collect()
    }
}

/// The arrays of a file, sorted by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// Arrays by name.
    pub tensors: BTreeMap<String, Array>,
    /// The file they came from; empty when they came from a model.
    pub origin: PathBuf,
}

impl Weights {
    /// The parameters of `module`, adapters left out.
    pub fn of<M: Module>(module: &M) -> Result<Self, ModelError> {
        let mut tensors = BTreeMap::new();
        for (parameter, values) in parameters::collect(module)? {
            if !parameter.is_adapter() {
                let array = Array { shape: parameter.file_shape(), values: parameter.to_file(&values) };
                tensors.insert(parameter.name, array);
            }
        }
        Ok(Self { tensors, origin: PathBuf::new() })
    }

    /// Puts the weights into `module`. Every parameter must be there, and nothing else; adapters are left alone.
    pub fn into_module<M: Module>(self, module: M) -> Result<M, ModelError> {
        let wanted: Vec<Parameter> = parameters::list(&module).into_iter().filter(|p| !p.is_adapter()).collect();
        let fail = |tensor: &str, reason: String| {
            Err(ModelError::Tensor { path: self.origin.clone(), tensor: tensor.into(), reason })
        };
        for parameter in &wanted {
            match self.tensors.get(&parameter.name) {
                None => {
                    return fail(
                        &parameter.name,
                        format!("missing; the model has it with shape {:?}", parameter.file_shape()),
                    );
                }
                Some(array) if array.shape != parameter.file_shape() => {
                    let expected = parameter.file_shape();
                    return fail(&parameter.name, format!("shape {:?}, the model expects {expected:?}", array.shape));
                }
                Some(array) => {
                    if let Some(i) = array.values.iter().position(|v| !v.is_finite()) {
                        return fail(
                            &parameter.name,
                            format!("value {} at place {i}; weights must be finite", array.values[i]),
                        );
                    }
                }
            }
        }
        if let Some(name) = self.tensors.keys().find(|name| wanted.iter().all(|p| &p.name != *name)) {
            return fail(name, "the model has no such parameter".into());
        }
        Ok(parameters::assign(module, |_, parameter| {
            self.tensors.get(&parameter.name).map(|array| parameter.from_file(&array.values))
        }))
    }

    /// The file's bytes. The same weights give the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let bytes: BTreeMap<&str, Vec<u8>> =
            self.tensors.iter().map(|(name, array)| (name.as_str(), array.bytes())).collect();
        let malformed = |reason: String| ModelError::Malformed { path: self.origin.clone(), reason };
        let mut views = Vec::with_capacity(bytes.len());
        for (name, array) in &self.tensors {
            let view = TensorView::new(Dtype::F32, array.shape.clone(), &bytes[name.as_str()])
                .map_err(|error| malformed(error.to_string()))?;
            views.push((name.as_str(), view));
        }
        // One key only: the order of several would change from run to run.
        let metadata = HashMap::from([("format".to_string(), "pt".to_string())]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| malformed(error.to_string()))
    }

    /// Writes the file whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), ModelError> {
        Ok(atomic_file::write(path, &self.to_bytes()?)?)
    }

    /// Reads a file of floats: of 32 bits as kinecho writes them, or of 16 (F16, BF16), which become f32.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|source| ModelError::Read { path: path.into(), source })?;
        Self::from_bytes(&bytes, path)
    }

    /// Reads the bytes of a file; `origin` is named in errors.
    pub fn from_bytes(bytes: &[u8], origin: &Path) -> Result<Self, ModelError> {
        let file = SafeTensors::deserialize(bytes)
            .map_err(|error| ModelError::Malformed { path: origin.into(), reason: error.to_string() })?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let Some(values) = floats::read(view.dtype(), view.data()) else {
                let reason = format!("type {:?}, expected {}", view.dtype(), floats::KINDS);
                return Err(ModelError::Tensor { path: origin.into(), tensor: name, reason });
            };
            tensors.insert(name, Array { shape: view.shape().to_vec(), values });
        }
        Ok(Self { tensors, origin: origin.into() })
    }

    /// BLAKE3 over names, shapes and values: what an adapter remembers of its base.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (name, array) in &self.tensors {
            hasher.update(name.as_bytes());
            array.shape.iter().for_each(|n| {
                hasher.update(&(*n as u64).to_le_bytes());
            });
            hasher.update(&array.bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}
