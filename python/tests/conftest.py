"""What several tests need, made once."""

import importlib
import os

import numpy as np
import pytest

import kinecho


def needs(name):
    """A package that a test needs: it skips where there is none, and fails where KINECHO_REQUIRE says that there must be one."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if name in os.environ.get("KINECHO_REQUIRE", "").split(","):
            pytest.fail(f"KINECHO_REQUIRE names {name}: {error}")
        pytest.skip(f"needs {name}: {error}")


# Coarse and quick: one transmitter, a quarter of the samples and chirps.
RADAR = {
    "preset": "awr1843",
    "with": {
        "loops_per_frame": 64,
        "samples_per_chirp": 64,
        "sample_rate_hz": 2.8e6,
        "tx_m": [[0.0, 0.0, 0.0]],
        "idle_time_s": 151.0e-6,
    },
}
SCENE = {
    "version": 1,
    "seed": 7,
    "scene": {
        "radar": RADAR,
        "radar_pose": {"height_m": 1.0},
        "duration_s": 1.0,
        "people": [{"motion": "squat", "range_m": 2.5, "azimuth_deg": 0}],
    },
}
MAPS = {"heatmaps": {"chain": "mmclip", "window": 64, "hop": 16, "rows": 32, "columns": 48, "max_range_m": 7.0, "angle_fft": 32}}
LABELS = ["squat", "kick", "stand_still", "punch"]
RECIPE = {
    "version": 1,
    "name": "tests",
    "seed": 3,
    "activities": LABELS,
    "subjects": 3,
    "repetitions": 1,
    "samples_per_shard": 4,
    "splits": [{"name": "validation", "last_subjects": 1}],
    "scene": {"radar": RADAR, "radar_pose": {"height_m": 1.0}, "people": [{}], "duration_s": 1.0},
    "simulation": {"integral_tolerance": 0.05},
    "chain": MAPS,
}


@pytest.fixture(scope="session")
def simulation():
    return kinecho.simulate(SCENE)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return kinecho.build(RECIPE, tmp_path_factory.mktemp("corpora") / "tests")


@pytest.fixture(scope="session")
def checkpoint(corpus, tmp_path_factory):
    """A model that has learnt for a few steps, by the program itself."""
    import subprocess
    import sys

    out = tmp_path_factory.mktemp("runs") / "pre"
    values = {
        "sources.0.corpus": corpus.dir,
        "validation.corpus": corpus.dir,
        "model.rows": 32,
        "model.columns": 48,
        "model.map_width": 32,
        "model.map_heads": 2,
        "model.map_depth": 1,
        "model.fusion_heads": 2,
        "model.fusion_depth": 1,
        "train.steps": 6,
        "train.batch": 4,
    }
    sets = [f"--set={key}={value}" for key, value in values.items()]
    command = [sys.executable, "-m", "kinecho", "-q", "pretrain", "scenes/training/pretrain.yaml", *sets, "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=out.parent)
    assert done.returncode == 0, done.stderr
    return out / "checkpoint"


@pytest.fixture
def rng():
    return np.random.default_rng(5)
