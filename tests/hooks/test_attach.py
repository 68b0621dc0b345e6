"""What hooks find out of a model that a Runner has built."""
import pytest
from torch import nn

from advbn_seg.errors import UserError
from advbn_seg.hooks import AdversarialHook
from advbn_seg.hooks.attach import black_image_run, build_perturbation
from advbn_seg.network.split import Split
from tests.tiny import runner

NP = dict(type='advbn_seg.perturbations.normalization_perturbation.NormalizationPerturbation', std=0.75)


class Reordered(nn.Module):
    """Registers a layer after one that runs later, as ConvNeXt does with its downsampling."""

    def __init__(self, channels):
        super().__init__()
        self.stem, self.later, self.layer = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, 2, 1), nn.Conv2d(4, 4, 1)

    def forward(self, x, mode):
        return self.later(self.layer(self.stem(x)))


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_the_order_of_modules_is_found_with_images_of_any_number_of_channels(channels):
    model = Reordered(channels)
    assert Split(model, 'layer', black_image_run(model)).prefix == {model, model.stem, model.layer}


@pytest.mark.parametrize('hook', [dict(type='AdvBNHook'), dict(type='AdversarialHook', perturbation=NP)])
def test_where_the_channels_are_can_be_said(tmp_path, hook):
    hook = dict(hook, type=f'advbn_seg.hooks.{hook["type"]}', layer='backbone.layer1')
    run = runner(tmp_path, epochs=1, hooks=[dict(hook, channel_dim=1)])
    run.train()
    training, = (each.training for each in run.hooks if hasattr(each, 'training'))
    assert training.split.channel_dim == 1
    with pytest.raises(ValueError, match='channel_dim must be 1 for .* found 2'):
        runner(tmp_path, hooks=[dict(hook, channel_dim=2)])


def test_images_have_their_channels_first():
    with pytest.raises(ValueError, match='channel_dim says .* and at_input perturbs images: leave one of them out'):
        AdversarialHook(NP, at_input=True, channel_dim=-1)


@pytest.mark.parametrize('line, cause', [('import no_such_package', "No module named 'no_such_package'"),
                                         ('def', 'invalid syntax')])
def test_a_file_of_ones_own_that_cannot_be_imported(tmp_path, monkeypatch, line, cause):
    (tmp_path / 'broken_perturbation.py').write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=f'broken_perturbation.Shift cannot be imported: {cause}.*; correct'):
        build_perturbation(dict(type='broken_perturbation.Shift'))
