"""A PyTorch twin of kinecho's mmCLIP, written from PyTorch's own layers: makes the golden file of tests/learn/twin.rs.

    pip install torch safetensors numpy
    python make_mmclip.py                    # mmclip.safetensors and mmclip.json beside this script (tiny size)
    python make_mmclip.py --published DIR    # the published size with the 512-wide text side, 0.3 GB
    KINECHO_TWIN=DIR cargo test --release --test learn published_twin -- --ignored

The tiny file holds random weights (names and layouts of kinecho's checkpoints), inputs, embeddings, the five losses and the
gradients of two of them. Convolutions stand for patches, nn.TransformerEncoderLayer for blocks, torch.nn.functional for losses.
"""

import argparse
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

TINY = dict(
    maps=["time_doppler", "time_range"], rows=6, columns=8, patch_columns=2, map_width=8, map_heads=2, map_depth=2,
    fusion_heads=4, fusion_depth=2, mlp_ratio=2, attributes=["general", "arms", "legs"], text_width=12, text_heads=3,
    temperature=0.07,
)
PUBLISHED = dict(
    maps=["time_doppler", "time_range", "time_angle"], rows=224, columns=224, patch_columns=4, map_width=128, map_heads=4,
    map_depth=2, fusion_heads=8, fusion_depth=6, mlp_ratio=4, attributes=["general", "torso", "arms", "legs", "location"],
    text_width=512, text_heads=4, temperature=0.07,
)


def block(width, heads, ratio):
    return nn.TransformerEncoderLayer(
        width, heads, ratio * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)


class MapEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.patch = nn.Conv2d(1, c["map_width"], (c["rows"], c["patch_columns"]), stride=(c["rows"], c["patch_columns"]))
        self.position = nn.Parameter(torch.zeros(c["columns"] // c["patch_columns"], c["map_width"]))
        self.blocks = nn.ModuleList(block(c["map_width"], c["map_heads"], c["mlp_ratio"]) for _ in range(c["map_depth"]))
        self.norm = nn.LayerNorm(c["map_width"])

    def forward(self, x):
        x = self.patch(x.unsqueeze(1)).squeeze(2).transpose(1, 2) + self.position
        for b in self.blocks:
            x = b(x)
        return self.norm(x)


class Aggregation(nn.Module):
    def __init__(self, inputs, width, heads, ratio):
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, width))
        self.position = nn.Parameter(torch.zeros(1 + inputs, width))
        self.block = block(width, heads, ratio)
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        x = torch.cat([self.class_token.expand(len(x), 1, -1), x], 1) + self.position
        return self.norm(self.block(x)[:, 0])


