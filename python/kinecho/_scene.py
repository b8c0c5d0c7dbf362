"""Scenes to signals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from . import _native
from ._arrays import NamedArray
from ._recordings import Views
from ._recordings import chain as apply_chain
from ._settings import Progress, Settings, _changes, _shown, _text, _words


class Simulation:
    """A scene that has been simulated."""

    def __init__(self, native: Any):
        self._native = native
        self._chains: dict[str, str] = {}
        about = json.loads(native.about())
        self.seed: int = about["seed"]
        """Seed of every draw."""
        self.duration_s: float = about["duration_s"]
        """Length of the recording, s."""
        self.draw: dict[str, Any] = about["draw"]
        """What was drawn: who, where, how."""
        self.report: dict[str, Any] | None = about["report"]
        """What happened to the radar's signal: facets that were seen, what was dropped, what the ADC clipped."""
        self.sensor_reports: dict[str, Any] = about["sensor_reports"]
        """The same of the other sensors: the ways of the waves, what devices added."""
        self.signals: dict[str, NamedArray] = {}
        """What was measured, by sensor: ``radar``, and those below ``scene.sensors`` by their names."""
        for name, kind, array, chain in native.take():
            self.signals[name] = NamedArray._of(name, *array, kind=kind, duration_s=self.duration_s)
            self._chains[name] = chain

    @property
    def radar(self) -> NamedArray | None:
        """The radar's signal: ``[frame, chirp, tx, rx, sample]`` of an FMCW radar, ``[rx, time]`` of a CW radar, complex64, in √W at the
        receiver's input; a receding target has rising phase. ``None`` where it was not asked for."""
        return self.signals.get("radar")

    def views(self, sensor: str | None = None) -> Views:
        """Views by the chain of the scene, or the usual ones; of one sensor, or of all. Where two sensors give views of one name, names begin
        with the sensor's."""
        made: list[tuple[str, Views]] = []
        for name in [sensor] if sensor is not None else list(self.signals):
            length = None if name == "radar" else self.duration_s
            made.append((name, apply_chain(self._signal(name), self._chains[name], length_s=length)))
        all_names = [view for _, views in made for view in views]
        out = Views()
        for name, views in made:
            out.points = views.points if out.points is None else out.points
            for view, array in views.items():
                out[view if all_names.count(view) == 1 else f"{name}_{view}"] = array
        return out

    def points(self, detect: Mapping[str, Any] | None = None) -> NamedArray:
        """Detections in the radar's cube, ``[point, column]`` float64 with :attr:`NamedArray.columns` ``frame, time_s, x_m, y_m, z_m, range_m,
        velocity_mps, intensity_db``; as the scene's chain detects, or by ``detect``, settings of ``chain.points.detect``."""
        if detect is None and (points := self.views("radar").points) is not None:
            return points
        chain = {"points": {} if detect is None else {"detect": dict(detect)}}
        points = apply_chain(self._signal("radar"), chain).points
        assert points is not None  # a chain of points detects
        return points

    def truth(self, clock: str | None = None) -> dict[str, Any]:
        """Where people's joints and things are, and what a perfect radar would measure of them.

        :param clock: ``chirp``: at every chirp (every sample of a CW radar); ``frame``: at every frame's start. By default as the scene says.
        :return: arrays by name, among them ``times_s`` ``[time]`` in s, ``person_0_joint_position_m`` ``[time, joint, xyz]``,
            ``person_0_joint_range_m`` and ``person_0_joint_radial_velocity_mps`` ``[time, joint]``; lists of names; ``about``.
        """
        arrays, words, about = self._native.truth(clock)
        out: dict[str, Any] = {name: NamedArray._of(name, *array) for name, array in arrays}
        return {**out, **dict(words), "about": json.loads(about)}

    def to_xarray(self) -> Any:
        """The signals as an ``xarray.DataTree`` of one dataset each. Needs xarray."""
        import xarray

        return xarray.DataTree.from_dict({name: array.to_xarray().to_dataset(name="signal") for name, array in self.signals.items()})

    def _signal(self, name: str) -> NamedArray:
        if name not in self.signals:
            raise _native.Error(f"no sensor `{name}`; there are {', '.join(self.signals)}")
        return self.signals[name]

    def __repr__(self) -> str:
        return f"<Simulation {self.duration_s:g} s, seed {self.seed}: {', '.join(map(repr, self.signals.values()))}>"


def simulate(
    scene: Settings,
    set: Mapping[str, Any] | Sequence[str] | None = None,
    *,
    seed: int | None = None,
    radar: bool = True,
    progress: Progress = None,
) -> Simulation:
    """Simulate a scene, as ``kinecho simulate`` does.

    :param scene: path, YAML text or a dict. Paths within a dict are relative to the working folder.
    :param set: changes, ``{"scene.duration_s": 2.0}``.
    :param seed: in place of the scene's.
    :param radar: whether the radar is simulated; other sensors always are.
    :param progress: ``True`` for a bar of tqdm, or a function of (task, done, total, message), called on this thread.
    :raises Error: all values that cannot be used, each with its key and what was expected.

    Ctrl-C stops it; other Python threads go on meanwhile.
    """
    settings = _text(scene, "scene")
    with _words(settings), _shown(progress) as show:
        return Simulation(_native.simulate(settings, _changes(set), seed, radar, show))
