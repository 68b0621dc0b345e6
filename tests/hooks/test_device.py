"""A training by the hook on the device of --device, against one on a CPU."""
import pytest
import torch
from mmengine.runner import Runner
from mmengine.runner import runner as module

from tests.tiny import config, segmentor, trained

pytestmark = pytest.mark.gpu


def train(work_dir, weights):
    model = segmentor()
    model['decode_head']['dropout_ratio'] = 0  # which draws other numbers on another device
    hook = dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')
    return trained(config(work_dir, model, epochs=1, hooks=[hook], load_from=str(weights), val_dataloader=None,
                          val_evaluator=None, val_cfg=None))


def test_a_training_there_is_that_of_a_cpu(device, tmp_path, monkeypatch):
    weights = tmp_path / 'start.pth'  # mmengine initialises a model where it is, from other numbers on another device
    start = Runner.from_cfg(config(tmp_path / 'start')).model
    torch.save(dict(state_dict=start.state_dict()), weights)
    run, there = train(tmp_path / 'there', weights)
    assert {parameter.device.type for parameter in run.model.parameters()} == {device.type}
    monkeypatch.setattr(module, 'get_device', lambda: 'cpu')
    run, here = train(tmp_path / 'here', weights)
    assert {parameter.device.type for parameter in run.model.parameters()} == {'cpu'}
    assert len(there.logs) == 2 and there.logs[0] == pytest.approx(here.logs[0], rel=1e-3)
