//! What the prompt bank asks of a text encoder.

use ndarray::Array2;

use super::TextError;

/// A frozen encoder of sentences. The same texts give the same vectors, whatever the threads.
pub trait SentenceEncoder {
    /// The length of a sentence vector.
    fn width(&self) -> usize;

    /// One vector of length 1 for each text, in the order of the texts. An empty text is an error.
    ///
    /// # Shapes
    /// - output: `[text, width]`
    fn encode(&self, texts: &[String]) -> Result<Array2<f32>, TextError>;
}

impl<E: SentenceEncoder + ?Sized> SentenceEncoder for &E {
    fn width(&self) -> usize {
        (**self).width()
    }

    fn encode(&self, texts: &[String]) -> Result<Array2<f32>, TextError> {
        (**self).encode(texts)
    }
}
