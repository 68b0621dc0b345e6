"""DenseNet as in the released code of AdvBN: without the norm that comes first after the perturbed transition."""
from mmpretrain.models.backbones import DenseNet
from mmpretrain.registry import MODELS
from torch import nn

from ..errors import UserError


@MODELS.register_module()
class AdvBNDenseNet(DenseNet):
    """mmpretrain's DenseNet without the norm that would undo a shift after one of its transitions.

    The first layer after the transition begins with its ReLU, in training and at test
    (https://github.com/azshue/AdvBN, models/densenet.py). Plain checkpoints load; the norm's entries are left over.

    Args:
        advbn_transition: index of the transition after which AdvBN sits, `transitions.0` in the paper.

    Raises:
        UserError: if there is no such transition.
    """

    def __init__(self, *args, advbn_transition=0, **kwargs):
        super().__init__(*args, **kwargs)
        last = len(self.stages) - 2
        if advbn_transition not in range(last + 1):
            raise UserError(f'advbn_transition must be from 0 to {last} in this DenseNet, found {advbn_transition!r}')
        self.stages[advbn_transition + 1].block[0].norm1 = nn.Identity()
