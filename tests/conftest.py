"""What all tests share: the device, and a way to call a tool."""
import gc
import logging
import os
import runpy
import sys
from pathlib import Path

import pytest
import torch
from yapf.yapflib import yapf_api

logging.raiseExceptions = False  # loggers of earlier tests write to streams that pytest has closed
torch.set_num_threads(1)  # small tensors: threads only get in each other's way
yapf_api.FormatCode = lambda text, **_: (text, True)  # laying out a config for its log takes longer than our trainings

TOOLS = Path(__file__).parents[1] / 'tools'


def pytest_addoption(parser):
    parser.addoption('--device', default='cpu', help='of the tests that are marked gpu, as torch names it: cpu, cuda')


def pytest_configure(config):
    if config.getoption('--device') == 'cpu':
        os.environ['CUDA_VISIBLE_DEVICES'] = ''  # mmengine trains on a GPU as soon as it sees one


@pytest.fixture(scope='module', autouse=True)
def short_collections():
    """Each data set of mmengine collects garbage, and would go through all of torch and of earlier tests for it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope='module')
def mmseg_scope():
    """What is built without a scope of its own is looked for in mmseg, as in a training."""
    from mmseg.utils import register_all_modules  # takes seconds, and few tests need it
    register_all_modules()


def pytest_runtest_setup(item):
    name = item.config.getoption('--device')
    if item.get_closest_marker('gpu') and name != 'cpu' and not torch.cuda.is_available():
        pytest.skip(f'--device {name} needs a GPU, which torch does not see')


@pytest.fixture(scope='session')
def device(request):
    """Where a test that is marked gpu runs, a torch.device; a GPU multiplies in full float32."""
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    return torch.device(request.config.getoption('--device'))


@pytest.fixture
def call(monkeypatch, capsys):
    """call(tool, *arguments) -> (exit code, stdout, stderr) of a tool that is run in this process."""
    def run(tool, *arguments):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        try:
            runpy.run_path(str(TOOLS / tool), run_name='__main__')
            code = 0
        except SystemExit as exit:
            code = exit.code
        return code, *capsys.readouterr()

    return run
