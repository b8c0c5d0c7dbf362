//! `kinecho view`: pages as a browser shows them, and scenes as glTF.

use super::{kinecho, needs};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SCENE: &str = "version: 1
seed: 5
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 16, samples_per_chirp: 64}}
  people: [{motion: jumping_jack, range_m: 2.0, facing_deg: 0}]
  objects: [{box_m: [0.6, 0.6, 0.7], x_m: 1.2, y_m: 2.6, material: wood}]
  room: {x_m: [-2, 2], y_m: [-0.5, 4], floor: concrete}
  duration_s: 1.0
";

fn run(args: &[&str], dir: &Path) -> (i32, String, String) {
    let output = kinecho().arg("view").args(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn with_scene() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    dir
}

/// The data of a page.
fn data(page: &Path) -> Value {
    let html = fs::read_to_string(page).unwrap();
    let start = html.find("type=\"application/json\">").unwrap() + 24;
    serde_json::from_str(&html[start..start + html[start..].find("</script>").unwrap()]).unwrap()
}

/// The picture of a page.
fn shot(browser: &str, address: &str, to: PathBuf) -> Vec<u8> {
    let done = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1500,1300"])
        .args(["--virtual-time-budget=4000", &format!("--screenshot={}", to.display()), address])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    fs::read(to).unwrap()
}

#[test]
fn a_scene_is_one_file_that_a_browser_shows_and_whose_clock_moves() {
    let dir = with_scene();
    let (code, out, err) = run(&["scene.yaml", "--export", "page.html", "--json"], dir.path());
    assert!(code == 0 && out.contains("page.html"), "{err}");
    let page = dir.path().join("page.html");
    let all = data(&page);
    let titles: Vec<&str> = all["panels"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap()).collect();
    for title in ["range-Doppler, frame by frame", "micro-Doppler spectrogram", "range over time"] {
        assert!(titles.contains(&title), "{titles:?}, {}", all["notes"]);
    }
    assert_eq!(all["panels"][0]["pngs"].as_array().unwrap().len(), 10, "a picture a frame");
    let stage = &all["stage"];
    assert_eq!(stage["meshes"].as_array().unwrap().len(), 2);
    assert_eq!((&stage["meshes"][0]["name"], &stage["meshes"][0]["count"]), (&"jumping_jack".into(), &16.into()));
    assert_eq!((&stage["meshes"][1]["count"], &stage["room"]["y"]), (&1.into(), &serde_json::json!([-0.5, 4.0])));
    // Nothing is asked for elsewhere.
    let html = fs::read_to_string(&page).unwrap();
    for word in ["http://", "https://", "src=\"", "import "] {
        assert!(!html.contains(word), "the page holds {word}");
    }
    let Some(browser) = needs::browser() else { return };
    let at = |t: &str| shot(browser, &format!("file://{}#t={t}", page.display()), dir.path().join(format!("{t}.png")));
    let (first, later, again) = (at("0.0"), at("0.6"), at("0.6"));
    assert!(first.len() > 50_000, "a picture of {} bytes", first.len());
    assert!(first != later && later == again, "the picture follows the clock");
    if let Ok(kept) = std::env::var("KINECHO_KEEP_PICTURES") {
        fs::write(Path::new(&kept).join("view.png"), later).unwrap();
    }
}

#[test]
fn a_page_is_served_on_this_machine_alone() {
    let dir = with_scene();
    let mut child = kinecho_process(&["view", "scene.yaml", "--json", "-q"], dir.path());
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = serde_json::from_str::<Value>(&line).unwrap()["url"].as_str().unwrap().to_owned();
    let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    assert!(host.starts_with("127.0.0.1:"), "{url}");
    let get = |path: &str| {
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let page = get("/");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("text/html") && page.contains("jumping jack"));
    assert!(get("/etc/passwd").starts_with("HTTP/1.1 404"));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn kinecho_process(args: &[&str], dir: &Path) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_kinecho"))
        .args(args)
        .current_dir(dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_corpus_is_a_grid_and_a_recording_has_no_body() {
    let dir = tempfile::tempdir().unwrap();
    let build = [
        "corpus",
        "build",
        "tiny",
        "-o",
        "corpus",
        "-q",
        "--set",
        "subjects=1",
        "--set",
        "activities=[squat, punch]",
        "--set",
        "validation_subjects=0",
        "--set",
        "splits=[]",
    ];
    let made = kinecho().args(build).current_dir(dir.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (code, _, err) = run(&["corpus", "--export", "grid.html", "--count", "1"], dir.path());
    assert_eq!(code, 0, "{err}");
    let all = data(&dir.path().join("grid.html"));
    let cards = all["samples"].as_array().unwrap();
    assert!(cards.len() >= 2 && cards[0]["picture"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert!(cards[1]["picture"].is_null());
    let (code, _, err) = run(&["corpus", "--glb", "x.glb"], dir.path());
    assert!(code == 1 && err.contains("--glb writes scenes"), "{err}");
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    let made = kinecho()
        .args(["simulate", "scene.yaml", "-o", "out", "--write", "cube"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(made.status.success());
    let (code, _, err) = run(&["out/cube.npy", "--export", "cube.html"], dir.path());
    assert_eq!(code, 0, "{err}");
    let all = data(&dir.path().join("cube.html"));
    assert!(all.get("stage").is_none() && all["panels"].as_array().unwrap().len() >= 3, "{}", all["notes"]);
    let Some(browser) = needs::browser() else { return };
    let grid =
        shot(browser, &format!("file://{}", dir.path().join("grid.html").display()), dir.path().join("grid.png"));
    assert!(grid.len() > 20_000, "{} bytes", grid.len());
    if let Ok(kept) = std::env::var("KINECHO_KEEP_PICTURES") {
        fs::write(Path::new(&kept).join("grid.png"), grid).unwrap();
    }
}

#[test]
fn a_scene_as_gltf_moves_as_the_body_does() {
    let dir = with_scene();
    let (code, _, err) = run(&["scene.yaml", "--glb", "scene.glb"], dir.path());
    assert_eq!(code, 0, "{err}");
    let bytes = fs::read(dir.path().join("scene.glb")).unwrap();
    let file = gltf::Gltf::from_slice(&bytes).unwrap();
    let blob = file.blob.as_deref().unwrap();
    let mesh = file.meshes().find(|m| m.name() == Some("jumping_jack")).unwrap();
    let primitive = mesh.primitives().next().unwrap();
    let read = |accessor: gltf::Accessor<'_>| -> Vec<f32> {
        let view = accessor.view().unwrap();
        let parts = accessor.dimensions().multiplicity();
        let start = view.offset() + accessor.offset();
        let bytes = &blob[start..start + 4 * parts * accessor.count()];
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let first = read(primitive.get(&gltf::Semantic::Positions).unwrap());
    let targets: Vec<Vec<f32>> = primitive.morph_targets().map(|t| read(t.positions().unwrap())).collect();
    assert_eq!(targets.len(), 15);
    // y is up: the soles are on the floor, the body is as tall as people are, and hands go up in a jumping jack.
    let top = |shift: Option<&Vec<f32>>| {
        (0..first.len() / 3).map(|i| first[3 * i + 1] + shift.map_or(0.0, |s| s[3 * i + 1])).fold(0.0_f32, f32::max)
    };
    assert!(top(None) > 1.4, "{} m", top(None));
    let heights: Vec<f32> = targets.iter().map(|t| top(Some(t))).collect();
    let most = heights.iter().copied().fold(0.0, f32::max);
    assert!(most > heights.iter().copied().fold(9.0, f32::min) + 0.15 && most < 2.8, "{heights:?}");
    // The person is 2 m away, which is −z.
    let away = first.iter().skip(2).step_by(3).sum::<f32>() / (first.len() / 3) as f32;
    assert!((away + 2.0).abs() < 0.3, "{away}");
    let animation = file.animations().next().unwrap();
    let sampler = animation.channels().next().unwrap().sampler();
    let (times, weights) = (read(sampler.input()), read(sampler.output()));
    assert_eq!((times.len(), weights.len(), times[0], times[15]), (16, 16 * 15, 0.0, 1.0));
    assert_eq!(weights[15], 1.0, "at the second time the first target has all the weight");
    let names: Vec<&str> = file.nodes().filter_map(|node| node.name()).collect();
    assert!(names.contains(&"room") && names.contains(&"thing 1"), "{names:?}");
}
