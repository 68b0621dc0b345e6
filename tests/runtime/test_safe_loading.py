"""All that mmengine, mmseg, mmpretrain and timm save is loaded, to the bit; damage is noticed."""
import argparse
import glob
import io
import os
import re
import zipfile

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from mmengine.optim import OneCycleLR
from mmengine.runner.checkpoint import _load_checkpoint
from torch import nn

from advbn_seg.errors import UserError
from advbn_seg.runtime.safe_loading import load_file
from tests import tiny
from tests.lab import Lab
from tests.runtime.doors import DOORS
from tests.runtime.hostile_files import rewrite
from tests.runtime.pickles import pickle_of, saved


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
def test_every_door_notices_a_flipped_bit_in_a_weight(tmp_path, door):
    lab = Lab(tmp_path)
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
