"""A PyTorch twin of the beam model: makes the golden files of tests/learn/beam.rs.

    pip install torch safetensors numpy
    python make_beam.py                # CASE.safetensors and CASE.json beside this script

Each case holds random weights (names and layouts of kinecho's checkpoints), views, what the model puts out, its losses and their gradients.
Laws are torch.distributions, the state is nn.GRUCell, transforms are complex matrices, covariances are means of outer products, samples
are walked one by one where some lack a sensor: nothing is written the way kinecho writes it. `vrnn` and `vae` are those models as their papers
have them, without experts, products and masks (remark 1). Latents are their means, so that no draws have to be the same.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence

SENSORS = ["powers", "gnss", "radar", "lidar", "image"]
RESIDUAL = dict(widths=[4, 6], strides=[1, 2], blocks=2, groups=2)
POWERS = dict(sensor="powers", shape=[7], network=dict(vector=dict(hidden=[9])),
              mean=[0.1, 0.2, -0.3, 0.0, 0.4, 0.1, 0.0], deviation=[1.0, 2.0, 0.5, 1.0, 1.5, 1.0, 0.8])
GNSS = dict(sensor="gnss", shape=[2], network=dict(vector=dict(hidden=[5, 4])))
RADAR = dict(sensor="radar", shape=[2, 2, 4, 6], network=dict(radar=dict(residual=RESIDUAL, tolerance=0.3)))
LIDAR = dict(sensor="lidar", shape=[2, 4, 4], network=dict(grid=RESIDUAL), mean=[0.5], deviation=[2.0])
SIZES = dict(shared=3, private=2, state=5, features=6, hidden=4, labels=7, draws=False, hides=0.0, task_hidden=[8, 6])
CASES = {
    "vae": dict(config=dict(SIZES, steps=1, modalities=[POWERS], task="unimodal"), samples=4, step=3),
    "vrnn": dict(config=dict(SIZES, steps=4, modalities=[POWERS], task="unimodal"), samples=3, step=3),
    "aligned": dict(config=dict(SIZES, steps=3, modalities=[POWERS, GNSS, RADAR, LIDAR], task="aligned"), samples=5, step=30),
    "predict": dict(config=dict(SIZES, steps=3, modalities=[POWERS, GNSS], task=dict(predict=dict(beams=7))), samples=4, step=0),
}
BOUND = dict(divergence=dict(weight=0.7, **{"from": 0.0, "to": 0.0}), labels=2.0,
             encoder=dict(weight=0.4, **{"from": 0.1, "to": 0.5}), decoder=dict(weight=0.3, **{"from": 0.2, "to": 0.2}))
STEPS = 100


def ramp(r, step):
    share = step / STEPS
    if share < r["from"]:
        return 0.0
    return r["weight"] if share >= r["to"] else r["weight"] * (share - r["from"]) / (r["to"] - r["from"])


class Mlp(nn.Module):
    def __init__(self, *widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.gelu(layer(x))
        return self.layers[-1](x)


class Block(nn.Module):
    """He et al.'s basic block, down by a stride or up by a pixel shuffle."""

    def __init__(self, inputs, outputs, stride, groups, up):
        super().__init__()
        middle, times = (inputs, stride) if up else (outputs, 1)
        down = 1 if up else stride
        self.first = nn.Conv2d(inputs, middle, 3, down, 1, bias=False)
        self.first_norm = nn.GroupNorm(groups, middle)
        self.second = nn.Conv2d(middle, outputs * times**2, 3, 1, 1, bias=False)
        self.second_norm = nn.GroupNorm(groups, outputs)
        self.changes = inputs != outputs or stride != 1
        if self.changes:
            self.shortcut = nn.Conv2d(inputs, outputs * times**2, 1, down, bias=False)
            self.shortcut_norm = nn.GroupNorm(groups, outputs)
        self.shuffle = nn.PixelShuffle(times)

    def forward(self, x):
        y = self.second_norm(self.shuffle(self.second(F.relu(self.first_norm(self.first(x))))))
        return F.relu(y + (self.shortcut_norm(self.shuffle(self.shortcut(x))) if self.changes else x))


