"""A pinhole camera on a car. World axes: x right, y up, z along the road, all in metres."""
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

NEAR = .5  # metres; what is closer is pushed out to here
FOCAL = .62  # focal length as a share of the frame's width: 78 degrees across


@dataclass(frozen=True)
class Camera:
    """Position x, y, z in metres, yaw in radians, horizon as a share of the height, size (H, W) in pixels."""

    x: float
    y: float
    z: float
    yaw: float
    horizon: float
    size: tuple[int, int]

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return FOCAL * self.size[1]

    @property
    def first_row_below(self) -> int:
        """First row of pixels that look down."""
        return math.ceil(self.size[0] * self.horizon)

    @cached_property
    def rays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Direction (x, y, z) of each pixel per metre of depth: three (H, W) float32."""
        height, width = self.size
        across = (np.arange(width, dtype=np.float32) + .5 - width / 2) / self.focal
        up = (height * self.horizon - np.arange(height, dtype=np.float32) - .5) / self.focal
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        ones = np.ones((height, 1), np.float32)
        return ones * (across * cos + sin), np.repeat(up[:, None], width, 1), ones * (cos - across * sin)

    def at(self, depth: np.ndarray, pixels=...) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return world x, y, z at a depth in metres; ``pixels`` says where, if depth is only a part of the frame."""
        dx, dy, dz = (ray[pixels] for ray in self.rays)
        return self.x + dx * depth, self.y + dy * depth, self.z + dz * depth

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pixel coordinates (N, 2) and depth in metres (N,) of world points (N, 3)."""
        x, y, z = (points - np.float32((self.x, self.y, self.z))).T
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        depth = x * sin + z * cos
        scale = self.focal / np.maximum(depth, NEAR)
        column = self.size[1] / 2 + (x * cos - z * sin) * scale
        row = self.size[0] * self.horizon - y * scale
        return np.stack([column, row], 1), depth
