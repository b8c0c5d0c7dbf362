//! The parameters of a module as a list: names, shapes, values, gradients.
//!
//! The order is that of the module's fields and the same for every visit, so lists can be walked side by side.

use super::ModelError;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor, TensorData};

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name in PyTorch's style, for example `signal.fusion.0.attention.qkv.weight`.
    pub name: String,
    /// Shape in memory; a linear layer's matrix is `[input, output]`.
    pub shape: Vec<usize>,
    /// Whether it learns.
    pub trainable: bool,
    /// Whether files hold it transposed (PyTorch keeps a linear layer's matrix as `[output, input]`).
    pub transposed: bool,
    /// Whether weight decay is for it: the matrices of linear layers and kernels.
    pub decays: bool,
}

impl Parameter {
    /// Number of entries.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Shape as files hold it.
    pub fn file_shape(&self) -> Vec<usize> {
        if self.transposed { self.shape.iter().rev().copied().collect() } else { self.shape.clone() }
    }

    /// Whether it belongs to an adapter.
    pub fn is_adapter(&self) -> bool {
        self.name.contains(".lora.")
    }

    /// Values in memory order as files hold them.
    pub fn to_file(&self, values: &[f32]) -> Vec<f32> {
        if self.transposed { transpose(values, self.shape[0], self.shape[1]) } else { values.to_vec() }
    }

    /// Values of a file in memory order.
    pub fn from_file(&self, values: &[f32]) -> Vec<f32> {
        if self.transposed { transpose(values, self.shape[1], self.shape[0]) } else { values.to_vec() }
    }
}

fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for column in 0..columns {
        out.extend((0..rows).map(|row| values[row * columns + column]));
    }
    out
}

/// The numbers of a tensor.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ModelError> {
    tensor.into_data().try_into_vec::<f32>().map_err(|error| ModelError::Config {
        field: "device".into(),
        found: format!("{error:?}"),
        expected: "a device with 32-bit floats".into(),
    })
}

/// All parameters, without their values.
pub fn list<M: Module>(module: &M) -> Vec<Parameter> {
    let mut visitor = Visit { path: Vec::new(), found: Vec::new(), take: |_: &dyn AnyParam| () };
    module.visit(&mut visitor);
    visitor.found.into_iter().map(|(parameter, ())| parameter).collect()
}

/// All parameters with their values in memory order.
pub fn collect<M: Module>(module: &M) -> Result<Vec<(Parameter, Vec<f32>)>, ModelError> {
    let mut visitor = Visit { path: Vec::new(), found: Vec::new(), take: |p: &dyn AnyParam| p.values() };
    module.visit(&mut visitor);
    visitor.found.into_iter().map(|(parameter, values)| Ok((parameter, values?))).collect()
}

/// The gradient of each parameter, `None` where it has none.
pub(crate) fn gradients<M: Module>(module: &M, grads: &Gradients) -> Result<Vec<Option<Vec<f32>>>, ModelError> {
    let mut visitor = Visit { path: Vec::new(), found: Vec::new(), take: |p: &dyn AnyParam| p.gradient(grads) };
    module.visit(&mut visitor);
    visitor.found.into_iter().map(|(_, gradient)| gradient.transpose()).collect()
}

/// Replaces the values of the parameters for which `next` has some; whether they learn stays as it was.
pub fn assign<M: Module>(module: M, next: impl FnMut(usize, &Parameter) -> Option<Vec<f32>>) -> M {
    module.map(&mut Assign { path: Vec::new(), index: 0, next })
}

/// Makes exactly the parameters learn for which `wanted` says so.
pub fn set_trainable<M: Module>(module: M, wanted: impl Fn(&Parameter) -> bool) -> M {
    module.map(&mut Train { path: Vec::new(), wanted })
}

type Path = Vec<(String, String)>;

fn describe<const D: usize>(path: &Path, param: &Param<Tensor<D>>) -> Parameter {
    let owner = path.last().map_or("", |(_, owner)| owner.as_str());
    // Which system it is does not belong to the names: a model has the same ones by itself.
    let names: Vec<&str> =
        path.iter().filter(|(_, owner)| owner != "Enum:System").map(|(name, _)| name.as_str()).collect();
    let transposed = D == 2 && matches!(owner, "Struct:Linear" | "Struct:Adapter");
    Parameter {
        name: names.join("."),
        shape: param.lazy_shape().as_slice().to_vec(),
        trainable: param.is_require_grad(),
        transposed,
        decays: transposed || (D > 1 && (owner.starts_with("Struct:Conv") || owner == "Struct:RecurrentWeights")),
    }
}

/// A parameter of any rank.
trait AnyParam {
    fn values(&self) -> Result<Vec<f32>, ModelError>;
    fn gradient(&self, grads: &Gradients) -> Option<Result<Vec<f32>, ModelError>>;
}

impl<const D: usize> AnyParam for Param<Tensor<D>> {
    fn values(&self) -> Result<Vec<f32>, ModelError> {
        values(self.val())
    }

    fn gradient(&self, grads: &Gradients) -> Option<Result<Vec<f32>, ModelError>> {
        let tensor = self.val();
        if !tensor.is_require_grad() {
            return None;
        }
        tensor.grad(grads).map(values)
    }
}

struct Visit<T, F: FnMut(&dyn AnyParam) -> T> {
    path: Path,
    found: Vec<(Parameter, T)>,
    take: F,
}

impl<T, F: FnMut(&dyn AnyParam) -> T> ModuleVisitor for Visit<T, F> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push((name.into(), container_type.into()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let parameter = describe(&self.path, param);
        let value = (self.take)(param);
        self.found.push((parameter, value));
    }
}

struct Assign<F: FnMut(usize, &Parameter) -> Option<Vec<f32>>> {
    path: Path,
    index: usize,
    next: F,
}

impl<F: FnMut(usize, &Parameter) -> Option<Vec<f32>>> ModuleMapper for Assign<F> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push((name.into(), container_type.into()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let parameter = describe(&self.path, &param);
        let values = (self.next)(self.index, &parameter);
        self.index += 1;
        match values {
            None => param,
            Some(values) => param.map(|old| {
                let learns = old.is_require_grad();
                let tensor = Tensor::from_data(TensorData::new(values, old.shape()), &old.device());
                if learns { tensor.require_grad() } else { tensor }
            }),
        }
    }
}

struct Train<F: Fn(&Parameter) -> bool> {
    path: Path,
    wanted: F,
}

impl<F: Fn(&Parameter) -> bool> ModuleMapper for Train<F> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push((name.into(), container_type.into()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let wanted = (self.wanted)(&describe(&self.path, &param));
        param.set_require_grad(wanted)
    }
}
