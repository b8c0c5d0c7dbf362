//! BABEL, KIT and HumanML3D labels, and labels out of names.

use crate::needs::data;
use kinecho::motion::labels::{LabelBook, folder_label};
use std::path::Path;

/// The layout of BABEL's release (babel-teach.github.io) with one sequence labelled in parts and one as a whole.
pub(crate) const BABEL: &str = r#"{
  "7": {"babel_sid": 7, "url": "u", "feat_p": "KIT/KIT/3/kick_high_left02_poses.npz", "dur": 5.0,
    "seq_ann": {"babel_lid": "x", "mul_act": true, "labels": [{"raw_label": "kick", "proc_label": "kick", "seg_id": "a", "act_cat": ["kick"]}]},
    "frame_ann": {"babel_lid": "y", "mul_act": true, "labels": [
      {"raw_label": "standing still", "proc_label": "stand", "seg_id": "b", "act_cat": ["stand"], "start_t": 0.0, "end_t": 1.5},
      {"raw_label": "transition", "proc_label": "transition", "seg_id": "c", "act_cat": ["transition"], "start_t": 1.5, "end_t": 2.0},
      {"raw_label": "kicks high with left", "proc_label": "kick with left leg", "seg_id": "d", "act_cat": ["kick", "leg movements"], "start_t": 2.0, "end_t": 4.5}]}},
  "8": {"babel_sid": 8, "feat_p": "CMU/CMU/35/35_01_poses.npz", "dur": 3.0, "frame_ann": null,
    "seq_ann": {"labels": [{"raw_label": "walk", "proc_label": "walk", "act_cat": ["walk"]}]}},
  "9": {"babel_sid": 9, "feat_p": "CMU/CMU/35/35_02_poses.npz", "dur": 3.0, "seq_anns": [{"labels": [{"raw_label": "jog slowly", "proc_label": "jog", "act_cat": ["jog"]}]}], "frame_anns": null}
}"#;

