"""`--method` of `advbn-seg train` and `advbn-seg test`, on a config of a user's own."""
from pathlib import Path

import pytest
from mmengine.config import Config

from advbn_seg.experiments.methods import with_method
from advbn_seg.hooks import AdvBNHook
from advbn_seg.runtime.hook_configs import hook_class
from tests import tiny


@pytest.fixture
def baseline(tmp_path, monkeypatch):
    """The config of a tiny baseline, and beside it the method 'shifted'."""
    monkeypatch.chdir(tmp_path)
    cfg = tiny.config(tmp_path, epochs=1)
    cfg.pop('work_dir')
    cfg.update(method='baseline', perturbed_layer='backbone.layer1', benchmark='tiny',
               again=dict(optim_wrapper=dict(optimizer=dict(lr=0.01))), finetune={})
    cfg.dump('tiny_baseline.py')
    Path('methods').mkdir()
    Path('methods/shifted.py').write_text("method = 'shifted'\nrecipe = 'again'\n"
                                          "custom_hooks = [dict(type='advbn_seg.hooks.AdvBNHook', num_steps=1)]\n")
    return 'tiny_baseline.py'


@pytest.mark.parametrize('place', [[], ['--work-dir', 'work_dirs/tiny_shifted']])
def test_a_method_is_trained_and_tested_without_a_config_of_its_own(baseline, call, place):
    code, _, err = call('train.py', baseline, '--method', 'shifted')
    assert code == 0, err
    folder = Path('work_dirs/tiny_shifted')  # not that of the baseline
    dumped = Config.fromfile(folder / 'tiny_shifted.py')
    assert (dumped.method, dumped.optim_wrapper.optimizer.lr) == ('shifted', 0.01)
    assert dumped.optim_wrapper.optimizer.momentum == 0.9
    assert not Path('work_dirs/tiny_baseline').exists()
    before = (folder / 'tiny_shifted.py').read_text()
    code, _, err = call('test.py', baseline, folder / 'epoch_1.pth', '--method', 'shifted', '--norm-branch', 'aux',
                        *place)
    assert code == 0, err
    assert (folder / 'tiny_shifted.py').read_text() == before  # the config that its scores are those of
    assert "norm_branch='aux'" in (folder / 'test/tiny_shifted.py').read_text()


def test_a_method_does_not_train_in_the_work_dir_of_a_baseline_that_names_its_own(baseline):
    with open(baseline, 'a') as file:
        file.write("\nwork_dir = 'disk/tiny_baseline'\n")  # as in a config that mmengine has dumped
    assert with_method(baseline, 'shifted').work_dir == 'disk/tiny_shifted'
    assert with_method(baseline).work_dir == 'disk/tiny_baseline'


def test_a_method_that_names_a_hook_of_ours_registers_it(baseline):
    cfg = with_method(baseline, 'advbn')
    assert cfg.custom_imports.imports == ['advbn_seg.hooks'] and hook_class(cfg.custom_hooks[-1]) is AdvBNHook
    with open(baseline, 'a') as file:
        file.write("\ncustom_imports = dict(imports='torch')\n")
    assert with_method(baseline, 'advbn').custom_imports.imports == ['torch', 'advbn_seg.hooks']


def test_a_misspelt_method_is_one_sentence(baseline, call):
    code, _, err = call('train.py', baseline, '--method', 'shiftde')
    assert code == 2 and 'error: there is no methods/shiftde.py' in err and ' shifted, or write it' in err
