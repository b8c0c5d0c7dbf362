//! Golden cases against the engines: the small ones made by tests/golden/make_reference.py, and those beside the project when
//! they are there.

use kinecho::sim::Engine;
use kinecho::sim::reference::{compare, read_case, read_folder};
use std::path::{Path, PathBuf};

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reference")
}

fn check(folder: &Path, bound: f64) -> usize {
    let cases = read_folder(folder).unwrap();
    let count = cases.len();
    for case in cases {
        let result = compare(&case.unwrap(), Engine::Exact).unwrap();
        println!(
            "{:32} {:?} error {:.2e} masks {:?} patches {} {:.2} s",
            result.name,
            result.facet_rule,
            result.relative_rms_error,
            result.mask_difference_share,
            result.patches,
            result.seconds
        );
        assert!(result.relative_rms_error <= bound, "{}: {:e}", result.name, result.relative_rms_error);
        if let Some(share) = result.mask_difference_share {
            assert!(share <= 0.002, "{}: {share} of the faces differ", result.name);
        }
    }
    count
}

#[test]
fn brute_force_cases_of_every_kind_are_met_to_1e_9() {
    assert_eq!(check(&own(), 1e-9), 8);
}

#[test]
fn the_cases_beside_the_project_are_met_to_1e_9() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference");
    if !folder.is_dir() {
        println!("skipped: no {}", folder.display());
        return;
    }
    assert!(check(&folder, 1e-9) >= 4);
}

#[test]
fn truncated_and_foreign_files_are_errors_that_name_the_file() {
    let whole = std::fs::read(own().join("point_bistatic_near_field.npz")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.npz");
    for len in (0..whole.len()).step_by(whole.len() / 37) {
        std::fs::write(&path, &whole[..len]).unwrap();
        let message = read_case(&path).unwrap_err().to_string();
        assert!(message.contains("broken.npz"), "{len}: {message}");
    }
    // Every single damaged byte: an error or a case, never a panic.
    for i in (0..whole.len()).step_by(61) {
        let mut damaged = whole.clone();
        damaged[i] ^= 0x55;
        std::fs::write(&path, &damaged).unwrap();
        let _ = read_case(&path).map(|case| compare(&case, Engine::Exact));
    }
    std::fs::write(&path, b"x,y\n1,2\n").unwrap();
    assert!(read_case(&path).unwrap_err().to_string().contains("no whole npz"));
    assert!(read_folder(&folder.path().join("nowhere")).is_err());
}
