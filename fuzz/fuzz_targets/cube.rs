#![no_main]
use kinecho::recording::any;

// NAME.json, then NAME.npy.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::named(bytes, &["cube.json", "cube.npy"], |dir| {
        let _ = any::read(&dir.join("cube.npy"));
    });
});
