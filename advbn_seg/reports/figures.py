"""Figures of matplotlib as files."""
from ..runtime.atomic_io import replacing


def save_figure(path, figure):
    """Write a picture in one step; the suffix of its path says the format."""
    with replacing(path) as temporary:
        figure.savefig(temporary)
