"""Recordings, motions, words."""

import numpy as np
import pytest

import kinecho


def test_a_recording_that_was_written_is_read(tmp_path):
    """The program writes, Python reads: the same numbers as the API gives."""
    import subprocess
    import sys

    scene = "scenes/examples/doppler.yaml"
    command = [sys.executable, "-m", "kinecho", "-q", "simulate", "scenes/examples/room.yaml", "--set", "scene.duration_s=0.2", "-w", "cube"]
    done = subprocess.run([*command, "-o", "out"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cube = kinecho.read(tmp_path / "out/cube.npy")
    assert np.array_equal(cube.data, np.load(tmp_path / "out/cube.npy"))
    direct = kinecho.simulate("scenes/examples/room.yaml", {"scene.duration_s": 0.2}).radar
    assert np.array_equal(cube.data, direct.data) and cube.axes == direct.axes
    assert scene in kinecho.shipped()


def test_what_is_no_recording(tmp_path):
    (tmp_path / "a.xyz").write_text("nothing")
    with pytest.raises(kinecho.Error, match="a.xyz.*expected .npz"):
        kinecho.read(tmp_path / "a.xyz")
    with pytest.raises(kinecho.Error, match="missing.npy"):
        kinecho.read(tmp_path / "missing.npy")


def test_joints_of_a_motion():
    joints = kinecho.motion("squat", duration_s=3.0)
    assert joints.dims == ("time", "joint", "xyz") and joints.unit == "m"
    names = joints.calibration["joint_names"]
    pelvis = joints.data[:, names.index("pelvis"), 2]
    assert 0.8 < pelvis.max() < 1.1 and pelvis.min() < 0.75 * pelvis.max()
    feet = joints.data[:, [names.index("left_ankle"), names.index("right_ankle")], :2]
    assert np.ptp(feet, axis=0).max() < 0.05
    assert not np.array_equal(joints.data, kinecho.motion("squat", duration_s=3.0, seed=4).data)
    with pytest.raises(kinecho.Error, match="no motion is called `sqat`.*squat"):
        kinecho.motion("sqat")


def test_a_captured_motion(tmp_path):
    """A BVH of two bones that is no person says so; the words are the program's."""
    (tmp_path / "x.bvh").write_text("HIERARCHY\nnonsense")
    with pytest.raises(kinecho.Error, match="x.bvh"):
        kinecho.motion(tmp_path / "x.bvh")


def test_words():
    assert set(kinecho.describe("squat")) == {"general", "torso", "arms", "legs", "location"}
    assert "phone" in kinecho.describe("making a phone call")["general"]
    with pytest.raises(kinecho.Error):
        kinecho.describe("")
