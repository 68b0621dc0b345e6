"""The machine, as Linux describes it."""
import torch

from advbn_seg.runtime import host

TEXT = '''processor\t: 0
model name\t: Some(R) CPU @ 2 GHz
flags\t\t: fpu avx2 amx_bf16

processor\t: 1
model name\t: another
'''


def test_the_first_core_tells_model_and_instructions(tmp_path, monkeypatch):
    (tmp_path / 'cpuinfo').write_text(TEXT)
    monkeypatch.setattr(host, 'CPUINFO', tmp_path / 'cpuinfo')
    found = host.host()
    assert (found['cpu'], found['features']) == ('Some(R) CPU @ 2 GHz', ['avx2', 'amx_bf16'])
    assert host.device_name(torch.device('cpu')) == 'Some(R) CPU @ 2 GHz'


def test_a_system_without_the_file_tells_its_architecture(tmp_path, monkeypatch):
    monkeypatch.setattr(host, 'CPUINFO', tmp_path / 'none')
    found = host.host()
    assert found['cpu'] and found['machine'] and found['features'] == []