class Signal(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, count = len(c["maps"]) * c["map_width"], len(c["attributes"])
        self.maps = nn.ModuleList(MapEncoder(c) for _ in c["maps"])
        self.tokens = nn.Parameter(torch.zeros(count, width))
        self.position = nn.Parameter(torch.zeros(c["columns"] // c["patch_columns"], width))
        self.fusion = nn.ModuleList(block(width, c["fusion_heads"], c["mlp_ratio"]) for _ in range(c["fusion_depth"]))
        self.norm = nn.LayerNorm(width)
        self.attribute_head = nn.Linear(width, c["text_width"])
        self.aggregation = Aggregation(count, width, c["fusion_heads"], c["mlp_ratio"])
        self.class_head = nn.Linear(width, c["text_width"])

    def forward(self, maps):
        x = torch.cat([encoder(maps[:, i]) for i, encoder in enumerate(self.maps)], 2) + self.position
        x = torch.cat([self.tokens.expand(len(x), -1, -1), x], 1)
        for b in self.fusion:
            x = b(x)
        x = self.norm(x[:, : len(self.tokens)])
        return self.attribute_head(x), self.class_head(self.aggregation(x))


class MmClip(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.signal = Signal(c)
        text = Aggregation(len(c["attributes"]), c["text_width"], c["text_heads"], c["mlp_ratio"])
        self.text = nn.ModuleDict({"aggregation": text})
        self.log_scale = nn.Parameter(torch.tensor([1.0 / c["temperature"]]).log())


RENAME = [
    ("self_attn.in_proj_", "attention.qkv."), ("self_attn.out_proj", "attention.output"), ("linear1", "mlp.up"),
    ("linear2", "mlp.down"), ("norm1", "norm_attention"), ("norm2", "norm_mlp"),
]


def named(tensors):
    out = {}
    for name, tensor in tensors:
        for old, new in RENAME:
            name = name.replace(old, new)
        out[name] = (tensor.flatten(1) if tensor.dim() == 4 else tensor).detach().clone().contiguous()
    return out


def loss_of(kind, signal, table, labels, groups, scale):
    own = table[labels]
    match = (groups[labels][:, None] == groups[labels][None]).float()
    unit = lambda x: F.normalize(x, dim=1)
    logits = scale * unit(signal) @ unit(own).T
    if kind == "symmetric_cross_entropy":
        target = torch.arange(len(labels))
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    if kind == "label_match_kl":
        p = match / match.sum(1, keepdim=True)
        kl = lambda z: F.kl_div(F.log_softmax(z, 1), p, reduction="batchmean")
        return (kl(logits) + kl(logits.T)) / 2
    if kind == "class_cross_entropy":
        p = (groups[labels][:, None] == groups[None]).float()
        z = scale * unit(signal) @ unit(table).T
        return F.kl_div(F.log_softmax(z, 1), p / p.sum(1, keepdim=True), reduction="batchmean")
    if kind == "cosine":
        return (1 - F.cosine_similarity(signal, own.detach())).mean()
    if kind == "mse":
        return F.mse_loss(signal, own.detach())
    raise ValueError(kind)


KINDS = ["symmetric_cross_entropy", "label_match_kl", "class_cross_entropy", "cosine", "mse"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--published", type=pathlib.Path)
    args = parser.parse_args()
    c, folder = (PUBLISHED, args.published) if args.published else (TINY, pathlib.Path(__file__).parent)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    torch.set_default_dtype(torch.float64)  # the figures are the equations', not one library's rounding
    model = MmClip(c)
    for name, p in model.named_parameters():
        if name != "log_scale":
            spread = 0.3 if args.published is None else 0.05
            base = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            p.data = (base + spread * torch.randn(p.shape)).float().double()
        else:
            p.data = p.data.float().double()
    samples, classes = 6, 4
    maps = torch.tanh(torch.randn(samples, len(c["maps"]), c["rows"], c["columns"])).float().double()
    table = F.normalize(torch.randn(classes, len(c["attributes"]), c["text_width"]), dim=2).float().double()
    labels, groups = torch.tensor([0, 1, 2, 3, 1, 0]), torch.tensor([0, 1, 2, 2])
    out = {"maps": maps, "table": table}
    out |= {f"weights/{n}": t for n, t in named(model.named_parameters()).items()}
    attributes, signal_class = model.signal(maps)
    text_class = model.text["aggregation"](table)
    out |= {"signal/attributes": attributes.detach(), "signal/class": signal_class.detach(), "text/class": text_class.detach()}
    losses = {}
    for kind in KINDS:
        model.zero_grad()
        attributes, signal_class = model.signal(maps)
        text_class = model.text["aggregation"](table)
        scale = model.log_scale.exp()
        parts = [loss_of(kind, attributes[:, k], table[:, k], labels, groups, scale) for k in range(len(c["attributes"]))]
        own = loss_of(kind, signal_class, text_class, labels, groups, scale)
        total = torch.stack(parts).mean() + own
        total.backward()
        losses[kind] = {"total": total.item(), "class": own.item(), "attributes": [p.item() for p in parts]}
        if kind in KINDS[:2]:
            grads = [(n, p.grad) for n, p in model.named_parameters() if p.grad is not None]
            out |= {f"gradient/{kind}/{n}": t for n, t in named(grads).items()}
    save_file({n: t.float().contiguous() for n, t in out.items()}, folder / "mmclip.safetensors")
    about = {"torch": torch.__version__.split("+")[0], "config": c, "labels": labels.tolist(), "groups": groups.tolist(),
             "losses": losses, "parameters": sum(p.numel() for p in model.parameters())}
    (folder / "mmclip.json").write_text(json.dumps(about, indent=1) + "\n")
    print(folder, about["parameters"], "parameters")


if __name__ == "__main__":
    main()
