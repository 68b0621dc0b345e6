"""The order of trainings, and which of them are run; the trainings themselves are those of `advbn-seg train`."""
import json
from pathlib import Path

import pytest

from advbn_seg.errors import UserError
from advbn_seg.experiments.forecast import Forecast
from advbn_seg.experiments.queue import CommandFailed, Queue
from tests.other_process import held_by_another_process

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path, monkeypatch, call):
    """run(*arguments) -> (exit code, stderr, calls of other commands) of the tool; a training is done at once."""
    calls = []
    monkeypatch.chdir(tmp_path)

    def train(self, command, log):
        calls.append([str(word) for word in command])
        (log.parent / 'epoch_2.pth').touch()
        (log.parent / 'last_checkpoint').write_text(str(log.parent / 'epoch_2.pth'))

    def show(self, tool, *arguments):
        calls.append([tool, *map(str, arguments)])

    monkeypatch.setattr(Queue, 'call', train)
    monkeypatch.setattr('advbn_seg.experiments.experiment.Experiment._show', show)

    def start(*arguments):
        calls.clear()
        code, _, err = call('run_experiments.py', *arguments)
        return code, err, list(calls)

    return start


ASK = ['camvid', '--sources', 'day', '--seeds', '1', '--methods', 'baseline', 'advbn', '--jobs', '1']


def test_a_run_starts_from_the_baseline_of_its_seed_and_is_trained_once(run):
    _, _, (baseline, advbn, matrix) = run(*ASK)
    assert 'randomness.seed=1' in baseline and not any(word.startswith('load_from') for word in baseline)
    assert 'load_from=work_dirs/experiments/camvid_day_baseline/seed1/epoch_2.pth' in advbn
    assert '--method' not in advbn and advbn[1].endswith('configs/camvid_day_advbn.py')
    assert matrix[3:] == ['--norm-branch', 'main', 'aux', '--examples']
    assert run(*ASK) == (0, '', [matrix])
    code, err, calls = run(*ASK, '--cfg-options', 'train_cfg.max_epochs=1')
    assert (code, calls) == (2, [])
    assert 'error: work_dirs/experiments/camvid_day_baseline/seed1 has a training with other settings: move it' in err


def test_a_run_that_another_call_trains_is_left_to_it(run):
    folder = Path('work_dirs/experiments/camvid_day_baseline/seed1')
    with held_by_another_process(folder, '.experiment') as other:
        code, err, calls = run(*ASK)
    assert (code, calls) == (2, []) and not (folder / 'run.json').exists()
    assert f'error: {folder} is in use: process {other.pid} on ' in err and err.endswith('wait for it or stop it\n')
    assert run(*ASK)[0] == 0


def test_settings_that_could_not_be_trained_may_be_mended(run, monkeypatch):
    def fail(self, command, log):
        raise UserError('it failed')

    with monkeypatch.context() as changed:
        changed.setattr(Queue, 'call', fail)
        assert run(*ASK, '--cfg-options', 'train_cfg.max_epohs=1')[0] == 2
    record = Path('work_dirs/experiments/camvid_day_baseline/seed1/run.json')
    assert 'train_cfg.max_epohs=1' in json.loads(record.read_text())['options']
    assert run(*ASK, '--cfg-options', 'train_cfg.max_epochs=1')[0] == 0
    assert json.loads(record.read_text())['options'] == ['randomness.seed=1', 'train_cfg.max_epochs=1']


@pytest.fixture
def diverges(monkeypatch):
    """diverges(word): from now on trainings whose command has this word end as those do that diverge."""
    def set_up(word):
        train = Queue.call

        def call(self, command, log):
            if word in ' '.join(map(str, command)):
                raise CommandFailed('it failed', 'error: loss is nan in iteration 3', 3)
            train(self, command, log)

        monkeypatch.setattr(Queue, 'call', call)

    return set_up


