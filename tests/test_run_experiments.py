"""The order of trainings, and which of them are run; the trainings themselves are those of tools/train.py."""
import runpy
import sys
import time
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / 'tools' / 'run_experiments.py'


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """The names of the tool; each call of another tool is noted in `calls`, and a training is done at once."""
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(TOOL))['main'].__globals__
    names['calls'] = []

    def call(args, command, log):
        names['calls'].append([str(word) for word in command])
        folder = log.parent
        (folder / f'{folder.parent.name}.py').write_text('train_cfg = dict(max_epochs=2)')
        (folder / 'epoch_2.pth').touch()

    names.update(call=call, show=lambda args, tool, *arguments: names['calls'].append([tool, *map(str, arguments)]))

    def run(*arguments):
        names['calls'].clear()
        monkeypatch.setattr(sys, 'argv', [TOOL.name, *arguments])
        names['main']()
        return names['calls']

    names['run'] = run
    return names


def test_a_run_starts_from_the_baseline_of_its_seed_and_is_trained_once(tool):
    ask = ['camvid', '--sources', 'day', '--seeds', '1', '--methods', 'baseline', 'advbn', '--jobs', '1']
    baseline, advbn, matrix, auxiliary = tool['run'](*ask)
    assert 'randomness.seed=1' in baseline and not any(word.startswith('load_from') for word in baseline)
    assert 'load_from=work_dirs/experiments/camvid_day_baseline/seed1/epoch_2.pth' in advbn
    assert len(matrix) == 3 and auxiliary[-2:] == ['--norm-branch', 'aux']
    assert tool['run'](*ask) == [matrix, auxiliary]
    with pytest.raises(SystemExit, match='camvid_day_baseline/seed1 has a training with other settings: move it away'):
        tool['run'](*ask, '--cfg-options', 'train_cfg.max_epochs=1')


def test_radii_are_runs_of_their_own(tool):
    calls = tool['run']('camvid', '--sources', 'day', '--seeds', '0', '--methods', 'baseline', 'advbn',
                        '--eps', '0.2', '0.4')
    radii = [word for words in calls for word in words if word.startswith('custom_hooks.0.eps')]
    assert sorted(radii) == ['custom_hooks.0.eps=0.2', 'custom_hooks.0.eps=0.4']
    assert Path('work_dirs/experiments/camvid_day_advbn/seed0_eps0.4/epoch_2.pth').is_file()


def test_a_classifier_is_scored_run_by_run(tool):
    calls = tool['run']('digits', '--seeds', '0', '--methods', 'baseline', 'advbn', '--jobs', '1')
    names = [(Path(words[0]).name, words[-1]) for words in calls]
    assert [name for name, _ in names] == ['train.py', 'train.py', *['evaluate_robustness.py'] * 3]
    rows = 'work_dirs/experiments/digits_mnist_{}/seed0/robustness/robustness.json'
    assert calls[-1][1:] == ['--from-json', *map(rows.format, ('baseline', 'advbn'))]


def test_a_failure_keeps_the_rest_from_starting(tool):
    started = []

    def fail(args, run):
        started.append(run)
        if run:
            time.sleep(0.05)
        else:
            sys.exit('train.py failed')

    class Args:
        jobs = 1

    with pytest.raises(SystemExit, match='train.py failed'):
        list(tool['in_parallel'](Args, fail, range(100)))
    assert len(started) < 50


@pytest.mark.parametrize('arguments', [('camvid', '--sources', 'noon'), ('digits', '--methods', 'photometric')])
def test_what_has_no_config_is_refused(tool, capsys, arguments):
    with pytest.raises(SystemExit):
        tool['run'](*arguments)
    assert 'choose other --sources or --methods' in capsys.readouterr().err and not tool['calls']
