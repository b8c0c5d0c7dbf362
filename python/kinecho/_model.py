"""Checkpoints: signals and words in one space."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _native
from ._arrays import NamedArray
from ._corpus import Corpus, Sample
from ._native import Error
from ._recordings import Views, _views_of
from ._recordings import chain as apply_chain


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Vectors of recordings or of labels; both sides have the same form.

    ``np.asarray(embeddings)`` are unit vectors ``[item, width]`` whose products are the scores of recognition, cosines between −1 and 1::

        scores = np.asarray(model.encode(views)) @ np.asarray(model.encode_text(labels)).T
    """

    class_embedding: np.ndarray
    """``[item, width]`` float32, of the whole."""
    attributes: np.ndarray
    """``[item, attribute, width]`` float32; no attributes: an empty axis."""
    names: tuple[str, ...] = ()
    """The labels, where it is of labels."""

    def vectors(self, class_share: float = 0.0) -> np.ndarray:
        """Unit vectors ``[item, width]`` float64: embeddings side by side, each of unit length, weighted so that products are
        ``class_share`` times the cosine of the class embeddings and, for the rest, the mean cosine over the attributes."""
        if not 0.0 <= class_share <= 1.0:
            raise Error(f"class_share: {class_share}; expected 0 to 1")
        count = self.attributes.shape[1]
        if count == 0 and class_share == 0.0:
            raise Error("class_share: 0 compares nothing: this model has no attributes; expected above 0")
        parts = [_unit(self.class_embedding) * np.sqrt(class_share)]
        parts += [_unit(self.attributes[:, k]) * np.sqrt((1.0 - class_share) / count) for k in range(count)]
        return np.concatenate(parts, axis=1)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.vectors().astype(np.float64 if dtype is None else dtype)

    def __len__(self) -> int:
        return len(self.class_embedding)

    def __getitem__(self, index: slice | np.ndarray | list[int]) -> Embeddings:
        return Embeddings(self.class_embedding[index], self.attributes[index])

    @property
    def _native(self) -> tuple[np.ndarray, np.ndarray]:
        return np.ascontiguousarray(self.class_embedding), np.ascontiguousarray(self.attributes)


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.astype(np.float64)
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0)


