"""Corpora in the making, studies, and words."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _native
from ._corpus import Corpus
from ._model import Model
from ._settings import Progress, Settings, _changes, _shown, _text, _words

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Result:
    """What a study has found."""

    results: dict[str, Any]
    """All answers, as in the run's ``results.json``."""
    report: Path
    """The HTML report."""

    def to_dataframe(self) -> pandas.DataFrame:
        """A line for every question and number of examples. Needs pandas."""
        import pandas

        for key in ("evaluations", "answers"):
            if isinstance(self.results.get(key), list):
                return pandas.json_normalize(self.results[key], max_level=0)
        return pandas.json_normalize(self.results, max_level=0)


def run(
    study: Settings,
    set: Mapping[str, Any] | Sequence[str] | None = None,
    *,
    seed: int | None = None,
    output: str | os.PathLike[str] | None = None,
    corpora: str | os.PathLike[str] | None = None,
    progress: Progress = None,
) -> Result:
    """Run an experiment, as ``kinecho run`` does: simulate, pre-train, adapt, ask, report.

    A run that was stopped, by Ctrl-C too, goes on where it was when it is called again with the same ``output``, and gives the same answers.

    :param study: path, YAML text or a dict; YAML tags are :class:`kinecho.tagged`.
    :param set: changes, ``{"pretrain.steps": 100}``.
    :param seed: one seed in place of the study's.
    :param output: folder of the run: new, empty, or that of the same run; by default a new one under ``runs/``.
    :param corpora: folder of the simulated corpora; by default within the run's.
    :param progress: ``True`` for a bar of tqdm, or a function of (task, done, total, message).
    """
    settings = _text(study, "study")
    there, simulated = (None if place is None else os.fspath(place) for place in (output, corpora))
    with _words(settings), _shown(progress) as show:
        done = json.loads(_native.run(settings, _changes(set), seed, there, simulated, show))
    return Result(done["results"], Path(done["report"]))


def train(
    job: Settings,
    output: str | os.PathLike[str],
    set: Mapping[str, Any] | Sequence[str] | None = None,
    *,
    seed: int | None = None,
    progress: Progress = None,
) -> Model:
    """Train on corpora, as ``kinecho pretrain`` and, where the job names a checkpoint (``from``), ``kinecho finetune`` do.

    A run that was stopped, by Ctrl-C too, goes on from its last checkpoint when it is called again with the same ``output``. What it learnt stands
    in ``output``: ``checkpoint/``, ``metrics.jsonl``, ``report.json``.

    :param set: changes, ``{"sources.0.corpus": corpus.dir, "train.steps": 500}``.
    :return: the checkpoint, of a model that compares maps with sentences.
    """
    settings = _text(job, "job")
    with _words(settings), _shown(progress) as show:
        _native.train(settings, _changes(set), seed, os.fspath(output), show)
    return Model(Path(output) / "checkpoint")


def build(
    recipe: Settings,
    output: str | os.PathLike[str],
    set: Mapping[str, Any] | Sequence[str] | None = None,
    *,
    seed: int | None = None,
    progress: Progress = None,
) -> Corpus:
    """Simulate the corpus of a recipe, as ``kinecho corpus build`` does; what is there already of the same recipe is taken up."""
    settings = _text(recipe, "recipe")
    with _words(settings), _shown(progress) as show:
        _native.build(settings, _changes(set), seed, os.fspath(output), show)
    return Corpus(output)


def describe(label: str) -> dict[str, str]:
    """Five sentences on a label: general, torso, arms, legs, location. The vocabulary's, or written by rule."""
    return dict(sentences(label))


@lru_cache(maxsize=4096)
def sentences(label: str) -> Mapping[str, str]:
    """The same, remembered."""
    text, _ = _native.describe(label)
    return dict(text)