def test_a_training_that_diverges_stops_no_other_and_is_in_the_report(run, diverges):
    folder = Path('work_dirs/experiments/camvid_day_finetune/seed1')
    diverges('finetune')
    code, _, calls = run(*ASK[:-2], 'finetune', '--jobs', '1')
    assert code == 0 and [call[0] for call in calls] == ['train', 'train', 'matrix']
    assert str(folder) in calls[-1]
    record = json.loads((folder / 'run.json').read_text())
    assert (record['diverged'], record['finished']) == ('loss is nan in iteration 3', False)
    code, _, calls = run(*ASK[:-2], 'finetune', '--jobs', '1')
    assert code == 0 and [call[0] for call in calls] == ['matrix']  # it would end as it did
    told = run(*ASK[:-2], 'finetune', '--jobs', '1', '--dry-run', '--out', 'told')
    assert told == (0, '', []) and not Path('told').exists()


def test_what_starts_from_a_training_that_diverged_is_left_out(run, diverges):
    diverges('baseline/seed1')
    code, _, calls = run(*ASK[:-4], 'baseline', 'finetune', 'moex', '--jobs', '1')
    assert code == 0 and [call[0] for call in calls] == ['train', 'matrix']
    assert not [word for word in calls[-1] if 'finetune' in word]


def test_a_training_that_fails_otherwise_stops_all(run, monkeypatch):
    def fail(self, command, log):
        raise CommandFailed('it failed', 'error: no data', 2)

    monkeypatch.setattr(Queue, 'call', fail)
    assert run(*ASK)[0] == 2
    assert 'diverged' not in json.loads(Path('work_dirs/experiments/camvid_day_baseline/seed1/run.json').read_text())


def test_a_start_that_diverged_earlier_leaves_out_what_starts_from_it(run, diverges):
    diverges('baseline/seed1')
    run(*ASK[:-4], 'baseline', 'moex', '--jobs', '1')
    code, _, calls = run(*ASK[:-4], 'finetune', 'moex', '--jobs', '1')
    assert code == 0 and [call[0] for call in calls] == ['matrix'] and 'finetune' not in ' '.join(calls[0])
    assert run(*ASK[:-4], 'finetune', '--jobs', '1', '--dry-run', '--out', 'told') == (0, '', [])
    assert not Path('told').exists()


def test_settings_that_diverged_before_a_checkpoint_may_be_mended(run, diverges, monkeypatch):
    diverges('lr=9')
    run(*ASK[:-2], 'moex', '--jobs', '1', '--cfg-options', 'optim_wrapper.optimizer.lr=9')
    monkeypatch.setattr('advbn_seg.experiments.forecast.forecast', lambda cfg: Forecast(1, 1., 1, 1))
    run(*ASK[:-4], 'moex', '--jobs', '1', '--dry-run', '--out', 'told')
    assert 'camvid_day_moex' in Path('told/forecast.csv').read_text()
    assert [call[0] for call in run(*ASK[:-4], 'moex', '--jobs', '1')[2]] == ['train', 'matrix']


def test_where_all_have_diverged_there_is_no_report(run, diverges):
    diverges('baseline/seed1')
    code, err, calls = run(*ASK[:-4], 'baseline', 'finetune', '--jobs', '1')
    assert (code, calls) == (2, []) and 'error: no training came to its end, so there is nothing to report' in err


def test_a_start_was_trained_with_the_same_settings(run):
    run(*ASK[:-3], '--cfg-options', 'train_cfg.max_epochs=1')
    code, err, calls = run(*ASK[:-4], 'advbn', '--jobs', '1')
    assert (code, calls) == (2, [])
    assert 'camvid_day_baseline/seed1 has a training with other settings: move it away' in err
    assert run(*ASK[:-4], 'advbn', '--jobs', '1', '--cfg-options', 'train_cfg.max_epochs=1')[0] == 0


def test_a_forecast_is_kept_of_what_is_left(run, monkeypatch):
    monkeypatch.setattr('advbn_seg.experiments.forecast.forecast', lambda cfg: Forecast(1, 1., 1, 1))
    assert run(*ASK, '--dry-run', '--out', 'told') == (0, '', [])
    told = Path('told/forecast.csv').read_text().splitlines()
    assert told[1:] == ['camvid_day_baseline,1,,1,1,1', 'camvid_day_advbn,1,camvid_day_baseline,1,1,1']
    run(*ASK)
    run(*ASK, '--dry-run', '--out', 'told')
    assert Path('told/forecast.csv').read_text().splitlines() == told  # nothing is left to tell
    code, err, _ = run(*ASK, '--dry-run', '--cfg-options', 'train_cfg.max_epochs=1')
    assert code == 2 and 'camvid_day_baseline/seed1 has a training with other settings' in err


