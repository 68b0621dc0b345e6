"""Real malicious files, through every door by which a checkpoint comes in: none of their code runs."""
import argparse
import glob
import http.server
import io
import os
import re
import subprocess
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path

import mmengine.runner.checkpoint
import mmseg
import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer, history_buffer
from mmengine.optim import OneCycleLR
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import _load_checkpoint
from mmseg.apis import MMSegInferencer
from mmseg.models.backbones import TIMMBackbone
from torch import nn

from advbn_seg.errors import UserError
from advbn_seg.runtime.safe_loading import load_file
from tests import tiny
from tests.runtime.pickles import REDUCE, checkpoint, named, pickle_of, saved, value, zipped
from tests.test_bad_input import Lab


class RunsCode:
    """A pickle may call any function to restore an object."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


def classic(path, writes):
    torch.save(dict(state_dict={}, meta=RunsCode(writes)), path)


def through_getattr(path, writes):
    """Nothing but what mmengine counts as harmless, and yet it runs a command.

    Attributes of `HistoryBuffer.update` lead to its module's globals and on to `os`; then `np` in these globals becomes
    an object whose `array` is `os.system`, and HistoryBuffer(command, command) calls np.array(command).
    """
    def name(module, what):
        return f'c{module}\n{what}\n'.encode()

    def text(string):
        return b'X' + len(string).to_bytes(4, 'little') + string.encode()

    def attribute(of, what):
        return name('__builtin__', 'getattr') + of + text(what) + b'\x86R'

    buffer = name('mmengine.logging.history_buffer', 'HistoryBuffer')
    modules = attribute(attribute(attribute(b'h\0', 'warnings'), 'sys'), 'modules')
    rewrite(path, b'\x80\2(' + buffer + b')\x81q\0' + attribute(attribute(buffer, 'update'), '__globals__') + b'q\1b'
            + buffer + b')\x81q\2' + modules + b'b'
            + buffer + b')\x81q\3}' + text('array') + attribute(attribute(b'h\2', 'os'), 'system') + b'sb'
            + b'h\1' + text('np') + b'h\3s' + buffer + 2 * text(f'touch {writes}') + b'\x86Rt.')


def rewrite(path, pickle):
    """A checkpoint with the tensors that `path` has, if any, and another pickle."""
    path.write_bytes(zipped(pickle, path.read_bytes() if path.exists() else None))


def pointers(path, writes):
    """What numpy follows to addresses of the file's choice, which crashed a tool, or ran code."""
    path.write_bytes(zipped(checkpoint(named('numpy.ndarray') + value(((4,), 'O', b'\x41' * 32)) + REDUCE)))


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


def start(tool):
    return lambda lab: lab.start(tool)


def load_from(lab):
    return lab.start('train', '--cfg-options', f'load_from={lab.checkpoint}')


def resume(lab):
    lab.out.mkdir()
    (lab.out / 'last_checkpoint').write_text(str(lab.checkpoint))
    return lab.start('train', '--resume')


def init_cfg_of(part):
    def door(lab):
        return lab.start('train', '--cfg-options', f'{part}.init_cfg.type=Pretrained',
                         f'{part}.init_cfg.checkpoint={lab.checkpoint}')
    return door


DOORS = {'load_from': load_from, 'resume': resume, 'init_cfg': init_cfg_of('model'),
         'init_cfg of the backbone': init_cfg_of('model.backbone'), 'test': start('test'),
         'matrix': start('cross_domain_matrix'), 'export': start('export_checkpoint'),
         'convert': start('convert_checkpoint')}


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


# What mmengine, mmseg, mmpretrain and timm save

def loaded(path):
    return _load_checkpoint(str(path), map_location='cpu')


def contents():
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1, momentum=0.9)
    scheduler = OneCycleLR(optimizer, eta_max=1, total_steps=9)
    return dict(
        state_dict=nn.BatchNorm2d(3).state_dict(), optimizer=optimizer.state_dict(),
        param_schedulers=[scheduler.state_dict()], args=argparse.Namespace(lr=0.1), where=slice(2),
        meta=dict(epoch=3, seed=np.int64(4), best=np.float32(0.5), good=np.bool_(True), config=ConfigDict(a=dict(b=1)),
                  palette=np.arange(6, dtype=np.uint8).reshape(2, 3), rng=np.random.get_state()),
        message_hub=dict(log_scalars=dict(loss=HistoryBuffer([1., 3.], [1, 1]))))


@pytest.mark.parametrize('numpy', [b'numpy.core.multiarray', b'numpy._core.multiarray'], ids=['numpy 1', 'numpy 2'])
def test_all_that_a_runner_saves_is_accepted(tmp_path, numpy):
    torch.save(contents(), tmp_path / 'a.pth')
    pickle = pickle_of((tmp_path / 'a.pth').read_bytes())
    assert re.search(rb'numpy\._?core\.multiarray', pickle)
    rewrite(tmp_path / 'a.pth', re.sub(rb'numpy\._?core\.multiarray', numpy, pickle))
    found = loaded(tmp_path / 'a.pth')
    expected = contents()
    loss = found['message_hub']['log_scalars']['loss']
    assert type(loss) is HistoryBuffer and loss.mean() == loss.statistics('mean') == 2
    assert found['param_schedulers'] == expected['param_schedulers'] and found['args'] == expected['args']
    assert found['optimizer'] == expected['optimizer'] and found['where'] == slice(2)
    assert 'config' not in found['meta']
    for key in ('epoch', 'seed', 'best', 'good'):
        assert found['meta'][key] == expected['meta'][key] and type(found['meta'][key]) is type(expected['meta'][key])
    np.testing.assert_array_equal(found['meta']['palette'], expected['meta']['palette'])
    assert found['meta']['palette'].dtype == np.uint8


