"""Convolutional and recurrent layers and networks, forwards and backwards, PyTorch and kinecho by turns on this machine.

    pip install torch
    python benches/python/conv_time.py [--threads 2] [--rounds 3] [--only NAME …] [--without-kinecho]

kinecho's part is the measurement `conv_time` of its tests in a release build (tests/learn/conv_time.rs has the same cases). Every
round runs both, each with the median of nine repeats; what is printed are the medians over rounds with their range, and the load
of the machine. Neither side's optimizer runs.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import time

import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPEATS = 9


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.convs = nn.ModuleList([
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)])
        self.norms = nn.ModuleList([nn.GroupNorm(8, outputs), nn.GroupNorm(8, outputs)])
        self.down = None
        if stride != 1 or inputs != outputs:
            self.down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.GroupNorm(8, outputs))

    def forward(self, x):
        y = torch.relu(self.norms[0](self.convs[0](x)))
        y = self.norms[1](self.convs[1](y))
        return torch.relu(y + (x if self.down is None else self.down(x)))


class ResNet(nn.Module):
    """ResNet-18 with group norm, without its last layer."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.GroupNorm(8, 64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        inputs = 64
        for stage, outputs in enumerate([64, 128, 256, 512]):
            for i in range(2):
                layers.append(Residual(inputs, outputs, 2 if stage and not i else 1))
                inputs = outputs
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x).flatten(2).mean(2)


class ChannelNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Next(nn.Module):
    """ConvNeXt's block as its authors wrote it: the pointwise part with channels last."""

    def __init__(self, width):
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.scale = nn.Parameter(1e-6 * torch.ones(width))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        y = self.scale * self.down(nn.functional.gelu(self.up(y)))
        return x + y.permute(0, 3, 1, 2)


def convnext():
    layers, inputs = [], 3
    for i, (width, depth) in enumerate([(96, 3), (192, 3), (384, 9), (768, 3)]):
        step = 2 if i else 4
        layers += [ChannelNorm(inputs, eps=1e-6)] if i else []
        layers += [nn.Conv2d(inputs, width, step, step)] + [Next(width) for _ in range(depth)]
        inputs = width
    return nn.Sequential(*layers)


class First(nn.Module):
    """The states of a recurrent layer."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


def recurrent(kind, bidirectional=False):
    return First(kind(64, 128, batch_first=True, bidirectional=bidirectional))


# Name: what it is, the network, the input, whether the input has a gradient.
CASES = {
    "three": ("3×3, 64 → 64, 64 × 64", lambda: nn.Conv2d(64, 64, 3, padding=1), (8, 64, 64, 64), True),
    "stem": ("7×7 stride 2, 3 → 64, 256 × 256", lambda: nn.Conv2d(3, 64, 7, 2, 3), (8, 3, 256, 256), True),
    "pointwise": ("1×1, 256 → 64, 64 × 64", lambda: nn.Conv2d(256, 64, 1), (8, 256, 64, 64), True),
    "depthwise": ("depthwise 7×7, 96, 32 × 128", lambda: nn.Conv2d(96, 96, 7, padding=3, groups=96), (8, 96, 32, 128), True),
    "dilated": ("3 dilated by 8, 64 → 64, 1000", lambda: nn.Conv1d(64, 64, 3, padding=8, dilation=8), (8, 64, 1000), True),
    "transposed": ("transposed 2×2 stride 2, 128 → 64, 32 × 32", lambda: nn.ConvTranspose2d(128, 64, 2, 2), (8, 128, 32, 32), True),
    "resnet": ("ResNet-18, group norm, batch 16, 64 × 64", ResNet, (16, 3, 64, 64), False),
    "convnext": ("ConvNeXt-T, batch 16, 32 × 128", convnext, (16, 3, 32, 128), False),
    "gru": ("GRU, 100 steps, 64 → 128, batch 16", lambda: recurrent(nn.GRU), (16, 100, 64), True),
    "lstm": ("LSTM, the same", lambda: recurrent(nn.LSTM), (16, 100, 64), True),
    "gru_both_ways": ("GRU, both ways", lambda: recurrent(nn.GRU, True), (16, 100, 64), True),
    "lstm_both_ways": ("LSTM, both ways", lambda: recurrent(nn.LSTM, True), (16, 100, 64), True),
}


def by_torch(names):
    times = {}
    for name in names:
        _, make, shape, learns = CASES[name]
        torch.manual_seed(0)
        module, x = make(), torch.randn(shape, requires_grad=learns)
        factors = torch.randn_like(module(x))
        ahead, both = [], []
        for i in range(REPEATS + 1):
            for p in [x, *module.parameters()]:
                p.grad = None
            since = time.perf_counter()
            y = module(x)
            middle = time.perf_counter()
            (y * factors).sum().backward()
            end = time.perf_counter()
            if i:
                ahead.append(1e3 * (middle - since))
                both.append(1e3 * (end - since))
        times[name] = statistics.median(ahead), statistics.median(both)
    return times


def by_kinecho(threads, names):
    command = ["cargo", "test", "--release", "--test", "learn", "conv_time", "--", "--ignored", "--nocapture"]
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads), ONLY=" ".join(names))
    done = subprocess.run(command, cwd=ROOT, check=True, env=environment, capture_output=True, text=True)
    lines = [line.split("time ", 1)[1].split() for line in done.stdout.splitlines() if "time " in line]
    return {words[0]: (float(words[1]), float(words[2])) for words in lines if words[0] in CASES}


def shown(values):
    return f"{statistics.median(values):8.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--without-kinecho", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"PyTorch {torch.__version__}, {args.threads} threads, load {os.getloadavg()[0]:.1f}")
    theirs, ours = [], []
    for _ in range(args.rounds):
        theirs.append(by_torch(args.only))
        if not args.without_kinecho:
            ours.append(by_kinecho(args.threads, args.only))
    for name in args.only:
        print(f"{CASES[name][0]}, ms forwards, ms both ways")
        for who, rounds in [("PyTorch", theirs), ("kinecho", ours)]:
            if rounds:
                print(f"  {who}  {shown([r[name][0] for r in rounds])}  {shown([r[name][1] for r in rounds])}")
        if ours:
            ratios = [statistics.median(r[name][k] for r in ours) / statistics.median(r[name][k] for r in theirs) for k in (0, 1)]
            print(f"  ratio    {ratios[0]:.2f}  {ratios[1]:.2f}")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
