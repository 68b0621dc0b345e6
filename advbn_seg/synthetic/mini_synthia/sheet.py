"""All ten domains in one picture."""
import numpy as np

from ...datasets.labels import COLOURS
from .conditions import CONDITIONS
from .frame import SCENES, render_frame


def contact_sheet(size: tuple[int, int] = (96, 160), seed: int = 0) -> np.ndarray:
    """Draw one frame of each domain over its labels: two rows for each scene, a column for each condition.

    Args:
        size: Height and width of a frame in pixels.
        seed: Which drive; its first frames are drawn.

    Returns:
        RGB, (4 * height, 5 * width, 3) uint8.
    """
    rows = []
    for scene in SCENES:
        frames = [render_frame(scene, condition, 0, size, seed) for condition in CONDITIONS]
        rows += [np.hstack([image for image, _, _ in frames]), np.hstack([COLOURS[labels] for _, labels, _ in frames])]
    return np.vstack(rows)
