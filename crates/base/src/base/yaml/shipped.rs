//! Files that come with the program: read where no file of their name lies on the disk.

use std::path::{Component, Path};
use std::sync::OnceLock;

/// Names, relative, with `/` between folders, and texts.
type Files = &'static [(&'static str, &'static str)];

static FILES: OnceLock<Files> = OnceLock::new();

/// Names the files that come with the program.
pub fn ship(files: Files) {
    // A second call would name the same files: there is one program.
    let _ = FILES.set(files);
}

/// The text of a file that comes with the program; `a/../b` is `b`.
pub(super) fn text(path: &Path) -> Option<&'static str> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    let wanted = parts.join("/");
    FILES.get()?.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text)
}
