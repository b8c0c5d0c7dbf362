#![no_main]
use kinecho::motion::labels::LabelBook;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = LabelBook::parse("fuzz", bytes);
});
