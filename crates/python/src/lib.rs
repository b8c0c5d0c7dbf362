//! `kinecho._native`: what the Python package `kinecho` (`python/kinecho`) is built on. Arrays go in and come out as NumPy arrays beside
//! descriptions in JSON, which the package turns into named arrays; settings go in as YAML. Documentation for users stands there.

mod python;

use pyo3::pymodule;

/// The native side of the package `kinecho`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::python::corpus::NativeCorpus;
    #[pymodule_export]
    use crate::python::fail::Error;
    #[pymodule_export]
    use crate::python::model::NativeModel;
    #[pymodule_export]
    use crate::python::motion::motion;
    #[pymodule_export]
    use crate::python::program::program;
    #[pymodule_export]
    use crate::python::recordings::{chain, range_doppler, read};
    #[pymodule_export]
    use crate::python::scene::{NativeScene, simulate};
    #[pymodule_export]
    use crate::python::study::{build, describe, run, train};
    #[pymodule_export]
    use crate::python::work::set_threads;
}
