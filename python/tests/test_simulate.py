"""Scenes: signals, axes, truth, chains; what is refused."""

import copy
import subprocess
import sys

import numpy as np
import pytest
from conftest import MAPS, SCENE, needs

import kinecho

C = 299_792_458.0


def static_point(range_m, velocity_mps=0.0):
    """A scene of one point of 0 dBsm before the radar, at a range, without noise."""
    scene = copy.deepcopy(SCENE)
    scene["scene"]["people"] = []
    scene["scene"]["duration_s"] = 0.2
    scene["scene"]["receiver"] = {"thermal_noise": False}
    scene["scene"]["objects"] = [{"rcs_dbsm": 0.0, "x_m": 0.0, "y_m": range_m, "z_m": 1.0}]
    return scene


def test_axes_have_names_and_units(simulation):
    cube = simulation.radar
    assert cube.dims == ("frame", "chirp", "tx", "rx", "sample")
    assert cube.dtype == np.complex64 and cube.unit == "sqrt(W)" and cube.kind == "cube"
    frames = cube.axis("frame_s")
    assert len(frames) == cube.shape[0] and np.allclose(np.diff(frames), cube.calibration["sensor"]["frame_period_s"])
    assert np.shares_memory(np.asarray(cube), cube.data)
    with pytest.raises(kinecho.Error, match="has no axis `range_m`; it has frame_s, chirp_s, tx, rx, sample_s"):
        cube.axis("range_m")


def test_the_beat_frequency_is_that_of_the_range():
    """2 R S / c of one point, held against NumPy's own transform of the first chirp."""
    cube = kinecho.simulate(static_point(2.6)).radar
    sensor = cube.calibration["sensor"]
    spectrum = np.abs(np.fft.fft(cube[0, 0, 0, 0], 4096))
    beat = np.argmax(spectrum[:2048]) * sensor["sample_rate_hz"] / 4096
    # From the middle between the antennas, a few millimetres off the origin; bins are 3.4 mm apart.
    assert beat * C / (2 * sensor["chirp_slope_hz_per_s"]) == pytest.approx(2.6, abs=0.02)


def test_views_have_physical_axes(simulation):
    views = simulation.views()
    assert list(views) == ["time_doppler", "time_range", "time_angle"]
    doppler, ranges = views["time_doppler"].axis("velocity_mps"), views["time_range"].axis("range_m")
    assert len(doppler) == views["time_doppler"].shape[0] and len(ranges) == views["time_range"].shape[0]
    assert doppler.min() < 0 < doppler.max()
    # A person squats at 2.5 m: that is where the most of the map is.
    profile = views["time_range"].data.mean(axis=1)
    assert abs(ranges[profile.argmax()] - 2.5) < 0.6


def test_a_chain_of_ones_own(simulation):
    views = kinecho.chain(simulation.radar, MAPS)
    assert {view.shape for view in views.values()} == {(32, 48)}
    again = kinecho.chain(simulation.radar.with_data(2 * simulation.radar.data), MAPS)
    # Maps are stretched from -1 to 1: a gain changes nothing but by rounding.
    assert np.allclose(views["time_doppler"].data, again["time_doppler"].data, atol=1e-3)
    windows = kinecho.chain(simulation.radar, MAPS, window_s=0.5, hop_s=0.2)
    assert [w.start_s for w in windows] == pytest.approx([0.0, 0.2, 0.4])


def test_points_and_tables(simulation):
    points = simulation.points()
    assert points.columns[2:6] == ["x_m", "y_m", "z_m", "range_m"]
    assert np.shares_memory(points.column("range_m"), points.data)
    xyz = np.stack([points.column(name) for name in ("x_m", "y_m", "z_m")])
    assert np.allclose(np.linalg.norm(xyz, axis=0), points.column("range_m"), rtol=1e-3)
    maps = kinecho.chain(points)
    assert "time_doppler" in maps


def test_the_truth_is_on_the_radars_clock(simulation):
    truth = simulation.truth("frame")
    ranges = truth["person_0_joint_range_m"]
    assert ranges.shape == (simulation.radar.shape[0], len(truth["person_0_joint_names"]))
    pelvis = ranges.data[:, truth["person_0_joint_names"].index("pelvis")]
    assert np.all(np.abs(pelvis - 2.5) < 0.7)
    assert len(simulation.truth("chirp")["times_s"].data) == simulation.radar.shape[0] * simulation.radar.shape[1]
    with pytest.raises(kinecho.Error, match="clock: `week`; expected `chirp` or `frame`"):
        simulation.truth("week")


