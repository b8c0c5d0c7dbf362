//! Corpora in the layouts of other programs, read back.

use super::corpus_program::{RECIPE, done, fails, json};
use kinecho::base::Complex64;
use kinecho::corpus::{CorpusReader, cube_from_array};
use kinecho::recording::dca1000::{self, AdcGeometry};
use ndarray::{Array2, Array5, s};
use ndarray_npy::read_npy;
use std::fs;
use tempfile::TempDir;

/// A corpus of three samples, with or without its signals.
fn corpus(cubes: bool) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let recipe = RECIPE.replace("subjects: 4", "subjects: 1").replace("validation_subjects: 1\n", "");
    let recipe = if cubes { recipe.replace("output:\n", "output:\n  cubes: true\n") } else { recipe };
    fs::write(dir.path().join("recipe.yaml"), recipe).unwrap();
    done(dir.path(), &["corpus", "build", "recipe.yaml", "-o", "c"]);
    dir
}

#[test]
fn signals_are_exported_and_made_again() {
    let (kept, lean) = (corpus(true), corpus(false));
    for (dir, made_again) in [(&kept, 0), (&lean, 3)] {
        for to in ["dca1000", "rf-genesis"] {
            let result = json(dir.path(), 0, &["corpus", "export", "c", "--to", to, "-o", to]);
            assert_eq!(result["exported"]["made_again"], made_again, "{result}");
            assert_eq!((&result["exported"]["samples"], &result["exported"]["clipped"]), (&3.into(), &0.into()));
        }
    }
    let reader = CorpusReader::open(&kept.path().join("c")).unwrap();
    let cube = cube_from_array(reader.read(1).unwrap().extra("cube").unwrap().clone()).unwrap();
    for dir in [&kept, &lean] {
        let bin = dir.path().join("dca1000/000000001.bin");
        let geometry: AdcGeometry = serde_json::from_slice(&fs::read(bin.with_extension("json")).unwrap()).unwrap();
        let back = dca1000::read(&bin, &geometry).unwrap();
        assert_eq!(back.data.dim(), cube.data.dim());
        let step = geometry.code_value() as f32;
        let worst = back.data.iter().zip(&cube.data).map(|(a, b)| (a - b).norm()).fold(0.0, f32::max);
        assert!(worst <= step, "{worst} with steps of {step}");

        let folder = dir.path().join("rf-genesis/000000001");
        let frames: Array5<Complex64> = read_npy(folder.join("radar_frames.npy")).unwrap();
        let (f, c, t, r, n) = cube.data.dim();
        assert_eq!(frames.dim(), (f, t, r, c, n));
        for (frame, chirp, tx, rx) in [(0, 0, 0, 0), (f - 1, c - 1, t - 1, r - 1), (1, 2, 1, 3)] {
            let wide = cube.data.slice(s![frame, chirp, tx, rx, ..]).mapv(|z| Complex64::new(z.re.into(), z.im.into()));
            assert_eq!(frames.slice(s![frame, tx, rx, chirp, ..]), wide);
        }
    }
}

#[test]
fn mmclip_finds_triples_and_sentences() {
    let dir = corpus(false);
    let dir = dir.path();
    done(dir, &["corpus", "export", "c", "--to", "mmclip", "-o", "out"]);
    let index = fs::read_to_string(dir.join("out/index.csv")).unwrap();
    let rows: Vec<Vec<&str>> = index.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    let reader = CorpusReader::open(&dir.join("c")).unwrap();
    let prompts = fs::read_to_string(dir.join("out/prompts.txt")).unwrap();
    for (id, row) in rows.iter().enumerate() {
        // Where the published loader looks for the class.
        assert_eq!(row[0][6..9].parse::<u32>().unwrap(), row[2].parse::<u32>().unwrap());
        let sample = reader.read_views(id as u64).unwrap();
        for (name, ending) in [("time_doppler", "td"), ("time_range", "tr"), ("time_angle", "ta")] {
            let map: Array2<f32> = read_npy(dir.join(format!("out/maps/{}_{ending}.npy", row[0]))).unwrap();
            assert_eq!(map, sample.views.get(name).unwrap().as_map().unwrap());
        }
        // Split at full stops as the loader does: the label, then five sentences.
        let lines: Vec<Vec<&str>> =
            prompts.lines().map(|l| l.split('.').collect::<Vec<_>>()).filter(|l| l[0] == row[1]).collect();
        assert!(lines.len() > 1, "{} has several wordings", row[1]);
        for line in lines {
            assert!(line.len() == 7 && line[6].is_empty() && line[1..6].iter().all(|s| s.len() > 10), "{line:?}");
        }
    }
}

