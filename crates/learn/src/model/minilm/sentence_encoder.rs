//! MiniLM as the text module's sentence encoder.

use ndarray::Array2;

use super::{MiniLm, WIDTH};
use crate::text::{SentenceEncoder, TextError};

impl SentenceEncoder for MiniLm {
    fn width(&self) -> usize {
        WIDTH
    }

    fn encode(&self, texts: &[String]) -> Result<Array2<f32>, TextError> {
        MiniLm::encode(self, texts).map_err(|error| TextError::Encoder(Box::new(error)))
    }
}
