"""A process that leaves its group has no thread of gloo that could outlive the interpreter."""
import os
from pathlib import Path

import pytest
import torch
from torch import distributed

from advbn_seg import commands
from advbn_seg.runtime.process_group import leave_process_group, start_cpu_ranks


def threads_of_gloo():
    return sum('gloo' in Path(f'/proc/self/task/{task}/comm').read_text() for task in os.listdir('/proc/self/task'))


@pytest.fixture
def group(monkeypatch):
    for name, value in dict(MASTER_ADDR='localhost', MASTER_PORT='0', RANK='0', WORLD_SIZE='1').items():
        monkeypatch.setenv(name, value)
    before = threads_of_gloo()  # of groups that earlier tests left
    start_cpu_ranks('pytorch')
    yield before
    leave_process_group()


@pytest.mark.skipif(torch.cuda.is_available(), reason='the group of CPUs is for machines without GPUs')
def test_the_threads_of_a_group_end_with_it(group):
    distributed.all_reduce(torch.ones(2))
    assert threads_of_gloo() > group
    leave_process_group()
    assert not distributed.is_initialized()
    assert threads_of_gloo() == group
    leave_process_group()  # where there is none


@pytest.mark.skipif(torch.cuda.is_available(), reason='the group of CPUs is for machines without GPUs')
def test_a_command_leaves_its_group(group, capsys):
    commands.main(['configs'])
    assert not distributed.is_initialized()
