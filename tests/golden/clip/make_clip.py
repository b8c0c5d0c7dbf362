"""A tiny random CLIP in the layout of openai/clip-vit-base-patch32, made with the PyPI package `transformers`.

    pip install torch transformers safetensors
    python make_clip.py

Writes config.json, tokenizer.json and model.safetensors beside this script, as `save_pretrained` lays them out (the vision tower
included, which kinecho passes over), and golden.json with token ids and text embeddings. Real weights load through the same code.
"""

import json
import pathlib
import tempfile

import torch
from transformers import CLIPConfig, CLIPModel, CLIPTokenizerFast

HERE = pathlib.Path(__file__).parent
TEXTS = [
    "a person waves with one hand",
    "A person LIFTS a phone to one ear, talks for a while; and lowers it again.",
    "Both legs stand straight and still with the feet fixed on the floor.",
    "it's 42 °C, café naïve — ok?",
    "walk",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
]
WORDS = "a person waves with one hand walk legs stand straight still the feet floor both and arms phone ear".split()


def tokenizer(folder):
    """Bytes, bytes at the end of a word, and merges that build WORDS from left to right."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    chars = list(bytes_to_unicode().values())
    vocabulary, merges = chars + [c + "</w>" for c in chars], []
    for word in WORDS:
        pieces = list(word[:-1]) + [word[-1] + "</w>"]
        while len(pieces) > 1:
            pair = (pieces[0], pieces[1])
            if pair not in merges:
                merges.append(pair)
                vocabulary.append("".join(pair))
            pieces = ["".join(pair)] + pieces[2:]
    vocabulary = list(dict.fromkeys(vocabulary)) + ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")
    return CLIPTokenizerFast.from_pretrained(folder), len(vocabulary)


def main():
    torch.manual_seed(11)
    with tempfile.TemporaryDirectory() as folder:
        tok, size = tokenizer(pathlib.Path(folder))
        saved = pathlib.Path(folder) / "saved"
        tok.save_pretrained(saved)
        (HERE / "tokenizer.json").write_bytes((saved / "tokenizer.json").read_bytes())
    text = dict(vocab_size=size, hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=3,
                max_position_embeddings=20, projection_dim=16, bos_token_id=size - 2, eos_token_id=size - 1,
                pad_token_id=size - 1, hidden_act="quick_gelu")
    vision = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, image_size=8, patch_size=8,
                  projection_dim=16)
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)).eval()
    for name, p in model.named_parameters():
        if p.dim() > 0:  # larger than the usual start values, so that every part matters
            base = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            p.data = base + 0.3 * torch.randn(p.shape)
    model.save_pretrained(HERE, safe_serialization=True)
    (HERE / "generation_config.json").unlink(missing_ok=True)
    golden = []
    for one in TEXTS:
        batch = tok(one, truncation=True, max_length=20, return_tensors="pt")
        with torch.no_grad():
            features = model.get_text_features(**batch)
            features = getattr(features, "pooler_output", features)
        golden.append({"text": one, "ids": batch["input_ids"][0].tolist(), "embedding": features[0].tolist()})
    (HERE / "golden.json").write_text(json.dumps(golden) + "\n")
    print(golden[0])


if __name__ == "__main__":
    main()
