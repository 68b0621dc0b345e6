"""The accuracy that mmseg's heads compute beside their losses, left out where nobody reads it."""
import sys
from contextlib import contextmanager

DECODE_HEAD = 'mmseg.models.decode_heads.decode_head'


@contextmanager
def without_accuracy():
    """Have mmseg's decode heads compute no `acc_seg`, a top-k over all pixels, within this context.

    A process that has not imported mmseg has no such heads.
    """
    module = sys.modules.get(DECODE_HEAD)
    if module is None:
        yield
        return
    accuracy, module.accuracy = module.accuracy, lambda *args, **kwargs: None
    try:
        yield
    finally:
        module.accuracy = accuracy
