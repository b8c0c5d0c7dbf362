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
    assert_eq!(check(&own(), 1e-9), 10);
}

#[test]
fn the_cases_beside_the_project_are_met_to_1e_9() {
    let Some(folder) = super::needs::reference() else { return };
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

/// The arrays of a case, with the meta text changed, written anew.
fn rewritten(from: &Path, to: &Path, change: impl Fn(&str) -> String, add: &[(&str, Vec<u8>)], leave: &[&str]) {
    use std::io::{Read, Write};
    let mut old = zip::ZipArchive::new(std::fs::File::open(from).unwrap()).unwrap();
    let mut new = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for i in 0..old.len() {
        let mut entry = old.by_index(i).unwrap();
        let name = entry.name().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if leave.iter().any(|l| format!("{l}.npy") == name) {
            continue;
        }
        if name == "meta.npy" {
            let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            let chars = bytes[start..].as_chunks::<4>().0.iter();
            let text: String = chars.map(|c| char::from_u32(u32::from_le_bytes(*c)).unwrap()).collect();
            let text = change(&text);
            let header = format!("{{'descr': '<U{}', 'fortran_order': False, 'shape': (), }}\n", text.chars().count());
            bytes = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
            bytes.extend(text.chars().flat_map(|c| u32::from(c).to_le_bytes()));
        }
        new.start_file(name, options).unwrap();
        new.write_all(&bytes).unwrap();
    }
    for (name, bytes) in add {
        new.start_file(format!("{name}.npy"), options).unwrap();
        new.write_all(bytes).unwrap();
    }
    new.finish().unwrap();
}

fn vectors(rows: &[[f64; 3]]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, 3), }}\n", rows.len());
    let mut bytes = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    bytes.extend(rows.iter().flatten().flat_map(|v| v.to_le_bytes()));
    bytes
}

#[test]
fn what_a_case_holds_is_honoured_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.npz");
    let same = |text: &str| text.to_owned();
    let (points, mesh) = (own().join("point_accelerating.npz"), own().join("mesh_catmull_rom.npz"));
    let refused = |add: &[(&str, Vec<u8>)], from: &Path, parts: &[&str]| {
        rewritten(from, &path, same, add, &[]);
        let message = read_case(&path).unwrap_err().to_string();
        assert!(parts.iter().all(|p| message.contains(p)), "{message}");
    };
    let three = vectors(&[[0.0; 3]; 3]);
    refused(&[("jerk", three.clone())], &points, &["case.npz", "jerk", "a case of points", "acceleration"]);
    refused(&[("visible", three.clone())], &points, &["visible", "a case of points"]);
    refused(&[("key_vertices", three.clone())], &points, &["key_vertices"]);
    refused(&[("velocity", three.clone())], &mesh, &["velocity", "a case of a moving mesh", "key_vertices"]);
    refused(&[("vertices", three)], &mesh, &["vertices", "a case of a moving mesh"]);
    // One acceleration too few.
    rewritten(&points, &path, same, &[("acceleration", vectors(&[[0.0; 3]; 2]))], &["acceleration"]);
    let message = read_case(&path).unwrap_err().to_string();
    assert!(
        message.contains("acceleration") && message.contains("2 entries") && message.contains("3 points"),
        "{message}"
    );
    // Left out, the signal is another one: the acceleration counts.
    rewritten(&points, &path, same, &[], &["acceleration"]);
    let error = compare(&read_case(&path).unwrap(), Engine::Exact).unwrap().relative_rms_error;
    assert!(error > 0.1, "{error}");
    // A note does not stop a case, samples beyond the chirp do.
    rewritten(&points, &path, |text| text.replacen('{', "{\"made_by\": \"somebody\", ", 1), &[], &[]);
    assert!(compare(&read_case(&path).unwrap(), Engine::Exact).unwrap().relative_rms_error < 1e-9);
    rewritten(&points, &path, |text| text.replace("\"chirp_period\": 7.2e-05", "\"chirp_period\": 2e-05"), &[], &[]);
    let message = read_case(&path).unwrap_err().to_string();
    assert!(message.contains("meta") && message.contains("2e-5 s") && message.contains("64 samples end"), "{message}");
}
