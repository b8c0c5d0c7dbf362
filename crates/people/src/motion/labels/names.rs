//! Labels from the names of files and folders, where nobody wrote any.

use std::path::Path;

/// Endings that releases put on the name of a sequence.
const ENDINGS: [&str; 3] = ["_poses", "_stageii", "_stagei"];
const EXTENSIONS: [&str; 9] = [".gz", ".npz", ".npy", ".pkl", ".bvh", ".glb", ".gltf", ".txt", ".json"];

/// What DeepMimic puts before the name of a clip.
const DEEPMIMIC: &str = "humanoid3d_";
/// Folders of these names say what kind of file they hold, not what it shows.
const CONTAINERS: [&str; 14] = [
    "motion",
    "motions",
    "data",
    "clips",
    "takes",
    "animations",
    "mocap",
    "bvh",
    "npz",
    "glb",
    "gltf",
    "amass",
    "deepmimic",
    "files",
];

/// The name of a sequence without extension and release endings.
pub(super) fn stem(name: &str) -> &str {
    let mut name = name;
    for ending in EXTENSIONS.iter().chain(&ENDINGS) {
        name = name.strip_suffix(ending).unwrap_or(name);
    }
    name
}

/// The label that a file's place says: the folder below `root` that it lies in, or else its own name, in words.
///
/// A folder without letters is a subject's number and says nothing, nor does one called `motions`, `bvh` or the like; numbers at the end
/// count repetitions.
///
/// ```
/// use kinecho_people::motion::labels::folder_label;
/// assert_eq!(folder_label("/data".as_ref(), "/data/kick_high/03.npz".as_ref()), "kick high");
/// assert_eq!(folder_label("/KIT".as_ref(), "/KIT/3/kick_high_left02_poses.npz".as_ref()), "kick high left");
/// ```
pub fn folder_label(root: &Path, path: &Path) -> String {
    let text = |p: Option<&std::ffi::OsStr>| p.map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let below = path.strip_prefix(root).unwrap_or(path);
    let folder = words(&text(below.parent().and_then(Path::file_name)));
    let name = text(path.file_name());
    let folder = if CONTAINERS.contains(&folder.as_str()) { String::new() } else { folder };
    let own = stem(&name);
    let own = words(own.strip_prefix(DEEPMIMIC).unwrap_or(own));
    match (folder.is_empty(), own.is_empty()) {
        (false, _) => folder,
        (true, false) => own,
        (true, true) => stem(&name).to_owned(),
    }
}

/// Words of a name: separators become blanks, trailing digits go.
fn words(name: &str) -> String {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-' | ' '));
    let words: Vec<&str> = name.split(['_', '-', ' ', '.']).filter(|w| !w.is_empty()).collect();
    words.join(" ").to_lowercase()
}
