#!/usr/bin/env python3
"""Transfer functions of a box room by image sources, independent of kinecho: NumPy alone.

Images are taken from the lattice of a box (Allen and Berkley 1979, "Image method for efficiently simulating small-room acoustics") with at most two
reflections; the line from an image to the receiver is cut at the planes of the lattice, folded back into the room, and the field is followed as a
vector through every reflection with Fresnel's coefficients (ITU-R P.2040-3, eqs. 31a and 31b).
    python3 make.py > values.json
"""
import itertools
import json

import numpy as np

C = 299_792_458.0
EPS0 = 8.8541878128e-12
LOW, HIGH = np.array([-2.8, -0.8, 0.0]), np.array([2.8, 5.5, 2.7])
# a, c, d of ITU-R P.2040-3, table 3.
CONCRETE, PLASTERBOARD, CEILING = (5.24, 0.0462, 0.7822), (2.73, 0.0085, 0.9395), (1.48, 0.0011, 1.0750)
# [axis][low, high]
WALLS = [[PLASTERBOARD, PLASTERBOARD], [CONCRETE, CONCRETE], [CONCRETE, CEILING]]


def fresnel(material, hz, cosine):
    a, c, d = material
    eta = a - 1j * c * (hz * 1e-9) ** d / (2 * np.pi * hz * EPS0)
    root = np.sqrt(eta - (1 - cosine**2))
    return (cosine - root) / (cosine + root), (eta * cosine - root) / (eta * cosine + root)


def across(axis, way):
    rest = axis - way * np.dot(axis, way)
    return rest / np.linalg.norm(rest)



def image(tx, cell):
    out = tx.copy()
    for axis, n in enumerate(cell):
        size = HIGH[axis] - LOW[axis]
        at = tx[axis] - LOW[axis]
        out[axis] = LOW[axis] + n * size + (at if n % 2 == 0 else size - at)
    return out


def path(tx, rx, cell, hz, polarisation):
    start = image(tx, cell)
    line = rx - start
    length = np.linalg.norm(line)
    # Crossings of the planes between lattice cells, in order from the image to the receiver.
    cuts = []
    for axis, n in enumerate(cell):
        for k in range(abs(n)):
            # From cell n to 0: the planes LOW + m size.
            plane = LOW[axis] + (n - k if n > 0 else n + k + 1) * (HIGH[axis] - LOW[axis])
            cuts.append(((plane - start[axis]) / line[axis], axis))
    cuts.sort()
    # In the room of the image the way is mirrored; fold it back cell by cell.
    flips = np.array([-1.0 if n % 2 else 1.0 for n in cell])
    way = line / length * flips
    field = across(polarisation, way).astype(complex)
    for share, axis in cuts:
        side = 0 if way[axis] < 0 else 1
        normal = np.zeros(3)
        normal[axis] = 1.0
        out = way.copy()
        out[axis] = -out[axis]
        s = across(np.cross(way, normal), way) if np.linalg.norm(np.cross(way, normal)) > 1e-12 else across(np.array([1.0, 0, 0]), way)
        te, tm = fresnel(WALLS[axis][side], hz, abs(way[axis]))
        p_in, p_out = np.cross(s, way), np.cross(s, out)
        field = s * te * np.dot(s, field) + p_out * tm * np.dot(p_in, field)
        way = out
    coefficient = np.dot(across(polarisation, way), field)
    return length, coefficient


def transfer(tx, rx, hz, centre_hz, polarisation, order):
    total = 0
    for cell in itertools.product(range(-order, order + 1), repeat=3):
        if sum(map(abs, cell)) > order:
            continue
        length, coefficient = path(tx, rx, cell, centre_hz, polarisation)
        total += coefficient * C / hz / (4 * np.pi * length) * np.exp(-2j * np.pi * hz * length / C)
    return total


def main():
    cases = []
    for name, hz, polarisation in [("vertical", 5.2e9, [0, 0, 1.0]), ("horizontal", 2.437e9, [1.0, 0, 0])]:
        for tx, rx in [([-1.5, -0.4, 1.2], [1.6, 4.9, 0.9]), ([0.3, 2.0, 2.1], [-2.2, 0.1, 0.4])]:
            for order in [1, 2]:
                tones = [hz - 20e6, hz, hz + 20e6]
                values = [transfer(np.array(tx), np.array(rx), f, hz, np.array(polarisation), order) for f in tones]
                cases.append({"polarisation": name, "tx_m": tx, "rx_m": rx, "order": order, "tones_hz": tones,
                              "re": [v.real for v in values], "im": [v.imag for v in values]})
    print(json.dumps({"room": {"low_m": LOW.tolist(), "high_m": HIGH.tolist()}, "cases": cases}, indent=1))


main()
