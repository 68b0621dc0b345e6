import sys

import pytest
import torch
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample
from mmseg.models.decode_heads import FCNHead
from mmseg.structures import SegDataSample

from advbn_seg.errors import UserError
from advbn_seg.runtime.compat.heads import DECODE_HEAD, mixed_losses, without_accuracy
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


def test_heads_compute_their_losses_by_a_method_that_can_be_replaced():
    with DefaultScope.overwrite_default_scope('mmseg'):
        decode = FCNHead(in_channels=2, channels=2, num_classes=2, num_convs=0, concat_input=False)
    linear = LinearClsHead(num_classes=2, in_channels=2)
    segments = [SegDataSample(gt_sem_seg=PixelData(data=torch.full((1, 4, 4), index))) for index in (0, 1)]
    classes = [DataSample().set_gt_label(index) for index in (0, 1)]
    calls = []

    def swap(loss, samples):
        calls.append(samples)
        return dict(own=loss(samples), other=loss(samples[::-1]))

    for distribution, head, features, samples, says, options in (
            ('onedl-mmsegmentation', decode, [torch.rand(2, 2, 4, 4)], segments, 'loss_by_feat(logits, samples)', {}),
            ('onedl-mmpretrain', linear, (torch.rand(2, 2),), classes, '_get_loss(score, samples)', None)):
        arguments = (features, samples) if options is None else (features, samples, options)
        with assumption(distribution, 'heads.py', f'heads compute their losses by self.{says}'):
            torch.manual_seed(0)
            plain = head.eval().loss(*arguments)
            with mixed_losses(head, swap):
                torch.manual_seed(0)
                found = head.loss(*arguments)
            name, = (name for name in plain if 'loss' in name)
            assert found['own'][name] == plain[name] != found['other'][name] and calls.pop() is samples
            assert head.loss(*arguments)[name] == plain[name]  # as before


def test_a_model_without_such_a_head_is_refused():
    with pytest.raises(UserError, match='Linear has no head whose labels could be mixed'):
        with mixed_losses(torch.nn.Linear(1, 1), None):
            pass


def test_a_head_that_is_given_no_samples_is_refused():
    class Masks(torch.nn.Module):
        def loss_by_feat(self, scores, instances, metas):
            return {}

    head = Masks()
    with mixed_losses(head, lambda loss, samples: loss(samples)):
        with pytest.raises(UserError, match='Masks.loss_by_feat takes no samples last'):
            head.loss_by_feat(0, [], [dict(img_shape=(1, 1))])
