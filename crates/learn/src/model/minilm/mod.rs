//! The default sentence encoder: all-MiniLM-L6-v2 with int8 weights, frozen, shipped with the program.

mod error;
mod network;
mod sentence_encoder;
mod weights;
mod words;

use std::path::Path;

use burn::tensor::Device;
use ndarray::Array2;
use rayon::prelude::*;

pub use error::MiniLmError;
pub use words::MAX_TOKENS;

use network::MiniLmNetwork;
use weights::MiniLmWeights;
use words::WordPiece;

/// The length of a sentence vector.
pub const WIDTH: usize = 384;
/// Entries of the WordPiece vocabulary.
const VOCABULARY: usize = 30_522;
/// Sentences that go through the network together.
const BATCH: usize = 16;

static WEIGHTS: &[u8] = include_bytes!("../../../../../prompts/minilm_l6/model_int8.safetensors");
static TOKENIZER: &[u8] = include_bytes!("../../../../../prompts/minilm_l6/tokenizer.json");

/// all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020): 6 layers, 12 heads, mean pooling, vectors of length 1.
pub struct MiniLm {
    words: WordPiece,
    network: MiniLmNetwork,
}

impl std::fmt::Debug for MiniLm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MiniLm").field("width", &WIDTH).finish_non_exhaustive()
    }
}

impl MiniLm {
    /// The encoder that ships with the program. Loading takes a fraction of a second; keep it.
    pub fn builtin(device: &Device) -> Result<Self, MiniLmError> {
        Self::from_bytes(WEIGHTS, "embedded MiniLM weights", TOKENIZER, "embedded MiniLM tokenizer", device)
    }

    /// The encoder in a folder: `tokenizer.json` and `model_int8.safetensors`, or else `model.safetensors` (f32, as
    /// Hugging Face has it).
    pub fn read(folder: &Path, device: &Device) -> Result<Self, MiniLmError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|source| MiniLmError::Read { path: path.to_owned(), source });
        let int8 = folder.join("model_int8.safetensors");
        let weights = if int8.exists() { int8 } else { folder.join("model.safetensors") };
        let tokenizer = folder.join("tokenizer.json");
        let names = (weights.display().to_string(), tokenizer.display().to_string());
        Self::from_bytes(&read(&weights)?, &names.0, &read(&tokenizer)?, &names.1, device)
    }

    fn from_bytes(
        weights: &[u8],
        weights_origin: &str,
        tokenizer: &[u8],
        tokenizer_origin: &str,
        device: &Device,
    ) -> Result<Self, MiniLmError> {
        let words = WordPiece::new(tokenizer, tokenizer_origin)?;
        let network = MiniLmNetwork::new(&MiniLmWeights::new(weights, weights_origin)?, device)?;
        Ok(Self { words, network })
    }

    /// Token ids of a text with `[CLS]` (101) first and `[SEP]` (102) last, cut at [`MAX_TOKENS`].
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, MiniLmError> {
        self.ids_of(0, text).map(|(ids, _)| ids)
    }

    /// One vector of length 1 for each text. A text of more than [`MAX_TOKENS`] tokens loses its end, which is logged; a
    /// text without words is an error.
    ///
    /// # Shapes
    /// - output: `[text, width]`
    pub fn encode(&self, texts: &[String]) -> Result<Array2<f32>, MiniLmError> {
        let ids = texts
            .par_iter()
            .enumerate()
            .map(|(position, text)| {
                let (ids, cut) = self.ids_of(position, text)?;
                // `[CLS]` and `[SEP]` are always there.
                if ids.len() <= 2 {
                    return Err(text_error(position, text, "holds no words, expected at least one".into()));
                }
                if cut {
                    tracing::warn!(
                        "text {position} ({:?}) is longer than {MAX_TOKENS} tokens: its end is ignored",
                        shorten(text)
                    );
                }
                Ok(ids)
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.encode_ids(&ids)
    }

    /// One vector of length 1 for each list of token ids (1 to [`MAX_TOKENS`] of them).
    ///
    /// Texts are batched by length, so that little is padded; the batches depend on the texts alone, not on the threads.
    ///
    /// # Shapes
    /// - output: `[text, width]`
    pub fn encode_ids(&self, ids: &[Vec<u32>]) -> Result<Array2<f32>, MiniLmError> {
        for (position, ids) in ids.iter().enumerate() {
            let foreign = ids.iter().any(|&id| id as usize >= VOCABULARY);
            if ids.is_empty() || ids.len() > MAX_TOKENS || foreign {
                let problem = format!("{} token ids, expected 1 to {MAX_TOKENS}, each below {VOCABULARY}", ids.len());
                return Err(text_error(position, "", problem));
            }
        }
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&i| ids[i].len());
        let batches = order
            .par_chunks(BATCH)
            .map(|batch| {
                let ids: Vec<&[u32]> = batch.iter().map(|&i| ids[i].as_slice()).collect();
                self.network.forward(&ids)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut vectors = Array2::zeros((ids.len(), WIDTH));
        for (&i, values) in order.iter().zip(batches.iter().flat_map(|b| b.chunks_exact(WIDTH))) {
            vectors.row_mut(i).iter_mut().zip(values).for_each(|(out, v)| *out = *v);
        }
        Ok(vectors)
    }

    fn ids_of(&self, position: usize, text: &str) -> Result<(Vec<u32>, bool), MiniLmError> {
        self.words.ids(text).map_err(|problem| text_error(position, text, problem))
    }
}

fn text_error(position: usize, text: &str, problem: String) -> MiniLmError {
    MiniLmError::Text { position, text: shorten(text), problem }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
