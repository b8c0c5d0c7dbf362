#![no_main]
use kinecho::model::weights::Weights;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(weights) = Weights::from_bytes(bytes, "fuzz.safetensors".as_ref()) {
        let again = weights.to_bytes().expect("what was read can be written");
        let back = Weights::from_bytes(&again, "fuzz.safetensors".as_ref()).expect("what was written can be read");
        assert_eq!(back.hash(), weights.hash());
    }
});
