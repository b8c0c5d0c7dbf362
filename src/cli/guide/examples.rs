//! Examples below every `--help`. A test parses each, and holds that no command goes without.

use clap::Command;

/// Commands by their words, and examples of them.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("demo", &["kinecho demo", "kinecho demo -o runs/demo --set pretrain.steps=100"]),
    ("run", &["kinecho run demo --dry-run", "kinecho run radhar --set data=DIR -o runs/radhar"]),
    (
        "pretrain",
        &[
            "kinecho pretrain pretrain --set sources.0.corpus=SIM --set validation.corpus=SIM -o runs/pre",
            "kinecho pretrain mine.yaml -o runs/pre --resume",
        ],
    ),
    (
        "finetune",
        &["kinecho finetune finetune --set from=runs/pre/checkpoint --set sources.0.corpus=REAL -o runs/fine"],
    ),
    ("evaluate", &["kinecho evaluate evaluate --set checkpoint=runs/fine/checkpoint --set test.corpus=REAL"]),
    (
        "classify",
        &["kinecho classify recording.npz --labels squat \"wave both arms\" --checkpoint runs/pre/checkpoint"],
    ),
    (
        "simulate",
        &[
            "kinecho simulate room",
            "kinecho simulate --say \"a person walks back and forth\" --room 4x5 -o out",
            "kinecho simulate mine.yaml --write spectrogram,range_time --seed 3 -o out",
        ],
    ),
    (
        "view",
        &["kinecho view room", "kinecho view room --export room.html --glb room.glb", "kinecho view corpora/sixty"],
    ),
    (
        "corpus build",
        &[
            "kinecho corpus build sixty -o corpora/sixty",
            "kinecho corpus build mine.yaml -o corpora/mine --shard auto/8",
        ],
    ),
    ("corpus status", &["kinecho corpus status corpora/sixty"]),
    ("corpus merge", &["kinecho corpus merge corpora/sixty"]),
    ("corpus verify", &["kinecho corpus verify corpora/sixty"]),
    ("corpus inspect", &["kinecho corpus inspect corpora/sixty --pictures pictures --count 4"]),
    ("corpus export", &["kinecho corpus export corpora/sixty --to mmclip -o out"]),
    ("corpus leaks", &["kinecho corpus leaks corpora/sixty"]),
    ("corpus dedup", &["kinecho corpus dedup corpora/sixty -o out"]),
    ("corpus compare-points", &["kinecho corpus compare-points SIMULATED RECORDED -o comparison.html"]),
    ("import radhar", &["kinecho import radhar DIR -o corpora/radhar"]),
    ("import mars", &["kinecho import mars DIR -o corpora/mars"]),
    ("import wiar", &["kinecho import wiar DIR -o corpora/wiar"]),
    ("import csi_two_rooms", &["kinecho import csi_two_rooms DIR -o corpora/two_rooms"]),
    ("import csi_time_stability", &["kinecho import csi_time_stability DIR -o corpora/stability"]),
    ("import csi_har_nexmon", &["kinecho import csi_har_nexmon DIR -o corpora/nexmon"]),
    ("import rfid_cwnu", &["kinecho import rfid_cwnu DIR -o corpora/cwnu"]),
    ("import rfid_uci", &["kinecho import rfid_uci DIR -o corpora/uci"]),
    ("import mm_fi", &["kinecho import mm_fi DIR -o corpora/mm_fi"]),
    ("import xrf55_wifi", &["kinecho import xrf55_wifi DIR -o corpora/xrf55"]),
    ("import xrf55_rfid", &["kinecho import xrf55_rfid DIR -o corpora/xrf55"]),
    ("import deepsense", &["kinecho import deepsense DIR -o corpora/beams"]),
    ("import points", &["kinecho import points DIR -o corpora/mine"]),
    ("import uart", &["kinecho import uart DIR -o corpora/mine"]),
    ("import csi", &["kinecho import csi DIR -o corpora/mine"]),
    ("import rfid", &["kinecho import rfid DIR -o corpora/mine"]),
    ("import dca1000", &["kinecho import dca1000 DIR -o corpora/mine"]),
    ("import cube", &["kinecho import cube DIR -o corpora/mine"]),
    ("import mmclip", &["kinecho import mmclip DIR -o corpora/mine"]),
    ("import wiswiss", &["kinecho import wiswiss DIR -o corpora/mine"]),
    ("motion sheet", &["kinecho motion sheet squat punch -o motions.png", "kinecho motion sheet --pages pages"]),
    ("motion inspect", &["kinecho motion inspect walk.bvh"]),
    ("motion check", &["kinecho motion check squat"]),
    ("motion distinct", &["kinecho motion distinct"]),
    ("pose-to-signal", &["kinecho pose-to-signal movement.npz"]),
    ("describe", &["kinecho describe squat \"making a phone call\"", "kinecho describe limping --json"]),
    ("reference", &["kinecho reference DIR"]),
    ("bench", &["kinecho bench"]),
    ("list", &["kinecho list", "kinecho list motions radars"]),
    ("new", &["kinecho new scene mine", "kinecho new recipe corpora/mine"]),
    ("schema", &["kinecho schema scene > scene.schema.json"]),
    ("doctor", &["kinecho doctor", "kinecho doctor --json"]),
    ("completions", &["kinecho completions bash > ~/.local/share/bash-completion/completions/kinecho"]),
];

/// The command with examples below the help of each of its own.
pub(in crate::cli) fn with_examples(command: Command) -> Command {
    below(command, "")
}

fn below(mut command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let words = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command = command.mut_subcommand(&name, |sub| below(sub, &words));
    }
    match EXAMPLES.iter().find(|(words, _)| *words == path) {
        Some((_, examples)) => {
            let lines: String = examples.iter().map(|example| format!("\n  {example}")).collect();
            command.after_help(format!("Examples:{lines}"))
        }
        None => command,
    }
}
