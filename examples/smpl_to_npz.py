#!/usr/bin/env python3
"""Makes a plain .npz of an official SMPL, SMPL-H, MANO or SMPL-X file (.pkl, or .npz with pickled objects inside).

    pip install numpy scipy chumpy
    python3 examples/smpl_to_npz.py SMPL_NEUTRAL.pkl smpl_neutral.npz

A pickle runs code: convert files only that you downloaded yourself from the models' own pages.
"""

import pickle
import sys

import numpy as np

KEYS = ["v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f", "hands_componentsl",
        "hands_componentsr", "hands_meanl", "hands_meanr"]


def plain(value):
    value = getattr(value, "r", value)  # chumpy
    value = value.toarray() if hasattr(value, "toarray") else value  # scipy.sparse
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 0:
        return plain(value.item())
    return np.asarray(value)


source, target = sys.argv[1:]
if source.endswith(".npz"):
    model = dict(np.load(source, allow_pickle=True))
else:
    with open(source, "rb") as file:
        model = pickle.load(file, encoding="latin1")
arrays = {key: plain(model[key]) for key in KEYS if key in model}
np.savez(target, **arrays)
print(target, {key: array.shape for key, array in arrays.items()})