class Down(nn.Module):
    def __init__(self, grid, r, features):
        super().__init__()
        self.grid, first = grid, r["widths"][0]
        self.stem = nn.Conv2d(grid[0], first, 3, 1, 1, bias=False)
        self.stem_norm = nn.GroupNorm(r["groups"], first)
        blocks, inputs = [], first
        for width, stride in zip(r["widths"], r["strides"]):
            for k in range(r["blocks"]):
                blocks.append(Block(inputs, width, stride if k == 0 else 1, r["groups"], False))
                inputs = width
        self.blocks, self.head = nn.ModuleList(blocks), nn.Linear(inputs, features)

    def forward(self, x):
        x = F.relu(self.stem_norm(self.stem(x.reshape(-1, *self.grid))))
        for block in self.blocks:
            x = block(x)
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Up(nn.Module):
    def __init__(self, grid, r, latents):
        super().__init__()
        down = math.prod(r["strides"])
        self.small = (r["widths"][-1], grid[1] // down, grid[2] // down)
        self.head = nn.Linear(latents, math.prod(self.small))
        blocks = []
        for i in reversed(range(len(r["widths"]))):
            for k in reversed(range(r["blocks"])):
                width = r["widths"][i]
                if k == 0:
                    blocks.append(Block(width, r["widths"][max(i - 1, 0)], r["strides"][i], r["groups"], True))
                else:
                    blocks.append(Block(width, width, 1, r["groups"], True))
        self.blocks, self.last = nn.ModuleList(blocks), nn.Conv2d(r["widths"][0], grid[0], 3, 1, 1)

    def forward(self, z):
        x = F.relu(self.head(z).reshape(-1, *self.small))
        for block in self.blocks:
            x = block(x)
        return self.last(x).flatten(1)


class Matrix(nn.Module):
    def __init__(self, n, inverse):
        super().__init__()
        self.real, self.imaginary = nn.Parameter(torch.zeros(n, n)), nn.Parameter(torch.zeros(n, n))
        eye = torch.eye(n, dtype=torch.complex64)
        self.start = (torch.fft.ifft if inverse else torch.fft.fft)(eye, norm="ortho")

    def get(self):
        return self.start + torch.complex(self.real, self.imaginary)


class Front(nn.Module):
    """Equations 51 to 55, and back."""

    def __init__(self, rx, s, c, inverse):
        super().__init__()
        self.sample_window, self.chirp_window = nn.Parameter(torch.zeros(s)), nn.Parameter(torch.zeros(c))
        self.range, self.doppler = Matrix(s, inverse), Matrix(c, inverse)
        self.size, self.inverse = (rx, s, c), inverse

    def forward(self, x):
        rx, s, c = self.size
        x = x.reshape(-1, 2, rx, s, c)
        x = torch.complex(x[:, 0], x[:, 1])
        def window(d):
            return F.normalize(torch.hamming_window(len(d), periodic=False) * d.exp(), dim=0)
        w = torch.outer(window(self.sample_window), window(self.chirp_window)) * math.sqrt(s * c)
        def through(x):
            return self.range.get() @ x @ self.doppler.get().mH
        y = through(x) / w if self.inverse else through(x * w)
        return torch.stack([y.real, y.imag], 1).flatten(1)


class Coder(nn.Module):
    def __init__(self, m, width, decodes):
        super().__init__()
        kind, size = next(iter(m["network"].items()))
        values = math.prod(m["shape"])
        if kind == "vector":
            self.vector = Mlp(width, *reversed(size["hidden"]), values) if decodes else Mlp(values, *size["hidden"], width)
            self.parts = ["vector"]
        elif kind == "grid":
            self.residual = (Up if decodes else Down)(m["shape"], size, width)
            self.parts = ["residual"]
        else:
            _, rx, s, c = m["shape"]
            self.front = Front(rx, s, c, decodes)
            self.residual = (Up if decodes else Down)([2 * rx, s, c], size["residual"], width)
            self.parts = ["residual", "front"] if decodes else ["front", "residual"]

    def forward(self, x):
        for part in self.parts:
            x = getattr(self, part)(x)
        return x


class Expert(nn.Module):
    def __init__(self, c, m):
        super().__init__()
        self.encoder = Coder(m, c["features"], False)
        seen = c["features"] + c["state"]
        self.shared, self.private = Mlp(seen, c["hidden"], 2 * c["shared"]), Mlp(seen, c["hidden"], 2 * c["private"])
        self.private_prior = Mlp(c["state"], c["hidden"], 2 * c["private"])
        self.decoder = Coder(m, c["shared"] + c["private"] + c["state"], True)
        self.log_weight, self.log_deviation = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))


