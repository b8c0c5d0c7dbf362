#![no_main]
use kinecho::recording::mars;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::in_folder(&[("walk.npz", &kinecho_fuzz::archive(bytes))], |dir| {
        let _ = mars::read_points(&dir.join("walk.npz"));
        let _ = mars::read_paired(&dir.join("walk.npz"));
    });
});
