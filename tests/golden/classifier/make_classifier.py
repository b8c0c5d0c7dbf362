"""A PyTorch twin of kinecho's convolutional classifier: makes the golden file of tests/learn/classifier.rs.

    pip install torch safetensors numpy
    python make_classifier.py                # classifier.safetensors and classifier.json beside this script

The file holds random weights (names and layouts of kinecho's checkpoints), three views of which some samples lack one or two,
logits, and the gradients of the cross-entropy with label smoothing. nn.Conv1d, nn.Conv2d and nn.GroupNorm stand for the stages,
torch.nn.functional.cross_entropy for the loss.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

# As kinecho sorts them: by name.
CONFIG = dict(
    views=[
        dict(name="power", shape=[13]),
        dict(name="time_doppler", shape=[8, 10], channels=[6, 4]),
        dict(name="time_range", shape=[5, 7]),
    ],
    channels=[4, 8, 8], kernel=3, groups=2, width=6, classes=4,
)
PRESENT = dict(power=[1, 0, 1, 0, 1], time_doppler=[1, 1, 0, 0, 1], time_range=[1, 1, 1, 1, 0])
LABELS = [0, 3, 1, 2, 3]
SMOOTHING = 0.1


class Branch(nn.Module):
    def __init__(self, view):
        super().__init__()
        c = CONFIG
        conv = nn.Conv1d if len(view["shape"]) == 1 else nn.Conv2d
        channels = view.get("channels", c["channels"])
        inputs = [1] + channels[:-1]
        self.convs = nn.ModuleList(
            conv(i, o, c["kernel"], stride=2, padding=c["kernel"] // 2) for i, o in zip(inputs, channels))
        self.norms = nn.ModuleList(nn.GroupNorm(c["groups"], o) for o in channels)
        self.head = nn.Linear(channels[-1], c["width"])

    def forward(self, x):
        x = x.unsqueeze(1)
        for conv, norm in zip(self.convs, self.norms):
            x = torch.relu(norm(conv(x)))
        return self.head(x.flatten(2).mean(2))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList(Branch(view) for view in CONFIG["views"])
        self.head = nn.Linear(CONFIG["width"], CONFIG["classes"])

    def forward(self, views):
        rows = []
        # One sample after the other, through the views that it has and no others.
        for i in range(len(LABELS)):
            there = [
                branch(views[view["name"]][i : i + 1])
                for branch, view in zip(self.branches, CONFIG["views"]) if PRESENT[view["name"]][i]
            ]
            rows.append(torch.stack(there).mean(0))
        return self.head(torch.cat(rows))


def kinecho_name(name):
    return name.replace(".convs.", ".stages.").replace(".norms.", ".stages.") if "head" not in name else name


def named(model, value):
    out = {}
    for name, p in model.named_parameters():
        kind = "conv" if ".convs." in name else "norm" if ".norms." in name else None
        tensor = value(p)
        if kind:
            stem, last = name.rsplit(".", 1)
            name = f"{kinecho_name(stem + '.')}{kind}.{last}"
            if kind == "conv" and tensor.dim() == 3:
                tensor = tensor.unsqueeze(2)  # one row
        out[name] = tensor
    return out


def main():
    torch.manual_seed(5)
    model = Classifier()
    for p in model.parameters():
        nn.init.normal_(p, std=0.5) if p.dim() > 1 else nn.init.normal_(p, mean=0.3, std=0.3)
    views = {v["name"]: torch.randn(len(LABELS), *v["shape"]) for v in CONFIG["views"]}
    logits = model(views)
    loss = F.cross_entropy(logits, torch.tensor(LABELS), label_smoothing=SMOOTHING)
    loss.backward()
    out = {f"weights/{n}": t for n, t in named(model, lambda p: p.detach()).items()}
    out |= {f"gradient/{n}": t for n, t in named(model, lambda p: p.grad).items()}
    out |= {f"views/{n}": t for n, t in views.items()} | {"logits": logits.detach()}
    here = pathlib.Path(__file__).parent
    save_file({n: t.float().contiguous() for n, t in out.items()}, here / "classifier.safetensors")
    about = dict(torch=torch.__version__, config=CONFIG, present=PRESENT, labels=LABELS, smoothing=SMOOTHING, loss=loss.item(),
                 parameters=sum(p.numel() for p in model.parameters()))
    (here / "classifier.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
