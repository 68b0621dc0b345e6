"""Models with a train_step of their own, which may pass by what the hooks change."""
import pytest
from mmengine.registry import MODELS
from mmseg.models.segmentors import EncoderDecoder

from advbn_seg.errors import UserError
from tests.tiny import config, segmentor, trained

HOOKS = [
    dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1'),
    dict(type='advbn_seg.hooks.PerturbationHook', layers='backbone.layer1', probability=1e-9, perturbation=dict(
        type='advbn_seg.perturbations.normalization_perturbation.NormalizationPerturbation')),
    dict(type='advbn_seg.hooks.ASAHook', layers='backbone.layer1', probability=1e-9),
    dict(type='advbn_seg.hooks.MoExHook', layer='backbone.layer1', probability=1e-9)]


@MODELS.register_module()
class Stepping(EncoderDecoder):
    """Calls itself in a training step, or goes around that."""

    def __init__(self, *args, around, **options):
        super().__init__(*args, **options)
        self.around = around

    def train_step(self, data, optim_wrapper):
        with optim_wrapper.optim_context(self):
            data = self.data_preprocessor(data, True)
            losses = self.loss(**data) if self.around else self(**data, mode='loss')
        parsed, logged = self.parse_losses(losses)
        optim_wrapper.update_params(parsed)
        return logged


@pytest.mark.parametrize('hook', HOOKS, ids=lambda hook: hook['type'].rpartition('.')[2])
def test_a_step_that_the_hook_does_not_see_is_refused(tmp_path, hook):
    def train(around):
        trained(config(tmp_path / f'{around}', model=dict(segmentor(), type='Stepping', around=around), epochs=1,
                       hooks=[hook]))

    train(around=False)
    with pytest.raises(UserError, match=r"Stepping.train_step does not call the model with mode='loss', so \w+Hook pe"):
        train(around=True)
