"""Corpora as PyTorch takes them. Imported where it is asked for: torch is no dependency."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import Dataset

if TYPE_CHECKING:
    from ._corpus import Corpus


class TorchCorpus(Dataset):
    """What :meth:`kinecho.Corpus.as_torch` gives."""

    def __init__(self, corpus: Corpus, views: list[str], transform: Callable[[Any], Any] | None, text: bool):
        self.corpus = corpus
        self.views = views
        self.transform = transform
        self.text = text
        self.labels = corpus.labels
        """What the numbers of labels stand for."""
        self._places = {label: i for i, label in enumerate(self.labels)}

    def __len__(self) -> int:
        return len(self.corpus)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        place = self.corpus._place(int(index))
        maps = self.corpus._views(place, self.views)
        if all(view.shape == maps[0].shape for view in maps):
            given: Any = torch.from_numpy(maps[0][None] if len(maps) == 1 else np.stack(maps))
        else:
            given = {name: torch.from_numpy(view) for name, view in zip(self.views, maps)}
        if self.transform is not None:
            given = self.transform(given)
        row = self.corpus._all[place]
        item = (given, self._places[row["label"]])
        if not self.text:
            return item
        from ._study import sentences

        return (*item, sentences(row["label"])["general"])
