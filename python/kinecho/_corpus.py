"""Corpora: samples of views with labels, for NumPy, PyTorch and pandas."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, overload

import numpy as np

from . import _native
from ._arrays import NamedArray
from ._native import Error
from ._recordings import Views

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample of a corpus."""

    id: int
    """Number in the corpus."""
    label: str
    """The activity's name in the vocabulary."""
    captions: dict[str, str] | None
    """Five sentences on it: general, torso, arms, legs, location; ``None`` where the label cannot be put into words."""
    views: Views
    """What models take."""
    extras: dict[str, NamedArray]
    """What is kept beside: ``cube``, ``iq``, ``points``, ``csi``, ``rfid``."""
    meta: dict[str, Any]
    """Where it comes from: split, subject, session, source, recording, seed, start_s, duration_s, and all that was drawn (details)."""


class Corpus(Sequence):
    """A finished corpus on disk, made by ``kinecho corpus build``, ``kinecho import`` or :func:`kinecho.build`.

    ``len(corpus)``, ``corpus[3]`` and iterating give :class:`Sample`; slices and :meth:`filter` give parts of it, which share its files. Samples
    are read when they are asked for. It can be pickled, and read from any number of threads and processes.

    :raises Error: a folder that is none, or holds a corpus in the making.
    """

    def __init__(self, dir: str | os.PathLike[str]):
        self.dir = Path(dir)
        """The folder."""
        self._native = _native.NativeCorpus(os.fspath(dir))
        self._all: list[dict[str, Any]] = json.loads(self._native.rows())
        self._chosen: list[int] = list(range(len(self._all)))

    def _part(self, chosen: Sequence[int]) -> Corpus:
        part = object.__new__(type(self))
        part.dir, part._native, part._all, part._chosen = self.dir, self._native, self._all, list(chosen)
        return part

    def __reduce__(self) -> Any:
        return _again, (str(self.dir), None if len(self._chosen) == len(self._all) else self._chosen)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of ``samples.csv``: id, split, label, subject, source, recording, session, seed, start_s, duration_s, and where the bytes are."""
        return [self._all[i] for i in self._chosen]

    @property
    def labels(self) -> list[str]:
        """The labels that occur in the whole corpus, in order of the alphabet: what :meth:`as_torch` counts classes by."""
        return sorted({row["label"] for row in self._all})

    @property
    def splits(self) -> dict[str, int]:
        """Number of samples by split."""
        return dict(Counter(row["split"] for row in self.rows))

    @property
    def chain(self) -> str | None:
        """How the views were made, as YAML that :func:`kinecho.chain` takes; ``None`` of corpora that do not say so."""
        about = self._native.input()
        return None if about is None else json.loads(about)["chain"]

    @property
    def main_views(self) -> list[str]:
        """The views that models take which are told of no others."""
        return self._native.main_views()

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Corpus: ...
    def __getitem__(self, index: Union[int, slice]) -> Union[Sample, Corpus]:
        if isinstance(index, slice):
            return self._part(self._chosen[index])
        return self._sample(self._all[self._place(index)]["id"])

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    def _place(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        return self._chosen[index]

    def _sample(self, id: int) -> Sample:
        about, views, extras = self._native.read(id, True)
        about_all = json.loads(about)
        named = Views((name, NamedArray._of(name, *view)) for name, view in views)
        beside = {name: NamedArray._of(name, *array, kind=_kind(name)) for name, array in extras}
        targets = about_all["targets"]
        return Sample(id, targets["label"], targets.get("captions"), named, beside, about_all["meta"])

    def filter(self, where: Callable[[Mapping[str, Any]], bool] | None = None, **values: Any) -> Corpus:
        """A part: samples whose line has these values, ``filter(split="train", label=["squat", "kick"])``, and of which ``where(line)`` is true.

        :raises Error: a column that lines do not have, or values that none has, with those that there are.
        """
        chosen = self._chosen
        for key, wanted in values.items():
            if self._all and key not in self._all[0]:
                raise Error(f"lines of {self.dir} have no `{key}`; they have {', '.join(self._all[0])}")
            several = {wanted} if isinstance(wanted, (str, int, float)) else set(wanted)
            there = {row[key] for row in self._all}
            if missing := sorted(map(str, several - there)):
                known = ", ".join(sorted(map(str, there))[:60])
                raise Error(f"{self.dir} has no {key} `{'`, `'.join(missing)}`; it has {known}")
            chosen = [i for i in chosen if self._all[i][key] in several]
        if where is not None:
            chosen = [i for i in chosen if where(self._all[i])]
        return self._part(chosen)

    def arrays(self, views: Sequence[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """All samples in memory: views on top of each other ``[sample, view, row, column]`` float32, and places in :attr:`labels` ``[sample]``
        int64. ``views`` are of one size; by default :attr:`main_views`."""
        names = self._names(views)
        stacked = [np.stack(self._views(i, names)) for i in self._chosen]
        data = np.stack(stacked) if stacked else np.empty((0, len(names), 0, 0), np.float32)
        places = {label: i for i, label in enumerate(self.labels)}
        return data, np.array([places[self._all[i]["label"]] for i in self._chosen], np.int64)

    def as_torch(
        self,
        views: Sequence[str] | None = None,
        *,
        split: str | None = None,
        transform: Callable[[Any], Any] | None = None,
        text: bool = False,
    ) -> Any:
        """A map-style ``torch.utils.data.Dataset`` of ``(maps, label)``: for any ``DataLoader``, with workers and shuffling.

        ``maps`` is ``[view, row, column]`` float32 where views are of one size, otherwise a dict of tensors by name; ``label`` is the place in
        :attr:`labels`, so that it means the same in all splits. Needs torch.

        :param views: which; by default :attr:`main_views`.
        :param split: of this split alone.
        :param transform: what becomes of ``maps``.
        :param text: whether a third item is the general sentence of the label.
        """
        from ._torch import TorchCorpus

        return TorchCorpus(self if split is None else self.filter(split=split), self._names(views), transform, text)

    def to_dataframe(self) -> pandas.DataFrame:
        """The lines of ``samples.csv`` as a pandas table. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.rows)

    def _names(self, views: Sequence[str] | None) -> list[str]:
        return [views] if isinstance(views, str) else list(views) if views is not None else self.main_views

    def _views(self, place: int, names: list[str]) -> list[np.ndarray]:
        id = self._all[place]["id"]
        views: list[np.ndarray] = []
        for name, view in zip(names, self._native.views(id, names)):
            if view is None:
                raise Error(f"{self.dir}: sample {id} has no view `{name}`; it has {', '.join(self._sample(id).views)}")
            views.append(view)
        return views

    def __repr__(self) -> str:
        splits = ", ".join(f"{count} {split}" for split, count in self.splits.items())
        return f"<Corpus {self.dir}: {len(self)} samples of {len({row['label'] for row in self.rows})} labels ({splits})>"


def _again(dir: str, chosen: list[int] | None) -> Corpus:
    corpus = Corpus(dir)
    return corpus if chosen is None else corpus._part(chosen)


def _kind(name: str) -> str | None:
    return name if name in ("cube", "iq", "points", "csi", "rfid") else None
