#![no_main]
use kinecho::base::yaml::Document;
use kinecho::scene::{Scene, SceneSpec};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(text) = kinecho_fuzz::text(bytes) else { return };
    let Ok(document) = Document::parse(text, "fuzz.yaml".as_ref()) else { return };
    if let Ok(spec) = document.typed::<SceneSpec>()
        && let Err(problems) = Scene::check(&spec, false)
    {
        // Every problem finds its line.
        let _ = document.rejected(problems).to_string();
    }
});
