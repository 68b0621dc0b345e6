"""Checkpoint files that are either whole or not there."""
from io import BytesIO

import torch

from ..runtime.atomic_io import replacing


def save(content, path):
    """Write what `torch.save` makes of `content` to `path` in one step.

    Raises:
        OSError: Naming `path` and why it cannot be written; torch's own writer says neither.
    """
    whole = BytesIO()
    torch.save(content, whole)
    with replacing(path) as temporary:
        temporary.write_bytes(whole.getbuffer())
