"""norm_branch='auto' in validation and test."""
import pytest
import torch

from tests import tiny


def hook(**options):
    return dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', norm_branch='auto', **options)


def know(norm, feature):
    """Gives a batch norm the statistics of a feature."""
    var, mean = torch.var_mean(feature, (0, 2, 3), correction=0)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(var)


def test_every_batch_goes_through_the_norms_that_it_is_nearer_to(tmp_path):
    runner = tiny.runner(tmp_path, epochs=1, hooks=[hook()])
    runner.train()
    decides = runner.model.backbone.layer2[0].bn1  # the first DualNorm that runs
    seen = []
    watch = decides.register_forward_pre_hook(lambda norm, args: seen.append(args[0]))
    runner.test()
    watch.remove()
    first, second = seen
    for main, aux, share in ((first, second, 0.5), (first, second + 100, 0), (first + 100, second, 1)):
        know(decides.main, main)
        know(decides.aux, aux)
        runner.test()
        assert runner.message_hub.get_info('aux_share') == share
    assert all(norm.branch == 'main' for norm in runner.model.modules() if hasattr(norm, 'aux'))


def test_norms_without_statistics_leave_nothing_to_choose(tmp_path):
    runner = tiny.runner(tmp_path, model=tiny.segmentor('GN'), epochs=1, hooks=[hook()])
    with pytest.raises(ValueError, match="GroupNorm without any: choose 'main' or 'aux'"):
        runner.train()
    assert runner.iter == 0  # before the first step, and not in the first validation


def test_one_set_of_norms_leaves_nothing_to_choose(tmp_path):
    with pytest.raises(ValueError, match="norm_branch='auto' needs the auxiliary norms"):
        tiny.runner(tmp_path, hooks=[hook(auxiliary=False)])
