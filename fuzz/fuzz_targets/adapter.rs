#![no_main]
use kinecho::model::lora;
use kinecho::model::mmclip::{MmClip, MmClipConfig};
use std::cell::LazyCell;

thread_local! {
    static MODEL: LazyCell<MmClip> = LazyCell::new(|| {
        let config = MmClipConfig {
            rows: 16, columns: 16, patch_columns: 8, map_width: 8, map_heads: 2, map_depth: 1, fusion_heads: 2, fusion_depth: 1,
            mlp_ratio: 1, text_width: 8, text_heads: 2, ..MmClipConfig::default()
        };
        MmClip::new(&config, 1).expect("a small model")
    });
}

// adapter_config.json, adapter_model.safetensors, kinecho.json.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let names = ["adapter_config.json", "adapter_model.safetensors", "kinecho.json"];
    kinecho_fuzz::named(bytes, &names, |dir| {
        let _ = MODEL.with(|model| lora::load((*model).clone(), dir));
    });
});
