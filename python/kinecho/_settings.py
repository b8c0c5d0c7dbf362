"""Scenes, recipes and studies as they are typed: a path, YAML text, or a dict."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from ._native import Error

Settings = Union[str, "os.PathLike[str]", Mapping[str, Any]]
Progress = Union[bool, Callable[[str, int, int, str], object], None]

_SHIPPED = Path(__file__).parent / "shipped"


def shipped(name: str = "") -> Path | list[str]:
    """The path of a file that ships with kinecho, ``shipped("scenes/examples/room.yaml")``; without a name the names of all."""
    if not name:
        # Folders are links in a checkout.
        files = (Path(at, file) for at, _, found in os.walk(_SHIPPED, followlinks=True) for file in found)
        return sorted(str(file.relative_to(_SHIPPED)) for file in files if file.suffix in (".yaml", ".json", ".npz"))
    path = _SHIPPED / name
    if not path.is_file():
        raise Error(f"no file `{name}` ships with kinecho; kinecho.shipped() lists those that do")
    return path


@dataclass(frozen=True)
class tagged:
    """A value with a YAML tag, where settings want one: ``tagged("lora", {"r": 8})`` is ``!lora {r: 8}``."""

    tag: str
    value: Any = None


def _plain(value: Any) -> Any:
    """What JSON does not know, in what it does."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return value.tolist()
    raise Error(f"{value!r} of type {type(value).__name__} is no setting; expected numbers, text, lists and dicts")


def _yaml(value: Any) -> str:
    """One line of YAML: JSON, and tags."""
    if isinstance(value, tagged):
        return f"!{value.tag}" + ("" if value.value is None else " " + _yaml(value.value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    try:
        text = json.dumps(value, default=_plain, allow_nan=False)
    except ValueError as error:
        raise Error(f"{value!r}: {error}; expected a finite number") from None
    # A whole power of ten is a text to YAML without a point: 1e+20.
    return text.replace("e", ".0e", 1) if isinstance(value, float) and "e" in text and "." not in text else text


def _text(settings: Settings, what: str) -> Path | tuple[str, str]:
    """A path, or a text with its name in errors."""
    if isinstance(settings, Mapping):
        return _yaml(settings), f"{what} dict"
    if isinstance(settings, str) and ("\n" in settings or ": " in settings or settings.lstrip().startswith("{")):
        return settings, f"{what} text"
    if isinstance(settings, (str, os.PathLike)):
        path = Path(settings)
        if not path.is_absolute() and not path.exists() and (_SHIPPED / path).is_file():
            return _SHIPPED / path
        return path
    raise Error(f"{what}: {type(settings).__name__} given; expected a path, YAML text or a dict")


def _changes(changes: Mapping[str, Any] | Sequence[str] | None) -> list[str]:
    """Changes as they stand behind ``--set``."""
    if changes is None:
        return []
    if isinstance(changes, Mapping):
        return [f"{key}={_yaml(value)}" for key, value in changes.items()]
    if isinstance(changes, str):
        return [changes]
    return list(changes)


@contextmanager
def _words(settings: Path | tuple[str, str]):
    """A dict has no lines: errors name its keys alone."""
    try:
        yield
    except Error as error:
        if isinstance(settings, tuple) and settings[1].endswith(" dict"):
            raise Error(str(error).replace(f"{settings[1]}:1: ", f"{settings[1]}: ")) from None
        raise


@contextmanager
def _shown(progress: Progress):
    """A callable for the native side: the user's own, a bar of tqdm, or none."""
    if progress is None or progress is False:
        yield None
    elif progress is True:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            raise Error("progress=True needs tqdm: install it, or give a function of (task, done, total, message)") from None
        bar, of = None, None

        def show(task: str, done: int, total: int, message: str) -> None:
            nonlocal bar, of
            if of != task:
                if bar is not None:
                    bar.close()
                bar, of = tqdm(total=total, desc=task), task
            bar.n = done
            bar.set_postfix_str(message)

        try:
            yield show
        finally:
            if bar is not None:
                bar.close()
    else:
        yield progress
