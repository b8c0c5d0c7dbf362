#![no_main]
use kinecho::base::yaml::Document;
use kinecho::corpus::{CorpusReader, Status, merge};

/// What a plan asks for may take its time, however large it is: larger ones than this are not tried.
const MOST: u64 = 10_000;

// corpus.yaml, manifest.jsonl, samples.csv, the shard.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let files = kinecho_fuzz::files(bytes);
    let plan = kinecho_fuzz::text(files[0]).and_then(|text| Document::parse(text, "corpus.yaml".as_ref()).ok());
    let samples = plan.and_then(|plan| plan.value_of("samples")?.as_u64());
    if samples.is_some_and(|n| n > MOST) {
        return;
    }
    let names = ["corpus.yaml", "manifest.jsonl", "samples.csv", "shards/000000.tar"];
    kinecho_fuzz::named(bytes, &names, |dir| {
        if let Ok(reader) = CorpusReader::open(dir) {
            let _ = reader.verify();
            for row in reader.rows().iter().take(4) {
                let _ = reader.read(row.id);
                let _ = reader.read_views(row.id);
            }
            let _ = reader.view_input();
            let _ = reader.set_aside();
        }
        let _ = Status::read(dir, Some(2));
        let _ = merge(dir);
    });
});
