"""A stretch of street and everything on it, as the layouts build it and the renderer reads it."""
from dataclasses import dataclass

import numpy as np

from .mesh import Mesh

CLIP = 12  # frames driven through one world before the next begins
START = 12.  # metres; where the camera begins
IN_SIGHT = 110.  # metres ahead; nothing is painted beyond
PLOTS = 40  # along each side of the street, before they come again
SECONDS = .5  # between two frames


@dataclass(frozen=True)
class Street:
    """The cross section of a street and the plots along it; x and lengths in metres.

    Attributes:
        road: Left and right kerb.
        walks: Pavements, as (left, right).
        lines: Lane markings, as (x, painted length, period); a period of 0 is a solid line.
        facades: Where the buildings stand, left and right.
        plot: Length of a plot.
        heights: Of the building on each plot, (2, plots); 0 is an open plot.
        paints, windows: Colour (2, plots, 3), and spacing of the windows across and up (2, plots, 2).
        crossing: A side street every so many plots, 0 for none.
        lamps: x of each row of street lamps, and their spacing.
        skyline: Whether the view ends in buildings (True) or trees.
    """

    road: tuple[float, float]
    walks: tuple[tuple[float, float], ...]
    lines: tuple[tuple[float, float, float], ...]
    facades: tuple[float, float]
    plot: float
    heights: np.ndarray
    paints: np.ndarray
    windows: np.ndarray
    crossing: int
    lamps: tuple[tuple[float, ...], float]
    skyline: bool

    def plots(self, z: np.ndarray) -> np.ndarray:
        """Return the index of the plot at z, wrapping round."""
        return np.floor(z / self.plot).astype(np.int32) % PLOTS


@dataclass(frozen=True, eq=False)
class Thing:
    """A model put on the street: at x, z in metres, with a speed along z in m/s.

    ``width`` (m) tells from how far the thing is worth drawing, ``height`` (m) how long its shadow is. The shadow
    starts at ``footprint`` (half width, half length, m); a thing without a footprint has none. ``countable`` things
    get instance ids.
    """

    mesh: Mesh
    x: float
    z: float
    width: float
    height: float = 0.
    speed: float = 0.
    footprint: tuple[float, float] | None = None
    countable: bool = False


@dataclass(frozen=True, eq=False)
class World:
    """One clip: the street, its things, and how the camera car drives and exposes.

    ``lane`` is the camera's x, ``speed`` in m/s, ``phase`` and ``offset`` vary its sway and its textures,
    ``gain`` (3,) is exposure times white balance.
    """

    street: Street
    things: list[Thing]
    lane: float
    speed: float
    phase: float
    offset: float
    gain: np.ndarray
