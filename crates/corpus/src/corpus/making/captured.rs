//! The captured motions of a recipe: which window of which file a sample shows.

use crate::base::yaml::Problem;
use crate::corpus::plan::motion_block::MotionBlock;
use crate::corpus::recipe::Recipe;
use crate::motion::capture::Reading;
use crate::motion::{MotionFolder, Piece, SetAside};
use crate::scene::Scene;
use crate::text::Vocabulary;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Windows of all folders of a recipe.
pub struct Captured {
    folders: Vec<MotionFolder>,
    /// Ascending by their ids.
    blocks: Vec<Block>,
    set_aside: Vec<SetAside>,
    /// The first id that captured motions have, and the one behind their last.
    ids: Range<u64>,
}

/// The windows of a file; none for one that is gone.
struct Block {
    at: MotionBlock,
    windows: Vec<Piece>,
}

/// A window that a sample shows.
pub(in crate::corpus) struct Taken<'a> {
    folder: &'a MotionFolder,
    pub(in crate::corpus) piece: &'a Piece,
    /// Slug of the activity when the vocabulary knows the label, otherwise the label.
    pub(in crate::corpus) label: String,
    pub(in crate::corpus) repetition: u64,
    /// Number of the file over all folders.
    pub(in crate::corpus) file: u64,
}

impl Taken<'_> {
    pub(in crate::corpus) fn path(&self) -> PathBuf {
        self.folder.dir.join(&self.piece.file)
    }

    pub(in crate::corpus) fn joint_map(&self) -> Option<&Path> {
        self.folder.joint_map.as_deref()
    }

    pub(in crate::corpus) fn reading(&self) -> Option<&Reading> {
        self.folder.reading.as_ref()
    }
}

