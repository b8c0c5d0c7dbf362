#![no_main]
use kinecho::recording::mmclip::{self, Scale};

// The index, then the three maps.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let names = ["index.csv", "000001002_td.npy", "000001002_tr.npy", "000001002_ta.npy"];
    kinecho_fuzz::named(bytes, &names, |dir| {
        let _ = mmclip::read_folder(dir, Scale::default());
    });
});
