#!/usr/bin/env python3
"""Makes a CLIP folder that kinecho reads (config.json, tokenizer.json, model.safetensors) of one that it does not.

    pip install torch transformers safetensors
    python3 examples/clip_folder.py FOLDER NEW_FOLDER

FOLDER is one of `transformers` (pytorch_model.bin or safetensors; vocab.json and merges.txt) or of open_clip
(open_clip_config.json with open_clip_model.safetensors or open_clip_pytorch_model.bin). Only the text side is kept.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizerFast

source, target = map(pathlib.Path, sys.argv[1:])
kinds = ["open_clip_model.safetensors", "open_clip_pytorch_model.bin", "model*.safetensors", "pytorch_model*.bin"]
files = next(filter(None, (sorted(source.glob(kind)) for kind in kinds)))
tensors = {}
for file in files:
    part = torch.load(file, map_location="cpu", weights_only=True) if file.suffix == ".bin" else load_file(file)
    tensors |= part.get("state_dict", part)

if files[0].name.startswith("open_clip"):
    model = json.loads((source / "open_clip_config.json").read_text())["model_cfg"]
    text = model["text_cfg"]
    if "hf_model_name" in text or text.get("pool_type", "argmax") != "argmax":
        sys.exit("the text side is no transformer of CLIP's own")
    text_side = "text." if "text.token_embedding.weight" in tensors else ""
    tensors = {name.removeprefix(text_side): t for name, t in tensors.items() if name.startswith(text_side)}
    hidden = tensors["transformer.resblocks.0.mlp.c_fc.weight"].shape[0]
    config = {"model_type": "clip", "projection_dim": model["embed_dim"], "text_config": {
        "vocab_size": text["vocab_size"], "hidden_size": text["width"], "intermediate_size": hidden,
        "num_hidden_layers": text["layers"], "num_attention_heads": text["heads"],
        "max_position_embeddings": text["context_length"],
        "hidden_act": "quick_gelu" if model.get("quick_gelu") else "gelu"}}
    ours = {"text_model.embeddings.token_embedding.weight": tensors["token_embedding.weight"],
            "text_model.embeddings.position_embedding.weight": tensors["positional_embedding"],
            "text_projection.weight": tensors["text_projection"].T}
    parts = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "attn.out_proj": "self_attn.out_proj", "mlp.c_fc": "mlp.fc1",
             "mlp.c_proj": "mlp.fc2"}
    for kind in ["weight", "bias"]:
        ours[f"text_model.final_layer_norm.{kind}"] = tensors[f"ln_final.{kind}"]
        for i in range(text["layers"]):
            there, here = f"transformer.resblocks.{i}.", f"text_model.encoder.layers.{i}."
            for name, part in parts.items():
                ours[f"{here}{part}.{kind}"] = tensors[f"{there}{name}.{kind}"]
            for name, part in zip("qkv", tensors[f"{there}attn.in_proj_{kind}"].chunk(3)):
                ours[f"{here}self_attn.{name}_proj.{kind}"] = part
else:
    config = json.loads((source / "config.json").read_text())
    ours = {name: t for name, t in tensors.items() if name.startswith(("text_model.", "text_projection."))
            and not name.endswith("position_ids")}

tokenizer = CLIPTokenizerFast.from_pretrained(source)
(config.get("text_config_dict") or config["text_config"])["eos_token_id"] = tokenizer.eos_token_id
target.mkdir(parents=True, exist_ok=True)
tokenizer.save_pretrained(target)
save_file({name: t.float().contiguous() for name, t in ours.items()}, target / "model.safetensors")
(target / "config.json").write_text(json.dumps(config, indent=2) + "\n")
print(target, len(ours), "tensors")
