"""Feeds a kinecho corpus to training: webdataset reads the shards, torch's DataLoader makes the batches.

    python3 read_webdataset.py CORPUS [SPLIT] [--batch 16] [--workers 2] [--plain]

Prints the shape and the labels of every batch. --plain does without torch: single samples as NumPy arrays.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import webdataset as wds


def shards(corpus):
    """The shards that the manifest knows, in order."""
    with open(corpus / "manifest.jsonl") as manifest:
        return [str(corpus / json.loads(line)["file"]) for line in manifest]


def samples(corpus, split, classes):
    """Yields (maps [view, row, time] float32, class number, key) of one split, shard by shard.

    With several workers webdataset gives each of them its own shards.
    """
    data = wds.WebDataset(shards(corpus), shardshuffle=False, empty_check=False)
    data = data.decode()  # .npy by NumPy, .json by json
    data = data.select(lambda sample: split is None or sample["json"]["split"] == split)
    # The views are arrays of their own; a chain of one kind gives them one size. "txt" is the sentence that open_clip trains on.
    stacked = lambda s: np.stack([s[f"{view}.npy"] for view in s["json"]["views"]]).astype(np.float32)
    return data.map(lambda s: (stacked(s), classes[s["json"]["label"]], s["__key__"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("split", nargs="?")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--plain", action="store_true")
    args = parser.parse_args()
    with open(args.corpus / "samples.csv", newline="") as index:
        labels = sorted({row["label"] for row in csv.DictReader(index)})
    classes = {label: number for number, label in enumerate(labels)}
    data = samples(args.corpus, args.split, classes)
    if args.plain:
        for maps, number, key in data:
            print(key, list(maps.shape), labels[number], float(np.abs(maps).sum(dtype=np.float64)))
        return

    import torch

    # More workers than shards would have nothing to do.
    workers = min(args.workers, len(shards(args.corpus)))
    loader = torch.utils.data.DataLoader(data, batch_size=args.batch, num_workers=workers)
    for maps, numbers, keys in loader:
        print(list(maps.shape), [labels[n] for n in numbers.tolist()], list(keys))


if __name__ == "__main__":
    main()
