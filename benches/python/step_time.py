"""A training step and an inference of mmCLIP at the published size, PyTorch and kinecho side by side on this machine.

    pip install torch safetensors
    python benches/python/step_time.py [--threads 2] [--repeats 7]

PyTorch runs the twin of tests/golden/mmclip/make_mmclip.py (batch 16, Adam, clipping by the global norm), kinecho the
measurement `step_time` of its tests in a release build. Both print the median; run it on a quiet machine.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden/mmclip"))
import make_mmclip as twin  # noqa: E402

BATCH = 16


def median_ms(work, repeats):
    work()
    times = []
    for _ in range(repeats):
        since = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - since))
    return statistics.median(times), min(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--without-kinecho", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    config = dict(twin.PUBLISHED, text_width=384)
    model = twin.MmClip(config)
    for p in model.parameters():
        if p.dim() > 1:
            p.data = 0.02 * torch.randn(p.shape)
    maps = torch.rand(BATCH, 3, 224, 224) * 2 - 1
    table = F.normalize(torch.randn(BATCH, 5, 384), dim=2)
    labels, groups = torch.arange(BATCH), torch.arange(BATCH)
    adam = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step():
        adam.zero_grad()
        attributes, signal = model.signal(maps)
        text = model.text["aggregation"](table)
        scale = model.log_scale.exp()
        loss = twin.loss_of("symmetric_cross_entropy", signal, text, labels, groups, scale)
        for k in range(5):
            loss = loss + twin.loss_of("symmetric_cross_entropy", attributes[:, k], table[:, k], labels, groups, scale) / 5
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()

    @torch.no_grad()
    def infer(maps=maps):
        model.signal(maps)

    count = sum(p.numel() for p in model.parameters())
    print(f"PyTorch {torch.__version__}, {args.threads} threads, {count} parameters, batch {BATCH}")
    print("  training step  {:8.1f} ms (median), {:8.1f} ms (least)".format(*median_ms(step, args.repeats)))
    model.eval()
    print("  inference      {:8.2f} ms a window in batches of 16".format(median_ms(infer, args.repeats)[0] / BATCH))
    torch.set_num_threads(1)
    one = median_ms(lambda: infer(maps[:1]), args.repeats)[0]
    print(f"  inference      {one:8.2f} ms for one window on one thread")
    if not args.without_kinecho:
        command = ["cargo", "test", "--release", "--test", "learn", "step_time", "--", "--ignored", "--nocapture"]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
