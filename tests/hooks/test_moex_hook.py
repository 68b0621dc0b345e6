import copy

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from mmseg.models.utils import resize
from torch.nn import functional as F

from advbn_seg.errors import UserError
from advbn_seg.experiments.compare_runs import differences
from tests.runtime.interrupted import At, Killed, kill, train
from tests.tiny import BrightAndDark, Stripes, config, runner, trained

HOOK = dict(type='advbn_seg.hooks.MoExHook', layer='backbone.maxpool')
PLAIN = dict(batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
             dataset=dict(type='BrightAndDark', length=8), collate_fn=dict(type='pseudo_collate'))
TOP = dict(type='Accuracy', topk=(1,))


def classifier(work_dir, **changes):
    """The config of a training of a small classifier."""
    model = dict(
        type='ImageClassifier', neck=dict(type='GlobalAveragePooling'),
        backbone=dict(type='ResNet', depth=18, base_channels=8, stem_channels=8, num_stages=2, strides=(1, 2),
                      dilations=(1, 1), out_indices=(1,)),
        data_preprocessor=dict(type='ClsDataPreprocessor', num_classes=2, mean=[127.5] * 3, std=[60.] * 3),
        head=dict(type='LinearClsHead', num_classes=2, in_channels=16, topk=(1,), cal_acc=True))
    return config(work_dir, model, default_scope='mmpretrain', train_dataloader=PLAIN, val_dataloader=PLAIN,
                  test_dataloader=PLAIN, val_evaluator=TOP, test_evaluator=TOP, **changes)


def at_work(cfg):
    """(runner, MoExHook) of a config, as training begins."""
    run = Runner.from_cfg(cfg)
    hook, = (each for each in run.hooks if type(each).__name__ == 'MoExHook')
    hook.before_train(run)
    return run, hook


def one_pass(cfg, dataset, last, seed=1):
    """(losses, what the module `last` returned, samples, partner) of a forward pass that the config's hook mixes."""
    run, hook = at_work(cfg)
    scores = []
    run.model.get_submodule(last).register_forward_hook(lambda module, args, output: scores.append(output))
    batch = run.model.data_preprocessor(pseudo_collate([dataset[index] for index in range(len(dataset))]), True)
    torch.manual_seed(seed)
    losses = run.model.train()(**batch, mode='loss')
    return losses, scores[0], batch['data_samples'], hook.partner


def test_a_segmentor_has_both_cross_entropies_of_one_pass(tmp_path):
    losses, scores, samples, partner = one_pass(config(tmp_path, hooks=[dict(HOOK, mixture=0.7)]), Stripes(3),
                                                'decode_head.conv_seg')
    labels = torch.cat([sample.gt_sem_seg.data for sample in samples])
    scores = resize(scores, labels.shape[1:], mode='bilinear')
    assert sorted(partner.tolist()) == [0, 1, 2] != partner.tolist()
    torch.testing.assert_close(losses['decode.loss_ce'], 0.7 * F.cross_entropy(scores, labels)
                               + 0.3 * F.cross_entropy(scores, labels[partner]))
    right = (scores.argmax(1) == labels).float().mean()
    torch.testing.assert_close(losses['decode.acc_seg'].squeeze(), 100 * right)  # for its own labels
    assert losses['aux.loss_ce'] > 0


def test_a_classifier_has_both_cross_entropies_of_one_pass(tmp_path):
    losses, scores, samples, partner = one_pass(classifier(tmp_path, hooks=[dict(HOOK, mixture=0.7)]),
                                                BrightAndDark(3), 'head.fc')
    labels = torch.cat([sample.gt_label for sample in samples])
    assert labels[partner].tolist() != labels.tolist()
    torch.testing.assert_close(losses['loss'], 0.7 * F.cross_entropy(scores, labels)
                               + 0.3 * F.cross_entropy(scores, labels[partner]))


@pytest.mark.parametrize('make', [config, classifier])
def test_the_model_can_be_copied_while_it_trains(tmp_path, make):
    run, _ = at_work(make(tmp_path, hooks=[HOOK]))
    images = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(copy.deepcopy(run.model).eval()(images), run.model.eval()(images))


@pytest.mark.slow
@pytest.mark.parametrize('make', [config, classifier])
def test_it_trains_and_leaves_nothing_behind(tmp_path, make):
    _, plain = trained(make(tmp_path / 'plain', epochs=1))
    run, mixed = trained(make(tmp_path / 'moex', epochs=1, hooks=[HOOK]))
    assert run.iter == 2 and mixed.logs[0]['loss'] != plain.logs[0]['loss']
    assert all(not {'loss_by_feat', '_get_loss'} & vars(module).keys() for module in run.model.modules())
    assert mixed.states[-1].keys() == plain.states[-1].keys()


@pytest.mark.slow
def test_steps_without_an_exchange_are_plain_ones(tmp_path):
    differs = set()
    for seed in range(6):
        hook = dict(HOOK, probability=0.5)
        _, mixed = trained(config(tmp_path / f'{seed}', epochs=1, hooks=[hook], randomness=dict(seed=seed)))
        _, plain = trained(config(tmp_path / f'{seed}plain', epochs=1, randomness=dict(seed=seed)))
        differs.add(mixed.logs[0]['loss'] != plain.logs[0]['loss'])
    assert differs == {True, False}


@pytest.mark.slow
def test_a_killed_training_ends_as_one_that_was_not(tmp_path):
    hooks = [dict(HOOK, probability=0.7)]
    train(tmp_path / 'alone', hooks=hooks)
    with pytest.raises(Killed):
        train(tmp_path / 'cut', 'epochs', At(4, kill), hooks=hooks)
    train(tmp_path / 'cut', hooks=hooks)
    assert differences(tmp_path / 'alone', tmp_path / 'cut') == []


def test_the_first_of_the_early_layers_is_the_place(tmp_path):
    run = runner(tmp_path, hooks=[dict(type='advbn_seg.hooks.MoExHook')],
                 early_layers=['backbone.maxpool', 'backbone.layer1'])
    hook, = (each for each in run.hooks if type(each).__name__ == 'MoExHook')
    hook.before_train(run)
    assert hook.insertion.layers == [run.model.backbone.maxpool]


@pytest.mark.parametrize('changes, message', [
    (dict(layer=['backbone.maxpool', 'backbone.layer1']), 'MoExHook perturbs one layer, found .*: name one'),
    (dict(mixture=1.1), 'mixture must be between 0 and 1, found 1.1'),
    (dict(probability=0), 'probability must be above 0 and at most 1, found 0')])
def test_what_cannot_serve_is_said(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        runner(tmp_path, hooks=[{**HOOK, **changes}])
