"""The choice between main and auxiliary norms without labels."""
import pytest
import torch
from torch import nn

from advbn_seg.adversarial.branch_selection import nearest, nearest_branch
from advbn_seg.network.dual_norm import DualNorm, add_auxiliary_norms


def network(norm=nn.BatchNorm2d):
    """Two convolutions, each with a DualNorm; the auxiliary ones expect features of mean 3 and deviation 2."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 2, 1), norm(2), nn.ReLU(), nn.Conv2d(2, 2, 1), norm(2))
    model[0].weight.data = torch.eye(2).view(2, 2, 1, 1)
    model[0].bias.data.zero_()
    dual_norms = add_auxiliary_norms(model, {model[1], model[4]})
    for dual_norm in dual_norms if norm is nn.BatchNorm2d else ():
        dual_norm.aux.running_mean.fill_(3)
        dual_norm.aux.running_var.fill_(4)
    return model.eval()


@pytest.mark.parametrize('mean, std, branch', [(0, 1, 'main'), (3, 2, 'aux'), (0.5, 1.1, 'main'), (2.5, 2.5, 'aux')])
def test_a_batch_runs_through_the_norms_that_it_is_nearer_to(mean, std, branch):
    model = network()
    x = mean + std * torch.randn(4, 2, 8, 8)
    with nearest_branch(model) as choices:
        found = model(x)
        assert all(module.branch == branch for module in model if isinstance(module, DualNorm))
    assert dict(choices) == {branch: 1}
    for module in model:
        if isinstance(module, DualNorm):
            assert module.branch == 'main'
            module.branch = branch
    torch.testing.assert_close(found, model(x))


@pytest.mark.parametrize('norm, shape', [(nn.BatchNorm1d, (64, 2)), (nn.BatchNorm1d, (64, 2, 2)),
                                         (nn.BatchNorm3d, (4, 2, 4, 4, 4))])
def test_features_of_other_dimensions_have_their_channels_second_too(norm, shape):
    dual = DualNorm(norm(2))
    dual.main.running_mean.copy_(torch.tensor([0., 9]))
    dual.aux.running_mean.copy_(torch.tensor([4., 5]))
    x = torch.randn(shape) + dual.main.running_mean.view(-1, *[1] * (len(shape) - 2))
    assert nearest(dual, x) == 'main'


def test_every_batch_is_chosen_for_anew():
    model = network()
    with nearest_branch(model) as choices:
        for mean, std in ((0, 1), (3, 2), (0, 1)):
            model(mean + std * torch.randn(4, 2, 8, 8))
    assert dict(choices) == dict(main=2, aux=1)
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_a_norm_may_be_called_by_keyword():
    model = network()
    model.forward = lambda x: model[1](input=x)
    with nearest_branch(model) as choices:
        model(3 + 2 * torch.randn(4, 2, 8, 8))
    assert dict(choices) == dict(aux=1)


def test_a_channel_without_variance_does_not_make_both_distances_infinite():
    model = network()
    x = 3 + 2 * torch.randn(4, 2, 8, 8)
    x[:, 1] = 3
    with nearest_branch(model) as choices:
        assert model(x).isfinite().all()
    assert dict(choices) == dict(aux=1)


def test_models_that_leave_nothing_to_choose_are_refused():
    with pytest.raises(ValueError, match='the model has no auxiliary norms to choose'), nearest_branch(nn.Linear(2, 2)):
        pass
    model = network(norm=lambda channels: nn.GroupNorm(1, channels))
    with pytest.raises(ValueError, match="GroupNorm without any: choose 'main' or 'aux'"), nearest_branch(model):
        pass
