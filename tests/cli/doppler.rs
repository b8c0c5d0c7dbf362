//! `kinecho simulate` with a CW Doppler radar.

use super::{kinecho, needs};
use kinecho::recording::npy_iq;
use kinecho::sensor::Sensor;
use serde_json::Value;
use std::fs;
use std::path::Path;

const SCENE: &str = "version: 1
seed: 5
scene:
  radar: {preset: k_lc5, with: {sample_rate_hz: 1000}}
  people:
    - {motion: walk_forward_backward, range_m: 3, facing_deg: 0}
  duration_s: 1.0
";

fn simulate(args: &[&str], dir: &Path) -> (i32, String, String) {
    let output = kinecho().arg("simulate").args(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn iq_and_its_spectrogram_are_written_whole_and_described() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    let (code, out, err) = simulate(&["scene.yaml", "-o", "out", "--json"], dir.path());
    assert_eq!(code, 0, "{err}");
    let result: Value = serde_json::from_str(&out).unwrap();
    let kinds: Vec<&String> = result["written"].as_object().unwrap().keys().collect();
    assert_eq!(kinds, ["iq", "micro_doppler"]);
    let out = dir.path().join("out");
    let iq = npy_iq::read(&out.join("iq.npy")).unwrap();
    assert_eq!((iq.data.dim(), iq.unit.as_str(), iq.info.sample_rate_hz), ((1, 1000), "sqrt(W)", 1000.0));
    let json = |name: &str| -> Value { serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap() };
    let map = json("micro_doppler.json");
    let axes: Vec<&str> =
        map["array"]["axes"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(axes, ["velocity", "time"]);
    assert_eq!(map["array"]["axes"][0]["sign"], "positive = receding");
    assert_eq!(map["array"]["unit"], "dBW", "as the picture says");
    let png = fs::read(out.join("micro_doppler.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000);
    // The scene that was drawn names its sensor, and is read again.
    let draw: kinecho::scene::SceneDraw = serde_json::from_value(json("scene.json")["draw"].clone()).unwrap();
    assert!(matches!(draw.radar, Sensor::Cw(radar) if radar.name == "K-LC5" && radar.sample_rate_hz == 1000.0));
    let sound = ["scene.yaml", "-o", "sound", "--write", "iq_wav", "-q"];
    let (code, _, err) = simulate(&sound, dir.path());
    assert_eq!(code, 0, "{err}");
    assert!(dir.path().join("sound/iq_sound.wav").exists() && dir.path().join("sound/iq_sound.json").exists());
    // A description that does not fit is refused.
    let about = fs::read_to_string(out.join("iq.json")).unwrap().replace("1000,", "999,");
    fs::write(out.join("iq.json"), about).unwrap();
    assert!(npy_iq::read(&out.join("iq.npy")).unwrap_err().to_string().contains("999"));
}

#[test]
fn what_a_sensor_does_not_give_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    let (code, out, err) = simulate(&["scene.yaml", "--dry-run"], dir.path());
    assert!(
        code == 0 && out.contains("K-LC5, continuous wave of 12.41 mm") && out.contains("1000 samples"),
        "{out}{err}"
    );
    let cases: [(&[&str], &str); 10] = [
        (&["--set", "chain.heatmaps={}"], "chain.heatmaps: makes nothing of I/Q"),
        (&["--set", "chain.micro_doppler.rows=0"], "chain.micro_doppler.rows: 0; expected 1 to 4096"),
        (&["--write", "cube,iq"], "outputs.write: K-LC5 does not give cube; expected of iq, micro_doppler, iq_wav"),
        (&["--set", "scene.radar={preset: awr1843}", "--write", "iq"], "does not give iq"),
        (
            &[
                "--set",
                "scene.radar={preset: awr1843}",
                "--set",
                "chain.micro_doppler.spectrogram.window_s=0.1",
                "--write",
                "micro_doppler",
            ],
            "chain.micro_doppler.spectrogram.window_s: 463 chirps (100.01 ms), must be 4 to 128 (27.65 ms): stretches lie within frames",
        ),
        (&["--set", "chain.micro_doppler.spectrogram.window_s=2"], "window_s: 2 s; the recording has only 1.000 s"),
        (&["--set", "chain.micro_doppler.spectrogram.rx=1"], "micro_doppler.spectrogram.rx: 1 given, must be 0 to 0"),
        (&["--set", "scene.radar.with.sample_rate_hz=1"], "scene.radar.with.sample_rate_hz: 1 given"),
        (&["--set", "scene.radar.with.loops_per_frame=1"], "loops_per_frame"),
        (&["--set", "scene.radar.with.kind=lidar"], "kind: expected `cw`"),
    ];
    for (args, want) in cases {
        let (code, _, err) = simulate(&[&["scene.yaml", "-o", "out"], args].concat(), dir.path());
        assert!(code == 1 && err.contains(want) && !dir.path().join("out").exists(), "{args:?}: {err}");
    }
    // Files say which kind they are, and a recipe's chain must fit them.
    let yaml = include_str!("../../scenes/sensors/k_ld2.yaml");
    fs::write(dir.path().join("mine.yaml"), yaml.replace("kind: cw", "kind: cv")).unwrap();
    let file = ["scene.yaml", "--set", "scene.radar={file: mine.yaml}", "--dry-run"];
    let (code, _, err) = simulate(&file, dir.path());
    assert!(code == 1 && err.contains("mine.yaml") && err.contains("kind: expected `cw`"), "{err}");
    fs::write(dir.path().join("mine.yaml"), yaml).unwrap();
    let (code, out, err) = simulate(&file, dir.path());
    assert!(code == 0 && out.contains("K-LD2"), "{err}");
    let recipe = include_str!("../../scenes/recipes/tiny.yaml");
    fs::write(dir.path().join("recipe.yaml"), recipe).unwrap();
    let build = ["corpus", "build", "recipe.yaml", "-o", "c", "--set", "scene.radar={preset: k_lc5}"];
    let output = kinecho().args(build).current_dir(dir.path()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && err.contains("chain.heatmaps: makes nothing of I/Q"), "{err}");
}

/// Everything written out anew from the cube on disk: range spectra, what stands still, spectra over the chirps of a frame.
const BY_NUMPY: &str = r"
import json, sys, numpy as np
folder = sys.argv[1]
x = np.load(folder + '/cube.npy').astype(complex)
found, about = np.load(folder + '/micro_doppler.npy'), json.load(open(folder + '/micro_doppler.json'))
radar, c = about['cube'], 299792458.0
frames, chirps, tx, rx, n = x.shape
w = np.hanning(n); w /= w.sum()
spectra = np.fft.fft(x * w, axis=-1)
ranges = np.arange(n) * c * radar['sample_rate_hz'] / (2 * radar['chirp_slope_hz_per_s'] * n)
near, far = about['micro_doppler']['range_m']
spectra = spectra[..., (ranges >= near) & (ranges <= far)]
spectra = spectra - spectra.mean((0, 1))
v = np.hanning(chirps); v /= v.sum()
lines = np.fft.fftshift(np.fft.fft(spectra * v[None, :, None, None, None], 4 * chirps, axis=1), axes=1)
power = (abs(lines) ** 2).sum(-1).mean((2, 3)).T / (n * (w ** 2).sum())
want = 10 * np.log10(power)
off = abs(want - found)[want > want.max() - 60].max()
axes = about['array']['axes']
wavelength = c / (radar['start_frequency_hz'] + radar['chirp_slope_hz_per_s'] * (radar['adc_start_s'] + (n - 1) / 2 / radar['sample_rate_hz']))
step = wavelength / 2 / (4 * chirps * radar['loop_period_s'])
assert found.shape == want.shape == (4 * chirps, frames), (found.shape, want.shape)
assert found.dtype == np.float32 and about['array']['unit'] == 'dBW'
assert abs(axes[0]['step'] / step - 1) < 1e-9 and abs(axes[0]['first'] + 2 * chirps * step) < 1e-9, axes
assert abs(axes[1]['step'] - radar['frame_period_s']) < 1e-12 and axes[1]['unit'] == 's'
assert abs(about['micro_doppler']['window_s'] - chirps * radar['loop_period_s']) < 1e-12
beside = np.load(folder + '/micro_doppler.npz')
assert (beside['micro_doppler'] == found).all() and str(beside['micro_doppler.values'][0]) == 'power (dBW)', beside.files
assert abs(beside['micro_doppler.velocity'][0] - axes[0]['first']) < 1e-9
assert list(beside['micro_doppler.axes']) == ['velocity (m/s, positive = receding)', 'time (s)'], beside['micro_doppler.axes']
# The range over time, chirp by chirp.
over = np.load(folder + '/range_time.npz')
want = 10 * np.log10((abs(np.fft.fft(x * w, axis=-1)) ** 2).mean((1, 2, 3))).T
off = max(off, abs(want - over['range_time'])[want > want.max() - 100].max())
assert over['range_time'].shape == want.shape and abs(over['range_time.range'] - ranges).max() < 1e-9
assert abs(np.diff(over['range_time.time']) - radar['frame_period_s']).max() < 1e-9
maps = np.load(folder + '/heatmaps.npz')
assert {'time_doppler', 'time_range', 'time_angle', 'time_angle.time', 'time_angle.axes'} <= set(maps.files), maps.files
print(off)
";

#[test]
fn the_spectrogram_of_an_fmcw_radar_is_what_numpy_makes_of_its_cube() {
    let Some(python) = needs::python(&["numpy"]) else { return };
    let dir = tempfile::tempdir().unwrap();
    let scene = SCENE
        .replace("{preset: k_lc5, with: {sample_rate_hz: 1000}}", "{preset: awr1843, with: {loops_per_frame: 32}}")
        + "chain: {micro_doppler: {spectrogram: {range_m: [1.5, 4.5]}}}\n";
    fs::write(dir.path().join("scene.yaml"), scene).unwrap();
    let args = ["scene.yaml", "-o", "out", "--write", "cube,spectrogram,range_time,heatmaps", "--json"];
    let (code, out, err) = simulate(&args, dir.path());
    assert_eq!(code, 0, "{err}");
    let result: Value = serde_json::from_str(&out).unwrap();
    let files = ["micro_doppler.png", "micro_doppler.npz", "micro_doppler.npy", "micro_doppler.json"];
    assert_eq!(result["written"]["micro_doppler"]["files"], serde_json::json!(files));
    let checked =
        std::process::Command::new(python).arg("-c").arg(BY_NUMPY).arg(dir.path().join("out")).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).trim().to_owned();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    println!("cells down to 60 dB below the peak are {said} dB off at most");
    assert!(said.parse::<f64>().unwrap() < 0.02, "{said} dB");
}
