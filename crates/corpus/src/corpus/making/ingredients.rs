//! What a corpus is made of that its recipe only names: scores of motions, sentences, presets of devices, files.
//!
//! Two corpora of one recipe differ where these differ, so that their digests stand in the plan.

use crate::corpus::files::left_out::file_hash;
use crate::corpus::recipe::Recipe;
use crate::corpus::recipe::places::Place;
use crate::corpus::sample::targets::Captions;
use crate::motion::score::ScoreBook;
use crate::scene::LinkSpec;
use crate::sim::SIGNAL_EDITION;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Digests by what they are of, in words: `motion squat`, `sentences of squat`, `radar`, `sensor wifi`, `file bodies/b.npz`; and the edition
/// of the signals.
pub(super) fn ingredients(recipe: &Recipe, places: &[Place], activities: &[String]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::from([("signals".to_owned(), format!("edition {SIGNAL_EDITION}"))]);
    for slug in activities {
        if recipe.scores {
            out.insert(format!("motion {slug}"), digest(&ScoreBook::with_data_sets().ways(slug)));
        }
        out.insert(format!("sentences of {slug}"), digest(&Captions::of(slug)));
    }
    let radars: Vec<_> = places.iter().map(|place| place.scene.sensor()).collect();
    out.insert("radar".into(), digest(&radars));
    for name in places.iter().flat_map(|place| place.scene.links().keys()) {
        let devices: Vec<_> = places.iter().filter_map(|place| place.scene.links().get(name)).map(device).collect();
        out.insert(format!("sensor {name}"), digest(&devices));
    }
    for file in places.iter().flat_map(|place| place.scene.files()) {
        let hash = file_hash(&file).map_or("cannot be read".into(), |hash| short(&hash));
        out.insert(format!("file {}", file.display()), hash);
    }
    out
}

/// A link's device with its preset or file read.
fn device(link: &LinkSpec) -> String {
    match link {
        LinkSpec::Wifi(wifi) => format!("{:?}", wifi.device()),
        LinkSpec::Rfid(rfid) => format!("{:?}", rfid.device()),
    }
}

/// Of everything that a value holds; another spelling of the same in a file gives the same.
fn digest(value: &impl Debug) -> String {
    short(blake3::hash(format!("{value:?}").as_bytes()).to_hex().as_str())
}

fn short(hex: &str) -> String {
    hex.chars().take(16).collect()
}
