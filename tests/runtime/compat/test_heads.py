import sys

import torch
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.models.decode_heads import FCNHead
from mmseg.structures import SegDataSample

from advbn_seg.runtime.compat.heads import DECODE_HEAD, without_accuracy
from tests.runtime.compat.assumptions import assumption


def loss_names():
    with DefaultScope.overwrite_default_scope('mmseg'):  # which another test may have left elsewhere
        head = FCNHead(in_channels=2, channels=2, num_classes=2, num_convs=0, concat_input=False)
    sample = SegDataSample(gt_sem_seg=PixelData(data=torch.zeros(1, 4, 4, dtype=torch.long)))
    return set(head.loss_by_feat(torch.rand(1, 2, 4, 4), [sample]))


def test_heads_look_accuracy_up_in_their_module():
    with assumption('onedl-mmsegmentation', 'heads.py',
                    f'decode heads compute acc_seg by the function `accuracy` of {DECODE_HEAD}'):
        original = sys.modules[DECODE_HEAD].accuracy
        assert loss_names() == {'loss_ce', 'acc_seg'}
        with without_accuracy():
            assert sys.modules[DECODE_HEAD].accuracy(None) is None
            loss_names()
        assert sys.modules[DECODE_HEAD].accuracy is original
