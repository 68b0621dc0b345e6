"""Real malicious files, through every door by which a checkpoint comes in: none of their code runs."""
import http.server
import re
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import mmengine.runner.checkpoint
import mmseg
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, history_buffer
from mmengine.runner import load_checkpoint
from mmseg.apis import MMSegInferencer
from mmseg.models.backbones import TIMMBackbone
from torch import nn

from advbn_seg.errors import UserError
from tests import tiny
from tests.lab import Lab
from tests.runtime.doors import DOORS
from tests.runtime.hostile_files import classic, pointers, through_getattr

MALICIOUS = pytest.mark.parametrize('make', [classic, through_getattr, pointers])


@pytest.fixture
def writes(tmp_path):
    """The file that is there if the code has run."""
    return tmp_path / 'the_code_ran'


@pytest.fixture
def lab(tmp_path):
    (tmp_path / 'lab').mkdir()
    return Lab(tmp_path / 'lab')


def test_the_files_are_really_malicious(tmp_path, writes, monkeypatch):
    classic(tmp_path / 'a.pth', writes)
    torch.load(tmp_path / 'a.pth', weights_only=False)
    assert writes.exists()
    writes.unlink()
    monkeypatch.setattr(history_buffer, 'np', np)  # which the file changes
    through_getattr(tmp_path / 'b.pth', writes)
    with torch.serialization.safe_globals(mmengine.runner.checkpoint.get_torch_safe_globals()):
        torch.load(tmp_path / 'b.pth', weights_only=True)
    assert writes.exists()


@pytest.mark.slow
@MALICIOUS
@pytest.mark.parametrize('door', DOORS)
def test_no_tool_runs_code(lab, writes, make, door):
    make(lab.checkpoint, writes)
    status, said = DOORS[door](lab)
    assert not writes.exists()
    assert status == 2 and re.fullmatch(r'error: checkpoint \S+epoch_1.pth is not loaded: it holds .*\n', said), said


@pytest.mark.slow
def test_nor_does_mmsegs_own_train_with_our_hook(lab, writes):
    classic(lab.checkpoint, writes)
    train = Path(mmseg.__file__).parent / '.mim/tools/train.py'
    done = subprocess.run([sys.executable, train, lab.config, '--cfg-options', f'load_from={lab.checkpoint}'],
                          cwd=lab.folder, capture_output=True, text=True)
    assert not writes.exists()
    assert 'epoch_1.pth is not loaded: it holds io.open' in done.stderr, done.stderr


@pytest.fixture
def address(tmp_path, monkeypatch):
    """Of a web server for tmp_path."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{server.server_port}'
    server.shutdown()


@pytest.mark.slow
@MALICIOUS
@pytest.mark.parametrize('scheme', ['', 'torchvision://', 'open-mmlab://', 'mmcls://'])
def test_nor_does_a_download(tmp_path, address, writes, monkeypatch, make, scheme):
    make(tmp_path / 'evil.pth', writes)
    for names in ('get_torchvision_models', 'get_external_models', 'get_mmcls_models'):
        monkeypatch.setattr(mmengine.runner.checkpoint, names, lambda: dict(evil=f'{address}/evil.pth'))
    with pytest.raises(UserError, match=fr'checkpoint {address}/evil.pth \(kept in .*evil.pth\) is not loaded'):
        load_checkpoint(nn.Linear(1, 1), f'{scheme}evil' if scheme else f'{address}/evil.pth')
    assert not writes.exists()


def test_a_download_that_is_well_loads(tmp_path, address):
    layer = nn.Linear(2, 2)
    torch.save(dict(state_dict=layer.state_dict(), logs=HistoryBuffer([1], [1])), tmp_path / 'a.pth')
    other = nn.Linear(2, 2)
    load_checkpoint(other, f'{address}/a.pth')
    assert torch.equal(other.weight, layer.weight)


def test_a_download_that_fails_says_where_the_file_can_be_put(tmp_path, address):
    nowhere = 'http://127.0.0.1:9'  # a port that nothing listens on
    for server, reason in ((address, 'File not found'), (nowhere, 'Connection refused')):
        with pytest.raises(UserError, match=f'checkpoint {server}/a.pth cannot be downloaded: {reason}; bring the file '
                                            f'from elsewhere to {tmp_path}/cache/hub/checkpoints/a.pth'):
            load_checkpoint(nn.Linear(2, 2), f'{server}/a.pth')
        assert not list(tmp_path.glob('cache/hub/checkpoints/*'))


def test_nor_does_timm(tmp_path, writes):
    classic(tmp_path / 'a.pth', writes)
    with pytest.raises(Exception, match='(?i)weights.only'):
        TIMMBackbone('resnet18', pretrained=False, checkpoint_path=str(tmp_path / 'a.pth'))
    assert not writes.exists()


def test_the_config_in_a_checkpoint_is_not_run(tmp_path, writes):
    tiny.runner(tmp_path, epochs=1).train()
    checkpoint = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)
    checkpoint['meta']['config'] = f'open({str(writes)!r}, "w")'
    torch.save(checkpoint, tmp_path / 'epoch_1.pth')
    runner = tiny.runner(tmp_path, epochs=2, resume=True)
    runner.train()
    assert runner.epoch == 2 and not writes.exists()


@pytest.mark.parametrize('place', ['message_hub', 'meta'])
def test_nor_does_an_inferencer_run_it(tmp_path, writes, place):
    text = dict(cfg=f'open({str(writes)!r}, "w")')
    content = dict(state_dict={}, meta=text) if place == 'meta' else dict(
        state_dict={}, message_hub=dict(runtime_info=text))
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(UserError, match='no config was given for .*a.pth, and the one inside is Python code, which is'):
        MMSegInferencer(None, weights=str(tmp_path / 'a.pth'), device='cpu')
    assert not writes.exists()
