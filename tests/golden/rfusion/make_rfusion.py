"""A PyTorch twin of RFusion: makes the golden files of tests/learn/rfusion.rs.

    pip install torch safetensors numpy
    python make_rfusion.py                # CASE.safetensors and CASE.json beside this script

Each case holds random weights (names and layouts of kinecho's checkpoints), views, what the model puts out and the gradients of
its loss. Convolutions are torch's own with F.pad for what is causal, attention is nn.MultiheadAttention, the classifier of Cosmo is
nn.GRU, means over segments are F.adaptive_avg_pool1d, losses are loops over samples and pairs of samples: nothing is written the way
kinecho writes it. Where the paper holds a gradient, so does `detach`.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

KINDS = ["wifi", "rfid", "radar"]
PUBLISHED = dict(width=768, heads=8, hidden=1152, tokens=4, wifi=[64, 128, 256, 368], wifi_blocks=2, rfid=[296] * 5,
                 radar=[48, 96, 192, 384], depths=[2, 2, 8, 2])
BRANCHES = dict(
    # Rows and times that no stride divides.
    wifi=dict(view="amplitude", shape=[10, 37], links=2, channels=[16, 24]),
    rfid=dict(view="rfid_phase", shape=[3, 21], channels=[6, 6, 10]),
    radar=dict(views=["time_range_doppler", "time_range_angle"], shapes=[[3, 9, 14], [3, 8, 14]],
               background=["time_range_angle"], channels=[6, 10], depths=[1, 2]))
SIZES = dict(width=16, heads=2, hidden=12, tokens=3)
CASES = {
    "contrast": dict(task=dict(contrast=dict(guider=True, arbiter=5, projector=False)), samples=4, step=30, steps=100,
                     losses=dict(temperature=0.2, guider_temperature=0.8, arbiter_temperature=[0.1, 1.1], arbiter_rise=0.5)),
    # Samples that have different sets, of one only and of all.
    "attention": dict(task=dict(classify=dict(classes=4, head="attention")), samples=6, labels=[0, 3, 1, 3, 2, 0],
                      smoothing=0.1, present=dict(wifi=[1, 1, 0, 1, 0, 1], rfid=[1, 0, 1, 1, 0, 0], radar=[1, 1, 1, 1, 1, 0])),
    "gru": dict(task=dict(classify=dict(classes=4, head="gru")), samples=4, labels=[0, 3, 1, 2], smoothing=0.0,
                present=dict(wifi=[1, 1, 0, 1], rfid=[1, 0, 1, 1], radar=[1, 1, 0, 1])),
    "cross": dict(task=dict(classify=dict(classes=4, head="cross")), samples=4, labels=[0, 3, 1, 2], smoothing=0.0,
                  present=dict(wifi=[1, 1, 0, 1], rfid=[1, 0, 1, 1], radar=[1, 1, 0, 1])),
}
# The same with everything there and that set alone: for gradients.
for way in ["attention", "gru", "cross"]:
    task = dict(classify=dict(classes=4, head=way, sets=[KINDS]))
    CASES[f"{way}_all"] = dict(task=task, samples=4, labels=[0, 3, 1, 2], smoothing=0.1)


class ChannelNorm(nn.Module):
    def __init__(self, channels, eps):
        super().__init__()
        self.weight, self.bias, self.eps = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels)), eps

    def forward(self, x):
        return F.layer_norm(x.movedim(1, -1), self.weight.shape, self.weight, self.bias, self.eps).movedim(-1, 1)


class Projection(nn.Module):
    def __init__(self, channels, s):
        super().__init__()
        self.norm, self.linear, self.tokens = nn.LayerNorm(channels), nn.Linear(channels, s["width"]), s["tokens"]

    def forward(self, x):
        return self.linear(self.norm(F.adaptive_avg_pool1d(x, self.tokens).transpose(1, 2)))


class TfcnBlock(nn.Module):
    def __init__(self, c, dilation):
        super().__init__()
        self.time = nn.Conv2d(c, c, (1, 3), dilation=(1, dilation), padding=(0, dilation))
        self.frequency = nn.Conv2d(c, c, (3, 1), padding=(1, 0))
        self.time_norm, self.frequency_norm = nn.GroupNorm(8, c), nn.GroupNorm(8, c)

    def forward(self, x):
        y = F.relu(self.time_norm(self.time(x)))
        return F.relu(x + self.frequency_norm(self.frequency(y)))


class Wifi(nn.Module):
    def __init__(self, b, s, channels, blocks):
        super().__init__()
        self.b = b
        self.stem = nn.Conv2d(b["links"], channels[0], (3, 7), stride=(1, 4), padding=(1, 3))
        self.norm = nn.GroupNorm(8, channels[0])
        stages, before = [], channels[0]
        for i, c in enumerate(channels):
            stages.append(nn.ModuleDict(dict(
                down=nn.Conv2d(before, c, 3, stride=2, padding=1), norm=nn.GroupNorm(8, c),
                blocks=nn.ModuleList(TfcnBlock(c, 2**i) for _ in range(blocks)))))
            before = c
        self.stages, self.projection = nn.ModuleList(stages), Projection(before, s)

    def forward(self, x):
        rows, times = self.b["shape"]
        x = x - x.mean(2, keepdim=True)
        x = x.reshape(len(x), self.b["links"], rows // self.b["links"], times)
        x = F.relu(self.norm(self.stem(x)))
        for stage in self.stages:
            x = F.relu(stage["norm"](stage["down"](x)))
            for block in stage["blocks"]:
                x = block(x)
        return self.projection(x.mean(2))


class TcnBlock(nn.Module):
    def __init__(self, before, c, dilation):
        super().__init__()
        self.reach = 2 * dilation
        self.first, self.second = nn.Conv1d(before, c, 3, dilation=dilation), nn.Conv1d(c, c, 3, dilation=dilation)
        self.first_norm, self.second_norm = ChannelNorm(c, 1e-5), ChannelNorm(c, 1e-5)
        if before != c:
            self.skip = nn.Conv1d(before, c, 1)

    def forward(self, x):
        y = F.relu(self.first_norm(self.first(F.pad(x, (self.reach, 0)))))
        y = F.relu(self.second_norm(self.second(F.pad(y, (self.reach, 0)))))
        return F.relu((self.skip(x) if hasattr(self, "skip") else x) + y)


class Rfid(nn.Module):
    def __init__(self, b, s, channels):
        super().__init__()
        blocks, before = [], 3 * b["shape"][0]
        for i, c in enumerate(channels):
            blocks.append(TcnBlock(before, c, 2**i))
            before = c
        self.blocks, self.projection = nn.ModuleList(blocks), Projection(before, s)

    def forward(self, x):
        velocity = torch.diff(x, prepend=x[..., :1])
        acceleration = torch.diff(velocity, prepend=velocity[..., :1])
        x = torch.cat([x - x[..., :1], velocity, acceleration], 1)
        for block in self.blocks:
            x = block(x)
        return self.projection(x)


class NextBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(c, c, 7, padding=3, groups=c), ChannelNorm(c, 1e-6)
        self.up, self.down = nn.Conv2d(c, 4 * c, 1), nn.Conv2d(4 * c, c, 1)
        self.scale = nn.Parameter(torch.full((c,), 1e-6))

    def forward(self, x):
        return x + self.scale.reshape(-1, 1, 1) * self.down(F.gelu(self.up(self.norm(self.depthwise(x)))))


class Radar(nn.Module):
    def __init__(self, b, s, channels, depths):
        super().__init__()
        self.b = b
        self.stem, self.stem_norm = nn.Conv2d(b["shapes"][0][0], channels[0], 4, stride=4), ChannelNorm(channels[0], 1e-6)
        stages, before = [], channels[0]
        for i, (c, depth) in enumerate(zip(channels, depths)):
            stage = dict(blocks=nn.ModuleList(NextBlock(c) for _ in range(depth)))
            if i:
                stage |= dict(norm=ChannelNorm(before, 1e-6), halve=nn.Conv2d(before, c, 2, stride=2))
            stages.append(nn.ModuleDict(stage))
            before = c
        self.stages, self.projection = nn.ModuleList(stages), Projection(before, s)

    @staticmethod
    def whole(x, n):
        """Zeros behind, up to a multiple of n."""
        return F.pad(x, (0, -x.shape[3] % n, 0, -x.shape[2] % n))

    def forward(self, views):
        maps = []
        for name, x in zip(self.b["views"], views):
            if name in self.b["background"]:
                x = x - x.mean(1, keepdim=True)
            maps.append(x / x.pow(2).mean((1, 2, 3), keepdim=True).sqrt())
        x = self.stem_norm(self.stem(self.whole(torch.cat(maps, 2), 4)))
        for stage in self.stages:
            if "halve" in stage:
                x = stage["halve"](self.whole(stage["norm"](x), 2))
            for block in stage["blocks"]:
                x = block(x)
        return self.projection(x.flatten(2))


class AttentionHead(nn.Module):
    def __init__(self, s):
        super().__init__()
        w = s["width"]
        self.s, self.norm = s, nn.LayerNorm(w)
        self.position = nn.Parameter(torch.zeros(len(KINDS), s["tokens"], w))
        self.layers = nn.ModuleList(nn.MultiheadAttention(w, s["heads"], batch_first=True) for _ in range(2))

    def forward(self, shown):
        placed = [self.norm(t) + (self.position[KINDS.index(k)] if len(shown) > 1 else 0) for k, t in shown.items()]
        x = torch.cat(placed, 1)
        for layer in self.layers:
            x = x + layer(x, x, x, need_weights=False)[0]
        return x.mean(1)


class GruHead(nn.Module):
    def __init__(self, s):
        super().__init__()
        w = s["width"]
        self.quality, self.score, self.units = nn.Linear(w, w), nn.Linear(w, 1), nn.GRU(w, w, batch_first=True)

    def forward(self, shown):
        tokens = torch.stack(list(shown.values()), 1)
        if len(shown) > 1:
            weights = torch.softmax(self.score(torch.tanh(self.quality(tokens.mean(2)))), 1)
            joined = (tokens * weights.unsqueeze(3)).sum(1)
        else:
            joined = tokens[:, 0]
        return self.units(joined)[1][0]


class CrossHead(nn.Module):
    def __init__(self, s):
        super().__init__()
        w = s["width"]
        self.heads, self.norm = s["heads"], nn.LayerNorm(w)
        self.query, self.key, self.value, self.output = (nn.Linear(w, w) for _ in range(4))

    def forward(self, shown):
        tokens = [self.norm(t) for t in shown.values()]
        split = lambda x: x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)
        out = []
        for i, own in enumerate(tokens):
            about = torch.cat([t for k, t in enumerate(tokens) if k != i] or [own], 1)
            mixed = F.scaled_dot_product_attention(split(self.query(own)), split(self.key(about)), split(self.value(about)))
            out.append(own + self.output(mixed.transpose(1, 2).flatten(2)))
        return torch.cat(out, 1).mean(1)


class RFusion(nn.Module):
    def __init__(self, branches, s, task, classes=None):
        super().__init__()
        (self.kind, self.task), = task.items()
        made = dict(
            wifi=lambda b: Wifi(b, s, b.get("channels") or s["wifi"], s.get("wifi_blocks", 1)),
            rfid=lambda b: Rfid(b, s, b.get("channels") or s["rfid"]),
            radar=lambda b: Radar(b, s, b.get("channels") or s["radar"], b.get("depths") or s["depths"]))
        self.encoders = nn.ModuleDict({k: made[k](b) for k, b in branches.items()})
        w = s["width"]
        if self.kind == "contrast":
            def mlp(to):
                return nn.ModuleDict(dict(up=nn.Linear(w, w), down=nn.Linear(w, to), norm=nn.LayerNorm(to)))
            self.contrast = nn.ModuleDict(dict(guider=mlp(w), arbiter=mlp(self.task["arbiter"])))
        else:
            way = dict(attention=AttentionHead, gru=GruHead, cross=CrossHead)[self.task["head"]]
            self.head = nn.ModuleDict({self.task["head"]: way(s), "classes": nn.ModuleDict(dict(
                hidden=nn.Linear(w, s["hidden"]), output=nn.Linear(s["hidden"], self.task["classes"])))})

    def logits(self, shown):
        classes = self.head["classes"]
        return classes["output"](F.gelu(classes["hidden"](self.head[self.task["head"]](shown))))


def cl(a, b, t):
    """Equation 10, sample by sample."""
    s = lambda i, j: F.cosine_similarity(a[i], b[j], 0) / t
    n = range(len(a))
    return [-torch.log(torch.exp(s(i, i)) / sum(torch.exp(s(i, j)) + torch.exp(s(j, i)) for j in n)) for i in n]


def over_pairs(x, k, t):
    """Equation 11; x[kind][sample], k[sample][kind]."""
    total, n, m = 0, len(x[0]), len(x)
    for first in range(m):
        for second in range(first + 1, m):
            there, back = cl(x[first], x[second], t), cl(x[second], x[first], t)
            total = total + sum(k[i][first] * there[i] + k[i][second] * back[i] for i in range(n))
    return total / (n * m)


def pretraining(model, x, case):
    c = case["losses"]
    t, n, m = c["temperature"], len(x[0]), len(x)
    half = [[0.5] * m] * n
    mlp = lambda part, v: model.contrast[part]["norm"](model.contrast[part]["down"](F.gelu(model.contrast[part]["up"](v))))
    gate = lambda v: torch.sigmoid(mlp("guider", v)) * v
    guided = over_pairs([gate(v) for v in x], half, t)
    base = over_pairs([v.detach() for v in x], half, t)
    # The guider's loss reaches the guider only.
    guider = torch.exp(base / over_pairs([gate(v.detach()) for v in x], half, t) * c["guider_temperature"])
    shares = [torch.softmax(mlp("arbiter", v), 1) for v in x]
    entropies = torch.stack([-(p * p.log()).sum(1) for p in shares], 1)
    ka = torch.exp(entropies) / torch.exp(entropies).sum(1, keepdim=True)
    low, high = c["arbiter_temperature"]
    rising = low + (high - low) * min(1, case["step"] / (c["arbiter_rise"] * case["steps"]))
    arbiter = over_pairs(shares, ka, t) * rising
    return dict(total=guided + guider + arbiter, guided=guided, base=base, guider=guider, arbiter=arbiter)


def make(name, case, here):
    torch.manual_seed(len(name))
    model = RFusion(BRANCHES, SIZES, case["task"])
    for p in model.parameters():
        nn.init.normal_(p, std=0.2) if p.dim() > 1 else nn.init.normal_(p, mean=0.3, std=0.3)
    n = case["samples"]
    views = {"amplitude": torch.randn(n, *BRANCHES["wifi"]["shape"]) + 2, "rfid_phase": torch.randn(n, *BRANCHES["rfid"]["shape"]).cumsum(2)}
    for view, shape in zip(BRANCHES["radar"]["views"], BRANCHES["radar"]["shapes"]):
        # In √W.
        views[view] = 1e-7 * (1 + torch.randn(n, *shape)).abs()
    inputs = dict(wifi=views["amplitude"], rfid=views["rfid_phase"], radar=[views[v] for v in BRANCHES["radar"]["views"]])
    tokens = {k: model.encoders[k](x) for k, x in inputs.items()}
    if model.kind == "contrast":
        x = [t.mean(1) for t in tokens.values()]
        losses, output = pretraining(model, x, case), torch.stack(x, 1)
    else:
        rows = []
        for i in range(n):
            shown = {k: t[i : i + 1] for k, t in tokens.items() if "present" not in case or case["present"][k][i]}
            rows.append(model.logits(shown)[0])
        output = torch.stack(rows)
        losses = dict(total=F.cross_entropy(output, torch.tensor(case["labels"]), label_smoothing=case["smoothing"]))
    losses["total"].backward()

    def kinecho_name(n):
        n = n.replace("in_proj_", "qkv.").replace("out_proj", "output")
        for end in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]:
            n = n.replace(f"units.{end}_l0", f"units.forward.{end}")
        return n

    def kinecho_array(n, a):
        return a.flatten(0, 1) if n.endswith("head.attention.position") else a

    file = {}
    for n, p in model.named_parameters():
        file[f"weights/{kinecho_name(n)}"] = kinecho_array(n, p.detach())
        if p.grad is not None:
            file[f"gradient/{kinecho_name(n)}"] = kinecho_array(n, p.grad)
    file |= {f"view/{k}": v for k, v in views.items()}
    file["output"] = output.detach()
    save_file({n: t.float().contiguous().clone() for n, t in file.items()}, here / f"{name}.safetensors")
    branches = {k: dict(b) for k, b in BRANCHES.items()}
    config = dict(**branches, **SIZES, task=case["task"])
    about = dict(torch=torch.__version__, **case, config=config, losses_found={k: v.item() for k, v in losses.items()},
                 parameters=sum(p.numel() for p in model.parameters()))
    (here / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n")


def published():
    """Millions of parameters of each set of branches at the published size."""
    branches = dict(wifi=dict(shape=[270, 1000], links=9), rfid=dict(shape=[23, 148]),
                    radar=dict(views=["time_range_doppler", "time_range_angle"], shapes=[[17, 128, 128]] * 2,
                               background=["time_range_angle"]))
    counts = {}
    for mask in range(1, 8):
        some = {k: b for i, (k, b) in enumerate(branches.items()) if mask >> i & 1}
        model = RFusion(some, PUBLISHED, dict(classify=dict(classes=55, head="attention")))
        counts[" + ".join(some)] = sum(p.numel() for p in model.parameters())
    return counts


def main():
    here = pathlib.Path(__file__).parent
    for name, case in CASES.items():
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            make(name, case, here)
    (here / "published.json").write_text(json.dumps(published(), indent=1) + "\n")


if __name__ == "__main__":
    main()