def test_a_method_without_a_config_of_its_own_is_trained_by_its_file(run):
    _, _, (_, subsample, _) = run(*ASK[:-4], 'baseline', 'baseline', 'advbn_subsample2', '--jobs', '1')
    assert subsample[1:4] == [subsample[1], '--method', 'advbn_subsample2']
    assert subsample[1].endswith('configs/camvid_day_baseline.py')
    assert 'work_dirs/experiments/camvid_day_advbn_subsample2/seed1' in subsample


def test_each_run_is_recorded(run):
    run(*ASK)
    record = json.loads(Path('work_dirs/experiments/camvid_day_advbn/seed1/run.json').read_text())
    assert [record[key] for key in ('method', 'source', 'seed', 'finished')] == ['advbn', 'day', 1, True]
    assert len(record['settings']) == 64 and record['torch'] and record['host']['machine']
    other = json.loads(Path('work_dirs/experiments/camvid_day_baseline/seed1/run.json').read_text())
    assert other['settings'] != record['settings']


def test_what_a_killed_training_took_up_to_its_checkpoint_counts(run):
    run(*ASK)
    folder = Path('work_dirs/experiments/camvid_day_advbn/seed1')
    record = json.loads((folder / 'run.json').read_text())
    assert 'began' not in record and record['seconds'] < 50
    killed = {**record, 'finished': False, 'seconds': 30., 'began': (folder / 'epoch_2.pth').stat().st_mtime - 60}
    (folder / 'run.json').write_text(json.dumps(killed))
    run(*ASK)
    again = json.loads((folder / 'run.json').read_text())
    assert again['finished'] and 'began' not in again and 90 <= again['seconds'] < 140
    (folder / 'last_checkpoint').unlink()  # of a process that was killed before its first checkpoint
    (folder / 'run.json').write_text(json.dumps(killed))
    run(*ASK)
    assert 30 <= json.loads((folder / 'run.json').read_text())['seconds'] < 80


def test_a_second_kill_before_a_checkpoint_takes_no_seconds_away(run):
    run(*ASK)
    folder = Path('work_dirs/experiments/camvid_day_advbn/seed1')
    record = json.loads((folder / 'run.json').read_text())
    later = (folder / 'epoch_2.pth').stat().st_mtime + 60
    (folder / 'run.json').write_text(json.dumps({**record, 'finished': False, 'seconds': 30., 'began': later}))
    run(*ASK)
    assert 30 <= json.loads((folder / 'run.json').read_text())['seconds'] < 80


def test_a_training_whose_checkpoint_is_gone_is_done_again(run):
    run(*ASK)
    folder = Path('work_dirs/experiments/camvid_day_advbn/seed1')
    for file in ('last_checkpoint', 'epoch_2.pth'):
        (folder / file).unlink()
    _, _, calls = run(*ASK)
    assert [call[0] for call in calls].count('train') == 1
    assert (folder / 'epoch_2.pth').is_file() and json.loads((folder / 'run.json').read_text())['finished']


def test_radii_are_runs_of_their_own(run, monkeypatch):
    monkeypatch.setattr('advbn_seg.experiments.sweeps.adversarial_loss', lambda folder: None)
    _, _, calls = run(*ASK, '--eps', '0.2', '0.4')
    radii = [word for words in calls for word in words if word.startswith('custom_hooks.0.eps')]
    assert sorted(radii) == ['custom_hooks.0.eps=0.2', 'custom_hooks.0.eps=0.4']
    assert Path('work_dirs/experiments/camvid_day_advbn/seed1_eps0.4/epoch_2.pth').is_file()


def test_a_sweep_is_recorded_and_drawn(run, monkeypatch):
    monkeypatch.setattr('advbn_seg.experiments.sweeps.adversarial_loss', lambda folder: None)
    _, _, calls = run(*ASK, '--sweep', 'num_steps=1,6', 'eps=0.1,1.1', '--out', 'report')
    assert calls[-2][0] == 'matrix' and calls[-1][0] == 'plot-sweep'
    points = json.loads(Path('report/sweep.json').read_text())['points']
    assert [(Path(point['place']).name, point['values']) for point in points] == [
        ('seed1', {}), ('seed1_num_steps1_eps0.1', dict(num_steps='1', eps='0.1')),
        ('seed1_num_steps6_eps1.1', dict(num_steps='6', eps='1.1'))]
    assert not any(word.startswith('custom_hooks.0.step_size') for words in calls for word in words)


