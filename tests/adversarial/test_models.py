"""The adversarial loss of many models and layers is that of a plain model whose layer is shifted by a hook.

    python -m tests.adversarial.test_models [WORD]    # prints the table, of the models with that word in their name
"""
import copy
import re
import sys
from collections import Counter

import pytest
import torch
from torch.utils._pytree import tree_leaves, tree_map

from advbn_seg.adversarial import AdvBN
from advbn_seg.errors import UserError

from .models import ENTRIES


def loss(model, x):
    """A random projection of the outputs, which are brought to the same scale: no saturation hides a change."""
    torch.manual_seed(2)  # dropout falls alike
    outputs = torch.cat([output.flatten() for output in tree_leaves(model(x))])
    weights = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(3), dtype=outputs.dtype)
    return (weights * (outputs - outputs.mean()) / outputs.std()).mean()


@torch.no_grad()
def with_a_say(model):
    """The model with random numbers where it starts at zeros or nearly (heads, LayerScale), which let nothing pass."""
    for parameter in model.parameters():
        if parameter.abs().max() < 1e-3:
            parameter.normal_(std=0.1)
    return model


def shifting(mean, std, clamp, channel_dim):
    """A forward hook that shifts the maps of the first call by Eq. 1; the deltas go through their channels in turn."""
    deltas = [mean, std]
    calls = []

    def shifted(feature):
        if not (torch.is_tensor(feature) and feature.ndim in (3, 4)):
            return feature
        channel = channel_dim % 4 if feature.ndim == 4 else 2
        size = feature.shape[channel]
        own_mean, own_std = (each[:size].view([-1 if dim == channel else 1 for dim in range(feature.ndim)])
                             for each in deltas)
        deltas[:] = [each[size:] for each in deltas]
        mu = feature.mean([dim for dim in range(feature.ndim) if dim != channel], keepdim=True)
        result = own_std * (feature - mu) + own_mean * mu
        return result.relu() if clamp else result

    def hook(module, args, output):
        calls.append(module)
        return tree_map(shifted, output) if len(calls) == 1 else None

    return hook


def compare(entry, layer):
    """[[clean, adversarial] through us, the same through a plain copy of the model], in float64."""
    torch.manual_seed(0)
    model = with_a_say(entry.build()).double().train()
    x = torch.randn(2, 3, entry.size, entry.size, dtype=torch.float64)
    plain = copy.deepcopy(model)
    advbn = AdvBN(model, layer, num_steps=1, channel_dim=entry.channel_dim,
                  trace=(lambda: model(x)) if entry.trace else None)
    ours = [each.item() for each in advbn.losses(lambda: loss(model, x))]
    for name, module in plain.named_modules():
        own = model.get_submodule(name)
        module.training = own.training  # the prefix stays in eval mode
        if isinstance(module, torch.nn.Conv2d):
            module.weight.data = own.weight.data  # in its memory format, in whose order dropout draws
    with torch.no_grad():
        theirs = [loss(plain, x).item()]
        plain.get_submodule(layer).register_forward_hook(shifting(
            advbn.delta_mean.double(), advbn.delta_std.double(), advbn.perturbation.clamp, entry.channel_dim or 1))
        theirs.append(loss(plain, x).item())
    return ours, theirs


PAIRS = [(entry, layer) for entry in ENTRIES for layer in entry.layers]


@pytest.mark.parametrize('entry, layer', [
    pytest.param(*pair, id=' '.join([pair[0].name, pair[1]]), marks=[] if pair[0].quick else pytest.mark.slow)
    for pair in PAIRS])
def test_adversarial_loss_is_that_of_a_hook_that_shifts(entry, layer):
    if entry.refused:
        with pytest.raises(UserError, match=entry.refused):
            compare(entry, layer)
    else:
        alike(*compare(entry, layer))


def alike(ours, theirs):
    """Also what the shift alone does must be alike: it is little where a batch norm undoes it."""
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert ours[1] - ours[0] == pytest.approx(theirs[1] - theirs[0], rel=1e-2, abs=0)
    assert abs(ours[1] / ours[0] - 1) > 1e-10


def row(entry, layer):
    """(result, row of the table in Markdown)."""
    try:
        ours, theirs = compare(entry, layer)
        what, result = f'{ours[0]:.6f} / {theirs[0]:.6f} | {ours[1]:.6f} / {theirs[1]:.6f}', 'equal'
        alike(ours, theirs)
    except UserError as error:
        result, what = 'refused', f'{error} |'
    except AssertionError:
        result = 'differs'
    return result, f'| {entry.name} | {layer} | {result} | {what} |'


def main():
    counts = Counter()
    print('| model | layer | result | clean: ours / hook | adversarial: ours / hook |\n|---|---|---|---|---|')
    for entry, layer in PAIRS:
        if re.search(''.join(sys.argv[1:]), entry.name):
            result, text = row(entry, layer)
            counts[result] += 1
            print(text)
    print(', '.join(f'{number} {result}' for result, number in counts.items()))


if __name__ == '__main__':
    main()
