//! Errors of the library as exceptions with the same words.

use pyo3::exceptions::PyValueError;
use pyo3::{PyErr, create_exception};

create_exception!(
    kinecho,
    Error,
    PyValueError,
    "What kinecho refuses: says what, where, what was expected, and what to do."
);

/// An exception of the words of an error.
pub(crate) fn fail(error: impl std::fmt::Display) -> PyErr {
    Error::new_err(error.to_string())
}

/// Why work did not end well, before it is an exception.
pub(crate) struct Failure(String);

impl Failure {
    /// Why, in words.
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// As an exception.
    pub(crate) fn raised(self) -> PyErr {
        Error::new_err(self.0)
    }
}

/// Errors of commands tell their causes as well.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self(kinecho::cli::told(&error))
    }
}

/// Makes a [`Failure`] of any error.
pub(crate) trait Words<T> {
    /// The result, or the words of the error.
    fn words(self) -> Result<T, Failure>;
}

impl<T, E: std::fmt::Display> Words<T> for Result<T, E> {
    fn words(self) -> Result<T, Failure> {
        self.map_err(|error| Failure(error.to_string()))
    }
}