def test_a_point_of_a_sweep_that_diverged_is_recorded(run, diverges, monkeypatch):
    monkeypatch.setattr('advbn_seg.experiments.sweeps.adversarial_loss', lambda folder: None)
    diverges('eps=0.4')
    _, _, calls = run(*ASK, '--eps', '0.2', '0.4', '--out', 'report')
    assert calls[-1][0] == 'plot-sweep'
    points = json.loads(Path('report/sweep.json').read_text())['points']
    assert [point['values'] for point in points] == [{}, dict(eps='0.2'), dict(eps='0.4')]


def test_a_classifier_is_scored_run_by_run(run):
    _, _, calls = run('digits', '--seeds', '0', '--methods', 'baseline', 'advbn', '--jobs', '1')
    assert [words[0] for words in calls] == [
        'train', 'robustness', 'train', *['robustness'] * 2]
    scored = calls[3]
    assert scored[scored.index('--imagenet-c') + 1] == 'data/digits/mnist_c' and 'uci=data/digits/uci' in scored
    assert scored[scored.index('--norm-branch') + 1:][:3] == ['main', 'aux', 'auto']
    rows = 'work_dirs/experiments/digits_mnist_{}/seed0/robustness/robustness.json'
    assert calls[-1][1:] == ['--from-json', *map(rows.format, ('baseline', 'advbn'))]


def test_options_say_what_a_classifier_is_scored_on_and_by_which_norms(run):
    _, _, calls = run('digits', '--seeds', '0', '--methods', 'advprop', '--jobs', '1', '--cfg-options',
                      'test_sets.other=mine=data/mine', 'custom_hooks.0.auxiliary=False')
    scored = calls[1]
    assert scored[0] == 'robustness' and 'mine=data/mine' in scored and 'uci=data/digits/uci' not in scored
    assert '--norm-branch' not in scored


def test_a_classifier_is_scored_on_other_sets_in_one_go(run):
    Path('sets.py').write_text("domains = [dict(name='sketch', folder='sketch')]")
    _, _, calls = run('digits', '--seeds', '0', '--methods', 'baseline', 'advbn', '--jobs', '1',
                      '--domains', 'sets.py')
    runs = [f'work_dirs/experiments/digits_mnist_{method}/seed0' for method in ('baseline', 'advbn')]
    assert [words[0] for words in calls] == ['train', 'train', 'robustness']
    assert calls[-1][1:] == [*runs, '--domains', calls[-1][4], '--norm-branch', 'main', 'aux', 'auto']
    assert Path(calls[-1][4]).samefile('sets.py')


@pytest.mark.parametrize('arguments, sentence', [
    (['camvid', '--jobs', '0'], "argument --jobs: expected a whole number of at least 1, found '0'"),
    (['camvid', '--out', '/dev/null'], "argument --out: '/dev/null' is a file, where a folder was expected: name"),
    (['camvid', '--cfg-options', 'train_cfg.max_epochs:1'], 'train_cfg.max_epochs:1: KEY=VALUE was expected, with as'),
    ([*ASK, '--domains', 'typo.py'], 'typo.py: the config cannot be read: '),
    (['camvid', '--sources', 'noon'], "camvid has no source 'noon': choose from day, dusk"),
    (['digits', '--methods', 'photometric'], "the method 'photometric' changes what the config's key 'photometric'"),
    (['digits', '--methods', 'baseline', '--cfg-options', 'test_sets=[1]'], 'must be a dict of folders, such as'),
    ([*ASK, '--sweep', 'steps=1'], 'no hook of the methods baseline, advbn takes steps: choose methods such as advbn'),
    ([*ASK[:-4], 'advbn', '--dry-run'], 'camvid_day_advbn starts from camvid_day_baseline with seed 1, which is not'),
    (ASK[:-4] + ['advbn'], 'camvid_day_advbn starts from camvid_day_baseline with seed 1, which is not trained: add')])
def test_what_cannot_be_trained_is_refused_before_anything_is(run, arguments, sentence):
    code, err, calls = run(*arguments)
    assert (code, calls) == (2, []) and sentence in err
    assert not list(Path().iterdir())
