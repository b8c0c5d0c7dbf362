#![no_main]
use kinecho::motion::capture::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kinecho_fuzz::capture(Format::Amass, &kinecho_fuzz::archive(bytes)));
