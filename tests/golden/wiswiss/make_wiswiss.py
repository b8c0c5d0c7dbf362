"""A PyTorch twin of WiSwiss: makes the golden files of tests/learn/wiswiss.rs.

    pip install torch safetensors numpy
    python make_wiswiss.py                # CASE.safetensors and CASE.json beside this script

Each case holds random weights (names and layouts of kinecho's checkpoints), views of mean power 1 after normalisation, what the
model puts out and the gradients of its loss. Patches are cut by torch's unfold, rotary positions are complex numbers, attention is
scaled_dot_product_attention, Doppler spectra and the first principal component come from torch.fft and torch.linalg.eigh, the
means of CFAR from loops over cells by conv2d: nothing is written the way kinecho writes it.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

DFS = dict(min_hz=0.6, max_hz=60.0, window_s=1.0, hop_s=0.25, rounds=200)
CFAR = dict(guard=1, reference=2, threshold=1.5, temperature=0.5, floor=0.01)
CASES = {
    # Ragged edges in both dimensions; three antennas of seven subcarriers.
    "masked_csi": dict(
        config=dict(view="amplitude", shape=[21, 44], patch=[4, 8], width=24, heads=3, depth=2, mlp_ratio=2,
                    position=dict(rotary=dict(base=10000.0)),
                    task=dict(masked=dict(ratio=0.5, rule=dict(these=[0, 3, 4, 9, 17, 30]), hidden_only=False,
                                          transform=dict(dfs=DFS)))),
        rate_hz=20.0, links=3, samples=3, transform_weight=0.3),
    "masked_cube": dict(
        config=dict(view="time_range_angle", shape=[5, 10, 9], patch=[2, 4, 4], width=24, heads=2, depth=2, mlp_ratio=2,
                    position=dict(rotary=dict(base=100.0)),
                    task=dict(masked=dict(ratio=0.5, rule=dict(these=[1, 2, 8, 13, 20, 26]), hidden_only=True,
                                          transform=dict(cfar=CFAR)))),
        rate_hz=None, links=1, samples=2, transform_weight=0.5),
    # A grid of fixed positions that is not the view's.
    "classify_fixed": dict(
        config=dict(view="amplitude", shape=[13, 30], patch=[4, 8], width=20, heads=2, depth=2, mlp_ratio=3,
                    position=dict(fixed=dict(grid=[3, 6])), task=dict(classify=dict(classes=4))),
        rate_hz=None, links=1, samples=4, smoothing=0.1, labels=[0, 3, 1, 3]),
    "pose": dict(
        config=dict(view="time_range_angle", shape=[4, 9, 8], patch=[2, 4, 4], width=24, heads=2, depth=1, mlp_ratio=2,
                    position=dict(rotary=dict(base=10000.0)),
                    task=dict(pose=dict(joints=5, mean_m=[0.1 * i for i in range(15)]))),
        rate_hz=None, links=1, samples=3),
}


def tokens_of(c):
    return [math.ceil(n / p) for n, p in zip(c["shape"], c["patch"])]


def patches(x, c):
    """[sample, *shape] to [sample, token, cell]."""
    pad = []
    for n, p in zip(reversed(c["shape"]), reversed(c["patch"])):
        pad += [0, -n % p]
    x = F.pad(x, pad)
    for axis, p in enumerate(c["patch"]):
        x = x.unfold(axis + 1, p, p)
    return x.flatten(1, len(c["patch"])).flatten(2)


def whole(y, c):
    """[sample, token, cell] to [sample, *shape]."""
    rank, tokens = len(c["patch"]), tokens_of(c)
    y = y.reshape(len(y), *tokens, *c["patch"])
    order = [0] + [k for axis in range(rank) for k in (1 + axis, 1 + rank + axis)]
    y = y.permute(order).reshape(len(y), *[t * p for t, p in zip(tokens, c["patch"])])
    return y[(slice(None), *[slice(0, n) for n in c["shape"]])]


def turns(c):
    """[token, pair] complex numbers of length 1."""
    rank, head = len(c["patch"]), c["width"] // c["heads"]
    pairs = [head // 2 // rank + (d < head // 2 % rank) for d in range(rank)]
    places = torch.cartesian_prod(*[torch.arange(n) for n in tokens_of(c)]).double()
    base = c["position"]["rotary"]["base"]
    angles = [places[:, d : d + 1] * base ** (-torch.arange(n).double() / n) for d, n in enumerate(pairs)]
    return torch.polar(torch.ones(1, dtype=torch.double), torch.cat(angles, 1)).to(torch.complex64)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        w = c["width"]
        self.c = c
        self.norm_attention, self.norm_mlp = nn.LayerNorm(w), nn.LayerNorm(w)
        self.attention = nn.ModuleDict(dict(qkv=nn.Linear(w, 3 * w), output=nn.Linear(w, w)))
        self.mlp = nn.ModuleDict(dict(up=nn.Linear(w, c["mlp_ratio"] * w), down=nn.Linear(c["mlp_ratio"] * w, w)))

    def forward(self, x, turn):
        b, t, w = x.shape
        heads = self.c["heads"]
        qkv = self.attention["qkv"](self.norm_attention(x)).reshape(b, t, 3, heads, w // heads)
        q, k, v = (a.transpose(1, 2) for a in qkv.unbind(2))
        if turn is not None:
            def turned(a):
                first, second = a.chunk(2, -1)
                z = torch.complex(first.contiguous(), second.contiguous()) * turn
                return torch.cat([z.real, z.imag], -1)
            q, k = turned(q), turned(k)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, w)
        x = x + self.attention["output"](mixed)
        return x + self.mlp["down"](F.gelu(self.mlp["up"](self.norm_mlp(x))))


class WiSwiss(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        (self.kind, self.task), = c["task"].items()
        cells = math.prod(c["patch"])
        outputs = dict(masked=lambda: cells, classify=lambda: self.task["classes"], pose=lambda: 3 * self.task["joints"])
        self.backbone = nn.ModuleDict(dict(
            patch=nn.Linear(cells, c["width"]),
            blocks=nn.ModuleList(Block(c) for _ in range(c["depth"])),
            norm=nn.LayerNorm(c["width"])))
        if "fixed" in c["position"]:
            self.position = nn.Parameter(torch.zeros(math.prod(c["position"]["fixed"]["grid"]), c["width"]))
        if self.kind == "masked":
            self.hidden = nn.Parameter(torch.zeros(c["width"]))
        self.head = nn.Linear(c["width"], outputs[self.kind]())

    def forward(self, x):
        c = self.c
        tokens = self.backbone["patch"](patches(x, c))
        if self.kind == "masked":
            hidden = torch.zeros(tokens.shape[1], 1)
            hidden[self.task["rule"]["these"]] = 1
            tokens = tokens * (1 - hidden) + hidden * self.hidden
        turn = None
        if "fixed" in c["position"]:
            grid = self.position.T.reshape(1, c["width"], *c["position"]["fixed"]["grid"])
            grid = F.interpolate(grid, tokens_of(c), mode="bilinear", align_corners=False)
            tokens = tokens + grid.reshape(c["width"], -1).T
        else:
            turn = turns(c)
        for block in self.backbone["blocks"]:
            tokens = block(tokens, turn)
        tokens = self.backbone["norm"](tokens)
        if self.kind == "masked":
            return self.head(tokens)
        out = self.head(tokens.mean(1))
        if self.kind == "pose":
            out = (out + torch.tensor(self.task["mean_m"])).reshape(len(x), self.task["joints"], 3)
        return out


def dfs(x, rate, links, reference):
    """Power over windows and frequencies of the first principal component of CSI [antenna · subcarrier, time]."""
    rows, times = x.shape
    antennas = x.reshape(links, rows // links, times)
    series = (antennas * antennas[reference]).reshape(rows, times)
    top = min(DFS["max_hz"], rate / 2)
    spectrum = torch.fft.rfft(series)
    hz = torch.fft.rfftfreq(times, 1 / rate)
    series = torch.fft.irfft(spectrum * ((hz >= DFS["min_hz"]) & (hz <= top + 1e-9)), n=times)
    first = torch.linalg.eigh(series @ series.T).eigenvectors[:, -1]
    component = first @ series
    window, hop = round(DFS["window_s"] * rate), max(1, round(DFS["hop_s"] * rate))
    cut = component.unfold(0, window, hop)
    hann = 0.5 - 0.5 * torch.cos(2 * math.pi * (torch.arange(window) + 0.5) / window)
    power = torch.fft.rfft(cut * hann).abs() ** 2
    hz = torch.fft.rfftfreq(window, 1 / rate)
    return power[:, (hz >= DFS["min_hz"]) & (hz <= top + 1e-9)]


def reference_of(x, links):
    antennas = x.reshape(links, -1, x.shape[-1])
    return int((antennas.mean(2) / antennas.std(2, unbiased=False)).mean(1).argmax())


def cfar(x):
    """[time, range, angle] amplitudes to soft detections."""
    power = (x * x).unsqueeze(1)
    g, outer = CFAR["guard"], CFAR["guard"] + CFAR["reference"]
    kernel = torch.ones(1, 1, 2 * outer + 1, 2 * outer + 1)
    kernel[:, :, outer - g : outer + g + 1, outer - g : outer + g + 1] = 0
    noise = F.conv2d(power, kernel, padding=outer) / F.conv2d(torch.ones_like(power), kernel, padding=outer)
    over = power / (noise + CFAR["floor"])
    return torch.sigmoid((over - CFAR["threshold"]) / CFAR["temperature"])


def loss_of(model, case, x, extra):
    c, out = case["config"], model(x)
    if model.kind == "classify":
        return out, {"total": F.cross_entropy(out, torch.tensor(case["labels"]), label_smoothing=case["smoothing"])}
    if model.kind == "pose":
        return out, {"total": ((out - extra["pose"]) ** 2).sum(2).add(1e-8).sqrt().mean()}
    weights = patches(torch.ones_like(x), c)
    if model.task["hidden_only"]:
        mask = torch.zeros(out.shape[1], 1)
        mask[model.task["rule"]["these"]] = 1
        weights = weights * mask
    reconstruction = ((patches(x, c) - out) ** 2 * weights).sum() / weights.sum()
    back = whole(out, c)
    if "dfs" in model.task["transform"]:
        terms = []
        for a, b in zip(x, back):
            reference = reference_of(a, case["links"])
            want, got = (dfs(s, case["rate_hz"], case["links"], reference) for s in (a, b))
            terms.append(((want - got) ** 2 / (want**2).mean()).mean())
        transform = torch.stack(terms).mean()
    else:
        transform = torch.stack([((cfar(a) - cfar(b)) ** 2).mean() for a, b in zip(x, back)]).mean()
    total = reconstruction + case["transform_weight"] * transform
    return out, dict(total=total, reconstruction=reconstruction, transform=transform)


def make(name, case, here):
    torch.manual_seed(len(name))
    c = case["config"]
    model = WiSwiss(c)
    for p in model.parameters():
        nn.init.normal_(p, std=0.2) if p.dim() > 1 else nn.init.normal_(p, mean=0.3, std=0.3)
    cells = (case["samples"], *c["shape"])
    if name == "masked_csi":
        # One moving path over a level, so that there is one first component; it moves at another rate in every sample.
        time = torch.arange(c["shape"][1]) / case["rate_hz"]
        rows = torch.arange(c["shape"][0]).unsqueeze(1)
        rate = torch.tensor([2.0, 3.4, 5.1]).reshape(3, 1, 1)
        x = 1 + 0.1 * torch.cos(2 * math.pi * rate * time + rows * 0.7) + 0.02 * torch.randn(cells)
    else:
        x = torch.randn(cells).abs() + 0.1
    x = x / (x**2).mean(tuple(range(1, x.dim())), keepdim=True).sqrt()
    extra = dict(pose=torch.randn(case["samples"], 5, 3)) if name == "pose" else {}
    out, losses = loss_of(model, case, x, extra)
    losses["total"].backward()

    def kinecho_name(n):
        return "backbone.position" if n == "position" else n

    file = {f"weights/{kinecho_name(n)}": p.detach() for n, p in model.named_parameters()}
    file |= {f"gradient/{kinecho_name(n)}": p.grad for n, p in model.named_parameters()}
    # Scaled, so that kinecho has to bring them to mean power 1 again.
    file |= {"views": 3 * x, "output": out.detach(), **extra}
    save_file({n: t.float().contiguous().clone() for n, t in file.items()}, here / f"{name}.safetensors")
    about = dict(torch=torch.__version__, **case, losses={k: v.item() for k, v in losses.items()},
                 parameters=sum(p.numel() for p in model.parameters()))
    (here / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n")


def main():
    here = pathlib.Path(__file__).parent
    for name, case in CASES.items():
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            make(name, case, here)


if __name__ == "__main__":
    main()
