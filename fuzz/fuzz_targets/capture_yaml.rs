#![no_main]
use kinecho::recording::capture_yaml;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::in_folder(&[("capture.yaml", bytes)], |dir| {
        let _ = capture_yaml::read(&dir.join("capture.yaml"), 0.1);
    });
});
