"""Models that torch.compile, DDP and FSDP have wrapped, before AdvBN is attached and after."""
import pytest
import torch
from torch import distributed, nn
from torch.distributed.fsdp import fully_shard
from torch.nn import functional as F
from torch.nn.parallel import DataParallel, DistributedDataParallel

from advbn_seg.adversarial import AdvBN, AdvProp
from advbn_seg.errors import UserError
from tests.adversarial.reference import halves

pytestmark = pytest.mark.slow


def network():
    model = nn.Sequential(*halves())
    model[1][3].p = 0.  # dropout
    return model


def train(model, advbn, run):
    """(losses and deltas of two steps): `run` is the model, as it is called."""
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.1)
    found = []
    for _ in range(2):
        x, y = torch.randn(8, 3, 12, 12, generator=generator), torch.randint(5, (8,), generator=generator)
        clean, adversarial = advbn.losses(lambda x=x, y=y: F.cross_entropy(run(x), y))
        optimizer.zero_grad()
        (clean + adversarial).backward()
        optimizer.step()
        found += [clean.detach(), adversarial.detach(), advbn.delta_mean, advbn.delta_std]
    return found


@pytest.fixture(scope='module')
def expected():
    model = network()
    return train(model, AdvBN(model, '0'), model)


def compiled_before(model):
    run = torch.compile(model, backend='eager')
    return AdvBN(run, '0'), run


def compiled_after(model):
    advbn = AdvBN(model, '0')
    return advbn, torch.compile(model, backend='eager')


def compiled_in_place(model):
    model.compile(backend='eager')
    return AdvBN(model, '0'), model


def compiled_layer(model):
    model[0] = torch.compile(model[0], backend='eager')
    return AdvBN(model, '0'), model


def compiled_suffix(model):
    advbn = AdvBN(model, '0')
    model[1].compile(backend='eager')
    return advbn, model


@pytest.mark.parametrize('attach', [compiled_before, compiled_after, compiled_in_place, compiled_layer,
                                    compiled_suffix])
def test_a_compiled_model_is_trained_as_a_plain_one(attach, expected):
    model = network()
    torch.testing.assert_close(train(model, *attach(model)), expected)


def test_a_model_that_was_compiled_and_ran_before(expected):
    model = network()
    run = torch.compile(model.eval(), backend='eager')
    with torch.no_grad():
        run(torch.randn(8, 3, 12, 12))
    model.train()
    torch.testing.assert_close(train(model, AdvBN(run, '0'), run), expected)


def test_a_step_inside_a_compiled_function(expected):
    model = network()
    advbn = AdvBN(model, '0')

    class Compiled:
        losses = staticmethod(torch.compile(lambda closure: advbn.losses(closure), backend='eager'))
        delta_mean, delta_std = property(lambda self: advbn.delta_mean), property(lambda self: advbn.delta_std)

    torch.testing.assert_close(train(model, Compiled(), model), expected)


def test_a_compiled_model_predicts_through_either_branch():
    model = network()
    advbn, run = compiled_after(model)
    train(model, advbn, run)
    model.eval()
    x = torch.randn(2, 3, 12, 12)
    predicted = [run(x)]
    with advbn.branch('aux'):
        predicted.append(run(x))
        torch.testing.assert_close(predicted[1], model(x))
    torch.testing.assert_close(predicted[0], model(x))
    assert not torch.allclose(*predicted)


@pytest.fixture
def process_group(tmp_path):
    distributed.init_process_group('gloo', f'file://{tmp_path}/store', rank=0, world_size=1)
    yield distributed.init_device_mesh('cpu', (1,))
    distributed.destroy_process_group()


def test_ddp_and_fsdp_wrap_a_model_after_attaching(process_group, expected):
    model = network()
    advbn = AdvBN(model, '0')
    torch.testing.assert_close(train(model, advbn, DistributedDataParallel(model)), expected)
    model = network()
    advbn = AdvBN(model, '0')
    for part in (*model, model):
        fully_shard(part, mesh=process_group)
    torch.testing.assert_close(train(model, advbn, model), expected)


@pytest.mark.parametrize('attach', [lambda model: AdvBN(model, '0'), AdvProp])
def test_ddp_and_fsdp_are_refused_before_attaching(process_group, attach):
    for wrap, name in [(DistributedDataParallel, 'DistributedDataParallel'), (DataParallel, 'DataParallel'),
                       (lambda model: fully_shard(model, mesh=process_group), 'FSDPModule')]:
        with pytest.raises(UserError, match=rf'wrapped already \({name}\), .*: attach to the plain model first'):
            attach(wrap(network()))
    model = network()
    fully_shard(model[1], mesh=process_group)
    with pytest.raises(UserError, match='wrapped already'):
        attach(model)