#[test]
fn exports_are_refused_in_plain_words() {
    let dir = corpus(false);
    let dir = dir.path();
    fs::create_dir(dir.join("there")).unwrap();
    fails(dir, 1, &["corpus", "export", "c", "--to", "mmclip", "-o", "there"], &["there", "exists already"]);
    fails(
        dir,
        1,
        &["corpus", "export", "c", "--to", "mmclip", "-o", "x", "--split", "test"],
        &["no split `test`", "train"],
    );
    fails(dir, 2, &["corpus", "export", "c", "--to", "matlab", "-o", "x"], &["matlab", "mmclip"]);
    #[cfg(not(feature = "hdf5"))]
    fails(dir, 1, &["corpus", "export", "c", "--to", "hdf5", "-o", "x"], &["--features hdf5"]);
    #[cfg(not(feature = "zarr"))]
    fails(dir, 1, &["corpus", "export", "c", "--to", "zarr", "-o", "x"], &["--features zarr"]);
    // Made again by other physics, signals would not be those that the views were made of.
    let plan = dir.join("c/corpus.yaml");
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, text.replace("signals: edition", "signals: another edition than")).unwrap();
    fails(
        dir,
        1,
        &["corpus", "export", "c", "--to", "dca1000", "-o", "x"],
        &["keeps no `cube`", "others now", "`signals`"],
    );
    assert!(!dir.join("x").exists() && !dir.join("x.part").exists());
}

