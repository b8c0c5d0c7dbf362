"""Recordings, motions, and what chains make of signals."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, overload

from . import _native
from ._arrays import NamedArray
from ._native import Error
from ._settings import Settings, _text, _words


class Views(dict):
    """Views by name, each a :class:`NamedArray` of float32. :attr:`points` are the detections that were made on the way, if any; :attr:`start_s`
    is where the window begins that they are of, s."""

    points: NamedArray | None = None
    start_s: float = 0.0


def read(path: str | os.PathLike[str]) -> NamedArray:
    """Read a recording of any kind that the program reads: its signal.

    IF cubes are ``[frame, chirp, tx, rx, sample]`` complex64, I/Q of a CW radar ``[rx, time]`` complex64, channel state information ``[packet,
    subcarrier, rx, tx]`` complex64; points ``[point, column]`` and RFID reads ``[read, column]`` float64, with the columns' names in
    :attr:`NamedArray.columns`. What a reader left out stands in ``calibration["dropped"]``.
    """
    kind, data, length, dropped = _native.read(os.fspath(path))
    array = NamedArray._of(kind, data[0], data[1], kind=kind, duration_s=length)
    array.calibration["dropped"] = json.loads(dropped)
    return array


@overload
def chain(
    signal: NamedArray, chain: Settings | None = None, *, length_s: float | None = None, window_s: None = None, hop_s: None = None
) -> Views: ...
@overload
def chain(signal: NamedArray, chain: Settings | None = None, *, window_s: float, hop_s: float | None = None) -> list[Views]: ...
def chain(
    signal: NamedArray,
    chain: Settings | None = None,
    *,
    length_s: float | None = None,
    window_s: float | None = None,
    hop_s: float | None = None,
) -> Views | list[Views]:
    """Make views of a signal, by the ``chain`` of scenes, recipes and checkpoints.

    :param signal: of :func:`kinecho.read`, of a simulation, or one of these with other numbers (:meth:`NamedArray.with_data`). Type and axes
        must be those of its kind.
    :param chain: a path, YAML text or a dict: ``{"heatmaps": {"rows": 64, "columns": 96}}``. By default the usual one of such signals.
    :param length_s: length of the time axis of views that are sampled anew, s; by default that of the signal.
    :param window_s: cut windows of this length, s, and make a list of views; the last incomplete one is left out.
    :param hop_s: from the start of a window to that of the next, s; by default :obj:`window_s`.
    """
    if not isinstance(signal, NamedArray) or signal.kind is None:
        found = f"array `{signal.name}`" if isinstance(signal, NamedArray) else type(signal).__name__
        raise Error(f"{found} is no signal; expected what kinecho.read or a simulation gives")
    if isinstance(chain, Mapping) and set(chain) == {"chain"}:
        chain = chain["chain"]
    settings = None if chain is None else _text(chain, "chain")
    if settings is not None and not isinstance(settings, tuple):
        settings = (settings.read_text(), str(settings))
    window = None if window_s is None else (float(window_s), float(window_s if hop_s is None else hop_s))
    about = {key: value for key, value in signal.calibration.items() if key != "dropped"}
    plain = replace(signal, calibration=about)
    with _words(settings or ("", "")):
        made = _native.chain(signal.kind, signal.data, plain._about(), settings, length_s, window)
    out = []
    for start, views, points in made:
        all_views = Views((name, NamedArray._of(name, *view)) for name, view in views)
        all_views.start_s = start
        if points is not None:
            all_views.points = NamedArray._of("points", *points, kind="points", duration_s=signal.duration_s)
        out.append(all_views)
    return out[0] if window is None else out


def range_doppler(cube: NamedArray, *, max_range_m: float | None = None, remove_static: bool = False) -> NamedArray:
    """Mean power of an IF cube over frames and channels, ``[range, velocity]`` float32 in dBW (dB where the cube's unit is not √W); positive
    velocity is receding.

    :param max_range_m: farthest range, m; without it all of them.
    :param remove_static: whether the mean over the chirps of each frame is subtracted.
    """
    if not isinstance(cube, NamedArray) or cube.kind != "cube":
        raise Error(f"{cube!r} is no IF cube; expected the signal of an FMCW radar")
    about = {key: value for key, value in cube.calibration.items() if key != "dropped"}
    plain = replace(cube, calibration=about)
    return NamedArray._of("range_doppler", *_native.range_doppler(cube.data, plain._about(), max_range_m, remove_static))


def motion(
    name: str | os.PathLike[str],
    *,
    body: str | os.PathLike[str] | None = None,
    duration_s: float | None = None,
    seed: int | None = None,
) -> NamedArray:
    """Joints of a motion, ``[time, joint, xyz]`` float64 in m, x to the right seen from the sensor, y away from it, z up.

    Names of the joints stand in ``calibration["joint_names"]``.

    :param name: a file of captured motion (AMASS, SMPL-X, BVH, glTF, DeepMimic), or the name of a motion that can be played, ``squat``.
    :param body: a body model as ``.npz`` in place of the CC0 body.
    :param duration_s: so much of it, s; by default all of a file, and 4 s of a motion that is played.
    :param seed: somebody's way to play it; by default as it is written.
    """
    data, notes = _native.motion(os.fspath(name), None if body is None else os.fspath(body), duration_s, seed)
    for note in notes:
        warnings.warn(f"{os.fspath(name)}: {note}", stacklevel=2)
    return NamedArray._of(os.path.basename(os.fspath(name)), *data)


def _views_of(values: Mapping[str, Any]) -> list[tuple[str, tuple[Any, str]]]:
    return [(name, (value.data, value._about())) for name, value in values.items() if isinstance(value, NamedArray)]
