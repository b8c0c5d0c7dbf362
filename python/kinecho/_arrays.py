"""NumPy arrays whose axes have names and units."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ._native import Error

if TYPE_CHECKING:
    import pandas
    import xarray

# Ends of names for units, as everywhere in kinecho: `range_m`, `velocity_mps`.
_ENDINGS = {"m": "m", "m/s": "mps", "s": "s", "Hz": "hz", "deg": "deg", "°": "deg", "rad": "rad", "dB": "db", "1": None}


@dataclass(frozen=True)
class Axis:
    """One axis of an array: index ``i`` stands for ``first + i * step`` in ``unit``."""

    name: str
    unit: str
    len: int
    first: float
    step: float
    sign: str | None = None

    @property
    def values(self) -> np.ndarray:
        """What the entries stand for, ``[len]`` float64 in :attr:`unit`."""
        return self.first + self.step * np.arange(self.len)

    @property
    def full_name(self) -> str:
        """Name and unit, for example ``range_m``; the name alone where entries are only counted."""
        ending = _ENDINGS.get(self.unit, None if self.unit == "1" else self.unit)
        return self.name if ending is None else f"{self.name}_{ending}"

    def _json(self) -> dict[str, Any]:
        out = {"name": self.name, "unit": self.unit, "len": self.len, "first": self.first, "step": self.step}
        return out if self.sign is None else {**out, "sign": self.sign}


@dataclass(frozen=True, eq=False)
class NamedArray:
    """A NumPy array, the names and units of its axes, and what it is.

    ``np.asarray(array)`` gives :attr:`data` itself, without a copy; NumPy's functions take it as it is.
    """

    data: np.ndarray
    """The numbers."""
    axes: tuple[Axis, ...]
    """The axes, in the order of the array's."""
    name: str = ""
    """What the array is called."""
    quantity: str = ""
    """What the numbers are, for example ``if_signal``."""
    unit: str = "1"
    """Unit of the numbers; ``1`` where they are scaled or plain."""
    calibration: dict[str, Any] = field(default_factory=dict, repr=False)
    """Further facts by name: settings of the sensor, time stamps, names of columns or joints."""
    kind: str | None = None
    """``cube``, ``iq``, ``points``, ``csi`` or ``rfid`` where it is a signal, which :func:`kinecho.chain` takes; else ``None``."""
    duration_s: float | None = None
    """Length of a signal, s, where that is known."""

    @classmethod
    def _of(cls, name: str, data: np.ndarray, about: str, **more: Any) -> NamedArray:
        about_all = json.loads(about)
        info = about_all["info"]
        axes = tuple(Axis(**axis) for axis in info["axes"])
        return cls(data, axes, name, info["quantity"], info["unit"], about_all["calibration"], **more)

    def _about(self) -> str:
        axes = [axis._json() for axis in self.axes]
        info = {"quantity": self.quantity, "unit": self.unit, "dtype": self._dtype(), "axes": axes}
        return json.dumps({"info": info, "calibration": self.calibration})

    def _dtype(self) -> str:
        # Signals have the type of their kind, whatever the numbers are now: a wrong one is an error, not a conversion.
        return {"cube": "complex64", "iq": "complex64", "csi": "complex64", "points": "float64", "rfid": "float64"}.get(
            self.kind or "", "float32"
        )

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        """Type of the numbers."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    def axis(self, name: str) -> np.ndarray:
        """What the entries of an axis stand for, ``[len]``.

        ``name`` is the axis with its unit, ``range_m`` or ``velocity_mps``, or without. ``_deg`` of an axis in rad is converted. Lists of the
        calibration answer as well: ``time_s`` of the packets of channel state information.
        """
        for axis in self.axes:
            if name in (axis.name, axis.full_name):
                return axis.values
            if axis.unit == "rad" and name == f"{axis.name}_deg":
                return np.rad2deg(axis.values)
        listed = self.calibration.get(name, self.calibration.get("grid", {}).get(name))
        if isinstance(listed, list):
            return np.asarray(listed)
        there = ", ".join(axis.full_name for axis in self.axes)
        raise Error(f"array `{self.name}` has no axis `{name}`; it has {there}")

    @property
    def columns(self) -> list[str] | None:
        """Names of the columns of points and reads, with their units; ``None`` of other arrays."""
        return self.calibration.get("columns")

    def column(self, name: str) -> np.ndarray:
        """A column of points (``x_m``) or reads (``phase_rad``), ``[row]``: a view of :attr:`data`."""
        columns = self.columns
        if columns is None or name not in columns:
            raise Error(f"array `{self.name}` has no column `{name}`; it has {', '.join(columns or ['none'])}")
        return self.data[:, columns.index(name)]

    def isel(self, **indices: int | slice) -> NamedArray:
        """A part by indices along axes, ``array.isel(frame=slice(0, 10), rx=0)``: a view of the same memory; axes keep what they stand for."""
        at: list[int | slice] = [slice(None)] * self.ndim
        axes: list[Axis | None] = list(self.axes)
        for name, index in indices.items():
            if name not in self.dims:
                raise Error(f"array `{self.name}` has no axis `{name}`; it has {', '.join(self.dims)}")
            place = self.dims.index(name)
            at[place], axis = index, self.axes[place]
            if isinstance(index, slice):
                start, _, step = index.indices(axis.len)
                count = len(range(*index.indices(axis.len)))
                axes[place] = replace(axis, len=count, first=axis.first + start * axis.step, step=axis.step * step)
            else:
                axes[place] = None
        return replace(self, data=self.data[tuple(at)], axes=tuple(axis for axis in axes if axis is not None))

    def with_data(self, data: np.ndarray) -> NamedArray:
        """The same axes, unit and calibration around other numbers of the same shape, for example after a filter of your own."""
        return replace(self, data=np.asarray(data))

    def to_xarray(self) -> xarray.DataArray:
        """An ``xarray.DataArray`` on the same memory; coordinates carry their units. Needs xarray."""
        import xarray

        coords = {axis.name: (axis.name, axis.values, {"units": axis.unit}) for axis in self.axes}
        attrs = {"units": self.unit, "quantity": self.quantity}
        return xarray.DataArray(self.data, coords, self.dims, self.name or None, attrs)

    def to_dataframe(self) -> pandas.DataFrame:
        """Points or reads as a pandas table, a row each. Needs pandas."""
        import pandas

        if self.columns is None:
            raise Error(f"array `{self.name}` has no columns: tables are made of points and of reads; use to_xarray() for others")
        return pandas.DataFrame(self.data, columns=self.columns)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy:
            return np.array(self.data, dtype=dtype)
        return self.data if dtype is None else self.data.astype(dtype, copy=False)

    def __getitem__(self, index: Any) -> np.ndarray:
        return self.data[index]

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        axes = ", ".join(f"{axis.full_name} {axis.len}" for axis in self.axes)
        unit = "" if self.unit == "1" else f" in {self.unit}"
        return f"<NamedArray {self.name or self.quantity} [{axes}] {self.data.dtype}{unit}>"
