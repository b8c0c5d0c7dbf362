#!/usr/bin/env python3
"""Makes the golden bodies of tests/golden/bodies: random models in the published key layouts, posed by the PyPI package smplx.

    python3 -m venv venv && venv/bin/pip install numpy torch smplx
    venv/bin/python tests/golden/make_bodies.py [OUT]

The models are noise on a real joint tree: no published data is in them. Everything is float64 in torch.
"""

import sys
from pathlib import Path

import numpy as np
import smplx
import smplx.body_models as body_models
import torch

SMPL_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]
V = 32
ROOT = 2**32 - 1


def hand(wrist, first):
    """Five fingers of three joints."""
    return [wrist if j == 0 else first + 3 * f + j - 1 for f in range(5) for j in range(3)]


PARENTS = {
    "smpl": SMPL_PARENTS + [20, 21],
    "smplh": SMPL_PARENTS + hand(20, 22) + hand(21, 37),
    "smplx": SMPL_PARENTS + [15, 15, 15] + hand(20, 25) + hand(21, 40),
}


def model(rng, parents, directions):
    """Small multiples of 1/1024, so that the files compress and float32 holds them without rounding."""
    joints = len(parents)
    grid = lambda shape, most: rng.integers(-most, most + 1, shape) / 1024.0
    weights = np.zeros((V, joints))
    regressor = np.zeros((joints, V))
    for v in range(V):
        shares = rng.integers(1, 6, 3)
        weights[v, rng.choice(joints, 3, replace=False)] = shares / shares.sum()
    for j in range(joints):
        regressor[j, rng.choice(V, 4, replace=False)] = 0.25
    faces = np.array([rng.choice(V, 3, replace=False) for _ in range(2 * V)])
    return dict(
        v_template=grid((V, 3), 900),
        shapedirs=grid((V, 3, directions), 12).astype(np.float32),
        posedirs=grid((V, 3, 9 * (joints - 1)), 4).astype(np.float32),
        J_regressor=regressor,
        weights=weights,
        f=faces.astype(np.uint32),
    )


def hands(rng):
    full = lambda: rng.integers(-30, 31, (45, 45)) / 128.0
    mean = lambda: rng.integers(-30, 31, 45) / 128.0
    return dict(hands_componentsl=full(), hands_componentsr=full(), hands_meanl=mean(), hands_meanr=mean())


def tensor(a):
    return torch.tensor(np.asarray(a), dtype=torch.float64)


def save(out, name, data, **case):
    path = out / f"{name}.npz"
    np.savez_compressed(path, **data, **{f"case_{k}": v for k, v in case.items()})
    print(f"{path}  {path.stat().st_size} bytes")


def main():
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "bodies")
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    # Key points that the package picks by vertex number; a small mesh has no such vertices.
    for family in ("smplh", "smplx"):
        body_models.VERTEX_IDS[family] = {k: 0 for k in body_models.VERTEX_IDS[family]}
    common = dict(batch_size=4, dtype=torch.float64)
    pose = lambda joints: rng.normal(0, 0.6, (4, 3 * joints))
    trans = rng.normal(0, 1, (4, 3))

    # SMPL: 300 directions, of which a file may use any number; the root's parent wrapped round as uint32.
    data = model(rng, PARENTS["smpl"], 300)
    data["kintree_table"] = np.array([[ROOT] + PARENTS["smpl"][1:], range(24)], np.uint32)
    betas, full = rng.normal(0, 1, (4, 10)), pose(24)
    body = smplx.SMPL("", data_struct=smplx.utils.Struct(**data), num_betas=10, **common)
    posed = body(betas=tensor(betas), global_orient=tensor(full[:, :3]), body_pose=tensor(full[:, 3:]), transl=tensor(trans))
    save(out, "smpl", data, betas=betas, pose=full, trans=trans, vertices=posed.vertices.detach().numpy(),
         joints=posed.joints[:, :24].detach().numpy())

    # SMPL-H with 16 directions, as AMASS uses it (the package takes 10 of them): 156 numbers of pose, hands in full, no mean
    # posture.
    data = model(rng, PARENTS["smplh"], 16) | hands(rng)
    data["kintree_table"] = np.array([PARENTS["smplh"], range(52)], np.int64)
    betas, full = rng.normal(0, 1, (4, 10)), pose(52)
    body = smplx.SMPLH("", data_struct=smplx.utils.Struct(**data), num_betas=10, use_pca=False, flat_hand_mean=True, **common)
    posed = body(betas=tensor(betas), global_orient=tensor(full[:, :3]), body_pose=tensor(full[:, 3:66]),
                 left_hand_pose=tensor(full[:, 66:111]), right_hand_pose=tensor(full[:, 111:156]), transl=tensor(trans))
    save(out, "smplh", data, betas=betas, pose=full, trans=trans, vertices=posed.vertices.detach().numpy(),
         joints=posed.joints[:, :52].detach().numpy())

    # SMPL-X: 300 + 100 directions, hands by 12 principal components around the mean; the root's parent wrapped round as int64.
    data = model(rng, PARENTS["smplx"], 400) | hands(rng)
    data["kintree_table"] = np.array([[ROOT] + PARENTS["smplx"][1:], range(55)], np.int64)
    landmarks = dict(lmk_faces_idx=np.zeros(51, np.int64), lmk_bary_coords=np.full((51, 3), 1 / 3))
    betas, expression, full = rng.normal(0, 1, (4, 10)), rng.normal(0, 1, (4, 10)), pose(25)
    left, right = rng.normal(0, 0.5, (4, 12)), rng.normal(0, 0.5, (4, 12))
    path = out / "smplx.npz"
    np.savez_compressed(path, **data, **landmarks)
    body = smplx.SMPLX(str(path), num_betas=10, num_expression_coeffs=10, use_pca=True, num_pca_comps=12,
                       flat_hand_mean=False, **common)
    posed = body(betas=tensor(betas), expression=tensor(expression), global_orient=tensor(full[:, :3]),
                 body_pose=tensor(full[:, 3:66]), jaw_pose=tensor(full[:, 66:69]), leye_pose=tensor(full[:, 69:72]),
                 reye_pose=tensor(full[:, 72:75]), left_hand_pose=tensor(left), right_hand_pose=tensor(right),
                 transl=tensor(trans), return_full_pose=True)
    save(out, "smplx", data, betas=betas, expression=expression, left=left, right=right, trans=trans,
         pose=posed.full_pose.detach().numpy(), vertices=posed.vertices.detach().numpy(),
         joints=posed.joints[:, :55].detach().numpy())


main()
