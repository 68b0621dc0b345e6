"""The golden step of the AdvBN authors' code: a checkpoint in their layout, mmpretrain's ResNet and its loss.

    python -m tests.hooks.test_golden    # prints how far ours is from them
"""
import zlib

import numpy as np
import pytest
import torch
import torchvision
from mmengine.registry import MODELS, init_default_scope
from mmpretrain.models.backbones import ResNet
from mmpretrain.models.backbones.resnet import BasicBlock
from mmpretrain.structures import DataSample

from advbn_seg.adversarial import AdvBN
from advbn_seg.checkpoints.convert import convert
from tests.adversarial.test_golden import CASE, fill, inner_losses, print_deviation
from tests.checkpoints.test_convert import in_authors_layout


class GoldenResNet(ResNet):
    arch_settings = {0: (BasicBlock, CASE['layers'])}


def authors_checkpoint():
    state = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, CASE['layers']).state_dict()
    main = {key: value if key.endswith('num_batches_tracked') else fill(key, value) for key, value in state.items()}
    aux = {key: value if key.endswith('num_batches_tracked') else fill(key + '|aux', value)
           for key, value in state.items()}
    return in_authors_layout(main, aux, cut=int(CASE['after'].removeprefix('layer')))


def golden_step():
    """(model, AdvBN, clean loss, adversarial loss, losses of the ascent) of the case."""
    init_default_scope('mmpretrain')
    model = MODELS.build(dict(type='ImageClassifier', backbone=dict(type=GoldenResNet, depth=0),
                              neck=dict(type='GlobalAveragePooling'),
                              head=dict(type='LinearClsHead', num_classes=1000, in_channels=512)))
    state = convert(authors_checkpoint(), model)
    advbn = AdvBN(model, f'backbone.{CASE["after"]}', CASE['num_steps'], CASE['step_size'], CASE['eps'])
    model.load_state_dict(state, strict=True)
    shape = (CASE['batch'], 3, CASE['size'], CASE['size'])
    x = torch.from_numpy(np.random.default_rng(zlib.crc32(b'x')).standard_normal(shape)).float()
    samples = [DataSample().set_gt_label((7 * i + 1) % 1000) for i in range(CASE['batch'])]
    seen = []

    def closure():
        losses = model(x, samples, mode='loss')
        seen.append(losses['loss'].item())
        return losses

    clean, adversarial = advbn.losses(closure)
    (clean['loss'] + adversarial['loss']).backward()
    return model, advbn, clean['loss'].item(), adversarial['loss'].item(), inner_losses(seen)


def gradient_norms(model):
    """By the names of the case, which are torchvision's."""
    last = model.backbone.layer4[0].bn2
    parameters = {'last_bn_main': last.main.weight, 'last_bn_aux': last.aux.weight}
    for name in CASE['grad_norms']:
        if name not in parameters:
            parameters[name] = model.get_parameter(('head.' if name.startswith('fc.') else 'backbone.') + name)
    return {name: parameters[name].grad.norm().item() for name in CASE['grad_norms']}


def test_golden_step():
    model, advbn, clean, adversarial, inner = golden_step()
    torch.testing.assert_close(advbn.delta_mean, torch.tensor(CASE['delta_mean']), rtol=0, atol=1e-5)
    torch.testing.assert_close(advbn.delta_std, torch.tensor(CASE['delta_std']), rtol=0, atol=1e-5)
    assert inner == pytest.approx(CASE['inner_losses'], rel=1e-4)
    assert (clean, adversarial) == pytest.approx((CASE['loss_clean'], CASE['loss_adv']), rel=1e-4)
    assert gradient_norms(model) == pytest.approx(CASE['grad_norms'], rel=1e-4)


def main():
    model, *numbers = golden_step()
    print_deviation(*numbers, gradient_norms(model))


if __name__ == '__main__':
    main()
