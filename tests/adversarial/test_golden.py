"""One step of the AdvBN authors' released classification code, as numbers that ours must reproduce.

    python -m tests.adversarial.test_golden    # prints how far ours is from them
"""
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torchvision.models import ResNet
from torchvision.models.resnet import BasicBlock

from advbn_seg.adversarial import AdvBN
from advbn_seg.network.dual_norm import DualNorm

pytestmark = pytest.mark.gpu
CASE = json.loads((Path(__file__).parent / 'advbn_official_case.json').read_text())['case']


def fill(key, tensor):
    """The golden recipe's value of a state dict entry, made in float64 from a seed that is the key's CRC."""
    r = np.random.default_rng(zlib.crc32(key.encode())).standard_normal(tuple(tensor.shape))
    if tensor.ndim == 4:
        r = r * np.sqrt(2 / (tensor.shape[0] * tensor.shape[2] * tensor.shape[3]))
    elif tensor.ndim == 2:
        r = r * 0.02
    elif key.split('|')[0].endswith('running_var'):
        r = np.exp(0.1 * r)
    elif key.split('|')[0].endswith('weight'):
        r = 1 + 0.1 * r
    else:
        r = 0.1 * r
    return torch.from_numpy(np.asarray(r)).float()


def golden_state(model):
    """The model's state dict, with auxiliary norms, filled by the recipe."""
    state = {}
    for key, value in model.state_dict().items():
        if key.endswith('num_batches_tracked'):
            state[key] = value
        elif '.aux.' in key:
            state[key] = fill(key.replace('.aux.', '.') + '|aux', value)
        else:
            state[key] = fill(key, value)
    return state


def golden_step(device='cpu'):
    """(model, AdvBN, clean loss, adversarial loss, loss of each call, feature of each call) of the case."""
    model = ResNet(BasicBlock, CASE['layers'], num_classes=1000).to(device)
    advbn = AdvBN(model, layer=CASE['after'], num_steps=CASE['num_steps'], step_size=CASE['step_size'], eps=CASE['eps'])
    model.load_state_dict(golden_state(model))
    shape = (CASE['batch'], 3, CASE['size'], CASE['size'])
    x = torch.from_numpy(np.random.default_rng(zlib.crc32(b'x')).standard_normal(shape)).float().to(device)
    y = torch.tensor([(7 * i + 1) % 1000 for i in range(CASE['batch'])], device=device)
    seen, features = [], []
    model.layer1.register_forward_hook(lambda module, args, output: features.append(output.detach()))

    def closure():
        loss = F.cross_entropy(model(x), y)
        seen.append(loss.item())
        return loss

    clean, adversarial = advbn.losses(closure)
    (clean + adversarial).backward()
    return model, advbn, clean, adversarial, seen, features


@pytest.fixture(scope='module')
def step(device):
    return golden_step(device)


def test_deltas(step):
    advbn = step[1]
    torch.testing.assert_close(advbn.delta_mean.cpu(), torch.tensor(CASE['delta_mean']), rtol=0, atol=1e-5)
    torch.testing.assert_close(advbn.delta_std.cpu(), torch.tensor(CASE['delta_std']), rtol=0, atol=1e-5)


def inner_losses(seen):
    """Those of the ascent, the last but one that the closure returned."""
    return seen[-1 - CASE['num_steps']:-1]


def test_losses(step):
    _, _, clean, adversarial, seen, _ = step
    assert clean.item() == pytest.approx(CASE['loss_clean'], rel=1e-4)
    assert adversarial.item() == pytest.approx(CASE['loss_adv'], rel=1e-4)
    assert inner_losses(seen) == pytest.approx(CASE['inner_losses'], rel=1e-4)


def test_feature(step):
    feature, *_, adversarial = step[-1]
    assert feature.mean((0, 2, 3)).norm().item() == pytest.approx(CASE['feature_mean_norm'], rel=1e-4)
    assert adversarial.double().sum().item() == pytest.approx(CASE['adv_feature_sum'], rel=1e-4)


def gradient_norms(model):
    last = model.layer4[0].bn2
    assert isinstance(last, DualNorm)
    named = {'last_bn_main': last.main.weight, 'last_bn_aux': last.aux.weight}
    return {name: (named[name] if name in named else model.get_parameter(name)).grad.norm().item()
            for name in CASE['grad_norms']}


def test_gradients(step):
    assert gradient_norms(step[0]) == pytest.approx(CASE['grad_norms'], rel=1e-4)


def print_deviation(advbn, clean, adversarial, inner, norms):
    """Prints how far numbers of ours are from the case's: losses, those of the ascent, and gradient norms by name."""
    deltas = torch.stack([advbn.delta_mean, advbn.delta_std]) - torch.tensor([CASE['delta_mean'], CASE['delta_std']])
    losses = [*zip(inner, CASE['inner_losses']), (clean, CASE['loss_clean']), (adversarial, CASE['loss_adv'])]
    norms = [(norm, CASE['grad_norms'][name]) for name, norm in norms.items()]
    print(f'deltas: at most {deltas.abs().max():.1e} apart')
    for what, pairs in (('losses', losses), ('gradient norms', norms)):
        print(f'{what}: at most {max(abs(ours / theirs - 1) for ours, theirs in pairs):.1e} apart, relatively')


def main():
    model, advbn, clean, adversarial, seen, _ = golden_step()
    print_deviation(advbn, clean.item(), adversarial.item(), inner_losses(seen), gradient_norms(model))


if __name__ == '__main__':
    main()
