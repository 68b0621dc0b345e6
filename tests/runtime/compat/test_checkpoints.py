"""What advbn_seg takes for granted of mmengine's checkpoints; an upgrade that changes it fails here by name."""
import inspect

import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.runner import checkpoint as loading

from advbn_seg.errors import UserError
from advbn_seg.runtime.compat.checkpoints import BEST, KEPT, LAST, replace_loaders
from tests import tiny


@pytest.fixture
def loaders(monkeypatch):
    """The (name, file) of each call of the two loaders, whose places are taken."""
    called = []
    for name in ('_safe_torch_load', 'load_url'):
        monkeypatch.setattr(loading, name, lambda file, *_, name=name, **__: called.append((name, file)) or {})
    return called


def test_a_local_file_is_loaded_by_the_first_loader(loaders, tmp_path):
    torch.save({}, tmp_path / 'a.pth')
    loading._load_checkpoint(str(tmp_path / 'a.pth'))
    assert loaders == [('_safe_torch_load', str(tmp_path / 'a.pth'))]


@pytest.mark.parametrize('name', ['https://x/a.pth', 'torchvision://resnet18', 'open-mmlab://x', 'mmcls://x'])
def test_an_address_is_loaded_by_the_second(loaders, monkeypatch, name):
    for names in ('get_torchvision_models', 'get_external_models', 'get_mmcls_models'):
        monkeypatch.setattr(loading, names, lambda: dict(resnet18='https://x/a.pth', x='https://x/a.pth'))
    loading._load_checkpoint(name)
    assert loaders == [('load_url', 'https://x/a.pth')]


def test_nothing_else_of_that_module_loads():
    calls = [line for line in inspect.getsource(loading).splitlines() if 'torch.load(' in line or 'pickle.load' in line]
    of_the_first = inspect.getsource(inspect.getmodule(loading)).count('torch.load(')
    assert len(calls) == of_the_first == 4  # all of them in _safe_torch_load


def test_another_version_is_refused(monkeypatch):
    monkeypatch.delattr(loading, 'load_url')
    with pytest.raises(UserError, match='loads checkpoints without load_url, .* pip install -U onedl-mmengine'):
        replace_loaders(loading._safe_torch_load, None)


class Traced(CheckpointHook):
    """mmengine's hook, with its calls and removals kept, in order."""

    def _save_checkpoint_with_step(self, runner, step, meta):
        super()._save_checkpoint_with_step(runner, step, meta)
        self.calls.append(('step', step))

    def _save_best_checkpoint(self, runner, metrics):
        runner.message_hub.update_info('best_score', -1.)  # each is better
        super()._save_best_checkpoint(runner, metrics)
        self.calls.append(('best', sorted(metrics)))

    def before_train(self, runner):
        super().before_train(runner)
        self.calls, remove = [], self.file_backend.remove
        self.file_backend.remove = lambda path: self.calls.append(('remove', path)) or remove(path)


@pytest.fixture
def traced(tmp_path):
    runner = tiny.runner(tmp_path, default_hooks=dict(checkpoint=None))
    hook = Traced(save_best='mIoU', max_keep_ckpts=1, interval=1)
    runner.register_hook(hook)
    runner.train()
    return hook, runner


def test_the_hook_saves_through_the_methods_that_are_overridden(traced):
    hook, _ = traced
    assert ('step', 2) in hook.calls and [call for call in hook.calls if call[0] == 'best'][0][1][-1] == 'mIoU'
    parameters = inspect.signature(CheckpointHook._save_checkpoint_with_step).parameters
    assert list(parameters) == ['self', 'runner', 'step', 'meta']


def test_the_hook_removes_through_its_file_backend(traced, tmp_path):
    removed = [path for what, path in traced[0].calls if what == 'remove']
    assert f'{tmp_path}/epoch_1.pth' in removed and f'{tmp_path}/best_mIoU_epoch_1.pth' in removed


def test_the_hook_remembers_under_these_names(traced, tmp_path):
    hook, runner = traced
    remembered = runner.message_hub.runtime_info
    assert remembered[KEPT] == list(hook.keep_ckpt_ids) == [2] and hook.keep_ckpt_ids.maxlen == 1
    assert remembered[LAST] == hook.last_ckpt == f'{tmp_path}/epoch_2.pth'
    assert remembered[BEST] == hook.best_ckpt_path == f'{tmp_path}/best_mIoU_epoch_2.pth'
