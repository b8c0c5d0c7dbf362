"""Executes the notebooks and says how long each takes.

    python3 execute.py [NAME ...] [--output DIR] [--limit SECONDS]

Fails where a cell does, or where a notebook takes longer than the limit. --output keeps them with what they print and draw. Needs nbclient,
ipykernel and matplotlib; notebooks that need torch are left out where it is not installed, which is said.
"""

import argparse
import importlib.util
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--limit", type=float, default=600.0)
    args = parser.parse_args()
    here, late = Path(__file__).parent, []
    for path in sorted(here.glob("*.ipynb")):
        if args.names and not any(name in path.name for name in args.names):
            continue
        book = nbformat.read(path, as_version=4)
        if "import torch" in str(book.cells) and importlib.util.find_spec("torch") is None:
            print(f"{path.name}: left out, torch is not installed")
            continue
        since = time.monotonic()
        NotebookClient(book, timeout=args.limit).execute()
        seconds = time.monotonic() - since
        print(f"{path.name}: {seconds:.1f} s", flush=True)
        late += [path.name] if seconds > args.limit else []
        if args.output is not None:
            args.output.mkdir(parents=True, exist_ok=True)
            nbformat.write(book, args.output / path.name)
    if late:
        sys.exit(f"longer than {args.limit:.0f} s: {', '.join(late)}")


if __name__ == "__main__":
    main()