/// Runs a Python script with the folder as argument, where these packages are installed.
#[cfg(any(feature = "hdf5", feature = "zarr"))]
fn python(package: &str, script: &str, folder: &std::path::Path) {
    let Some(python) = super::needs::python(&[package]) else { return };
    let output = std::process::Command::new(python).args(["-c", script]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(feature = "hdf5")]
#[test]
fn hdf5_is_read_by_h5py() {
    let dir = corpus(true);
    let dir = dir.path();
    done(dir, &["corpus", "export", "c", "--to", "hdf5", "-o", "out", "--angles", "16", "--max-range", "4"]);
    let script = "
import csv, sys, h5py, numpy as np
f = h5py.File(sys.argv[1] + '/out/train.hdf5')
data, label = f['data'], f['label']
assert data.shape[0] == 3 and data.shape[1] == 4 and data.shape[3] == 16, data.shape
assert data.dtype == np.float32 and np.isfinite(data[:]).all() and label.shape == (3,)
assert len(set(data[i].tobytes() for i in range(3))) == 3
names = {int(r['label']): r['name'] for r in csv.DictReader(open(sys.argv[1] + '/out/labels.csv'))}
rows = list(csv.DictReader(open(sys.argv[1] + '/c/samples.csv')))
assert [names[int(l)] for l in label] == [r['label'] for r in rows]
";
    python("h5py", script, dir);
}

#[cfg(feature = "zarr")]
#[test]
fn zarr_is_read_by_zarr_python() {
    let dir = corpus(false);
    let dir = dir.path();
    done(dir, &["corpus", "export", "c", "--to", "zarr", "-o", "out"]);
    let script = "
import csv, io, sys, tarfile, numpy as np, zarr
group = zarr.open_group(sys.argv[1] + '/out', mode='r')
maps = group['time_range']
assert maps.shape == (3, 16, 8) and maps.dtype == np.float32 and maps.metadata.dimension_names == ('sample', 'range', 'time')
assert sorted(group.array_keys()) == ['id', 'label', 'time_angle', 'time_doppler', 'time_range']
rows = list(csv.DictReader(open(sys.argv[1] + '/c/samples.csv')))
names = group.attrs['label_names']
assert [names[l] for l in group['label'][:]] == [r['label'] for r in rows]
for i, row in enumerate(rows):
    with tarfile.open(sys.argv[1] + '/c/' + row['file']) as tar:
        own = np.load(io.BytesIO(tar.extractfile('%09d.time_range.npy' % i).read()))
    assert (maps[i] == own).all()
";
    python("zarr", script, dir);
}

#[test]
fn exported_triples_come_back_as_the_same_maps() {
    let dir = corpus(false);
    let dir = dir.path();
    done(dir, &["corpus", "export", "c", "--to", "mmclip", "-o", "out"]);
    let said = json(dir, 0, &["import", "mmclip", "out", "-o", "back"]);
    assert_eq!(said["samples"], 3);
    let (first, back) = (CorpusReader::open(&dir.join("c")).unwrap(), CorpusReader::open(&dir.join("back")).unwrap());
    for row in back.rows() {
        let id: u64 = row.recording.rsplit('_').next().unwrap().parse().unwrap();
        let (a, b) = (first.read(id).unwrap(), back.read(row.id).unwrap());
        let stacked = |s: &kinecho::corpus::Sample| s.views.stacked(&s.views.names()).unwrap();
        assert_eq!((stacked(&a), a.targets), (stacked(&b), b.targets));
    }
}

#[test]
fn wiswiss_files_come_back_as_maps() {
    let dir = corpus(true);
    let dir = dir.path();
    #[cfg(not(feature = "hdf5"))]
    fails(dir, 1, &["import", "wiswiss", "c", "-o", "x"], &["--features hdf5"]);
    #[cfg(feature = "hdf5")]
    {
        done(dir, &["corpus", "export", "c", "--to", "hdf5", "-o", "out", "--angles", "16", "--max-range", "4"]);
        let import = ["import", "wiswiss", "out", "-o", "back", "--rows", "20", "--columns", "12", "--max-range", "4"];
        assert_eq!(json(dir, 0, &import)["samples"], 3);
        let (first, back) =
            (CorpusReader::open(&dir.join("c")).unwrap(), CorpusReader::open(&dir.join("back")).unwrap());
        for (a, b) in first.rows().iter().zip(back.rows()) {
            assert_eq!((&a.label, b.split.as_str()), (&b.label, "train"));
        }
        let maps = back.read(0).unwrap().maps;
        assert_eq!((maps.data.dim(), maps.rows[0].unit.as_str()), ((2, 20, 12), "m"));
        assert!(maps.data.iter().any(|v| *v > 0.9) && maps.data.iter().all(|v| (-1.0..=1.0).contains(v)));
        fs::write(dir.join("out/train.hdf5"), b"cut").unwrap();
        fails(dir, 1, &["import", "wiswiss", "out", "-o", "y"], &["train.hdf5", "not a readable HDF5 file"]);
    }
}

/// A view, its labels and boxes to h5py's numbers and back: the same samples.
#[cfg(feature = "hdf5")]
#[test]
fn views_and_boxes_are_read_by_h5py_and_come_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let recipe = RECIPE
        .replace("subjects: 4", "subjects: 1")
        .replace("validation_subjects: 1\n", "truth: true\n")
        .replace("  heatmaps: {window: 8, hop: 4, rows: 16, columns: 8, angle_fft: 16}\n", "")
        .replace("output:\n", "chain:\n  range_angle: {times: 4, ranges: 12, angles: 21, max_range_m: 4}\n");
    fs::write(dir.join("recipe.yaml"), recipe).unwrap();
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "c"]);
    done(dir, &["corpus", "export", "c", "--to", "hdf5", "--view", "time_range_angle", "-o", "out"]);
    let script = "
import csv, io, json, sys, tarfile, h5py, numpy as np
f = h5py.File(sys.argv[1] + '/out/train.hdf5')
data, label, raw = f['data'], f['label'], f['raw']
assert data.shape == (3, 4, 12, 21) and data.dtype == np.float32 and raw.shape == (3, 1, 5), (data.shape, raw.shape)
axes = json.loads(data.attrs['array'])['axes']
assert [a['name'] for a in axes] == ['time', 'range', 'azimuth'], axes
rows = list(csv.DictReader(open(sys.argv[1] + '/c/samples.csv')))
names = {int(r['label']): r['name'] for r in csv.DictReader(open(sys.argv[1] + '/out/labels.csv'))}
assert [names[int(l)] for l in label] == [r['label'] for r in rows]
for i, row in enumerate(rows):
    with tarfile.open(sys.argv[1] + '/c/' + row['file']) as tar:
        own = np.load(io.BytesIO(tar.extractfile('%09d.time_range_angle.npy' % i).read()))
        person, = json.load(tar.extractfile('%09d.json' % i))['people']
    assert (data[i] == own).all()
    for axis, span, middle, size in ((axes[1], person['range_m'], 0, 2), (axes[2], person['azimuth_rad'], 1, 3)):
        near, far = [np.clip((v - axis['first']) / axis['step'] + 0.5, 0, axis['len']) for v in span]
        assert abs(raw[i, 0, middle] - (near + far) / 2) < 1e-4 and abs(raw[i, 0, size] - (far - near)) < 1e-4
