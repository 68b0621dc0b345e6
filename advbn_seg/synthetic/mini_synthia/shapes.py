"""Points of simple polygons, in metres. All run clockwise as seen from the camera's usual place (from -z)."""
from functools import lru_cache

import numpy as np

QUARTERS = tuple(np.float32(m) for m in (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    ((-1, 0, 0), (0, 1, 0), (0, 0, -1)), ((0, 0, 1), (0, 1, 0), (-1, 0, 0))))


def panel(left: float, right: float, low: float, high: float, z: float = 0.) -> np.ndarray:
    """Return an upright rectangle across the road: (4, 3)."""
    return np.array([(left, low, z), (left, high, z), (right, high, z), (right, low, z)], np.float32)


def post(x: float, low: float, high: float, width: float) -> np.ndarray:
    """Return an upright rectangle around x: (4, 3)."""
    return panel(x - width / 2, x + width / 2, low, high)


def bar(start: tuple, end: tuple, width: float) -> np.ndarray:
    """Return a slanted bar between two points (x, y): (4, 3)."""
    (x0, y0), (x1, y1) = start, end
    half = width / 2 / max(np.hypot(x1 - x0, y1 - y0), 1e-6)
    u, v = (y0 - y1) * half, (x1 - x0) * half
    return upright([(x0 - u, y0 - v), (x0 + u, y0 + v), (x1 + u, y1 + v), (x1 - u, y1 - v)])


def disc(x: float, y: float, radius: float, corners: int = 12) -> np.ndarray:
    """Return a circle across the road: (corners, 3)."""
    return _circle(corners) * np.float32(radius) + np.float32((x, y, 0))


@lru_cache
def _circle(corners: int) -> np.ndarray:
    angle = -np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return upright(np.stack([np.cos(angle), np.sin(angle)], 1))


def ring(x: float, y: float, radius: float, width: float) -> np.ndarray:
    """Return a circle with a hole, as one polygon that goes round twice: (30, 3)."""
    outer, inner = (disc(x, y, r, 14) for r in (radius, radius - width))
    return np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])


def blob(rng: np.random.Generator, x: float, y: float, radius: float, z: float = 0.) -> np.ndarray:
    """Return a ragged round outline, for leaves: (11, 3)."""
    edge = rng.uniform(.78, 1.15, (11, 1)).astype(np.float32) * np.float32(radius)
    return _circle(11) * edge + np.float32((x, y, z))


def upright(points) -> np.ndarray:
    """Return points (x, y) put in the plane z = 0: (K, 3)."""
    points = np.asarray(points, np.float32)
    flat = np.zeros((len(points), 3), np.float32)
    flat[:, :2] = points
    return flat


def turned(points: np.ndarray, quarters: int) -> np.ndarray:
    """Return points (K, 3) turned about the upright axis by quarters of a circle, to the right."""
    return points @ QUARTERS[quarters % 4]
