"""How mmseg's and mmpretrain's heads compute their losses, and the accuracy that mmseg's compute beside them."""
import sys
from contextlib import contextmanager
from functools import partial

from mmengine.structures import BaseDataElement

from ...errors import UserError

DECODE_HEAD = 'mmseg.models.decode_heads.decode_head'
LOSSES = ('loss_by_feat', '_get_loss')  # mmseg's and mmpretrain's: (*what the head computed, samples) -> dict of losses


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


@contextmanager
def mixed_losses(model, mix):
    """Have each head of a model return `mix(loss, samples)` for the loss of a batch within this context.

    Args:
        model (nn.Module): a segmentor of mmseg or a classifier of mmpretrain.
        mix (Callable): of `loss`, which returns the dict of losses of one forward pass for a list of samples, and of
            the samples of the batch.

    Raises:
        UserError: No module of the model has a loss of this kind.
    """
    heads = [(module, name) for module in model.modules() for name in LOSSES if hasattr(module, name)]
    if not heads:
        raise UserError(f'{type(model).__name__} has no head whose labels could be mixed: one with the method '
                        f'{" or ".join(LOSSES)} was expected, as those of mmseg and mmpretrain have')

    def mixed(loss, *arguments, **options):
        *outputs, samples = arguments
        if not isinstance(samples[0], BaseDataElement):
            raise UserError(f'{type(loss.__self__).__name__}.{loss.__name__} takes no samples last, so its labels '
                            'cannot be mixed: use another head')
        return mix(lambda labels: loss(*outputs, labels, **options), samples)

    for head, name in heads:
        setattr(head, name, partial(mixed, getattr(head, name)))
    try:
        yield
    finally:
        for head, name in heads:
            delattr(head, name)