class OfAUser:
    """No code of its own runs when it is restored, but that cannot be seen from outside."""


def test_a_class_is_refused_until_its_user_allows_it(tmp_path):
    torch.save(dict(state_dict={}, mine=OfAUser()), tmp_path / 'a.pth')
    with pytest.raises(UserError, match='holds tests.runtime.test_safe_loading.OfAUser'):
        loaded(tmp_path / 'a.pth')
    with torch.serialization.safe_globals([OfAUser]):
        assert type(loaded(tmp_path / 'a.pth')['mine']) is OfAUser


@pytest.mark.parametrize('array', [np.array([None]), np.array(['text']), np.zeros(1, [('a', 'O')])])
def test_arrays_hold_numbers(tmp_path, array):
    """Forged, one of objects or with a layout of its own would follow any address in the file."""
    torch.save(dict(state_dict={}, array=array), tmp_path / 'a.pth')
    with pytest.raises(UserError, match='a.pth .*'):
        loaded(tmp_path / 'a.pth')


def bits(content):
    """A loaded checkpoint as what can be compared, to the bit."""
    if isinstance(content, torch.Tensor):
        return str(content.dtype), tuple(content.shape), content.numpy().tobytes()
    if isinstance(content, (np.ndarray, np.generic)):
        return type(content), content.dtype, content.shape, content.tobytes()
    if isinstance(content, HistoryBuffer):
        return HistoryBuffer, content.max_length, bits(content.data)
    if isinstance(content, dict):
        return type(content), [(key, bits(item)) for key, item in content.items()]
    return [type(content), *map(bits, content)] if isinstance(content, (list, tuple)) else (type(content), content)


@pytest.mark.parametrize('legacy', [False, True], ids=['zip', 'torch before 1.6'])
def test_what_a_training_saves_is_loaded_to_the_bit(tmp_path, legacy):
    scheduler = dict(type='OneCycleLR', eta_max=0.1, total_steps=4, by_epoch=False)
    hooks = [dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', num_steps=1), dict(type='EMAHook')]
    tiny.runner(tmp_path, hooks=hooks, param_scheduler=[scheduler]).train()
    expected = torch.load(tmp_path / 'epoch_2.pth', weights_only=False)
    if legacy:
        torch.save(expected, tmp_path / 'epoch_2.pth', _use_new_zipfile_serialization=False)
    expected['meta'].pop('config', None)
    found = loaded(tmp_path / 'epoch_2.pth')
    assert {'state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers', 'message_hub'} <= found.keys()
    assert any(type(log) is HistoryBuffer and len(log.data[0]) for log in found['message_hub']['log_scalars'].values())
    assert bits(found) == bits(expected)


# Damage

def flipped(data, rng):
    place = rng.integers(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.integers(8)]) + data[place + 1:]


def zeroed(data, rng):
    place = rng.integers(len(data) - 4096)
    return data[:place] + bytes(4096) + data[place + 4096:]


@pytest.mark.parametrize('harm', [flipped, zeroed])
def test_no_damage_changes_a_weight(harm):
    content = dict(state_dict={str(index): torch.rand(3, 1000) for index in range(5)})
    data, rng, refused = saved(content), np.random.default_rng(0), 0
    for _ in range(300):
        try:
            found = load_file(io.BytesIO(harm(data, rng)))
        except UserError:
            refused += 1
        else:
            assert bits(found) == bits(content)  # padding was hit
    assert refused > 250


@pytest.mark.parametrize('door', DOORS)
def test_every_door_notices_a_flipped_bit_in_a_weight(lab, door):
    data = bytearray(lab.checkpoint.read_bytes())
    place = data.index(lab.state['decode_head.conv_seg.weight'].numpy().tobytes())
    data[place] ^= 1
    lab.checkpoint.write_bytes(data)
    status, said = DOORS[door](lab)
    assert status == 2 and re.fullmatch(r'error: \S+ \S+epoch_1.pth cannot be read: it is damaged.*\n', said), said


def test_an_archive_that_unpacks_to_more_than_it_is_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / 'a.pth', 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('archive/data.pkl', pickle_of(saved({})))
        archive.writestr('archive/data/0', bytes(10 ** 7))
    with pytest.raises(UserError, match='cannot be read'):
        loaded(tmp_path / 'a.pth')


@pytest.mark.skipif('ADVBN_CHECKPOINTS' not in os.environ, reason='set ADVBN_CHECKPOINTS to a pattern of files')
def test_real_checkpoints():
    files = glob.glob(os.environ['ADVBN_CHECKPOINTS'])
    assert files and all(loaded(file) for file in files)
