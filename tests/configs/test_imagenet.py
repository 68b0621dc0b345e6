"""Every config of the ImageNet half builds and trains a step, on images made up here."""
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import Runner
from PIL import Image

from advbn_seg.adversarial import DualNorm
from tests import tiny

CONFIGS = Path(__file__).parents[2] / 'configs' / 'imagenet'
CONFIG_NAMES = sorted(path.stem for path in CONFIGS.glob('*.py'))


def read(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


@pytest.fixture(scope='module')
def imagenet(tmp_path_factory):
    """Two noisy images as ImageNet with mmpretrain's annotation file, and once more as digits."""
    root = tmp_path_factory.mktemp('imagenet')
    for index in range(2):
        pixels = np.random.default_rng(index).integers(256, size=(80, 96, 3), dtype=np.uint8)
        for folder in ('train', f'mnist/train/{index}'):
            (root / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(root / folder / f'{index}.png')
    (root / 'meta').mkdir()
    (root / 'meta' / 'train.txt').write_text('0.png 0\n1.png 7\n')
    return root


def one_step(name, imagenet, work_dir, **changes):
    """The Runner after a training step of a config with its whole model and pipeline, on small images."""
    cfg = read(name)
    cfg.merge_from_dict({**dict(work_dir=str(work_dir), load_from=None, log_level='WARNING',
                                experiment_name=work_dir.name), **changes})
    if 'backbone' in cfg.model:
        cfg.model.backbone.init_cfg = cfg.model.head.init_cfg = None  # no downloads
    cfg.train_dataloader.update(batch_size=2, num_workers=0, persistent_workers=False)
    cfg.train_dataloader.dataset.data_root = str(imagenet)
    for step in cfg.train_dataloader.dataset.pipeline:
        if step.type == 'RandomResizedCrop':
            step.scale = 64
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
    tiny.without_evaluation(cfg)
    cfg.default_hooks.logger.interval = 1
    cfg.default_hooks.checkpoint = None
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 1
    return runner


def logged(runner):
    return {name.removeprefix('train/'): runner.message_hub.get_scalar(name).current()
            for name in runner.message_hub.log_scalars}


@pytest.mark.slow
@pytest.mark.parametrize('name', CONFIG_NAMES)
def test_config_trains_a_step(name, imagenet, tmp_path):
    runner = one_step(name, imagenet, tmp_path)
    losses = logged(runner)
    assert np.isfinite(losses['loss']) and losses['loss'] > 0
    hook, = read(name).get('custom_hooks') or [dict(type=None)]
    adversarial = hook['type'] in ('AdvBNHook', 'AdvPropHook')
    assert ('adv.loss' in losses) == adversarial
    auxiliary = any(isinstance(module, DualNorm) for module in runner.model.modules())
    assert auxiliary == (adversarial and hook.get('auxiliary', True))
    frozen = any(not parameter.requires_grad for parameter in runner.model.parameters())
    assert frozen == (hook['type'] in ('AdvBNHook', 'FrozenPrefixHook') and not hook.get('train_prefix'))


def test_section_5_1():
    cfg = read('resnet50_advbn')
    hook, = cfg.custom_hooks
    assert (cfg.perturbed_layer, hook.num_steps, hook.step_size, hook.eps) == ('backbone.layer1', 6, 0.2, 1.1)
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr, optimizer.momentum, optimizer.weight_decay) == ('SGD', 1e-3, 0.9, 1e-4)
    assert (cfg.train_cfg.max_epochs, cfg.param_scheduler.milestones, cfg.param_scheduler.gamma) == (20, [10], 0.1)
    assert cfg.model.backbone.init_cfg.checkpoint == cfg.model.head.init_cfg.checkpoint == 'torchvision://resnet50'


@pytest.mark.parametrize('name, control', [
    ('resnet50_advbn', 'resnet50_finetune'), ('resnet50_advbn_per_image', 'resnet50_finetune'),
    ('resnet50_advbn_per_image_single', 'resnet50_finetune'), ('resnet50_autoaugment_advbn', 'resnet50_autoaugment'),
    ('densenet121_autoaugment_advbn', 'densenet121_autoaugment'),
    ('efficientnet-b0_autoaugment_advbn', 'efficientnet-b0_autoaugment')])
def test_the_control_differs_in_its_hook_only(name, control):
    ours, plain = read(name).to_dict(), read(control).to_dict()
    assert {key for key in ours if ours[key] != plain[key]} == {'custom_hooks', 'method', 'titles'}
    (hook,), (frozen,) = ours['custom_hooks'], plain['custom_hooks']
    assert 'layer' not in hook and frozen == dict(type='FrozenPrefixHook')  # both read perturbed_layer


def test_our_recipe_is_a_method_on_the_control():
    ours, control = read('resnet50_advbn_two_places').to_dict(), read('resnet50_finetune').to_dict()
    assert {key for key in ours if ours[key] != control.get(key)} == {'custom_hooks', 'method', 'recipe', 'titles'}
    assert ours['early_layers'][-1] == ours['perturbed_layer']


@pytest.mark.parametrize('method', ['cutmix', 'fast_autoaugment', 'augmix'])
def test_rows_from_released_checkpoints_differ_in_their_start_only(method):
    ours, advbn = read(f'resnet50_{method}_advbn').to_dict(), read('resnet50_advbn').to_dict()
    assert ours['load_from'] == f'checkpoints/{method}.pth'
    assert {key for key in ours if ours[key] != advbn[key]} == {'load_from', 'method', 'model', 'titles'}


@pytest.mark.slow
def test_torchvision_weights_reach_backbone_and_head(tmp_path):
    weights = torchvision.models.resnet50().state_dict()
    torch.save(weights, tmp_path / 'resnet50.pth')
    cfg = read('resnet50_finetune')
    for part in (cfg.model.backbone, cfg.model.head):
        part.init_cfg.checkpoint = str(tmp_path / 'resnet50.pth')
    init_default_scope('mmpretrain')
    model = MODELS.build(cfg.model)
    model.init_weights()
    state = model.state_dict()
    assert len(state) == len(weights)
    for name, value in weights.items():
        assert torch.equal(state[('head.' if name.startswith('fc.') else 'backbone.') + name], value), name


@pytest.mark.slow
def test_cutmix_inside_the_step(imagenet, tmp_path):
    """Labels that a batch augmentation has mixed serve the ascent and the adversarial loss as they do the clean one."""
    runner = one_step('resnet50_advbn', imagenet, tmp_path,
                      **{'model.train_cfg': dict(augments=dict(type='CutMix', alpha=1.0))})
    assert runner.model.data_preprocessor.batch_augments is not None
    losses = logged(runner)
    assert losses['adv.loss'] > 0 and losses['adv.shift_mean'] > 0
