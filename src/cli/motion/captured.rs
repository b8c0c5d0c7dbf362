//! Captured motions that are looked at or checked beside scores.

use super::Global;
use super::reading::ReadingArgs;
use crate::body::ShapedBody;
use crate::cli::tell;
use crate::motion::capture::{Excerpt, JointMapBook, Reading, Staged};
use crate::motion::{Capture, Clip};
use clap::Args;
use std::path::{Path, PathBuf};

/// How files of captured motion are read.
#[derive(Args)]
pub(super) struct CapturedArgs {
    /// Joint maps for skeletons that the program does not know.
    #[arg(long, value_name = "FILE")]
    joint_map: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// The same, read.
pub(super) struct CapturedReader {
    maps: Option<JointMapBook>,
    reading: Reading,
}

impl CapturedArgs {
    pub(super) fn reader(&self) -> anyhow::Result<CapturedReader> {
        let maps = self.joint_map.as_deref().map(JointMapBook::read).transpose()?;
        Ok(CapturedReader { maps, reading: self.reading.reading()? })
    }
}

impl CapturedReader {
    /// A captured motion on `body`; says what was found out about the file.
    pub(super) fn clip(
        &self,
        path: &Path,
        excerpt: Excerpt,
        body: &ShapedBody,
        global: &Global,
    ) -> anyhow::Result<Clip> {
        let maps = self.maps.as_ref().unwrap_or(JointMapBook::builtin());
        let capture = Capture::read_as(path, excerpt, &self.reading)?;
        let person = capture.person(maps)?;
        let found = person.notes.iter().filter(|note| !capture.notes.contains(note));
        for note in capture.notes.iter().chain(found).filter(|_| !global.quiet) {
            tell(&format!("{}: {note}", path.display()));
        }
        Ok(Staged::new(&capture.onto(body, maps)?, &body.skeleton)?.clip)
    }
}