class Model:
    """A checkpoint of a model that compares maps with sentences. :func:`load` reads one."""

    def __init__(self, dir: str | os.PathLike[str]):
        self._native = _native.NativeModel(os.fspath(dir))
        about = json.loads(self._native.about())
        self.views: list[str] = about["maps"]
        """Names of the views that it takes, in its order."""
        self.size: tuple[int, int] = (about["rows"], about["columns"])
        """Rows and columns of each."""
        self.scale: float = about["scale"]
        """What scores are multiplied by before they are made probabilities, 1/τ."""
        self.classes: list[str] = about["classes"]
        """Labels that it was trained with."""
        self.seen: list[str] = about["seen"]
        """Labels of the samples that it has learnt from."""
        made = about["input"] or {}
        self.chain: str | None = made.get("chain")
        """How its views are made, as YAML that :func:`kinecho.chain` takes; ``None`` where the checkpoint does not say so."""
        self.window_s: float | None = made.get("duration_s")
        """Length of a window, s."""

    def windows(self, signal: NamedArray, hop_s: float = 1.0) -> list[Views]:
        """Views of a recording as the model was trained on, one window every ``hop_s`` s; refuses recordings whose views have other axes."""
        if self.chain is None or self.window_s is None:
            raise Error("the checkpoint does not say how its maps were made: make views with kinecho.chain(signal, ...) and give those")
        made = apply_chain(signal, self.chain, window_s=self.window_s, hop_s=hop_s)
        if not made:
            length = "unknown" if signal.duration_s is None else f"{signal.duration_s:.2f}"
            raise Error(f"the recording lasts {length} s, a window of the checkpoint {self.window_s} s")
        return made

    def encode(self, views: Any) -> Embeddings:
        """Embed views.

        :param views: a dict of views by name (:class:`Views`, of one sample), a :class:`Sample`, a list of these, a :class:`Corpus`, or an array
            ``[sample, view, row, column]`` float32 with the views in the order of :attr:`views`. Axes of named views are held against those of
            training.
        """
        return Embeddings(*self._native.maps(self._maps(views)))

    def encode_text(self, labels: str | Sequence[str]) -> Embeddings:
        """Embed labels: of the vocabulary (``squat``), or any others (``"wave both arms"``), whose sentences are then written by rule."""
        labels = [labels] if isinstance(labels, str) else list(labels)
        embeddings, _ = self._native.labels(labels)
        return Embeddings(*embeddings, tuple(labels))

    def zero_shot(self, views: Any, labels: Sequence[str], *, class_share: float = 0.0) -> np.ndarray:
        """Probability of each label for each sample, ``[sample, label]`` float64: the softmax of scores over the model's temperature.

        :param views: as :meth:`encode` takes them, or embeddings that it has made.
        :param labels: what may be done, in any words; two or more.
        :param class_share: share of the class embedding in the score, 0 to 1; it has only met the labels of training.
        """
        labels = list(labels)
        if len(labels) < 2:
            raise Error(f"labels: {len(labels)} to choose from, expected at least two")
        text = self.encode_text(labels)
        scores = self._native.scores(self._embedded(views)._native, text._native, class_share)
        weights = np.exp(self.scale * (scores - scores.max(axis=1, keepdims=True)))
        return weights / weights.sum(axis=1, keepdims=True)

    def few_shot(
        self,
        views: Any,
        examples: Any,
        example_labels: Sequence[str],
        *,
        head: str = "regression",
        class_share: float = 1.0,
        text_share: float = 0.0,
    ) -> tuple[list[str], np.ndarray]:
        """Labels of samples by examples of each label.

        :param views: what is asked about; :param examples: what is known; both as :meth:`encode` takes them, or embeddings.
        :param example_labels: the label of each example.
        :param head: ``regression`` on the embeddings around what the text says, ``regression_without_text``, or the nearest ``mean``.
        :param class_share: share of the class embedding in what text says of a sample, 0 to 1.
        :param text_share: share of the text in the means, of ``mean``.
        :return: the best label of each sample, and scores ``[sample, label]`` float64 with labels in the order of ``sorted(set(example_labels))``.
        """
        labels = sorted(set(example_labels))
        known = (self._embedded(examples)._native, [labels.index(label) for label in example_labels])
        text = (self.encode_text(labels)._native, labels)
        asked = self._embedded(views)._native
        scores = self._native.scores_by_examples(known, asked, text, head, class_share, text_share)
        return [labels[i] for i in scores.argmax(axis=1)], scores

    def _embedded(self, views: Any) -> Embeddings:
        return views if isinstance(views, Embeddings) else self.encode(views)

    def _maps(self, views: Any) -> np.ndarray:
        if isinstance(views, np.ndarray):
            return views
        if isinstance(views, (Sample, Mapping)):
            views = [views]
        if isinstance(views, (Corpus, Sequence)) and not isinstance(views, (str, bytes)):
            all_maps = [self._of_one(item.views if isinstance(item, Sample) else item) for item in views]
            if all_maps:
                return np.stack(all_maps)
            return np.empty((0, len(self.views), *self.size), np.float32)
        raise Error(f"views: {type(views).__name__} given; expected views by name, samples, lists of these, or an array")

    def _of_one(self, views: Any) -> np.ndarray:
        if not isinstance(views, Mapping):
            raise Error(f"views: {type(views).__name__} in a list; expected views by name, or a sample")
        if missing := [name for name in self.views if name not in views]:
            raise Error(f"the model looks at {self.views}; there is no `{missing[0]}` among {list(views)}")
        named = {name: views[name] for name in self.views}
        if (described := _views_of(named)) and len(described) == len(named):
            self._native.require(described)
        arrays = [np.asarray(view) for view in named.values()]
        for name, array in zip(named, arrays):
            if array.shape != self.size:
                raise Error(f"view `{name}` has shape {array.shape}; the model looks at {self.size[0]} rows × {self.size[1]} columns")
            if array.dtype != np.float32:
                raise Error(f"view `{name}`: float32 expected, not {array.dtype}")
        return np.stack(arrays)

    def __repr__(self) -> str:
        return f"<Model of {', '.join(self.views)} ({self.size[0]} × {self.size[1]}), {len(self.seen)} labels seen>"


def load(checkpoint: str | os.PathLike[str]) -> Model:
    """Read a checkpoint: the folder with ``config.json`` and ``model.safetensors`` that training has written.

    ::

        model = kinecho.load("runs/demo/seed1/pretrain/checkpoint")
        views = model.windows(kinecho.read("recording.npz"))
        samples, text = model.encode(views), model.encode_text(["squat", "wave both arms"])
        scores = np.asarray(samples) @ np.asarray(text).T
    """
    return Model(checkpoint)
