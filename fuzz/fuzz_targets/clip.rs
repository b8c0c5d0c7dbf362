#![no_main]
use kinecho::model::clip::ClipText;

// config.json, tokenizer.json, model.safetensors, its index.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let names = ["config.json", "tokenizer.json", "model.safetensors", "model.safetensors.index.json"];
    kinecho_fuzz::named(bytes, &names, |dir| {
        let _ = ClipText::read(dir, &Default::default());
    });
});
