//! Randomness keyed by what it is for, never by who draws it.
//!
//! Every stream is a ChaCha8 counter generator whose key is a BLAKE3 hash of (seed, item, purpose): the same draw gives the
//! same value whatever the threads, the shards or the order of work.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A generator for one purpose of one item.
pub type Stream = ChaCha8Rng;

/// The root of all draws of a corpus or a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomTree {
    seed: u64,
}

impl RandomTree {
    /// A tree for the seed that the user gave.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed of this tree.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The stream of `purpose` for `item` (a sample id, an epoch, a subject).
    ///
    /// ```
    /// use kinecho_base::base::random::RandomTree;
    /// use rand::RngExt;
    /// let tree = RandomTree::new(7);
    /// let a: f64 = tree.stream(3, "thermal_noise").random();
    /// let b: f64 = tree.stream(3, "thermal_noise").random();
    /// let c: f64 = tree.stream(3, "facing").random();
    /// assert_eq!(a, b);
    /// assert_ne!(a, c);
    /// ```
    pub fn stream(&self, item: u64, purpose: &str) -> Stream {
        Stream::from_seed(self.key(item, purpose))
    }

    /// A tree below this one, for a part that draws for items of its own.
    pub fn subtree(&self, item: u64, purpose: &str) -> Self {
        let key = self.key(item, purpose);
        let mut first = [0; 8];
        first.copy_from_slice(&key[..8]);
        Self { seed: u64::from_le_bytes(first) }
    }

    fn key(&self, item: u64, purpose: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("kinecho random stream v1");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&item.to_le_bytes());
        hasher.update(purpose.as_bytes());
        *hasher.finalize().as_bytes()
    }
}
