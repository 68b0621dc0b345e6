"""Models with a train_step of their own, which may pass by what the hooks change."""
import pytest
import torch
from mmengine.model import ExponentialMovingAverage
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


@MODELS.register_module()
class Weighting(EncoderDecoder):
    """Weighs the loss of a head where the losses are added up."""

    def parse_losses(self, losses):
        return super().parse_losses({name: 0.1 * value if 'aux' in name else value for name, value in losses.items()})


def test_losses_that_a_model_weighs_itself_are_weighed_in_both_passes(tmp_path):
    def train(name, **options):
        run, _ = trained(config(tmp_path / name, model=dict(segmentor(), type='Weighting'), epochs=1,
                                hooks=[dict(HOOKS[0], **options)]))
        return run.model.state_dict()

    by_default, late = train('default'), train('late', clean_first=False)
    assert all(torch.equal(value, late[key]) for key, value in by_default.items())
    for option in ('clean_first', 'fast'):
        with pytest.raises(UserError, match=r'\(or fast.* before Weighting.parse_losses can .*: set clean_first=False'):
            train(option, **{option: True})


@MODELS.register_module()
class Positional(EncoderDecoder):
    """Looks at its loss before a training step, and passes the mode by its position."""

    def train_step(self, data, optim_wrapper):
        data = self.data_preprocessor(data, True)
        with torch.no_grad():
            seen = self(data['inputs'], data['data_samples'], 'loss')
        assert not any(name.startswith('adv.') for name in seen), 'a look takes no attack'
        parsed, logged = self.parse_losses(self(data['inputs'], data['data_samples'], 'loss'))
        optim_wrapper.update_params(parsed)
        return logged


def test_the_mode_by_position_and_a_look_at_the_loss(tmp_path):
    _, snapshots = trained(config(tmp_path, model=dict(segmentor(), type='Positional'), epochs=1, hooks=[HOOKS[0]]))
    assert all('adv.decode.loss_ce' in log for log in snapshots.logs)


@MODELS.register_module()
class Viewing(EncoderDecoder):
    """Views its features as rows when it predicts."""

    def predict(self, inputs, data_samples=None):
        self.extract_feat(inputs)[-1].view(len(inputs), -1)
        return super().predict(inputs, data_samples)


def test_a_model_that_wants_rows_in_validation_alone(tmp_path):
    run, _ = trained(config(tmp_path, model=dict(segmentor(), type='Viewing'), epochs=1, hooks=[HOOKS[0]]))
    assert run.model.backbone.conv1.weight.is_contiguous()


@MODELS.register_module()
class Teaching(EncoderDecoder):
    """Has a teacher that averages it."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.teacher = ExponentialMovingAverage(self.backbone)

    def train_step(self, data, optim_wrapper):
        logged = super().train_step(data, optim_wrapper)
        self.teacher.update_parameters(self.backbone)
        return logged


def test_a_teacher_that_averages_by_names_needs_one_set_of_norms(tmp_path):
    def train(name, **options):
        trained(config(tmp_path / name, model=dict(segmentor(), type='Teaching'), epochs=1,
                       hooks=[dict(HOOKS[0], **options)]))

    train('shared', auxiliary=False)
    with pytest.raises(UserError, match="'teacher' of Teaching averages parameters by their names.*auxiliary=False"):
        train('two')