assert (raw[:, :, 4] == 0).all()
";
    python("h5py", script, dir);
    done(dir, &["import", "wiswiss", "out", "-o", "back", "--views"]);
    let (first, back) = (CorpusReader::open(&dir.join("c")).unwrap(), CorpusReader::open(&dir.join("back")).unwrap());
    assert_eq!(back.rows().len(), 3);
    for (a, b) in first.rows().iter().zip(back.rows()) {
        let (a, b) = (first.read(a.id).unwrap(), back.read(b.id).unwrap());
        assert_eq!((&a.views, &a.targets.label), (&b.views, &b.targets.label));
        let spans =
            |s: &kinecho::corpus::Sample| [s.targets.people[0].range_m, s.targets.people[0].azimuth_rad].concat();
        for (a, b) in spans(&a).iter().zip(spans(&b)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
    fails(
        dir,
        1,
        &["corpus", "export", "c", "--to", "hdf5", "--view", "csi", "-o", "x"],
        &["time_range_angle", "`csi` is expected"],
    );
    fails(
        dir,
        1,
        &["corpus", "export", "c", "--to", "zarr", "--view", "csi", "-o", "x"],
        &["--view goes with --to hdf5"],
    );
}

/// Files as the published program writes them: labels as float32, WiFi of two axes, compressed.
#[cfg(feature = "hdf5")]
#[test]
fn wifi_files_of_others_become_views() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let Some(interpreter) = super::needs::python(&["h5py", "numpy"]) else { return };
    let script = "
import os, sys, h5py, numpy as np
os.mkdir(sys.argv[1] + '/in')
def write(name, data, label, **more):
    with h5py.File(sys.argv[1] + '/in/' + name + '.hdf5', 'w') as f:
        f.create_dataset('data', data=data, compression='gzip', chunks=(1,) + data.shape[1:])
        f.create_dataset('label', data=np.array(label, np.float32))
        for key, value in more.items():
            f.create_dataset(key, data=value)
write(sys.argv[2], np.arange(3 * 6 * 8, dtype=np.float64).reshape(3, 6, 8), eval(sys.argv[3]), **eval(sys.argv[4]))
open(sys.argv[1] + '/in/labels.csv', 'w').write('label,name\\n0,squat\\n1,jump\\n')
";
    let write = |split: &str, label: &str, more: &str| {
        let _ = fs::remove_dir_all(dir.join("in"));
        let output =
            std::process::Command::new(&interpreter).args(["-c", script]).arg(dir).args([split, label, more]).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    write("test", "[1, 0, 1]", "{}");
    done(dir, &["import", "wiswiss", "in", "-o", "c", "--views", "--duration-s", "2"]);
    let corpus = CorpusReader::open(&dir.join("c")).unwrap();
    let labels: Vec<&str> = corpus.rows().iter().map(|row| row.label.as_str()).collect();
    assert_eq!((labels, corpus.rows()[0].split.as_str()), (vec!["jump", "squat", "jump"], "test"));
    let view = corpus.read(1).unwrap().views.get("amplitude").unwrap().clone();
    assert_eq!(view.data.as_slice().unwrap(), (48..96_u8).map(f32::from).collect::<Vec<_>>());
    assert_eq!(
        (view.axes[0].name.as_str(), view.axes[1].name.as_str(), view.axes[1].step),
        ("frequency", "time", 0.25)
    );
    fails(dir, 1, &["import", "wiswiss", "in", "-o", "m"], &["test.hdf5: sample 0 is [frequency, time]", "--views"]);
    for (label, more, said) in [
        ("[1, 0.5, 1]", "{}", "0.5 is no number of a class"),
        ("[1, 7, 1]", "{}", "has label 7, labels.csv has none such"),
        ("[[[0, 1]], [[0, 1]], [[0, 1]]]", "{}", "poses are not read"),
        ("[1, 0, 1]", "{'raw': np.ones((3, 2, 4), np.float32)}", "expected [3, box, 5]"),
        ("[1, 0, 1]", "{'raw': np.ones((3, 2, 5), np.float32)}", "boxes are of views over range (m) and azimuth"),
    ] {
        write("test", label, more);
        fails(dir, 1, &["import", "wiswiss", "in", "-o", "x", "--views"], &["test.hdf5", said]);
        let _ = fs::remove_dir_all(dir.join("x"));
    }
}
