"""norm_branch='auto' in validation and test."""
import pytest

from tests import tiny


def hook(**options):
    return dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', norm_branch='auto', **options)


def test_every_batch_goes_through_the_norms_that_it_is_nearer_to(tmp_path):
    runner = tiny.runner(tmp_path, epochs=1, hooks=[hook()])
    runner.train()
    aux_share = {}
    for name, mean in (('main', 0), ('aux', 100)):  # main norms know the images, or expect quite other features
        for norm in runner.model.modules():
            if hasattr(norm, 'aux'):
                norm.main.running_mean += mean
        runner.test()
        aux_share[name] = runner.message_hub.get_info('aux_share')
    assert aux_share['aux'] == 1 and 0 <= aux_share['main'] <= 1
    assert all(norm.branch == 'main' for norm in runner.model.modules() if hasattr(norm, 'aux'))


def test_norms_without_statistics_leave_nothing_to_choose(tmp_path):
    runner = tiny.runner(tmp_path, model=tiny.segmentor('GN'), epochs=1, hooks=[hook()])
    with pytest.raises(ValueError, match="GroupNorm without any: choose 'main' or 'aux'"):
        runner.train()


def test_one_set_of_norms_leaves_nothing_to_choose(tmp_path):
    with pytest.raises(ValueError, match="norm_branch='auto' needs the auxiliary norms"):
        tiny.runner(tmp_path, hooks=[hook(auxiliary=False)])
