//! From text to token ids: WordPiece as the file says, padding and truncation as the model card says.

use tokenizers::{Tokenizer, TruncationParams};

use super::{MiniLmError, VOCABULARY};

/// Longest input in tokens, `[CLS]` and `[SEP]` included (`max_seq_length` of the model card). The tokenizer's file says 128
/// and pads everything to it; both are overridden.
pub const MAX_TOKENS: usize = 256;

/// The tokenizer of MiniLM.
pub(super) struct WordPiece {
    tokenizer: Tokenizer,
}

impl WordPiece {
    /// Reads a tokenizer.json; `origin` names the file in errors.
    pub(super) fn new(json: &[u8], origin: &str) -> Result<Self, MiniLmError> {
        let error = |problem: String| MiniLmError::Tokenizer { origin: origin.to_owned(), problem };
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|e| error(e.to_string()))?;
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: MAX_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|e| error(e.to_string()))?;
        let size = tokenizer.get_vocab_size(true);
        if size != VOCABULARY {
            return Err(error(format!("{size} entries, expected {VOCABULARY}")));
        }
        Ok(Self { tokenizer })
    }

    /// The ids of a text with `[CLS]` and `[SEP]`, and whether its end was cut off.
    pub(super) fn ids(&self, text: &str) -> Result<(Vec<u32>, bool), String> {
        let encoding = self.tokenizer.encode(text, true).map_err(|e| e.to_string())?;
        Ok((encoding.get_ids().to_vec(), !encoding.get_overflowing().is_empty()))
    }
}
