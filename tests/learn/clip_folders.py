"""Lays the golden CLIP out as other programs do: hf (pytorch_model.bin in two files, vocab.json, merges.txt), and open_clip as
safetensors and, with the text side below `text.`, as a pickle.

    python clip_folders.py GOLDEN OUTPUT
"""

import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file

golden, out = map(pathlib.Path, sys.argv[1:])
weights = load_file(golden / "model.safetensors")
model = json.loads((golden / "tokenizer.json").read_text())["model"]
merges = [" ".join(m) if isinstance(m, list) else m for m in model["merges"]]
for folder in ["hf", "open_clip", "custom"]:
    (out / folder).mkdir(parents=True)
    (out / folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    (out / folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
shutil.copy(golden / "config.json", out / "hf")
names = sorted(weights)
for i, part in enumerate([names[:10], names[10:]]):
    torch.save({name: weights[name] for name in part}, out / "hf" / f"pytorch_model-0000{i + 1}-of-00002.bin")

tensors = {"token_embedding.weight": weights["text_model.embeddings.token_embedding.weight"],
           "positional_embedding": weights["text_model.embeddings.position_embedding.weight"],
           "text_projection": weights["text_projection.weight"].T.contiguous(), "visual.proj": torch.zeros(2)}
parts = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "attn.out_proj": "self_attn.out_proj", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
for kind in ["weight", "bias"]:
    tensors[f"ln_final.{kind}"] = weights[f"text_model.final_layer_norm.{kind}"]
    for i in range(2):
        here = f"text_model.encoder.layers.{i}."
        for there, part in parts.items():
            tensors[f"transformer.resblocks.{i}.{there}.{kind}"] = weights[f"{here}{part}.{kind}"]
        qkv = [weights[f"{here}self_attn.{x}_proj.{kind}"] for x in "qkv"]
        tensors[f"transformer.resblocks.{i}.attn.in_proj_{kind}"] = torch.cat(qkv)
config = {"model_cfg": {"embed_dim": 16, "quick_gelu": True,
                        "text_cfg": {"context_length": 20, "vocab_size": 572, "width": 24, "heads": 3, "layers": 2}}}
save_file(tensors, out / "open_clip" / "open_clip_model.safetensors")
below = {(name if name.startswith("visual") else f"text.{name}"): t for name, t in tensors.items()}
torch.save({"state_dict": below}, out / "custom" / "open_clip_pytorch_model.bin")
for folder in ["open_clip", "custom"]:
    (out / folder / "open_clip_config.json").write_text(json.dumps(config))
