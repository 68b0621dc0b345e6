import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from advbn_seg.adversarial import AdvBN, plain_state_dict
from advbn_seg.checkpoints.export import export_checkpoint
from tests.adversarial.reference import halves
from tests.tiny import runner, segmentor

TOOL = Path(__file__).parents[2] / 'tools/export_checkpoint.py'
ADVBN = dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """An AdvBN training, with an EMA hook, which saves averaged weights."""
    run = runner(tmp_path_factory.mktemp('advbn'), epochs=1, hooks=[ADVBN, dict(type='EMAHook')])
    run.train()
    return run


@pytest.fixture(scope='module')
def checkpoint(trained):
    return f'{trained.work_dir}/epoch_1.pth'


@pytest.mark.parametrize('branch', ['main', 'aux'])
def test_the_stock_config_predicts_and_scores_alike(tmp_path, checkpoint, branch):
    out = tmp_path / 'plain.pth'
    export_checkpoint(checkpoint, out, branch)
    ours = runner(tmp_path / 'ours', hooks=[dict(ADVBN, norm_branch=branch)], load_from=checkpoint)
    scores = ours.test()
    stock = runner(tmp_path / 'stock', load_from=str(out))
    assert stock.test() == scores
    image = torch.randn(2, 3, 32, 32)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(segmentor()).eval()
    model.load_state_dict(torch.load(out, weights_only=True)['state_dict'])  # strictly
    advbn = next(hook.training for hook in ours.hooks if hasattr(hook, 'training'))
    ours.model.eval()
    with torch.no_grad(), advbn.branch(branch):
        assert torch.equal(ours.model(image), model(image))
    with torch.no_grad(), advbn.branch('aux' if branch == 'main' else 'main'):
        assert not torch.equal(ours.model(image), model(image))


def test_nothing_of_the_training_is_left(tmp_path, checkpoint):
    export_checkpoint(checkpoint, tmp_path / 'plain.pth')
    exported = torch.load(tmp_path / 'plain.pth', weights_only=True)
    assert set(exported) == {'meta', 'state_dict'}
    assert exported['meta']['dataset_meta']['classes'] == ('left', 'right')
    assert 'AdvBNHook' not in str(exported['meta'])


def test_a_module_that_is_named_aux_stays():
    model = torch.nn.ModuleDict(dict(aux=torch.nn.Conv2d(3, 4, 1), net=torch.nn.Sequential(*halves())))
    before = model.state_dict()
    AdvBN(model, 'net.0')
    assert set(plain_state_dict(model.state_dict())) == set(before)
    model = torch.nn.ModuleDict(dict(aux=torch.nn.Conv2d(3, 4, 1)))
    assert set(plain_state_dict(model.state_dict())) == {'aux.weight', 'aux.bias'}
    state = {'head.conv.weight': torch.zeros(1), 'head.aux.conv.weight': torch.ones(1)}  # a second head of that name
    assert plain_state_dict(state) == state


class ActiveNorm(torch.nn.BatchNorm2d):
    """A norm with a module inside, as timm's BatchNormAct2d."""

    def __init__(self, channels):
        super().__init__(channels)
        self.act = torch.nn.PReLU()

    def forward(self, x):
        return self.act(super().forward(x))


def test_a_norm_with_a_module_inside():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.Conv2d(4, 4, 1), ActiveNorm(4)).eval()
    plain, x = copy.deepcopy(model), torch.randn(2, 3, 5, 5)
    advbn = AdvBN(model, '0')
    model[2].aux.act.weight.data.fill_(3)
    for branch in ('main', 'aux'):
        plain.load_state_dict(plain_state_dict(model.state_dict(), branch))
        with advbn.branch(branch):
            torch.testing.assert_close(plain(x), model(x))
    assert not torch.equal(model(x), plain(x))


@pytest.mark.parametrize('content, branch, message', [
    (dict(state_dict=[1, 2]), 'main', 'source.pth has no weights by name, but a list: give one that a training saved'),
    (dict(state_dict={1: torch.ones(1)}), 'main', 'source.pth has no weights by name, but a dict'),
    (dict(weights=1), 'main', "has no 'state_dict'; its first entries are 'weights': give one"),
    ({str(index): 1 for index in range(9)}, 'main', "has no 'state_dict'; its first entries are '0', '1', '2': give"),
    (dict(state_dict={'conv.weight': torch.ones(1)}), 'aux', 'source.pth: there are no auxiliary norms in it to take'),
])
def test_what_cannot_be_exported(tmp_path, content, branch, message):
    source, out = tmp_path / 'source.pth', tmp_path / 'out.pth'
    torch.save(content, source)
    with pytest.raises(ValueError, match=message):
        export_checkpoint(source, out, branch)
    assert not out.exists()


def test_a_checkpoint_that_says_nothing_of_its_training(tmp_path):
    torch.save(dict(state_dict={'conv.weight': torch.ones(1)}, meta=None), tmp_path / 'source.pth')
    export_checkpoint(tmp_path / 'source.pth', tmp_path / 'out.pth')
    assert torch.load(tmp_path / 'out.pth')['meta'] == {}


def test_nothing_is_overwritten(checkpoint):
    with pytest.raises(FileExistsError, match='epoch_1.pth exists already: delete it, or give another name'):
        export_checkpoint(checkpoint, checkpoint)


@pytest.mark.slow
def test_tool(tmp_path, checkpoint):
    def export(source):
        command = [sys.executable, TOOL, source, tmp_path / 'plain.pth', '--norm-branch', 'aux']
        return subprocess.run(command, capture_output=True, text=True)

    missing = export(tmp_path / 'epoch_9.pth')
    assert missing.returncode == 2 and not any(tmp_path.iterdir())
    assert f'error: checkpoint {tmp_path}/epoch_9.pth does not exist; give the path of a checkpoint\n' in missing.stderr
    done = export(checkpoint)
    assert done.returncode == 0 and done.stdout.endswith('plain.pth: 112 entries, with the aux norms\n')
