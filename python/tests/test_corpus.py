"""Corpora: reading, parts, PyTorch, pandas, other loaders."""

import io
import json
import pickle
import shutil
import tarfile

import numpy as np
import pytest
from conftest import LABELS, RECIPE, needs

import kinecho


def test_samples_are_what_the_tar_holds(corpus):
    assert len(corpus) == 12 and corpus.labels == sorted(LABELS) and corpus.splits == {"train": 8, "validation": 4}
    with tarfile.open(corpus.dir / corpus.rows[0]["file"]) as tar:
        plain = np.load(io.BytesIO(tar.extractfile("000000000.time_range.npy").read()))
        about = json.load(tar.extractfile("000000000.json"))
    sample = corpus[0]
    assert np.array_equal(sample.views["time_range"].data, plain)
    assert sample.label == about["label"] and sample.captions["general"]
    assert [axis._json() for axis in sample.views["time_range"].axes] == about["arrays"]["time_range"]["info"]["axes"]


def test_indexing(corpus):
    assert corpus[-1].id == 11 and [s.id for s in corpus[2:5]] == [2, 3, 4]
    with pytest.raises(IndexError):
        corpus[12]
    assert len(list(corpus)) == 12


def test_parts(corpus):
    part = corpus.filter(split="train", label=["squat", "kick"])
    assert len(part) == 4 and {row["label"] for row in part.rows} == {"squat", "kick"}
    assert part.labels == corpus.labels
    assert len(corpus.filter(lambda row: row["id"] % 2 == 0)) == 6
    with pytest.raises(kinecho.Error, match="has no split `test`; it has train, validation"):
        corpus.filter(split="test")
    with pytest.raises(kinecho.Error, match="have no `person`"):
        corpus.filter(person="a")


def test_arrays(corpus):
    data, labels = corpus.arrays()
    assert data.shape == (12, 3, 32, 48) and data.dtype == np.float32 and labels.dtype == np.int64
    assert np.array_equal(data[3, 1], corpus[3].views["time_range"].data)
    with pytest.raises(kinecho.Error, match="has no view `range`; it has time_doppler"):
        corpus.arrays(["range"])


def test_it_is_pickled(corpus):
    part = pickle.loads(pickle.dumps(corpus.filter(split="validation")))
    assert [row["id"] for row in part.rows] == [row["id"] for row in corpus.filter(split="validation").rows]


def test_a_corpus_in_the_making_is_refused(corpus, tmp_path):
    shutil.copytree(corpus.dir, tmp_path / "c")
    (tmp_path / "c/samples.csv").unlink()
    with pytest.raises(kinecho.Error, match="unfinished, resume building it"):
        kinecho.Corpus(tmp_path / "c")
    lines = (tmp_path / "c/manifest.jsonl").read_text().splitlines()
    shutil.copy(corpus.dir / "samples.csv", tmp_path / "c")
    (tmp_path / "c/manifest.jsonl").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(kinecho.Error, match="resume building"):
        kinecho.Corpus(tmp_path / "c")
    with pytest.raises(kinecho.Error, match="nowhere"):
        kinecho.Corpus(tmp_path / "nowhere")


def test_a_damaged_shard_is_an_error_not_a_crash(corpus, tmp_path):
    shutil.copytree(corpus.dir, tmp_path / "c")
    damaged = kinecho.Corpus(tmp_path / "c")
    shard = tmp_path / "c" / damaged.rows[0]["file"]
    shard.write_bytes(b"\0" * shard.stat().st_size)
    with pytest.raises(kinecho.Error):
        damaged[0]
    shard.unlink()
    with pytest.raises(kinecho.Error, match="cannot read"):
        damaged[0]


def test_building_goes_on(tmp_path):
    small = {**RECIPE, "activities": ["squat"], "samples_per_shard": 1}
    first = kinecho.build(small, tmp_path / "c")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "c/shards").iterdir()}
    again = kinecho.build(small, tmp_path / "c")
    assert len(again) == len(first) == 3
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "c/shards").iterdir()}


def test_pandas(corpus):
    needs("pandas")
    table = corpus.to_dataframe()
    assert len(table) == 12 and table.label.nunique() == 4


def test_torch(corpus):
    torch = needs("torch")
    data = corpus.as_torch(split="train")
    maps, label = data[0]
    assert maps.shape == (3, 32, 48) and maps.dtype == torch.float32 and data.labels[label] == corpus[0].label
    generator = torch.Generator().manual_seed(1)
    loader = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True, generator=generator)
    batches = list(loader)
    assert [tuple(b[0].shape) for b in batches] == [(4, 3, 32, 48)] * 2
    assert corpus.as_torch(text=True)[0][2] == corpus[0].captions["general"]
    assert corpus.as_torch("time_range", transform=lambda x: x.mean())[0][0].ndim == 0


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_torch_workers(corpus, start, simulation):
    """After the library's own threads have run (`simulation`), workers that are forked read, and may even compute."""
    torch = needs("torch")
    data = corpus.as_torch()
    loader = torch.utils.data.DataLoader(data, batch_size=3, num_workers=2, multiprocessing_context=start)
    maps = torch.cat([batch[0] for batch in loader])
    assert np.array_equal(maps.numpy(), corpus.arrays()[0])


def test_webdataset(corpus):
    wds = needs("webdataset")
    shards = sorted(map(str, (corpus.dir / "shards").glob("*.tar")))
    samples = list(wds.WebDataset(shards, shardshuffle=False).decode())
    assert len(samples) == 12
    assert np.array_equal(samples[5]["time_doppler.npy"], corpus[5].views["time_doppler"].data)
    assert samples[5]["txt"] == corpus[5].captions["general"]


def test_hugging_face_datasets(corpus, tmp_path, monkeypatch):
    datasets = needs("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    shards = sorted(map(str, (corpus.dir / "shards").glob("*.tar")))
    loaded = datasets.load_dataset("webdataset", data_files={"train": shards}, split="train", cache_dir=str(tmp_path))
    assert len(loaded) == 12
    row = loaded[5]
    assert row["txt"] == corpus[5].captions["general"] and row["json"]["label"] == corpus[5].label
    assert np.allclose(np.array(row["time_range.npy"]), corpus[5].views["time_range"].data)
