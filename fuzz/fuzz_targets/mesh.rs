#![no_main]
use kinecho::geometry::file::{Up, read_mesh};

// The first byte says which kind of file the rest is.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let name = ["a.obj", "a.gltf", "a.glb"][usize::from(kind % 3)];
    kinecho_fuzz::in_folder(&[(name, rest)], |dir| {
        let _ = read_mesh(&dir.join(name), Up::Y, 1.0);
    });
});