impl Captured {
    /// Lists the folders; of the motions only the heads are read.
    pub(in crate::corpus) fn index(recipe: &Recipe, window_s: f64) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut captured = Self {
            folders: recipe.motions.clone(),
            blocks: Vec::new(),
            set_aside: Vec::new(),
            ids: recipe.samples()..recipe.samples(),
        };
        let mut files = 0;
        for (i, folder) in recipe.motions.iter().enumerate() {
            match folder.listing(window_s) {
                Ok(listing) => {
                    let last = listing.pieces.last().map_or(0, |piece| piece.number + 1);
                    captured.set_aside.extend(listing.set_aside);
                    captured.take(i, files, listing.pieces);
                    files += last;
                }
                Err(e) => problems.push(Problem::new(format!("motions.{i}"), e.to_string())),
            }
        }
        if problems.is_empty() { Ok(captured) } else { Err(problems) }
    }

    /// Gives the windows of a folder their ids, file by file.
    fn take(&mut self, folder: usize, files: u64, pieces: Vec<Piece>) {
        let repetitions = u64::from(self.folders[folder].repetitions);
        let mut pieces = pieces.into_iter().peekable();
        while let Some(first) = pieces.next() {
            let mut windows = vec![first];
            while let Some(next) = pieces.next_if(|next| next.number == windows[0].number) {
                windows.push(next);
            }
            let file = &windows[0].file;
            // A file that vanishes in this moment is found out when its samples are made.
            let bytes = std::fs::metadata(self.folders[folder].dir.join(file)).map_or(0, |m| m.len());
            let mut hasher = blake3::Hasher::new();
            hasher.update(format!("{bytes}").as_bytes());
            windows.iter().for_each(|piece| {
                let Piece { start_s, label, texts, categories, .. } = piece;
                hasher.update(format!("\n{start_s:?} {label:?} {texts:?} {categories:?}").as_bytes());
            });
            let at = MotionBlock {
                folder,
                file: file.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"),
                number: files + windows[0].number,
                first: self.ids.end,
                samples: windows.len() as u64 * repetitions,
                windows: Some(format!("{:.16}", hasher.finalize().to_hex())),
            };
            self.ids.end += at.samples;
            self.blocks.push(Block { at, windows });
        }
    }

    /// Takes over the ids and numbers that a corpus has given to its files; new ones come behind them.
    pub(super) fn follow(&mut self, there: &[MotionBlock]) {
        let key = |at: &MotionBlock| (at.folder, at.file.clone());
        let mut found: BTreeMap<(usize, String), Block> =
            std::mem::take(&mut self.blocks).into_iter().map(|block| (key(&block.at), block)).collect();
        let order: Vec<_> = there.iter().map(key).collect();
        for (at, key) in there.iter().zip(&order) {
            let same = found.get(key).is_some_and(|block| block.at.samples == at.samples);
            let now = if same { found.remove(key) } else { None };
            let (windows, hash) = now.map_or((Vec::new(), None), |block| (block.windows, block.at.windows));
            self.blocks.push(Block { at: MotionBlock { windows: hash, ..at.clone() }, windows });
        }
        self.ids.end = there.last().map_or(self.ids.start, |at| at.ids().end);
        let next = there.iter().map(|at| at.number + 1).max().unwrap_or(0);
        // The map is in order of folders and names, as the files are listed.
        for (number, mut block) in (next..).zip(found.into_values()) {
            (block.at.first, block.at.number) = (self.ids.end, number);
            self.ids.end += block.at.samples;
            self.blocks.push(block);
        }
    }

    /// Number of ids of captured motions.
    pub fn len(&self) -> u64 {
        self.ids.end - self.ids.start
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The folders, each with its windows.
    pub fn folders(&self) -> impl Iterator<Item = (&MotionFolder, Vec<&Piece>)> {
        let of = |i: usize| self.blocks.iter().filter(move |b| b.at.folder == i).flat_map(|b| &b.windows).collect();
        self.folders.iter().enumerate().map(move |(i, folder)| (folder, of(i)))
    }

    /// Files and labels that cannot be used.
    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// The first id of every file that is there.
    pub(in crate::corpus) fn first_ids(&self) -> Vec<u64> {
        self.blocks.iter().filter(|block| !block.windows.is_empty()).map(|block| block.at.first).collect()
    }

    /// Number of samples of the file that sample `id` shows.
    pub(in crate::corpus) fn samples_of(&self, id: u64) -> u64 {
        self.blocks.iter().find(|block| block.at.ids().contains(&id)).map_or(0, |block| block.at.samples)
    }

    /// Where the windows of the file of sample `id` begin, s.
    pub(in crate::corpus) fn starts_of(&self, id: u64) -> impl Iterator<Item = f64> {
        let block = self.blocks.iter().find(|block| block.at.ids().contains(&id));
        block.into_iter().flat_map(|block| block.windows.iter().map(|piece| piece.start_s))
    }

    /// The table of the files.
    pub(super) fn table(&self) -> impl Iterator<Item = &MotionBlock> {
        self.blocks.iter().map(|block| &block.at)
    }

    /// A hash of all windows, as corpora without a table of their files have it; `None` when there are none.
    pub(super) fn digest(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        for piece in self.blocks.iter().flat_map(|block| &block.windows) {
            hasher.update(format!("{piece:?}\n").as_bytes());
        }
        Some(hasher.finalize().to_hex().to_string())
    }

    /// The window of sample `id`.
    pub(in crate::corpus) fn taken(&self, id: u64) -> Option<Taken<'_>> {
        let block = &self.blocks[self.blocks.partition_point(|b| b.at.first <= id).checked_sub(1)?];
        let folder = &self.folders[block.at.folder];
        let (place, repetitions) = (id - block.at.first, u64::from(folder.repetitions));
        let piece = block.windows.get(usize::try_from(place / repetitions).ok()?)?;
        let label = match Vocabulary::builtin().find(&piece.label) {
            Ok(activity) => activity.slug.clone(),
            Err(_) => piece.label.clone(),
        };
        Some(Taken { folder, piece, label, repetition: place % repetitions, file: block.at.number })
    }

    /// The scene of sample `id` with its captured motion.
    pub(in crate::corpus) fn scene(&self, id: u64, scene: &Scene) -> Option<Scene> {
        let taken = self.taken(id)?;
        Some(scene.with_capture(0, &taken.path(), taken.piece.start_s, taken.joint_map(), taken.reading()))
    }
}
