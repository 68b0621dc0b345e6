import copy

import pytest
import torch
from torch import nn

from advbn_seg.adversarial import AdvBN, DualNorm, use_branch
from advbn_seg.network.dual_norm import add_auxiliary_norms, is_norm, remove_auxiliary_norms


def network(norm):
    return nn.Sequential(nn.Conv2d(3, 4, 1), norm, nn.ReLU())


NORMS = [nn.BatchNorm2d(4), nn.SyncBatchNorm(4), nn.GroupNorm(2, 4), nn.LayerNorm([4, 5, 5])]


@pytest.mark.parametrize('norm', NORMS, ids=lambda norm: type(norm).__name__)
def test_auxiliary_norm_starts_as_a_copy_and_lives_its_own_life(norm):
    dual = DualNorm(copy.deepcopy(norm))
    x = torch.randn(2, 4, 5, 5)
    with use_branch(dual, 'aux'):
        before = dual(x)
    torch.testing.assert_close(before, copy.deepcopy(norm)(x))
    with torch.no_grad():
        dual.aux.weight.mul_(3)
    torch.testing.assert_close(dual.main.weight, norm.weight)


def test_branch_is_restored_after_an_error():
    dual = DualNorm(nn.BatchNorm2d(4))
    with pytest.raises(RuntimeError), use_branch(dual, 'aux'):
        raise RuntimeError
    assert dual.branch == 'main'
    with pytest.raises(ValueError, match="'main' or 'aux', found 'both'"), use_branch(dual, 'both'):
        pass


def test_plain_checkpoint_loads_and_auxiliary_norms_become_copies():
    plain = network(nn.BatchNorm2d(4))
    plain[1].running_mean.fill_(7)
    model = network(nn.BatchNorm2d(4))
    add_auxiliary_norms(model, set(filter(is_norm, model.modules())))
    assert model.load_state_dict(plain.state_dict()).missing_keys == []
    assert (model[1].main.running_mean == 7).all() and (model[1].aux.running_mean == 7).all()


def test_a_plain_checkpoint_whose_tensors_are_taken_as_they_are():
    plain, model = network(nn.BatchNorm2d(4)), network(nn.BatchNorm2d(4))
    dual, = add_auxiliary_norms(model, {model[1]})
    model.load_state_dict(plain.state_dict(), assign=True)
    dual.aux.running_mean.fill_(5)
    assert (dual.main.running_mean == 0).all()


def test_checkpoint_with_auxiliary_norms_round_trips_and_loads_into_the_plain_model():
    model = network(nn.BatchNorm2d(4))
    add_auxiliary_norms(model, {model[1]})
    model[1].main.running_mean.fill_(1)
    model[1].aux.running_mean.fill_(2)
    state = copy.deepcopy(model.state_dict())
    model[1].main.running_mean.zero_()
    model[1].aux.running_mean.zero_()
    model.load_state_dict(state)
    assert (model[1].main.running_mean == 1).all() and (model[1].aux.running_mean == 2).all()
    plain = network(nn.BatchNorm2d(4))
    result = plain.load_state_dict(state, strict=False)
    assert result.missing_keys == [] and all('.aux.' in key for key in result.unexpected_keys)
    assert (plain[1].running_mean == 1).all()


def test_keys_are_those_of_the_plain_model_plus_the_auxiliary_norms():
    model = network(nn.BatchNorm2d(4))
    plain = set(model.state_dict())
    add_auxiliary_norms(model, {model[1]})
    keys = set(model.state_dict())
    assert plain <= keys
    assert keys - plain == {f'1.aux.{name}' for name in ('weight', 'bias', 'running_mean', 'running_var',
                                                         'num_batches_tracked')}


def test_sync_conversion_keeps_the_auxiliary_norm():
    model = network(nn.BatchNorm2d(4))
    add_auxiliary_norms(model, {model[1]})
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    assert isinstance(converted[1], DualNorm)
    assert isinstance(converted[1].main, nn.SyncBatchNorm) and isinstance(converted[1].aux, nn.SyncBatchNorm)


def test_a_synchronised_norm_may_have_a_group_of_its_own(tmp_path):
    torch.distributed.init_process_group('gloo', init_method=f'file://{tmp_path}/store', rank=0, world_size=1)
    try:
        norm = nn.SyncBatchNorm(4, process_group=torch.distributed.new_group([0]))
        assert DualNorm(norm).aux.process_group is norm.process_group
    finally:
        torch.distributed.destroy_process_group()


def test_attributes_are_those_of_the_running_branch():
    dual = DualNorm(nn.LayerNorm(4))
    assert dual.normalized_shape == (4,)
    with use_branch(dual, 'aux'):
        assert dual.weight is dual.aux.weight
    assert dual.weight is dual.main.weight
    with pytest.raises(AttributeError):
        dual.no_such_thing  # noqa: B018


def test_removing_puts_the_same_norms_back():
    model = network(nn.BatchNorm2d(4))
    norm = model[1]
    add_auxiliary_norms(model, {norm})
    remove_auxiliary_norms(model)
    assert model[1] is norm


def test_a_norm_with_two_names_gets_one_auxiliary_norm():
    model = nn.Module()
    model.a = model.b = nn.BatchNorm2d(4)
    add_auxiliary_norms(model, {model.a})
    assert isinstance(model.a, DualNorm) and model.a is model.b


@pytest.mark.parametrize('auxiliary', [True, False])
def test_a_second_advbn_is_refused_until_the_first_is_removed(auxiliary):
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
    first = AdvBN(model, '0', auxiliary=auxiliary)
    with pytest.raises(ValueError, match='has an AdvBN already'):
        AdvBN(model, '0', auxiliary=auxiliary)
    first.remove()
    AdvBN(model, '0', auxiliary=auxiliary)
