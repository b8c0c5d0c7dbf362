//! Text to token ids: byte-level BPE as the folder's `tokenizer.json` says, between a start and an end token.

use super::ClipError;
use std::path::Path;
use tokenizers::Tokenizer;

pub(super) struct BytePair {
    tokenizer: Tokenizer,
    most: usize,
    end: u32,
}

impl BytePair {
    /// `most` tokens at most; ids below `vocabulary`.
    pub(super) fn new(bytes: &[u8], path: &Path, most: usize, vocabulary: usize) -> Result<Self, ClipError> {
        let wrong = |problem: String| ClipError::File { path: path.to_owned(), problem };
        let mut tokenizer =
            Tokenizer::from_bytes(bytes).map_err(|e| wrong(format!("is no tokenizer.json of CLIP: {e}")))?;
        // Whatever the file says: lengths are our own affair.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| wrong(e.to_string()))?;
        let id = |token: &str| {
            let id = tokenizer.token_to_id(token).ok_or_else(|| wrong(format!("has no token {token}")))?;
            if id as usize >= vocabulary {
                return Err(wrong(format!("gives {token} the id {id}, config.json a vocabulary of {vocabulary}")));
            }
            Ok(id)
        };
        let (start, end) = (id("<|startoftext|>")?, id("<|endoftext|>")?);
        let empty = tokenizer.encode("", true).map_err(|e| wrong(e.to_string()))?;
        if empty.get_ids() != [start, end] {
            let problem =
                format!("makes {:?} of an empty text, expected start and end [{start}, {end}]", empty.get_ids());
            return Err(wrong(problem));
        }
        Ok(Self { tokenizer, most, end })
    }

    /// The ids and whether the text was too long and lost its end.
    pub(super) fn ids(&self, text: &str) -> Result<(Vec<u32>, bool), String> {
        let encoding = self.tokenizer.encode(text, true).map_err(|e| e.to_string())?;
        let mut ids = encoding.get_ids().to_vec();
        let cut = ids.len() > self.most;
        if cut {
            ids.truncate(self.most - 1);
            ids.push(self.end);
        }
        Ok((ids, cut))
    }

    /// The id of the end token.
    pub(super) fn end(&self) -> u32 {
        self.end
    }
}
