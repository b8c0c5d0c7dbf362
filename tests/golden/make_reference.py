#!/usr/bin/env python3
"""Makes the small golden cases of tests/golden/reference: brute-force sums in NumPy, float64, one loop a ramp.

    python3 tests/golden/make_reference.py [OUT]

Written from the conventions alone (see README.md beside this file), on purpose without anything clever: no recurrence, no
vectorisation over ramps, no shared code with the simulator. Needs numpy and scipy.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull

C = 299792458.0
LAMBDA = C / 77e9
BASE = dict(f0=77e9, slope=60.012e12, fs=4.4e6, n_samples=64, adc_start=6e-6, chirp_period=72e-6, n_loops=4,
            frame_period=0.1, tdm=True, rvp=False, intra_chirp=False)


def board():
    """3 transmitters and 4 receivers of an evaluation board."""
    h = LAMBDA / 2
    tx = np.array([[0, 0, 0], [2 * h, 0, h], [4 * h, 0, 0]]) + [0.003, 0, 0]
    rx = np.array([[i * h, 0, 0] for i in range(4)]) - [0.009, 0, 0]
    return tx, rx


def ramp_start(m, frame, loop, k, n_tx):
    if m["tdm"]:
        return frame * m["frame_period"] + (loop * n_tx + k) * m["chirp_period"]
    return frame * m["frame_period"] + loop * m["chirp_period"]


def phasors(m, tau, t):
    """exp(j 2 pi (...)) for delays tau[target] (or [target, sample]) and sample times t[sample]."""
    if tau.ndim == 1:
        tau = tau[:, None]
    turns = m["f0"] * tau + m["slope"] * tau * t
    if m["rvp"]:
        turns = turns - 0.5 * m["slope"] * tau**2
    return np.exp(2j * np.pi * turns)


def norm(v):
    return np.sqrt((v**2).sum(-1))


def points_cube(m, tx, rx, points, velocity, gain, n_frames=1, acceleration=None):
    if acceleration is None:
        acceleration = np.zeros_like(points)
    t = m["adc_start"] + np.arange(m["n_samples"]) / m["fs"]
    out = np.zeros((n_frames, m["n_loops"], len(tx), len(rx), m["n_samples"]), complex)
    for f in range(n_frames):
        for l in range(m["n_loops"]):
            for k in range(len(tx)):
                s = ramp_start(m, f, l, k, len(tx))
                p = points + velocity * s + acceleration * s**2 / 2
                for r in range(len(rx)):
                    a = gain / (norm(tx[k] - p) * norm(p - rx[r]))
                    if m["intra_chirp"]:
                        u = (s + t)[None, :, None]
                        q = points[:, None] + velocity[:, None] * u + acceleration[:, None] * u**2 / 2
                    else:
                        q = p[:, None]
                    tau = (norm(tx[k] - q) + norm(q - rx[r])) / C
                    out[f, l, k, r] = (a[:, None] * phasors(m, tau, t)).sum(0)
    return out


def interpolate(m, keys, time):
    x = min(max(time * m["key_fps"], 0.0), len(keys) - 1.0)
    i = min(int(np.floor(x)), len(keys) - 2)
    u = x - i
    b, c = keys[i], keys[i + 1]
    if m["interp"] == "linear":
        return b * (1 - u) + c * u
    a, d = keys[max(i - 1, 0)], keys[min(i + 2, len(keys) - 1)]
    return 0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3)


def facets(vertices, faces):
    p = vertices[faces]
    cross = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    twice = norm(cross)
    return p.mean(1), cross / twice[:, None], 0.5 * twice


def visible_faces(m, centre, normal, view):
    p = centre - view
    d = norm(p)
    radius = m["hpr_radius_factor"] * d.max()
    q = p + 2 * (radius - d)[:, None] * p / d[:, None]
    seen = np.zeros(len(p) + 1, bool)
    seen[ConvexHull(np.vstack([q, np.zeros(3)])).vertices] = True
    seen = seen[:-1]
    if m["cull_backfaces"]:
        seen &= (normal * (view - centre)).sum(-1) > 0
    return seen


def mesh_cube(m, tx, rx, keys, faces):
    keys = keys.astype(np.float32).astype(float)
    view = np.vstack([tx, rx]).mean(0)
    t = m["adc_start"] + np.arange(m["n_samples"]) / m["fs"]
    n_frames = m["n_frames"]
    out = np.zeros((n_frames, m["n_loops"], len(tx), len(rx), m["n_samples"]), complex)
    masks = np.zeros((n_frames, len(faces)), bool)
    for f in range(n_frames):
        centre, normal, _ = facets(interpolate(m, keys, ramp_start(m, f, 0, 0, len(tx))), faces)
        if m["hpr_radius_factor"] is None:
            masks[f] = True
        else:
            masks[f] = visible_faces(m, centre, normal, view)
        for l in range(m["n_loops"]):
            for k in range(len(tx)):
                s = ramp_start(m, f, l, k, len(tx))
                centre, normal, area = facets(interpolate(m, keys, s), faces[masks[f]])
                there = centre - tx[k]
                d_tx = norm(there)
                there = there / d_tx[:, None]
                mirror = there - 2 * (there * normal).sum(-1)[:, None] * normal
                for r in range(len(rx)):
                    back = rx[r] - centre
                    d_rx = norm(back)
                    lobe = 1.0
                    if m["sigma"] > 0:
                        cosine = np.clip((mirror * back).sum(-1) / d_rx, -1, 1)
                        lobe = np.exp(-np.arccos(cosine) ** 2 / (2 * m["sigma"] ** 2))
                    out[f, l, k, r] = ((area * lobe / (d_tx * d_rx))[:, None] * phasors(m, (d_tx + d_rx) / C, t)).sum(0)
    return out, masks


def icosphere(levels):
    g = (1 + 5**0.5) / 2
    v = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g), (0, 1, -g),
         (g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]
    v = [np.array(p) / np.linalg.norm(p) for p in v]
    f = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6),
         (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7),
         (9, 8, 1)]
    for _ in range(levels):
        middle, new = {}, []

        def mid(a, b):
            key = (min(a, b), max(a, b))
            if key not in middle:
                p = v[a] + v[b]
                v.append(p / np.linalg.norm(p))
                middle[key] = len(v) - 1
            return middle[key]

        for a, b, c in f:
            ab, bc, ca = mid(a, b), mid(b, c), mid(c, a)
            new += [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
        f = new
    return np.array(v), np.array(f, np.int32)


def save(out, name, meta, **arrays):
    path = out / f"{name}.npz"
    np.savez_compressed(path, meta=np.array(json.dumps(meta)), **arrays)
    print(f"{path}  {path.stat().st_size} bytes")


def main():
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "reference")
    out.mkdir(parents=True, exist_ok=True)
    tx, rx = board()

    p = np.array([[0.3, 2.0, 0.1], [-0.5, 3.1, -0.4], [0.1, 1.4, 0.6]])
    v = np.array([[0.4, 1.7, -0.3], [-2.0, -3.0, 0.5], [0.0, 6.0, 1.0]])
    gain = np.array([1.0, 0.4, 0.2])
    m = BASE | dict(rvp=True)
    save(out, "point_moving_tdm_rvp", m, if_cube=points_cube(m, tx, rx, p, v, gain), tx=tx, rx=rx, points=p, velocity=v, gain=gain)

    m = BASE | dict(tdm=False, n_loops=3)
    btx = np.array([[-0.5, 0.0, 0.1], [0.2, -0.1, 0.4]])
    brx = np.array([[0.6, 0.05, -0.2], [0.0, 0.0, 0.5], [0.3, 0.2, 0.0]])
    q = np.array([[0.2, 0.5, 0.1], [-0.1, 0.8, 0.3]])
    z = np.zeros_like(q)
    g = np.ones(2)
    save(out, "point_bistatic_near_field", m, if_cube=points_cube(m, btx, brx, q, z, g), tx=btx, rx=brx, points=q, velocity=z, gain=g)

    m = BASE | dict(intra_chirp=True, rvp=True, n_loops=3)
    save(out, "point_intra_chirp", m, if_cube=points_cube(m, tx, rx, p, v, gain), tx=tx, rx=rx, points=p, velocity=v, gain=gain)

    m = BASE | dict(n_samples=1200, n_loops=2, fs=20e6, slope=60.012e12)
    one = (p[:1], v[:1], gain[:1])
    save(out, "point_long_chirp", m, if_cube=points_cube(m, tx[:1], rx[:1], *one, n_frames=2), tx=tx[:1], rx=rx[:1], points=p[:1], velocity=v[:1], gain=gain[:1])

    # Falling, braking and turning over three frames; the range is taken at every sample.
    acc = np.array([[0.0, 0.0, -9.81], [4.0, 12.0, 0.0], [-6.0, -15.0, 3.0]])
    m = BASE | dict(intra_chirp=True, rvp=True, n_loops=3)
    cube = points_cube(m, tx, rx, p, v, gain, n_frames=3, acceleration=acc)
    save(out, "point_accelerating", m, if_cube=cube, tx=tx, rx=rx, points=p, velocity=v, acceleration=acc, gain=gain)

    # The samples take 14.5 us of the 500 us from chirp to chirp, over which the slope would make 50 GHz.
    m = BASE | dict(slope=100e12, adc_start=1e-6, chirp_period=500e-6, n_loops=3)
    save(out, "point_long_idle", m, if_cube=points_cube(m, tx, rx, p, v, gain), tx=tx, rx=rx, points=p, velocity=v, gain=gain)

    ball, faces = icosphere(2)
    ball = ball * 0.12 + [0.15, 1.6, 0.05]
    mesh = dict(key_fps=20.0, sigma=0.3, hpr_radius_factor=100.0, cull_backfaces=True, interp="linear", n_frames=1)

    rng = np.random.default_rng(11)
    drift = np.array([[0.0, 0.0, 0.0], [0.02, 0.05, -0.01], [0.03, 0.02, 0.02], [-0.01, 0.07, 0.03], [0.0, 0.1, 0.0]])
    squeeze = np.stack([ball + d + 0.004 * rng.standard_normal(ball.shape) for d in drift]).astype(np.float32)

    m = BASE | mesh | dict(sigma=0.0, hpr_radius_factor=None, cull_backfaces=False)
    cube, masks = mesh_cube(m, tx, rx, squeeze[:2], faces)
    # The factor means nothing when everything is visible; it is left out with the mask.
    del m["hpr_radius_factor"]
    save(out, "mesh_isotropic_all_faces", m, if_cube=cube, tx=tx, rx=rx, key_vertices=squeeze[:2], faces=faces)

    m = BASE | mesh | dict(interp="catmull_rom", n_frames=3, frame_period=0.07, n_loops=2)
    cube, masks = mesh_cube(m, tx, rx, squeeze, faces)
    save(out, "mesh_catmull_rom", m, if_cube=cube, tx=tx, rx=rx, key_vertices=squeeze, faces=faces, visible=masks)

    # Keys at 0, 0.005, 0.010 ...: several lie within the chirps of one frame; the last frame lies beyond the last key.
    m = BASE | mesh | dict(key_fps=200.0, n_frames=3, frame_period=0.01, n_loops=20, chirp_period=1e-4, n_samples=32, rvp=True)
    cube, masks = mesh_cube(m, tx, rx[:1], squeeze[:4], faces)
    save(out, "mesh_frames_cross_keys", m, if_cube=cube, tx=tx, rx=rx[:1], key_vertices=squeeze[:4], faces=faces, visible=masks)

    m = BASE | mesh | dict(tdm=False, n_loops=2, cull_backfaces=False, hpr_radius_factor=30.0)
    cube, masks = mesh_cube(m, btx * 0.3, brx * 0.3, squeeze[:2], faces)
    save(out, "mesh_bistatic_no_culling", m, if_cube=cube, tx=btx * 0.3, rx=brx * 0.3, key_vertices=squeeze[:2], faces=faces, visible=masks)


main()
