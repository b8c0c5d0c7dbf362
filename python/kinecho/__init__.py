"""Human motion into radio signals (radar, WiFi, RFID), paired with text; activities that training never showed.

::

    import kinecho
    scene = kinecho.simulate("scenes/examples/room.yaml")      # signals of a scene
    views = scene.views()                                      # heatmaps and the like, as named arrays
    views["time_doppler"].axis("velocity_mps")                 # what its rows stand for

Arrays are :class:`NamedArray`: NumPy arrays whose axes have names and units. What kinecho refuses is raised as :class:`Error`, with what is
wrong, where, what was expected, and what to do. Files that ship with kinecho (``scenes/...``) are found by their names from anywhere.
"""

from ._arrays import Axis, NamedArray
from ._corpus import Corpus, Sample
from ._model import Embeddings, Model, load
from ._native import Error, set_threads
from ._recordings import Views, chain, motion, range_doppler, read
from ._scene import Simulation, simulate
from ._settings import shipped, tagged
from ._study import Result, build, describe, run, train
from ._version import __version__

__all__ = [
    "Axis",
    "Corpus",
    "Embeddings",
    "Error",
    "Model",
    "NamedArray",
    "Result",
    "Sample",
    "Simulation",
    "Views",
    "__version__",
    "build",
    "chain",
    "describe",
    "load",
    "motion",
    "range_doppler",
    "read",
    "run",
    "set_threads",
    "shipped",
    "simulate",
    "tagged",
    "train",
]
