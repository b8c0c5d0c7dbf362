"""Reads a kinecho corpus with nothing but the standard library and NumPy.

    python3 read_corpus.py CORPUS [ID]

Without ID: goes through all shards from front to back and prints one JSON line a sample.
With ID: seeks to that sample alone, by the offset in samples.csv.
"""

import csv
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np


def samples(tar):
    """Yields (id, description, arrays by name) for every sample of an open tar."""
    current = {}
    for member in tar:
        key, _, extension = member.name.partition(".")
        if current and key != current["key"]:
            yield finished(current)
            current = {}
        current["key"] = key
        content = tar.extractfile(member).read()
        if extension == "json":
            current["json"] = json.loads(content)
        elif extension == "txt":
            current["txt"] = content.decode()
        else:
            name = extension.removesuffix(".npy")
            current[name] = np.load(io.BytesIO(content), allow_pickle=False)
    if current:
        yield finished(current)


def finished(parts):
    doc = parts["json"]
    arrays = {name: parts[name] for name in doc["arrays"]}
    for name, array in arrays.items():
        info = doc["arrays"][name]["info"]
        assert array.dtype.name == info["dtype"], (doc["id"], name)
        assert list(array.shape) == [axis["len"] for axis in info["axes"]], (doc["id"], name)
    assert parts.get("txt") == doc.get("captions", {}).get("general"), doc["id"]
    return int(parts["key"]), doc, arrays


def one_sample(corpus, row):
    """The sample of one line of samples.csv, without reading the rest of its shard."""
    with open(corpus / row["file"], "rb") as shard:
        shard.seek(int(row["offset"]))
        piece = io.BytesIO(shard.read(int(row["size"])) + bytes(1024))  # a tar ends with two empty blocks
    with tarfile.open(fileobj=piece) as tar:
        return next(samples(tar))


def show(sample_id, doc, arrays):
    sums = {name: [float(np.abs(a).sum(dtype=np.float64)), list(a.shape)] for name, a in arrays.items()}
    facts = {name: doc.get(name) for name in ["label", "split", "seed", "captions", "views"]}
    text = (doc.get("captions") or {}).get("general")
    print(json.dumps({"id": sample_id, **facts, "text": text, "arrays": sums}))


def main():
    corpus = Path(sys.argv[1])
    if len(sys.argv) > 2:
        with open(corpus / "samples.csv", newline="") as index:
            row = next(row for row in csv.DictReader(index) if row["id"] == sys.argv[2])
        show(*one_sample(corpus, row))
        return
    with open(corpus / "manifest.jsonl") as manifest:
        for line in map(json.loads, manifest):
            assert (corpus / line["file"]).stat().st_size == line["bytes"], line["file"]
            with tarfile.open(corpus / line["file"]) as tar:
                for sample in samples(tar):
                    show(*sample)


if __name__ == "__main__":
    main()
