//! Damage, full disks and read-only folders: each is named, and mended by `--resume` or refused.

use super::corpus_program::{done, fails, folder, program, run, told};
use super::corpus_samples::tree;
use std::fs;
use std::path::Path;

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn damage_is_named_refused_and_mended() {
    let dir = folder();
    let dir = dir.path();
    let build = ["corpus", "build", "recipe.yaml", "-o", "c"];
    let mend = [&build[..], &["--resume"]].concat();
    done(dir, &build);
    let whole = tree(&dir.join("c"));
    let shard = dir.join("c/shards/000002.tar");

    edit(&shard, |bytes| bytes.truncate(bytes.len() / 2));
    edit(&dir.join("c/shards/000004.tar"), |bytes| bytes[1500] ^= 1);
    fails(dir, 1, &["corpus", "verify", "c"], &["000002.tar", "bytes found"]);
    fails(
        dir,
        1,
        &build,
        &["2 finished shards are damaged", "shard 2:", "bytes found", "shard 4:", "BLAKE3", "--resume"],
    );
    done(dir, &mend);
    assert!(tree(&dir.join("c")) == whole);

    // Several flipped bits: all of them are listed at once.
    for name in ["000001.tar", "000003.tar"] {
        edit(&dir.join("c/shards").join(name), |bytes| bytes[2000] ^= 64);
    }
    fails(dir, 1, &["corpus", "verify", "c"], &["2 of 6 shards", "000001.tar", "000003.tar", "BLAKE3"]);
    done(dir, &mend);
    assert!(tree(&dir.join("c")) == whole);

    fs::remove_file(&shard).unwrap();
    fails(dir, 1, &build, &["shard 2: the file is missing"]);
    done(dir, &mend);
    assert!(tree(&dir.join("c")) == whole);

    // A line of the manifest is gone: the shard does not count, is named, and is made again.
    edit(&dir.join("c/manifest.jsonl"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains("000003.tar")).collect();
        *bytes = (kept.join("\n") + "\n").into_bytes();
    });
    fails(dir, 1, &["corpus", "verify", "c"], &["manifest.jsonl", "no line for shard 3"]);
    let (code, _, stderr) = run(dir, &mend);
    assert!(code == 0 && stderr.contains("shard 3 is made again"), "{stderr}");
    assert!(tree(&dir.join("c")) == whole);

    // The whole manifest or the index is gone.
    for file in ["manifest.jsonl", "samples.csv"] {
        fs::remove_file(dir.join("c").join(file)).unwrap();
        fails(dir, 1, &["corpus", "inspect", "c"], &[file]);
        done(dir, &mend);
        assert!(tree(&dir.join("c")) == whole, "{file}");
    }

    edit(&dir.join("c/manifest.jsonl"), |bytes| bytes[0] = b'#');
    fails(dir, 1, &mend, &["manifest.jsonl:1", "delete the line"]);
}

/// A disk that is full for every file beyond a size: the system's limit of file sizes, with its signal ignored.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_leaves_nothing_half_written() {
    let dir = folder();
    let dir = dir.path();
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "whole"]);
    let program = env!("CARGO_BIN_EXE_kinecho");
    // A shard has two samples of 8 KB and more; blocks of `ulimit -f` have 512 bytes or 1 KB.
    let script = format!("trap '' XFSZ; ulimit -f 8; exec '{program}' corpus build recipe.yaml -o c");
    let output = std::process::Command::new("sh").args(["-c", &script]).current_dir(dir).output().unwrap();
    let (code, _, stderr) = told(&output);
    assert!(code == 1 && stderr.contains("cannot write") && stderr.contains("000000.tar"), "{code}: {stderr}");
    let left: Vec<String> = tree(&dir.join("c")).into_keys().collect();
    assert!(!left.iter().any(|name| name.contains(".tar") || name.ends_with(".part")), "{left:?}");
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "c"]);
    assert!(tree(&dir.join("c")) == tree(&dir.join("whole")));
}

/// The same on a real file system without room, where the machine lets us mount one.
#[cfg(target_os = "linux")]
#[test]
fn a_file_system_without_room_is_named() {
    let dir = folder();
    let dir = dir.path();
    let small = dir.join("small");
    fs::create_dir(&small).unwrap();
    let mount = |arguments: &[&str]| {
        std::process::Command::new("mount").args(arguments).arg(&small).output().is_ok_and(|o| o.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=48k", "tmpfs"]) {
        return super::needs::missing("mount", "the right to mount a file system");
    }
    let unmount = || std::process::Command::new("umount").arg(&small).status();
    let result = std::panic::catch_unwind(|| {
        fails(dir, 1, &["corpus", "build", "recipe.yaml", "-o", "small/c"], &["cannot write", "No space left"]);
        // With room again, it goes on.
        assert!(mount(&["-o", "remount,size=16m"]));
        done(dir, &["corpus", "build", "recipe.yaml", "-o", "small/c"]);
        done(dir, &["corpus", "verify", "small/c"]);
        assert!(mount(&["-o", "remount,ro"]));
        done(dir, &["corpus", "verify", "small/c"]);
        done(dir, &["corpus", "status", "small/c"]);
        fails(dir, 1, &["corpus", "build", "recipe.yaml", "-o", "small/c"], &["small/c", "Read-only"]);
        fails(dir, 1, &["corpus", "build", "recipe.yaml", "-o", "small/d"], &["small/d", "Read-only"]);
    });
    unmount().unwrap();
    result.unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = folder();
    let dir = dir.path();
    fs::write(dir.join("file"), "not a folder").unwrap();
    for output in ["file", "file/c"] {
        fails(dir, 1, &["corpus", "build", "recipe.yaml", "-o", output], &["file"]);
    }
    assert_eq!(fs::read_to_string(dir.join("file")).unwrap(), "not a folder");
    let output = program(dir, &["corpus", "build", "nowhere.yaml", "-o", "c"]).output().unwrap();
    assert!(told(&output).2.contains("nowhere.yaml"));
    assert!(!dir.join("c").exists());
}