class Dynamics(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.units = nn.GRUCell(c["shared"] + len(c["modalities"]) * c["private"], c["state"])
        self.prior = Mlp(c["state"], c["hidden"], 2 * c["shared"])


class Beam(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.experts = nn.ModuleList(Expert(c, m) for m in c["modalities"])
        self.dynamics = Dynamics(c)
        inputs = c["steps"] * c["shared"] + c["state"]
        if isinstance(c["task"], dict):
            self.task_network = Mlp(inputs, *c["task_hidden"], c["task"]["predict"]["beams"])
        else:
            self.label = Mlp(inputs, *c["task_hidden"], c["labels"])


def law(x):
    mean, free = x.chunk(2, -1)
    return Independent(Normal(mean, torch.exp(0.5 * 6 * torch.tanh(free / 6))), 1)


def fused(prior, words):
    """N(.)^1 N(.)^a ... by completing the square."""
    precision = prior.base_dist.scale**-2
    first = prior.mean * precision
    for q, a in words:
        precision = precision + a * q.base_dist.scale**-2
        first = first + a * q.mean * q.base_dist.scale**-2
    return Independent(Normal(first / precision, precision**-0.5), 1)


def likelihood(expert, x, back):
    return Independent(Normal(back, expert.log_deviation.exp().expand_as(back)), 1).log_prob(x)


def vrnn(model, x, labels):
    """Chung et al. 2015 with one latent more that the recurrence sees as well; one step of it is Kingma and Welling's."""
    e, d = model.experts[0], model.dynamics
    h = torch.zeros(len(x), model.c["state"])
    bound, means, before = [], [], None
    log_p, kl = 0, 0
    for t in range(model.c["steps"]):
        f = e.encoder(x[:, t])
        q, qp = law(e.shared(torch.cat([f, h], 1))), law(e.private(torch.cat([f, h], 1)))
        p, pp = law(d.prior(h)), law(e.private_prior(h))
        z = torch.cat([q.mean, qp.mean], 1)
        log_p = log_p + likelihood(e, x[:, t], e.decoder(torch.cat([z, h], 1)))
        kl = kl + kl_divergence(q, p) + kl_divergence(qp, pp)
        means.append(q.mean)
        before, h = h, d.units(z, h)
    label = F.log_softmax(model.label(torch.cat([*means, before], 1)), 1)[range(len(x)), labels].mean()
    losses = dict(likelihood=log_p.mean(), divergence=kl.mean(), label=label)
    losses["total"] = 0.7 * losses["divergence"] - losses["likelihood"] - 2.0 * label
    return losses


def sequence(model, views, seen, i):
    """One sample, sensor by sensor; views[m][sample, step, value], seen[m][sample][step]."""
    c, d, h = model.c, model.dynamics, torch.zeros(1, model.c["state"])
    out = dict(likelihood=0, divergence=0, disagreement=0, residuals={}, means=[])
    for t in range(c["steps"]):
        prior, words, private = law(d.prior(h)), [], []
        for m, e in enumerate(model.experts):
            if seen[m][i][t]:
                f = torch.cat([e.encoder(views[m][i : i + 1, t]), h], 1)
                words.append((law(e.shared(f)), e.log_weight.exp()))
                private.append(law(e.private(f)))
            else:
                private.append(None)
        q = fused(prior, words)
        out["divergence"] = out["divergence"] + kl_divergence(q, prior)
        for own, _ in words:
            out["disagreement"] = out["disagreement"] + kl_divergence(own, q)
        next_input = [q.mean]
        for m, (e, own) in enumerate(zip(model.experts, private)):
            if own is None:
                next_input.append(torch.zeros(1, c["private"]))
                continue
            out["divergence"] = out["divergence"] + kl_divergence(own, law(e.private_prior(h)))
            back = e.decoder(torch.cat([q.mean, own.mean, h], 1))
            x = views[m][i : i + 1, t]
            out["likelihood"] = out["likelihood"] + likelihood(e, x, back)
            out["residuals"][m, t] = (x - back)[0]
            next_input.append(own.mean)
        out["means"].append(q.mean)
        out["before"], h = h, d.units(torch.cat(next_input, 1), h)
    out["representation"] = torch.cat([*out["means"], out["before"]], 1)
    return out


def aligned(model, views, seen, labels, step):
    rows = [sequence(model, views, seen, i) for i in range(len(labels))]
    mean = lambda name: sum(r[name] for r in rows).sum() / len(rows)
    losses = dict(likelihood=mean("likelihood"), divergence=mean("divergence"), disagreement=mean("disagreement"))
    known = [F.log_softmax(model.label(r["representation"]), 1)[0, y] for r, y in zip(rows, labels) if y is not None]
    losses["label"] = sum(known) / len(rows)
    common = 0
    count = len(model.experts)
    for t in range(model.c["steps"]):
        for m in range(count):
            for k in range(m + 1, count):
                pairs = [(r["residuals"][m, t], r["residuals"][k, t]) for r in rows if (m, t) in r["residuals"] and (k, t) in r["residuals"]]
                if len(pairs) < 2:
                    continue
                a, b = torch.stack([p[0] for p in pairs]), torch.stack([p[1] for p in pairs])
                cov = torch.einsum("ni,nj->ij", a - a.mean(0), b - b.mean(0)) / (len(pairs) - 1)
                common = common + (cov**2).sum()
    losses["decorrelation"] = common
    losses["total"] = (ramp(BOUND["divergence"], step) * losses["divergence"] - losses["likelihood"] - BOUND["labels"] * losses["label"]
                       + ramp(BOUND["encoder"], step) * losses["disagreement"] + ramp(BOUND["decoder"], step) * common)
    return losses


def make(name, case, here):
    torch.manual_seed(7 + len(name))
    c, n = case["config"], case["samples"]
    model = Beam(c)
    for key, p in model.named_parameters():
        if ".front." in key or ".residual.last.bias" in key:
            nn.init.normal_(p, std=0.02)
        elif p.dim() > 1:
            # What undoes a window multiplies by a hundred at its ends.
            nn.init.normal_(p, std=0.005 if ".decoder.residual.last" in key else 0.35)
        else:
            nn.init.normal_(p, mean=0.3 if "norm" in key else 0.1, std=0.3)
    raw = [torch.randn(n, c["steps"], math.prod(m["shape"])) for m in c["modalities"]]
    views = []
    for x, m in zip(raw, c["modalities"]):
        mean, deviation = torch.tensor(m.get("mean", [0.0])), torch.tensor(m.get("deviation", [1.0]))
        views.append((x - mean) / deviation)
    several = len(views) > 1
    table = torch.ones(n, c["steps"], len(SENSORS))
    present = [[1] * n for _ in views]
    if several:
        table[:, 2:, SENSORS.index("gnss")] = 0
        table[1, 0, 0] = 0
        table[2, :, 0] = 0
        present[1][0] = 0
        if len(views) > 3:
            present[2][3], present[3][3] = 0, 0
    seen = [[[bool(present[m][i] and table[i, t, SENSORS.index(s["sensor"])] > 0.5) for t in range(c["steps"])] for i in range(n)]
            for m, s in enumerate(c["modalities"])]
    powers = torch.rand(n, 7) + 0.05
    labels = powers.argmax(1).tolist()
    extra = {}
    if name == "aligned":
        labels[4] = None
    if isinstance(c["task"], dict):
        with torch.no_grad():
            representation = torch.cat([sequence(model, views, seen, i)["representation"] for i in range(n)])
        logits = model.task_network(representation)
        extra = dict(logits=logits.detach(), representation=representation)
        losses = dict(total=F.cross_entropy(logits, torch.tensor(labels)))
    elif several:
        losses = aligned(model, views, seen, labels, case["step"])
    else:
        losses = vrnn(model, views[0], labels)
    losses["total"].backward()

    def kinecho_name(key):
        return key.replace("dynamics.units.", "dynamics.units.forward.")

    file = {f"weights/{kinecho_name(k)}": p.detach() for k, p in model.named_parameters()}
    file |= {f"gradient/{kinecho_name(k)}": p.grad for k, p in model.named_parameters() if p.grad is not None}
    file |= {f"views/{m['sensor']}": x for m, x in zip(c["modalities"], raw)}
    file |= {"views/available": table, "powers": powers, **extra}
    save_file({k: t.float().contiguous().clone() for k, t in file.items()}, here / f"{name}.safetensors")
    about = dict(torch=torch.__version__, **case, steps=STEPS, lower_bound=BOUND, present=present,
                 labelled=[y is not None for y in labels], losses={k: v.item() for k, v in losses.items()},
                 parameters=sum(p.numel() for p in model.parameters()))
    (here / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n")


def main():
    here = pathlib.Path(__file__).parent
    for name, case in CASES.items():
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            make(name, case, here)


if __name__ == "__main__":
    main()
