"""What tools/benchmark.py counts; how long anything takes is not looked at."""
import json

import pytest
import torch


@pytest.fixture
def rows(call, tmp_path):
    """rows(*arguments) -> the row of each mode, for a step that is as small as the benchmark has it."""
    def run(*arguments):
        code, text, _ = call('benchmark.py', '--cases', 'resnet50', '--layers', 'conv4_6', '--num-steps', 1,
                             '--rounds', 1, '--batch-size', 1, '--device', 'cpu', '--out', tmp_path / 'out.json',
                             *arguments)
        assert code == 0 and 'of peak %' not in text  # which is for GPUs
        return {row['mode']: row for row in json.loads((tmp_path / 'out.json').read_text())['rows']}

    yield run
    torch.set_default_dtype(torch.float32)


@pytest.mark.slow
def test_every_mode_is_counted(rows):
    ours, every_second, fast = modes = 'ours', 'ours, every 2nd batch', 'per image, one step, fast'
    found = rows('--modes', *modes, '--profile')
    assert set(found) == {'plain', 'reference', *modes}
    flops = {mode: row['flops'] for mode, row in found.items()}
    assert flops['plain'] < flops[every_second] < flops['reference'] == pytest.approx(flops[ours], rel=0.01)
    assert flops[fast] < 2.2 * flops['plain']
    for row in found.values():
        assert row['images'] == 1 and len(row['seconds']) == 1 and row['memory'] > 4 * 3 * 224 ** 2
        assert row.get('flipped', 0) < 0.01
        assert row['profile']['convolutions'] > 0 and row['profile']['norms'] > 0


@pytest.mark.slow
def test_bfloat16_is_left_out_in_double_precision(rows):
    assert set(rows('--modes', 'ours, bf16 ascent', 'fast', '--dtype', 'float64')) == {'plain', 'reference'}
