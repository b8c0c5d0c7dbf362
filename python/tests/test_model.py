"""Checkpoints: encoding, zero- and few-shot, and that they agree with the program."""

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import LABELS, SCENE

import kinecho


@pytest.fixture(scope="module")
def model(checkpoint):
    return kinecho.load(checkpoint)


def test_ten_lines(checkpoint, corpus):
    """open_clip's ten lines."""
    model = kinecho.load(checkpoint)
    views = corpus[0].views
    text = ["squat", "kick", "wave both arms"]
    image_features = np.asarray(model.encode(views))
    text_features = np.asarray(model.encode_text(text))
    assert np.allclose(np.linalg.norm(image_features, axis=1), 1) and np.allclose(np.linalg.norm(text_features, axis=1), 1)
    logits = model.scale * image_features @ text_features.T
    probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert np.allclose(probabilities, model.zero_shot(views, text), atol=1e-6)


def test_it_says_what_classify_says(checkpoint, model, tmp_path):
    """The same recording through the program and through Python."""
    command = [sys.executable, "-m", "kinecho"]
    (tmp_path / "scene.yaml").write_text(json.dumps(SCENE, indent=1))
    made = subprocess.run([*command, "-q", "simulate", "scene.yaml", "-w", "cube", "-o", "out"], cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    recording = tmp_path / "out/cube.npy"
    told = subprocess.run(
        [*command, "--json", "classify", str(recording), "--labels", *LABELS, "--checkpoint", str(checkpoint)],
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    theirs = np.array([window["probabilities"] for window in json.loads(told.stdout)["windows"]])
    ours = model.zero_shot(model.windows(kinecho.read(recording)), LABELS)
    assert np.allclose(ours, theirs, atol=1e-6)


def test_inputs_of_all_kinds_agree(model, corpus):
    maps, _ = corpus.arrays(model.views)
    whole = np.asarray(model.encode(corpus))
    assert whole.shape[0] == len(corpus)
    assert np.allclose(whole, np.asarray(model.encode(maps)), atol=1e-6)
    assert np.allclose(whole[3], np.asarray(model.encode([corpus[3]]))[0], atol=1e-6)


def test_few_shot(model, corpus):
    known, asked = corpus.filter(split="train"), corpus.filter(split="validation")
    of = [row["label"] for row in known.rows]
    labels, scores = model.few_shot(asked, known, of)
    assert scores.shape == (len(asked), 4) and [sorted(set(of))[i] for i in scores.argmax(1)] == labels
    # Asked about the examples themselves, regression knows them.
    own, _ = model.few_shot(known, known, of, head="regression_without_text")
    assert own == of
    # The nearest mean, held against NumPy.
    vectors = model.encode(known).class_embedding.astype(float)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    means = np.stack([unit[[label == name for label in of]].mean(0) for name in sorted(set(of))])
    query = model.encode(asked).class_embedding.astype(float)
    expected = (query / np.linalg.norm(query, axis=1, keepdims=True)) @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T
    assert np.allclose(model.few_shot(asked, known, of, head="mean")[1], expected, atol=1e-5)
    with pytest.raises(kinecho.Error, match="expected regression, regression_without_text or mean"):
        model.few_shot(asked, known, of, head="tree")


def test_what_is_refused(model, corpus, simulation, tmp_path):
    with pytest.raises(kinecho.Error, match="at least two"):
        model.zero_shot(corpus[0], ["squat"])
    with pytest.raises(kinecho.Error, match="given twice"):
        model.encode_text(["squat", "squat"])
    with pytest.raises(kinecho.Error, match="there is no `time_doppler`"):
        model.encode({"other": np.zeros((32, 48), np.float32)})
    wrong_axes = simulation.views()
    with pytest.raises(kinecho.Error, match="the checkpoint was trained on .* rows of .*, the recording gives"):
        model.encode(wrong_axes)
    with pytest.raises(kinecho.Error, match="float32 expected, not float64"):
        model.encode(np.zeros((1, 3, 32, 48)))
    with pytest.raises(kinecho.Error, match="expected four axes"):
        model.encode(np.zeros((3, 32, 48), np.float32))
    with pytest.raises(kinecho.Error, match="a value is NaN or infinite"):
        model.encode(np.full((1, 3, 32, 48), np.nan, np.float32))
    with pytest.raises(kinecho.Error, match="expected a checkpoint folder with config.json"):
        kinecho.load(tmp_path)
