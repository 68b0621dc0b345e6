"""A training that Ctrl-C or an error has ended, and that the same Runner begins again, as people do in a notebook."""
import pytest
from mmengine.runner import Runner

from tests.runtime.interrupted import At, Killed, kill
from tests.tiny import Snapshots, config

LAYER = 'backbone.layer1'
NP = dict(type='advbn_seg.perturbations.normalization_perturbation.NormalizationPerturbation')


def interrupted(work_dir, hook, stage='before_train_iter'):
    """(Runner, Snapshots) of a training of two epochs that ended before its second step, or in a validation."""
    run, snapshots = Runner.from_cfg(config(work_dir, hooks=[hook])), Snapshots()
    run.register_hook(snapshots)
    event = At(1 if stage == 'before_train_iter' else 2, kill, stage)
    run.register_hook(event)
    with pytest.raises(Killed):
        run.train()
    run.hooks.remove(event)
    return run, snapshots


@pytest.mark.parametrize('hook', [
    dict(type='advbn_seg.hooks.AdvBNHook', layer=LAYER, num_steps=1),
    dict(type='advbn_seg.hooks.PerturbationHook', layers=LAYER, perturbation=NP, probability=1),
    dict(type='advbn_seg.hooks.MoExHook', layer=LAYER),
    dict(type='advbn_seg.hooks.ASAHook', layers=LAYER)], ids=lambda hook: hook['type'].rpartition('.')[2])
def test_it_goes_on_and_leaves_nothing_behind(tmp_path, hook):
    run, snapshots = interrupted(tmp_path, hook)
    run.train()
    assert run.iter == 5 and len(snapshots.logs) == 4  # both epochs, of which the first is begun anew
    assert 'forward' not in vars(run.model) and 'loss' not in vars(run.model.decode_head)
    assert not run.model._forward_pre_hooks and not run.model.backbone.layer1._forward_hooks


def test_a_step_is_perturbed_once(tmp_path):
    run, _ = interrupted(tmp_path, dict(type='advbn_seg.hooks.PerturbationHook', layers=LAYER, perturbation=NP,
                                        probability=1))
    hook, = (each for each in run.hooks if hasattr(each, 'insertion'))
    draw, drawn = hook.perturbation.draw, []
    hook.perturbation.draw = lambda maps: drawn.append(run.iter) or draw(maps)
    run.train()
    assert drawn == [1, 2, 3, 4]


def test_the_main_norms_train_after_a_validation_through_the_others(tmp_path):
    hook = dict(type='advbn_seg.hooks.AdvBNHook', layer=LAYER, num_steps=1, norm_branch='aux')
    run, _ = interrupted(tmp_path, hook, 'before_val_iter')
    norm = run.model.backbone.layer2[0].bn1
    assert norm.branch == 'aux'
    run.train()
    assert norm.branch == 'main'
