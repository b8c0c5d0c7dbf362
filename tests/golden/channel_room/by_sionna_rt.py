#!/usr/bin/env python3
"""The room of make.py by Sionna RT 2.2 (NVIDIA; `pip install sionna-rt`, Debian's libllvm19): ways of at most two reflections, a line each.

Walls of Sionna are slabs; 10 m of thickness make half-spaces of them.
    python3 by_sionna_rt.py > sionna_rt.json
"""
import json
import tempfile

import numpy as np
import sionna.rt as rt

LOW, HIGH = np.array([-2.8, -0.8, 0.0]), np.array([2.8, 5.5, 2.7])
KINDS = [["plasterboard", "plasterboard"], ["concrete", "concrete"], ["concrete", "ceiling_board"]]


def scene_xml():
    middle, half = (LOW + HIGH) / 2, (HIGH - LOW) / 2
    out = ['<scene version="3.0.0">']
    for kind in sorted({k for pair in KINDS for k in pair}):
        out.append(f'<bsdf type="itu-radio-material" id="{kind}"><string name="type" value="{kind}"/><float name="thickness" value="10"/></bsdf>')
    for axis in range(3):
        for side in range(2):
            sign = 1 if side == 0 else -1
            u, v = (axis + 1) % 3, (axis + 2) % 3
            # Columns: where the rectangle's x, y and normal go.
            m = np.zeros((4, 4))
            m[u, 0] = half[u] * sign
            m[v, 1] = half[v]
            m[axis, 2] = sign
            m[:3, 3] = middle
            m[axis, 3] = (LOW if side == 0 else HIGH)[axis]
            m[3, 3] = 1
            text = " ".join(f"{x:.9g}" for x in m.ravel())
            out.append(f'<shape type="rectangle" id="wall-{axis}-{side}"><transform name="to_world"><matrix value="{text}"/></transform><ref id="{KINDS[axis][side]}" name="bsdf"/></shape>')
    out.append("</scene>")
    return "\n".join(out)


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as file:
        file.write(scene_xml())
    hz = 5.2e9
    cases = []
    for tx, rx in [([-1.5, -0.4, 1.2], [1.6, 4.9, 0.9]), ([0.3, 2.0, 2.1], [-2.2, 0.1, 0.4])]:
        scene = rt.load_scene(file.name)
        scene.frequency = hz
        array = rt.PlanarArray(num_rows=1, num_cols=1, pattern="iso", polarization="V")
        scene.tx_array = scene.rx_array = array
        scene.add(rt.Transmitter(name="tx", position=tx))
        scene.add(rt.Receiver(name="rx", position=rx))
        paths = rt.PathSolver()(scene, max_depth=2, los=True, specular_reflection=True, diffuse_reflection=False, refraction=False, samples_per_src=2_000_000)
        a, tau = paths.cir(normalize_delays=False, out_type="numpy")
        a, tau = a.reshape(-1), tau.reshape(-1)
        order = np.argsort(tau)
        cases.append({"tx_m": tx, "rx_m": rx, "frequency_hz": hz,
                      "ways": [{"delay_s": float(tau[i]), "re": float(a[i].real), "im": float(a[i].imag)} for i in order if tau[i] > 0]})
    print(json.dumps({"sionna_rt": rt.__version__, "cases": cases}, indent=1))


main()
