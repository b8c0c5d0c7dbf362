"""Reads an adapter of kinecho with the PyPI package `peft`, and writes one back. Called by tests/learn/peft.rs.

    peft_check.py BASE.safetensors ADAPTER_DIR MERGED.safetensors NEW_ADAPTER_DIR NEW_MERGED.safetensors
"""

import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn


class Part(nn.Module):
    """A tree of linear layers under the names of the file; what it computes does not matter here."""

    def forward(self, x):
        return x


def tree(tensors):
    root = Part()
    for name in sorted(tensors):
        if not name.endswith(".weight") or tensors[name].dim() != 2:
            continue
        *path, _ = name.split(".")
        part = root
        for key in path[:-1]:
            if key not in dict(part.named_children()):
                part.add_module(key, Part())
            part = getattr(part, key)
        outputs, inputs = tensors[name].shape
        layer = nn.Linear(inputs, outputs, bias=False)
        layer.weight.data = tensors[name].clone()
        part.add_module(path[-1], layer)
    return root


def save_merged(model, path):
    merged = model.merge_and_unload()
    save_file({name: p.detach().contiguous() for name, p in merged.named_parameters()}, path)


def main():
    base, adapter, merged, new_adapter, new_merged = sys.argv[1:]
    tensors = load_file(base)
    loaded = PeftModel.from_pretrained(tree(tensors), adapter)
    save_merged(loaded, merged)
    torch.manual_seed(3)
    fresh = get_peft_model(tree(tensors), LoraConfig(r=2, lora_alpha=5, lora_dropout=0.05, target_modules=["qkv", "mlp.up"]))
    for name, p in fresh.named_parameters():
        if "lora_B" in name:
            p.data = 0.1 * torch.randn(p.shape)
    fresh.save_pretrained(new_adapter)
    save_merged(fresh, new_merged)


if __name__ == "__main__":
    main()
