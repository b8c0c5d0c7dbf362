#![no_main]
use kinecho::recording::radhar;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::in_folder(&[("walk.npz", &kinecho_fuzz::archive(bytes))], |dir| {
        let _ = radhar::read_points(&dir.join("walk.npz"));
    });
});