def test_the_same_seed_is_the_same_signal():
    a, b, c = (kinecho.simulate(SCENE, {"scene.duration_s": 0.2}, seed=seed).radar.data for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


def test_text_path_and_dict_are_one(tmp_path):
    import json

    text = json.dumps(SCENE, indent=1)
    (tmp_path / "scene.yaml").write_text(text)
    change = {"scene.duration_s": 0.2}
    signals = [kinecho.simulate(s, change).radar.data for s in (SCENE, text, tmp_path / "scene.yaml")]
    assert all(np.array_equal(signals[0], signal) for signal in signals)


def test_unknown_keys_are_told_as_in_yaml(tmp_path):
    """The words of the program, without the line that a dict does not have."""
    wrong = copy.deepcopy(SCENE)
    wrong["scene"]["radar"] = {"preste": "awr1843"}
    with pytest.raises(kinecho.Error) as by_dict:
        kinecho.simulate(wrong)
    import json

    (tmp_path / "wrong.yaml").write_text(json.dumps(wrong, indent=1))
    command = [sys.executable, "-m", "kinecho", "simulate", "wrong.yaml"]
    told = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert told.returncode == 1
    place, words = told.stderr.removeprefix("error: ").strip().split(": ", 1)
    assert place.startswith("wrong.yaml:") and "scene.radar.preste" in words or "preste" in words
    assert str(by_dict.value) == f"scene dict: {words}"


def test_all_wrong_values_at_once():
    wrong = copy.deepcopy(SCENE)
    wrong["scene"]["duration_s"] = -1.0
    wrong["scene"]["people"][0]["motion"] = "flying"
    with pytest.raises(kinecho.Error) as error:
        kinecho.simulate(wrong)
    assert "scene.duration_s" in str(error.value) and "no motion is called `flying`" in str(error.value)
    with pytest.raises(kinecho.Error, match="is no setting"):
        kinecho.simulate({"version": 1, "scene": object()})
    with pytest.raises(kinecho.Error, match="cannot read .*nowhere.yaml"):
        kinecho.simulate("nowhere.yaml")
    with pytest.raises(kinecho.Error, match="takes; expected a scene"):
        kinecho.simulate("scenes/recipes/tiny.yaml")


def test_wrong_types_and_axes_are_refused(simulation):
    cube = simulation.radar.isel(frame=slice(0, 4))
    with pytest.raises(kinecho.Error, match="complex64, the array is float32"):
        kinecho.chain(cube.with_data(cube.data.real))
    with pytest.raises(kinecho.Error, match=r"the description says \[frame 4, chirp 64.*the array has shape \[64, 4"):
        kinecho.chain(cube.with_data(cube.data.swapaxes(0, 1)))
    with pytest.raises(kinecho.Error, match="int64.*expected a NumPy array of float32"):
        kinecho.chain(cube.with_data(np.zeros(cube.shape, np.int64)))
    with pytest.raises(kinecho.Error, match="no signal"):
        kinecho.chain(np.zeros(3))
    with pytest.raises(kinecho.Error, match="chain dict: heatmaps.rwos: unknown field `rwos`, expected one of `chain`"):
        kinecho.chain(cube, {"heatmaps": {"rwos": 3}})


def test_memory_in_any_order_is_taken(simulation):
    cube = simulation.radar
    fortran = kinecho.chain(cube.with_data(np.asfortranarray(cube.data)), MAPS)
    assert np.array_equal(fortran["time_range"].data, kinecho.chain(cube, MAPS)["time_range"].data)


def test_three_sensors():
    scene = kinecho.simulate("scenes/examples/three_sensors.yaml", {"scene.duration_s": 1.0}, radar=False)
    assert scene.radar is None and list(scene.signals) == ["rfid", "wifi"]
    wifi, rfid = scene.signals["wifi"], scene.signals["rfid"]
    assert wifi.dims == ("packet", "subcarrier", "rx", "tx") and wifi.dtype == np.complex64
    assert len(wifi.axis("time_s")) == wifi.shape[0] and len(wifi.axis("subcarriers")) == wifi.shape[1]
    assert np.all((rfid.column("phase_rad") >= 0) & (rfid.column("phase_rad") < 2 * np.pi))
    assert set(scene.views()) >= {"amplitude", "rfid_phase"}


def test_xarray(simulation):
    xarray = needs("xarray")
    array = simulation.views()["time_range"].to_xarray()
    assert isinstance(array, xarray.DataArray) and array.range.attrs["units"] == "m"
    assert np.shares_memory(array.values, array.values)


def test_parts_keep_their_axes(simulation):
    part = simulation.radar.isel(frame=slice(2, 8, 2), rx=1)
    assert part.dims == ("frame", "chirp", "tx", "sample") and part.shape[0] == 3
    assert np.allclose(part.axis("frame_s"), simulation.radar.axis("frame_s")[2:8:2])
    assert np.shares_memory(part.data, simulation.radar.data)
