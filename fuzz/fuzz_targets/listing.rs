#![no_main]
use kinecho::recording::listing;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::in_folder(&[("recordings.csv", bytes), ("a.npy", b""), ("b/c.bin", b"")], |dir| {
        let _ = listing::read(dir);
    });
});
