"""A PyTorch twin of the cross-scene model: makes the golden files of tests/learn/cross_scene.rs.

    pip install torch safetensors numpy
    python make_cross_scene.py            # CASE.safetensors and CASE.json beside this script

Each case holds random weights (names and layouts of kinecho's checkpoints), views, scores by running moments, and of a training step the
losses, their gradients and the running moments after it. Deformable convolutions are grid_sample, tap by tap; norms, LSTMs and batch norm
are torch's own; the reversed gradient is an autograd function; transport is Sinkhorn's scaling without logarithms; discrepancies and
adjacencies are loops; the nuclear norm is torch.linalg's: nothing is written the way kinecho writes it.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

RADAR = dict(view="micro_doppler", shape=[33, 26], channels=[8, 16], depths=[1, 2], deformable=[False, True])
WIFI = dict(view="amplitude", shape=[10, 21], links=2, antennas="channels", patch=2, sigma=0.5)
SIZES = dict(width=16, scene=6, stem=16, expansion=2, groups=8, node=16, layers=3, hidden=64)
CASES = {
    "fusion": dict(radar=RADAR, wifi=WIFI, domains="global", alignment=["adversarial", "wasserstein"]),
    "daan": dict(radar=RADAR, wifi=WIFI, domains="local", alignment=["daan"], seed=1),
    "radar": dict(radar=RADAR, domains="none", alignment=["bnm"]),
    "wifi": dict(wifi=dict(WIFI, antennas="mean", keep=3, subcarriers=[0, 2, 3], edges=[[0, 2], [1, 2]], patch=4),
                 domains="none", alignment=["dsan"]),
}
SAMPLES, LABELLED, CLASSES, STEP, STEPS, SMOOTHING = 8, 5, 3, 70, 100, 0.1
LABELS = [0, 2, 1, 2, 0]


class Deformed(nn.Module):
    def __init__(self, c, stride):
        super().__init__()
        self.offsets = nn.Conv2d(c, 18, 3, stride=stride, padding=1)
        self.kernel, self.stride = nn.Conv2d(c, c, 3, bias=False), stride

    def forward(self, x):
        offsets = self.offsets(x)
        n, _, rows, columns = offsets.shape
        row0, column0 = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        out = 0
        for tap in range(9):
            row = row0 * self.stride - 1 + tap // 3 + offsets[:, 2 * tap]
            column = column0 * self.stride - 1 + tap % 3 + offsets[:, 2 * tap + 1]
            # grid_sample counts from −1 in the middle of the first cell to 1 in that of the last.
            grid = torch.stack([2 * column / (x.shape[3] - 1) - 1, 2 * row / (x.shape[2] - 1) - 1], 3)
            seen = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
            out = out + torch.einsum("oc,ncrk->nork", self.kernel.weight[:, :, tap // 3, tap % 3], seen)
        return out


class Block(nn.Module):
    def __init__(self, before, inner, after, stride, deformable):
        super().__init__()
        g = SIZES["groups"]
        self.down, self.down_norm = nn.Conv2d(before, inner, 1, bias=False), nn.GroupNorm(g, inner)
        if deformable:
            self.deformed = Deformed(inner, stride)
        else:
            self.middle = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False)
        self.middle_norm = nn.GroupNorm(g, inner)
        self.up, self.up_norm = nn.Conv2d(inner, after, 1, bias=False), nn.GroupNorm(g, after)
        if stride != 1 or before != after:
            self.skip, self.skip_norm = nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.GroupNorm(g, after)

    def forward(self, x):
        y = F.relu(self.down_norm(self.down(x)))
        y = F.relu(self.middle_norm(self.deformed(y) if hasattr(self, "deformed") else self.middle(y)))
        y = self.up_norm(self.up(y))
        return F.relu(y + (self.skip_norm(self.skip(x)) if hasattr(self, "skip") else x))


class Attention(nn.Module):
    def __init__(self, c, t):
        super().__init__()
        self.channels, self.moments = nn.Linear(c, c, bias=False), nn.Linear(t, t, bias=False)

    def forward(self, x):
        f = x.mean(2)
        weights = torch.sigmoid(torch.einsum("dc,nct->ndt", self.channels.weight, f) + torch.einsum("st,nct->ncs", self.moments.weight, f))
        return x * weights[:, :, None]


class Radar(nn.Module):
    def __init__(self, b):
        super().__init__()
        self.stem = nn.Conv2d(1, SIZES["stem"], 7, stride=2, padding=3, bias=False)
        self.stem_norm = nn.GroupNorm(SIZES["groups"], SIZES["stem"])
        blocks, before = [], SIZES["stem"]
        for i, (inner, depth, deformable) in enumerate(zip(b["channels"], b["depths"], b["deformable"])):
            for k in range(depth):
                after = inner * SIZES["expansion"]
                blocks.append(Block(before, inner, after, 2 if i and not k else 1, deformable))
                before = after
        self.blocks = nn.ModuleList(blocks)
        times = b["shape"][1]
        for _ in range(len(b["channels"]) + 1):
            times = (times + 1) // 2
        self.attention, self.projection = Attention(before, times), nn.Linear(before, SIZES["width"])

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.stem_norm(self.stem(x[:, None]))), 3, stride=2, padding=1)
        for block in self.blocks:
            x = block(x)
        return self.projection(self.attention(x).mean((2, 3)))


def adjacency(h, joined, sigma):
    """Entry by entry, of one sample."""
    n = len(h)
    h = [v / v.norm() for v in h]
    a = [[torch.exp(-((h[i] - h[j]) ** 2).sum() / (2 * sigma**2)) if i == j or joined[i][j] else torch.zeros(()) for j in range(n)] for i in range(n)]
    d = [sum(row) for row in a]
    return torch.stack([torch.stack([a[i][j] / torch.sqrt(d[i] * d[j]) for j in range(n)]) for i in range(n)])


class Layer(nn.Module):
    def __init__(self, joined, sigma):
        super().__init__()
        w = SIZES["node"]
        self.graph, self.memory, self.gate = nn.Linear(w, w), nn.LSTM(w, w, batch_first=True), nn.Linear(2 * w, w)
        self.joined, self.sigma = joined, sigma

    def forward(self, z):
        """z[sample, node, step, entry]"""
        n, nodes, steps, w = z.shape
        a = torch.stack([adjacency(z[i].mean(1), self.joined, self.sigma) for i in range(n)])
        graph = self.graph(torch.einsum("nij,njse->nise", a, z))
        memory = self.memory(z.reshape(n * nodes, steps, w))[0].reshape(z.shape)
        gate = torch.sigmoid(self.gate(torch.cat([graph, memory], 3)))
        return z + F.relu(gate * graph + (1 - gate) * memory)


class Wifi(nn.Module):
    def __init__(self, b):
        super().__init__()
        self.b, w = b, SIZES["node"]
        of_link = b["shape"][0] // b["links"]
        self.chosen = b.get("subcarriers", list(range(of_link)))
        nodes = len(self.chosen)
        edges = b.get("edges", [[i, j] for i in range(nodes) for j in range(nodes) if i < j])
        joined = [[[min(i, j), max(i, j)] in edges for j in range(nodes)] for i in range(nodes)]
        channels = b["links"] if b["antennas"] == "channels" else 1
        self.lift, self.norm = nn.Linear(channels * b["patch"], w), nn.LayerNorm(w)
        self.layers = nn.ModuleList(Layer(joined, b["sigma"]) for _ in range(SIZES["layers"]))
        self.memory = nn.LSTM(nodes * w, SIZES["width"] // 2, bidirectional=True, batch_first=True)

    def forward(self, x):
        b = self.b
        x = x.reshape(len(x), b["links"], -1, b["shape"][1])[:, :, self.chosen]
        if b["antennas"] == "mean":
            x = x.mean(1, keepdim=True)
        x = x - x.mean(3, keepdim=True)
        steps = b["shape"][1] // b["patch"]
        # [sample, node, step, channel · sample of a step]
        z = torch.stack([x[..., s * b["patch"] : (s + 1) * b["patch"]].permute(0, 2, 1, 3).flatten(2) for s in range(steps)], 2)
        z = self.norm(F.relu(self.lift(z)))
        for layer in self.layers:
            z = layer(z)
        return self.memory(z.transpose(1, 2).flatten(2))[0].mean(1)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return -g


class Conditional(nn.Module):
    def __init__(self):
        super().__init__()
        w, s = SIZES["width"], SIZES["scene"]
        self.gamma, self.beta, self.plain = nn.Linear(s, w), nn.Linear(s, w), nn.BatchNorm1d(w, affine=False)

    def forward(self, x, scene):
        return self.gamma(scene) * self.plain(x) + self.beta(scene)


def domain_layers():
    return nn.ModuleDict(dict(hidden=nn.Linear(SIZES["width"], SIZES["hidden"]), output=nn.Linear(SIZES["hidden"], 1)))


class CrossScene(nn.Module):
    def __init__(self, case):
        super().__init__()
        w = SIZES["width"]
        parts = dict()
        if "radar" in case:
            self.radar = Radar(case["radar"])
        if "wifi" in case:
            self.wifi = Wifi(case["wifi"])
            parts["wifi_norm"] = nn.BatchNorm1d(w)
        if "radar" in case and "wifi" in case:
            parts |= dict(modulated=Conditional(), scene=nn.Linear(w, SIZES["scene"]), weights=nn.Linear(SIZES["scene"], 2))
        elif "radar" in case:
            parts["radar_norm"] = nn.BatchNorm1d(w)
        self.fusion = nn.ModuleDict(parts)
        heads = dict(classes=nn.Linear(w, CLASSES))
        if case["domains"] != "none":
            heads["global"] = domain_layers()
        if case["domains"] == "local":
            heads["local"] = nn.ModuleList(domain_layers() for _ in range(CLASSES))
        self.heads = nn.ModuleDict(heads)

    def features(self, views):
        f = self.fusion
        if not hasattr(self, "wifi"):
            return f["radar_norm"](self.radar(views["micro_doppler"]))
        wifi = self.wifi(views["amplitude"])
        if not hasattr(self, "radar"):
            return f["wifi_norm"](wifi)
        scene = F.relu(f["scene"](wifi))
        radar = f["modulated"](self.radar(views["micro_doppler"]), scene)
        weights = torch.softmax(f["weights"](scene), 1)
        return weights[:, :1] * radar + weights[:, 1:] * f["wifi_norm"](wifi)

    def score(self, layers, x):
        return layers["output"](F.relu(layers["hidden"](Reverse.apply(x))))[:, 0]


def bce(scores):
    one = lambda part, to: F.binary_cross_entropy_with_logits(part, torch.full_like(part, to))
    return (one(scores[:LABELLED], 0.0) + one(scores[LABELLED:], 1.0)) / 2


def apart(scores):
    right = ((scores[:LABELLED] <= 0).float().mean() + (scores[LABELLED:] > 0).float().mean()) / 2
    return max(0.0, 2 * (1 - 2 * (1 - right.item())))


def transport(s, t):
    cost = torch.cdist(s, t, compute_mode="donot_use_mm_for_euclid_dist") / math.sqrt(s.shape[1])
    with torch.no_grad():
        c = cost.double()
        kernel = torch.exp(-c / (0.05 * c.mean()))
        a, b = torch.full((len(s),), 1 / len(s)).double(), torch.full((len(t),), 1 / len(t)).double()
        u, v = torch.ones_like(a), torch.ones_like(b)
        for _ in range(5000):
            u = a / (kernel @ v)
            v = b / (kernel.T @ u)
        plan = u[:, None] * kernel * v
    return (plan * cost).sum()


def discrepancy(s, t, labels, shares):
    x, shares = torch.cat([s, t]), shares.detach()
    n = len(x)
    d = lambda i, j: ((x[i] - x[j]) ** 2).sum()
    width = sum(d(i, j).item() for i in range(n) for j in range(n)) / (n * n - n)
    k = lambda i, j: sum(torch.exp(-d(i, j) / (width * m)) for m in [0.25, 0.5, 1, 2, 4])
    total, counted = 0, sorted(set(labels))
    for c in counted:
        w = [(1 / labels.count(c) if y == c else 0.0) for y in labels]
        v = [(shares[j, c] / shares[:, c].sum()).item() for j in range(len(t))]
        m = len(s)
        total = total + sum(w[i] * w[j] * k(i, j) for i in range(m) for j in range(m))
        total = total + sum(v[i] * v[j] * k(m + i, m + j) for i in range(len(t)) for j in range(len(t)))
        total = total - 2 * sum(w[i] * v[j] * k(i, m + j) for i in range(m) for j in range(len(t)))
    return total / len(counted)


def losses(model, case, x):
    logits = model.heads["classes"](x)
    out = dict(cross_entropy=F.cross_entropy(logits[:LABELLED], torch.tensor(LABELS), label_smoothing=SMOOTHING))
    lam = min(1, max(0, (STEP - 0.25 * STEPS) / (0.5 * STEPS))) * 0.7
    total, shares = out["cross_entropy"], torch.softmax(logits, 1)
    for one in case["alignment"]:
        if one == "adversarial":
            out["adversarial"] = part = bce(model.score(model.heads["global"], x))
        elif one == "wasserstein":
            out["wasserstein"] = transport(x[:LABELLED], x[LABELLED:])
            part = 0.3 * out["wasserstein"]
        elif one == "daan":
            g = model.score(model.heads["global"], x)
            local = [model.score(layers, x * shares[:, c : c + 1].detach()) for c, layers in enumerate(model.heads["local"])]
            far, near = apart(g), sum(apart(s) for s in local) / CLASSES
            omega = far / (far + near) if far + near else 0.5
            out |= dict(omega=torch.tensor(omega), local=sum(bce(s) for s in local) / CLASSES)
            out["daan"] = part = (1 - omega) * bce(g) + omega * out["local"]
        elif one == "dsan":
            out["dsan"] = part = discrepancy(x[:LABELLED], x[LABELLED:], LABELS, shares[LABELLED:])
        elif one == "bnm":
            out["bnm"] = part = -torch.linalg.matrix_norm(shares[LABELLED:], ord="nuc") / (SAMPLES - LABELLED)
        total = total + lam * part
    out |= dict(total=total, **{"lambda": torch.tensor(lam)})
    return out


def kinecho_name(n):
    for end in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]:
        n = n.replace(f"memory.{end}_l0_reverse", f"memory.backward.{end}").replace(f"memory.{end}_l0", f"memory.forward.{end}")
    return n.replace("modulated.plain.running", "modulated.running")


def make(name, case, here):
    torch.manual_seed(case.get("seed", len(name)))
    model = CrossScene(case)
    for p in model.parameters():
        nn.init.normal_(p, std=0.2) if p.dim() > 1 else nn.init.normal_(p, mean=0.3, std=0.3)
    for n, b in model.named_buffers():
        if n.endswith("running_mean"):
            b.normal_(std=0.3)
        elif n.endswith("running_var"):
            b.uniform_(0.5, 2)
    buffers = lambda: {kinecho_name(n): b.detach().clone() for n, b in model.named_buffers() if "running" in n}
    views = {}
    if "radar" in case:
        views["micro_doppler"] = torch.rand(SAMPLES, *case["radar"]["shape"]) * 2 - 1
    if "wifi" in case:
        views["amplitude"] = torch.randn(SAMPLES, *case["wifi"]["shape"]) + 1
    # A weight of the model is moved by the scene: samples without labels look otherwise.
    for v in views.values():
        v[LABELLED:] *= 1.4
    model.eval()
    with torch.no_grad():
        output = model.heads["classes"](model.features(views))
    file = {f"weights/{n}": b for n, b in buffers().items()}
    model.train()
    found = losses(model, case, model.features(views))
    found["total"].backward()
    for n, p in model.named_parameters():
        file[f"weights/{kinecho_name(n)}"] = p.detach()
        if p.grad is not None:
            file[f"gradient/{kinecho_name(n)}"] = p.grad
    file |= {f"after/{n}": b for n, b in buffers().items()}
    file |= {f"view/{k}": v for k, v in views.items()}
    file["output"] = output
    save_file({n: t.float().contiguous().clone() for n, t in file.items()}, here / f"{name}.safetensors")
    config = dict(width=SIZES["width"], scene=SIZES["scene"], drop_path=0.0, domains=case["domains"], classes=CLASSES)
    config |= {k: case[k] for k in ["radar", "wifi"] if k in case}
    adaptation = dict(alignment=case["alignment"], weight=0.7, start=0.25, rise=0.5, wasserstein_weight=0.3)
    about = dict(torch=torch.__version__, config=config, samples=SAMPLES, labelled=LABELLED, labels=LABELS, step=STEP, steps=STEPS,
                 smoothing=SMOOTHING, adaptation=adaptation, losses_found={k: v.item() for k, v in found.items()},
                 parameters=sum(p.numel() for p in model.parameters()) + sum(b.numel() for b in buffers().values()))
    (here / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n")


def resnet_50():
    """Parameters of the plain bottlenecks of ResNet-50 (He et al. 2016), without its classes: stem, stages, norms."""
    count, before = 7 * 7 * 1 * 64 + 2 * 64, 64
    for inner, depth in zip([64, 128, 256, 512], [3, 4, 6, 3]):
        for k in range(depth):
            after = 4 * inner
            count += before * inner + 9 * inner * inner + inner * after + 2 * (inner + inner + after)
            if k == 0:
                count += before * after + 2 * after
            before = after
    return count


def main():
    here = pathlib.Path(__file__).parent
    for name, case in CASES.items():
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            make(name, case, here)
    (here / "published.json").write_text(json.dumps(dict(resnet_50=resnet_50()), indent=1) + "\n")


if __name__ == "__main__":
    main()
