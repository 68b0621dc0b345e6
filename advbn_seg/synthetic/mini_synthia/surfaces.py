"""The surface that each pixel sees: buffers that ray casting and painting fill and that lighting reads."""
from dataclasses import dataclass

import numpy as np

from ...datasets.labels import Label

FAR = 400.  # metres; depth of the sky


@dataclass
class Surfaces:
    """Per pixel, for a frame of H x W pixels.

    Attributes:
        label: Class id, (H, W) uint8. instance: (H, W) uint16, 0 for things that are not countable.
        albedo: Colour under white light, (H, W, 3) float32 in 0..255.
        emission: Light of its own, same units.
        depth: Metres along the camera's axis, (H, W) float32.
        sun: Share of the sunlight that reaches the surface, (H, W) float32 in 0..1.
    """

    label: np.ndarray
    instance: np.ndarray
    albedo: np.ndarray
    emission: np.ndarray
    depth: np.ndarray
    sun: np.ndarray

    @classmethod
    def empty(cls, size: tuple[int, int]) -> 'Surfaces':
        """Return nothing but a black sky."""
        albedo, emission = np.zeros((2, *size, 3), np.float32)
        return cls(np.full(size, Label.SKY, np.uint8), np.zeros(size, np.uint16), albedo, emission,
                   np.full(size, FAR, np.float32), np.zeros(size, np.float32))
