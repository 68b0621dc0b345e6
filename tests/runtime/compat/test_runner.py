import inspect

import torch
from mmengine.hooks import Hook
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner
from torch import distributed

from advbn_seg.runtime.compat import runner as compat
from tests.runtime.compat.assumptions import assumption
from tests.tiny import config, runner


def test_what_a_runner_is_about_to_load(tmp_path):
    with assumption('onedl-mmengine', 'runner.py', 'Runner keeps its arguments resume and load_from as _resume and '
                    '_load_from, and load_or_resume reads them'):
        run = runner(tmp_path, load_from='baseline.pth', resume=True)
        assert compat.is_resuming(run) and compat.named_checkpoint(run) == 'baseline.pth'
        assert compat.loaded_checkpoint(run) == 'baseline.pth'
        resumed = []
        run.resume, run.load_checkpoint = resumed.append, lambda path: resumed.append(f'weights of {path}')
        compat.resume_from(run, tmp_path / 'own.pth')
        run.load_or_resume()
        assert resumed == [f'{tmp_path}/own.pth']
        only_weights = runner(tmp_path, load_from='baseline.pth', resume=True)
        only_weights.load_checkpoint = lambda path: resumed.append(f'weights of {path}')
        compat.resume_from(only_weights, None)
        only_weights.load_or_resume()
        assert resumed[1:] == ['weights of baseline.pth']


def test_the_last_checkpoint_is_what_an_automatic_resumption_loads(tmp_path):
    with assumption('onedl-mmengine', 'runner.py', 'a run that resumes without load_from loads what last_checkpoint '
                    'names'):
        (tmp_path / 'last_checkpoint').write_text('there.pth')
        assert compat.loaded_checkpoint(runner(tmp_path, resume=True)) == 'there.pth'
        assert compat.loaded_checkpoint(runner(tmp_path)) is None


def test_hooks_may_have_stages_of_their_own(tmp_path):
    class OfOurOwn(Hook):
        def before_saving(self, runner):
            self.called = True

    with assumption('onedl-mmengine', 'runner.py', 'call_hook calls a stage of any name in the hooks that have it'):
        run, hook = runner(tmp_path), OfOurOwn()
        run.register_hook(hook)
        run.call_hook('before_saving')
        assert hook.called


def test_a_wrapper_of_mmengine_that_a_config_names_is_fitted_to_cpus_with_its_options(tmp_path):
    cfg = config(tmp_path, model_wrapper_cfg=dict(type='MMDistributedDataParallel', find_unused_parameters=True))
    compat.fit_wrapper_to_cpu(cfg)
    assert cfg.model_wrapper_cfg == dict(type='advbn_seg.runtime.sync_norm.CPUDistributedDataParallel',
                                         find_unused_parameters=True, device_ids=None)
    cfg.model_wrapper_cfg = dict(type='MMSeparateDistributedDataParallel')
    compat.fit_wrapper_to_cpu(cfg)
    assert cfg.model_wrapper_cfg == dict(type='MMSeparateDistributedDataParallel', device_ids=None)


def test_a_wrapped_model_is_wrapped_again(tmp_path, monkeypatch):
    monkeypatch.setenv('LOCAL_RANK', '0')
    store = distributed.TCPStore('127.0.0.1', 0, 1, is_master=True)
    distributed.init_process_group('gloo', store=store, rank=0, world_size=1)
    try:
        with assumption('onedl-mmengine', 'runner.py', 'Runner.wrap_model(model_wrapper_cfg, model) wraps in a '
                        'distributed run, converts norms by cfg.sync_bn, and by default makes an '
                        'MMDistributedDataParallel without broadcast_buffers'):
            source = inspect.getsource(Runner.wrap_model)
            assert 'model = MMDistributedDataParallel(' in source and 'broadcast_buffers=False' in source
            cfg = config(tmp_path)
            compat.fit_wrapper_to_cpu(cfg)
            run = Runner.from_cfg(cfg)
            run._distributed = True
            run.model = MMDistributedDataParallel(run.model, device_ids=None)
            run.cfg.sync_bn = 'torch'
            inside = run.model.module
            norms = [type(module) for module in inside.modules()]
            first = run.model
            compat.rewrap(run)
            assert run.model is not first and compat.unwrapped(run.model) is inside and run.cfg.sync_bn == 'torch'
            assert [type(module) for module in inside.modules()] == norms
            assert torch.nn.SyncBatchNorm not in norms
    finally:
        distributed.destroy_process_group()
