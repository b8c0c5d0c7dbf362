#![no_main]
use kinecho::recording::any;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::in_folder(&[("walk.txt", bytes)], |dir| {
        let _ = any::read(&dir.join("walk.txt"));
    });
});
