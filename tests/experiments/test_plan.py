"""A benchmark is what its configs say: a new method or source is a file, and no list has to know of it."""
from pathlib import Path

import pytest

from advbn_seg.experiments.plan import Benchmarks
from advbn_seg.experiments.sweeps import read_points

CONFIGS = Path(__file__).parents[2] / 'configs'


def test_ours():
    ours = Benchmarks(CONFIGS)
    assert {name: list(sources) for name, sources in ours.sources.items()} == dict(
        camvid=['day', 'dusk'], camvid_large=['day', 'dusk'], digits=['mnist'], labelmefacade=['boston', 'mallorca'],
        mini_synthia=['highway_dawn', 'nyc_spring'], mini_synthia_mobilenet=['highway_dawn', 'nyc_spring'],
        mini_synthia_standard=['highway_dawn', 'nyc_spring'], streets=['camvid', 'labelmefacade'],
        synthia=['highway_dawn', 'nyc_spring'])
    usual = ['advbn', 'advbn_running', 'advbn_running_single', 'finetune']
    assert ours.usual_methods('camvid') == ['baseline', 'photometric', *usual]
    assert ours.usual_methods('digits') == ['baseline', *usual]
    runs = ours.plan('mini_synthia', seeds=(0, 1))
    assert len(runs) == 2 * 6 * 2 and len(set(runs)) == len(runs)
    pair, = ours.plan('camvid', ['day'], ['photometric_advbn'])
    assert (pair.start.name, pair.start.start) == ('camvid_day_photometric', None)


@pytest.fixture
def configs(tmp_path):
    """A benchmark of one source and three methods, one of which starts from another that starts from the baseline."""
    (tmp_path / 'methods').mkdir()
    for name, text in dict(
            baseline='', tuned="recipe = 'tune'", hard="recipe = 'tune'\nstarts_from = 'tuned'\n"
            "custom_hooks = [dict(type='EMAHook', eps=9), dict(type='advbn_seg.hooks.AdvBNHook', eps=0.5)]").items():
        (tmp_path / 'methods' / f'{name}.py').write_text(f'method = {name!r}\n{text}\n')
    (tmp_path / 'toy_blue_baseline.py').write_text("method = 'baseline'\nbenchmark = 'toy'\n"
                                                   "tune = dict(load_from='x.pth')\n")
    (tmp_path / 'methods' / 'tuned.py').write_text("method = 'tuned'\nrecipe = 'tune'\nstarts_from = 'baseline'\n")
    return tmp_path


def test_a_chain_of_starts(configs):
    hard, = Benchmarks(configs).plan('toy', methods=['hard'], seeds=[3])
    assert (hard.name, hard.start.name, hard.start.start.name) == ('toy_blue_hard', 'toy_blue_tuned',
                                                                   'toy_blue_baseline')
    assert hard.start.start.start is None and hard.start.start.seed == 3
    assert hard.start == Benchmarks(configs).plan('toy', methods=['tuned'], seeds=[3])[0]


def test_radii_change_the_hook_that_has_one(configs):
    points = read_points(['eps=0.2,0.4'])
    baseline, *radii = Benchmarks(configs).plan('toy', methods=['baseline', 'hard'], points=points)
    assert baseline.point == () and baseline.options() == ['randomness.seed=0']
    assert [run.options()[1:] for run in radii] == [['custom_hooks.1.eps=0.2', 'custom_hooks.1.step_size=0.1'],
                                                    ['custom_hooks.1.eps=0.4', 'custom_hooks.1.step_size=0.2']]
    assert radii[0].folder.name == 'seed0_eps0.2' and radii[0].start.point == ()


def test_a_config_of_its_own_goes_before_the_composed_one(configs):
    (configs / 'deeper').mkdir()
    (configs / 'deeper' / 'toy_blue_tuned.py').write_text("method = 'tuned'\nstarts_from = 'baseline'\nown = True\n")
    tuned, = Benchmarks(configs).plan('toy', methods=['tuned'])
    assert tuned.config == configs / 'deeper' / 'toy_blue_tuned.py' and tuned.cfg.own
