"""`--verify` holds measured numbers against those that configs expect."""
from pathlib import Path

import pytest
from mmengine.config import Config

from advbn_seg.commands import main
from advbn_seg.errors import UserError
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix, MatrixRow
from advbn_seg.experiments.experiment import Experiment
from advbn_seg.experiments.plan import Run
from advbn_seg.experiments.verify import expectations, verify


def run_of(seed, point=(), **expected):
    return Run('toy_blue_baseline', 'blue', 'baseline', seed, Path('c.py'), Config(dict(expected=expected)), point)


def cell(miou):
    return dict(images=1, miou=miou, iou=[miou])


@pytest.fixture
def matrix(tmp_path):
    """Seeds 0 and 1: 30 and 40 on the unseen domain, 90 on the source; 70 through other norms."""
    rows = [MatrixRow('baseline', 'blue', branch, seed, str(run_of(seed).folder), 'a.pth', f'{seed}',
                dict(red=cell(unseen), blue=cell(90.)))
            for seed, branch, unseen in ((0, 'main', 30.), (1, 'main', 40.), (1, 'aux', 70.))]
    CrossDomainMatrix('toy', ['sky'], ['red', 'blue'], rows).save(tmp_path / 'matrix.json')
    return tmp_path / 'matrix.json'


def test_reached_or_not(matrix):
    runs = [run_of(seed, unseen=39.5, tolerance=1.) for seed in (0, 1)]
    others = [run_of(0, (('eps', 0.1),), unseen=1, tolerance=1), run_of(2, tolerance=1.)]
    lines, reached = verify(expectations([*runs, *others]), matrix)
    assert lines == ['NOT REACHED: toy_blue_baseline seed 0: unseen 30.00, expected 39.5 ± 1.0',
                     'reached: toy_blue_baseline seed 1: unseen 40.00, expected 39.5 ± 1.0']
    assert not reached and verify(expectations(runs[1:]), matrix)[1]
    assert not verify(expectations([run_of(1, unseen=38.9, tolerance=1.)]), matrix)[1]  # more is no better


def test_what_diverged_is_not_reached(matrix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = run_of(5, unseen=1, tolerance=1)
    run.folder.mkdir(parents=True)
    (run.folder / 'run.json').write_text('{"diverged": "loss is nan in iteration 3"}')
    after = Run('toy_blue_advbn', 'blue', 'advbn', 5, Path('c.py'), run.cfg, (), run)
    assert verify(expectations([run, after]), matrix) == (
        [f'NOT REACHED: {each.name} seed 5: {run.folder} has diverged' for each in (run, after)], False)


def test_nothing_to_verify(matrix):
    with pytest.raises(UserError, match='no config of these runs has expected = dict'):
        expectations([run_of(0), run_of(1, unseen=1)])
    with pytest.raises(UserError, match='lacks work_dirs/experiments/toy_blue_baseline/seed5, or some of its domains'):
        verify(expectations([run_of(5, unseen=1, tolerance=1)]), matrix)


def test_a_row_that_is_not_complete_is_not_measured(matrix):
    half = CrossDomainMatrix.load(matrix)
    del half.rows[1].cells['red']
    half.save(matrix)
    with pytest.raises(UserError, match='lacks work_dirs/experiments/toy_blue_baseline/seed1, or some'):
        verify(expectations([run_of(1, unseen=1, tolerance=1)]), matrix)


def test_benchmarks_that_expect_nothing_are_refused_before_they_train(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Experiment, 'trained', lambda self: pytest.fail('it trains'))
    with pytest.raises(SystemExit):
        main(['experiments', 'labelmefacade', '--verify'])
    assert 'no config of these runs has expected' in capsys.readouterr().err