#[test]
fn babel_gives_parts_or_the_whole() {
    let book = LabelBook::parse("babel.json", BABEL.as_bytes()).unwrap();
    assert_eq!(book.len(), 3);
    // Whatever release and folder a sequence lies in.
    for path in ["/data/AMASS/KIT/3/kick_high_left02_poses.npz", "smplx/KIT/3/kick_high_left02_stageii.npz"] {
        let spans = book.of(Path::new(path));
        assert_eq!(spans.len(), 2, "transitions and the label of the whole are left out");
        assert_eq!((spans[1].start_s, spans[1].end_s), (2.0, Some(4.5)));
        assert_eq!(spans[1].raw, ["kicks high with left"]);
        assert_eq!(spans[1].processed.as_deref(), Some("kick with left leg"));
        assert_eq!(spans[1].categories, ["kick", "leg movements"]);
    }
    let whole = &book.of(Path::new("CMU/35/35_01_poses.npz"))[0];
    assert_eq!((whole.start_s, whole.end_s, whole.raw[0].as_str()), (0.0, None, "walk"));
    assert_eq!(book.of(Path::new("CMU/35/35_02_poses.npz"))[0].raw, ["jog slowly"]);
    assert!(book.of(Path::new("CMU/35/35_03_poses.npz")).is_empty());
    // Of one's own files a label may name just the file, or its folder too.
    for short in ["35_01_poses.npz", "35/35_01.bvh"] {
        let own = LabelBook::parse("own.json", BABEL.replace("CMU/CMU/35/35_01_poses.npz", short).as_bytes()).unwrap();
        assert_eq!(own.of(Path::new("any/CMU/35/35_01_poses.npz"))[0].raw, ["walk"], "{short}");
        assert!(own.of(Path::new("any/CMU/36/36_01_poses.npz")).is_empty());
    }
    let error = LabelBook::parse("bad.json", br#"{"1": {"dur": 3}}"#).unwrap_err().to_string();
    assert!(error.contains("bad.json") && error.contains("feat_p"), "{error}");
    // An entry that makes no sense costs itself; the others stay.
    let others = LabelBook::parse("bad.json", BABEL.replace("4.5", "-4.5").as_bytes()).unwrap();
    assert_eq!(others.len(), 2);
    let [aside] = others.set_aside() else { panic!("{:?}", others.set_aside()) };
    assert!(aside.file == "bad.json" && aside.reason.contains("`7`") && aside.reason.contains("-4.5"), "{aside:?}");
}

#[test]
fn kit_sentences_of_one_stretch_stand_together() {
    let Some(folder) = data("kitml_text") else { return };
    let book = LabelBook::read(&folder.join("annotations.json.gz")).unwrap();
    assert!(book.len() > 2000, "{}", book.len());
    let spans = book.of(Path::new("/any/KIT/4/WalkingStraightForward04_poses.npz"));
    assert_eq!(spans.len(), 1);
    assert_eq!((spans[0].start_s, spans[0].end_s), (0.0, Some(5.66)));
    assert_eq!(spans[0].raw, ["A person walks forward at medium speed.", "human slowly goes forward"]);
}

#[test]
fn humanml_counts_in_frames_and_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("texts")).unwrap();
    write(
        "index.csv",
        "source_path,start_frame,end_frame,new_name\n./pose_data/KIT/3/kick_high_left02_poses.npy,20,100,000000.npy\n./pose_data/TotalCapture/s1/acting1_poses.npy,0,-1,000001.npy\n./pose_data/KIT/3/none.npy,0,10,000002.npy\n",
    );
    write(
        "texts/000000.txt",
        "a man kicks something.#a/DET man/NOUN#0.0#0.0\nhe kicks with his left leg#he/PRON#1.0#3.0\na man kicks high#a/DET#nan#nan\n",
    );
    write("texts/000001.txt", "a person acts#a/DET#0.0#0.0\n");
    let book = LabelBook::read(folder.path()).unwrap();
    let kick = book.of(Path::new("KIT/3/kick_high_left02_poses.npz"));
    assert_eq!((kick[0].start_s, kick[0].end_s), (1.0, Some(5.0)), "frames at 20 Hz");
    assert_eq!(kick[0].raw, ["a man kicks something.", "a man kicks high"]);
    assert_eq!((kick[1].start_s, kick[1].end_s), (2.0, Some(4.0)), "seconds within the clip");
    // The first second of this data set was cut off before frames were counted.
    assert_eq!(book.of(Path::new("TotalCapture/s1/acting1_poses.npz"))[0].start_s, 1.0);
    // A text that makes no sense is left out and named; the others stay.
    write("texts/000001.txt", "a person acts\n");
    let book = LabelBook::read(folder.path()).unwrap();
    assert_eq!(book.len(), 1);
    let [aside] = book.set_aside() else { panic!("{:?}", book.set_aside()) };
    assert!(aside.reason.contains("000001.txt:1") && aside.reason.contains("1 fields"), "{aside:?}");
    std::fs::write(folder.path().join("texts/000001.txt"), b"a person \xe9#a/DET#0.0#0.0\n").unwrap();
    let book = LabelBook::read(folder.path()).unwrap();
    assert!(book.len() == 1 && book.set_aside()[0].file.ends_with("000001.txt"), "{:?}", book.set_aside());
}

#[test]
fn names_become_words() {
    for (path, label) in [
        ("/d/kick/01.npz", "kick"),
        ("/d/KIT/3/kick_high_left02_poses.npz", "kick high left"),
        ("/d/humanoid3d_walk.txt.gz", "walk"),
        ("/d/motions/humanoid3d_long_walk1.txt.gz", "long walk"),
        ("/d/BVH/john_waves.bvh", "john waves"),
        ("/d/7/12.bvh", "12"),
    ] {
        assert_eq!(folder_label("/d".as_ref(), path.as_ref()), label);
    }
}
