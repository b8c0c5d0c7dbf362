#![no_main]
use kinecho::motion::capture::JointMapBook;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = kinecho_fuzz::text(bytes) {
        let _ = JointMapBook::parse(text, "fuzz.yaml".as_ref());
    }
});
