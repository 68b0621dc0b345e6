"""What the logs of mmengine say, in words; a line for each run where there is no terminal."""
import io
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from advbn_seg.config_files import CONFIGS
from advbn_seg.experiments.next_steps import next_steps
from advbn_seg.experiments.progress import SECONDS, Watch, ending, ends, state, watching

EPOCH = ('finetune = dict(train_cfg=dict(max_epochs=7))\ntrain_cfg = dict(by_epoch=True, max_epochs=5)\n'
         '11/26 15:18:09 - mmengine - INFO - Epoch(train) [2][30/40]  base_lr: 3.5e-04 lr: 3.5e-04  '
         'eta: 1 day, 0:02:10  time: 1.8415  data_time: 0.0225  loss: 0.7180  decode.loss_ce: 0.3456\n')
ITERATION = 'INFO - Iter(train) [ 50/200]  lr: 1e-3  eta: 0:00:09  time: 0.1  loss: 2.5\n'


class Run(SimpleNamespace):
    __hash__ = object.__hash__


@pytest.fixture
def run(tmp_path):
    return Run(name='tiny', source='sea', method='advbn', seed=3, folder=tmp_path, start=None)


@pytest.mark.parametrize('log, share, text', [
    (None, 0, 'starting'), ('one line\n', 0, 'starting'),
    (EPOCH.replace('[2]', '[1]') + EPOCH + 'Epoch(val) [2][5/5]\n', 0.35,
     'epoch 2/5, loss 0.7180, 1 day, 0:02:10 left'),
    (EPOCH.partition('eta:')[0].replace('max_epochs', 'lost') + EPOCH.splitlines()[-1], 0,
     'epoch 2, loss 0.7180, 1 day, 0:02:10 left'),
    (ITERATION, 0.25, 'iteration 50/200, loss 2.5, 0:00:09 left')])
def test_a_log_in_words(run, log, share, text):
    if log:
        (run.folder / 'train.log').write_text(log)
    assert state(run) == (pytest.approx(share), text)


def test_how_a_run_has_ended(tmp_path):
    start = Run(folder=tmp_path / 'baseline', start=None)
    run = Run(folder=tmp_path / 'advbn', start=start)
    assert ending(run) == f'done: {run.folder}'
    start.folder.mkdir()
    (start.folder / 'run.json').write_text('{"diverged": "loss is nan in iteration 3"}')
    assert ending(start) == (f'diverged: {start.folder}: loss is nan in iteration 3; delete the folder to train it '
                             'anew')
    assert ending(run) == f'left out: {run.folder}, as {start.folder} has diverged'
    run.folder.mkdir()
    (run.folder / 'run.json').write_text('{"finished": true}')  # before that
    (run.folder / 'last_checkpoint').touch()
    assert ending(run) == f'done: {run.folder}'


def test_a_classifier_is_scored_after_its_training(run):
    (run.folder / 'train.log').write_text(EPOCH)
    (run.folder / 'robustness.log').touch()
    assert state(run) == (1, 'scoring')


def test_the_ends_of_a_long_file(tmp_path):
    (tmp_path / 'log').write_bytes(b'begin' + b'\xff' * 70000 + b'end')
    begin, end = ends(tmp_path / 'log')
    assert begin.startswith('begin\ufffd') and end.endswith('\ufffdend') and len(begin) == len(end) == 32768
    assert ends(tmp_path / 'nowhere') == ('', '')


def test_lines_of_a_log_name_the_run_its_log_and_its_state(run):
    console = Console(file=io.StringIO(), width=80)
    watch = Watch([run], console)
    watch.look(say=True)
    assert console.file.getvalue() == ''  # its turn has not come
    (run.folder / 'train.log').write_text(EPOCH)
    watch.look(say=True)
    watch.look(say=True)
    watch.done(run)
    watch.look(say=True)
    line = 'tiny, seed 3: epoch 2/5, loss 0.7180, 1 day, 0:02:10 left'
    assert console.file.getvalue().splitlines() == [
        f'started: tiny, seed 3; its log is {run.folder}/train.log', line, line, f'done: {run.folder}']


def test_the_log_of_an_earlier_call_is_not_taken_for_a_start(run):
    (run.folder / 'train.log').write_text(EPOCH)
    watch = Watch([run], Console(file=io.StringIO()))
    watch.began += 60
    watch.look()
    assert not watch.running


def test_bars_are_in_a_terminal_and_the_watch_ends_with_an_error(run, monkeypatch):
    monkeypatch.setitem(SECONDS, 'terminal', 0.01)
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    with pytest.raises(KeyError), watching([run], console) as watch:
        (run.folder / 'train.log').write_text(EPOCH)
        while not watch.running:
            pass
        raise KeyError
    assert 'epoch 2/5, loss 0.7180' in console.file.getvalue() and '0 of 1 trained' in console.file.getvalue()


def test_three_commands_follow():
    def make(method, seed, point=()):
        return SimpleNamespace(method=method, seed=seed, name=f'mini_nyc_{method}', cfg={}, point=point,
                               config=CONFIGS / f'mini_nyc_{method}.py')

    experiment = SimpleNamespace(runs=[make('baseline', 0), make('advbn', 0)], out=Path('work dirs'),
                                 options=[], domains=None)
    commands = next_steps(experiment, 'mini')[1::2]
    assert commands == [
        "    advbn-seg experiments mini --methods baseline advbn --seeds 0 1 2 --out 'work dirs'",
        "    advbn-seg matrix --from-json 'work dirs'/matrix.json --per-class",
        '    advbn-seg train mini_nyc_advbn']
    assert next_steps(experiment, 'mini', ['nyc'])[1] == commands[0].replace(' --seeds', ' --sources nyc --seeds')
    experiment.runs += [make('advbn', 0, (('num_steps', steps), ('eps', eps))) for steps, eps in ((1, 0.1), (3, 0.5))]
    assert ' advbn --sweep num_steps=1,3 eps=0.1,0.5 --seeds 0 1 2 ' in next_steps(experiment, 'mini')[1]
    experiment.runs.append(make('advbn', 1))
    assert next_steps(experiment, 'mini')[1].endswith(' --seeds 0 1 --domains CONFIG --out OUT')


def test_the_command_that_adds_seeds_has_the_settings_of_the_first():
    run = SimpleNamespace(method='baseline', seed=0, name='mini_baseline', cfg={}, point=(),
                          config=CONFIGS / 'mini_baseline.py')
    experiment = SimpleNamespace(runs=[run], out=Path('out'), options=['a.b=1', "c='x y'"], domains='other.py')
    words = shlex.split(next_steps(experiment, 'mini')[1])
    assert words[words.index('--cfg-options') + 1:][:2] == experiment.options
    assert words[-6:] == ['--seeds', '0', '1', '2', '--domains', 'other.py', '--out', 'out'][-6:]
