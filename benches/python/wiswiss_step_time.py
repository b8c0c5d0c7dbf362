"""A step of pre-training WiSwiss (views of 96 x 512, batch 32), PyTorch and kinecho by turns on this machine.

    pip install torch safetensors
    python benches/python/wiswiss_step_time.py [--threads 2] [--rounds 3] [--kinecho PROGRAM]

PyTorch runs the twin of tests/golden/wiswiss/make_wiswiss.py with other patches hidden in every sample and step, Adam and clipping by the
global norm; kinecho the measurement `step_of_wiswiss` of its tests in a release build. One round is both, one after the other; run it on
a quiet machine. PROGRAM is the built test binary, in place of building it.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden/wiswiss"))
import make_wiswiss as twin  # noqa: E402

SIZES = dict(Tiny=dict(width=96, heads=3, depth=6), Small=dict(width=192, heads=6, depth=6))


class Pretraining(twin.WiSwiss):
    def forward(self, x, hidden):
        tokens = self.backbone["patch"](twin.patches(x, self.c))
        tokens = torch.where(hidden, self.hidden, tokens)
        for block in self.backbone["blocks"]:
            tokens = block(tokens, self.turn)
        return self.head(self.backbone["norm"](tokens))


def step_ms(size, steps):
    c = dict(view="amplitude", shape=[96, 512], patch=[16, 16], mlp_ratio=4, position=dict(rotary=dict(base=10000.0)),
             task=dict(masked=dict(ratio=0.5)), **SIZES[size])
    model = Pretraining(c)
    model.turn = twin.turns(c)
    adam = torch.optim.Adam(model.parameters(), lr=1e-4)
    x = torch.randn(32, 96, 512).abs()
    target = twin.patches(x, c)
    times = []
    for _ in range(steps):
        since = time.perf_counter()
        hidden = torch.rand(32, target.shape[1], 1).argsort(1) < target.shape[1] // 2
        adam.zero_grad()
        ((model(x, hidden) - target) ** 2).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        times.append(1e3 * (time.perf_counter() - since))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--kinecho")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for round in range(args.rounds):
        print(f"round {round + 1}, load {os.getloadavg()[0]:.1f}", flush=True)
        for size in SIZES:
            print(f"PyTorch {size}: {step_ms(size, args.steps):.1f} ms a step (median of {args.steps})", flush=True)
        command = [args.kinecho] if args.kinecho else ["cargo", "test", "--release", "--test", "learn", "--"]
        command += ["step_of_wiswiss", "--ignored", "--nocapture"]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env={**os.environ, "STEPS": str(args.steps)})
        print("\n".join(line for line in done.stdout.splitlines() if line.startswith("kinecho")), flush=True)


if __name__ == "__main__":
    main()
