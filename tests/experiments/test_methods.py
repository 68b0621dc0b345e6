"""`--method NAME` on a baseline is what mmengine makes of the config that is composed of the same files."""
from pathlib import Path

import pytest
from mmengine.config import Config

from advbn_seg.errors import UserError
from advbn_seg.experiments.methods import with_method

CONFIGS = Path(__file__).parents[2] / 'configs'
BASELINES = {path.stem.removesuffix('_baseline'): path for path in CONFIGS.rglob('*_baseline.py')}
PAIRS = [(source, path.stem.removeprefix(f'{source}_')) for source in BASELINES
         for path in sorted(CONFIGS.rglob(f'{source}_*.py')) if '_base_' not in path.parts]


def without_expectation(cfg):
    return {key: value for key, value in cfg.to_dict().items() if key != 'expected'}


@pytest.mark.parametrize('source, method', [pair for pair in PAIRS if pair[1] != 'baseline'])
def test_a_config_of_its_own_says_the_same(source, method):
    own, = CONFIGS.rglob(f'{source}_{method}.py')
    composed = with_method(BASELINES[source], method)
    assert without_expectation(composed) == without_expectation(Config.fromfile(own))
    assert composed.method == method and Path(composed.filename).name == own.name


EVERY = sorted(path.stem for path in (CONFIGS / 'methods').glob('*.py'))


@pytest.mark.parametrize('method', EVERY)
def test_every_method_is_named_as_its_file_and_composes(method):
    composed = with_method(CONFIGS / 'mini_synthia_highway_dawn_baseline.py', method)
    assert composed.method == method
    starts = 'finetune' in composed.get('recipe', [])
    assert ('starts_from' in composed) == (composed.load_from is not None) == starts
    assert starts or method.endswith('_long') or method != 'finetune' and not method.startswith('advbn')
    assert all(hook.get('layer') in (None, 'early_layers') for hook in composed.get('custom_hooks', []))  # the model's


@pytest.mark.parametrize('source', BASELINES)
def test_the_long_schedule_has_the_epochs_of_baseline_and_fine_tuning(source):
    baseline, finetune, long = (with_method(BASELINES[source], method)
                                for method in (None, 'finetune', 'baseline_long'))
    total = baseline.train_cfg.max_epochs + finetune.train_cfg.max_epochs
    assert (long.train_cfg.max_epochs, long.param_scheduler[-1].end) == (total, total)
    assert total % long.train_cfg.val_interval == 0
    changed = {key for key in long if long[key] != baseline.get(key)}
    assert changed - {'expected'} == {'method', 'titles', 'recipe', 'param_scheduler', 'train_cfg'}
    one, two = ({**cfg.param_scheduler[0], 'end': 0} for cfg in (baseline, long))
    assert one == two
    assert long.get('load_from') is None


def test_a_paper_long_training_has_110_epochs():
    cfg = with_method(CONFIGS / 'synthia_nyc_spring_baseline.py', 'advprop')
    assert (cfg.train_cfg.max_epochs, cfg.train_cfg.val_interval, cfg.optim_wrapper.optimizer.lr) == (110, 10, 0.01)


@pytest.mark.parametrize('method', sorted(set(EVERY) - {'baseline', 'photometric'}))
def test_every_method_on_top_of_photometric_augmentation(method):
    path = CONFIGS / 'mini_synthia_nyc_spring_baseline.py'
    cfg, plain, augmented = (with_method(path, name).to_dict()
                             for name in (f'photometric_{method}', method, 'photometric'))
    changed = {'method', 'titles', 'recipe', 'train_dataloader'}
    if plain['load_from']:
        changed |= {'starts_from', 'load_from'}
        assert cfg['starts_from'] == 'photometric'
        assert cfg['load_from'] == 'work_dirs/mini_synthia_nyc_spring_photometric/epoch_8.pth'
    assert {key for key in cfg if cfg[key] != plain.get(key)} == changed
    assert cfg['train_dataloader'] == augmented['train_dataloader'] != plain['train_dataloader']
    assert (cfg['method'], cfg['titles']) == (
        f'photometric_{method}', {f'photometric_{method}': f'photometric + {plain["titles"][method]}'})


def test_a_start_of_ones_own_and_its_weights(source):
    path = source(f"load_from = 'a.pth'\ntrain_dataloader = dict(dataset=dict(pipeline={PIPELINE}))\n"
                  "train_cfg = dict(max_iters=9)\nfinetune = dict(load_from='work_dirs/own_shifted/b.pth')\n")
    long = with_method(path, 'photometric_np_plus')
    assert long.load_from == 'a.pth' and 'starts_from' not in long  # a training from the start keeps its weights
    (path.parent / 'methods' / 'more.py').write_text("recipe = 'finetune'\nstarts_from = 'shifted'\n")
    more = with_method(path, 'photometric_more')
    assert (more.starts_from, more.load_from) == ('photometric_shifted', 'work_dirs/own_photometric_shifted/b.pth')
    (path.parent / 'methods' / 'photometric_more.py').write_text("recipe = 'finetune'\n")
    assert with_method(path, 'photometric_more').recipe == 'finetune'  # a file of that name goes before


def test_a_dumped_config_reads_back_and_names_its_method(tmp_path):
    composed = with_method(CONFIGS / 'imagenet' / 'digits_mnist_baseline.py', 'advbn_every2')
    composed.dump(tmp_path / 'dumped.py')
    again = Config.fromfile(tmp_path / 'dumped.py')
    assert again.to_dict() == composed.to_dict()
    assert (again.method, again.load_from) == ('advbn_every2', 'work_dirs/digits_mnist_baseline/epoch_5.pth')


@pytest.fixture
def source(tmp_path):
    """source(text) -> a config of a user's own with that text, and the method 'shifted' beside it."""
    (tmp_path / 'methods').mkdir()
    (tmp_path / 'methods' / 'shifted.py').write_text(
        "method = 'shifted'\nrecipe = 'finetune'\ncustom_hooks = [dict(type='AdvBNHook')]\n")

    def write(text):
        (tmp_path / 'own.py').write_text(text)
        return tmp_path / 'own.py'

    return write


def test_a_new_method_is_one_file(source):
    cfg = with_method(source("custom_hooks = [dict(type='EMAHook')]\nexpected = dict(unseen=1, tolerance=2)\n"
                             "finetune = dict(load_from='b.pth', train_cfg=dict(max_epochs=1))\n"), 'shifted')
    assert [hook.type for hook in cfg.custom_hooks] == ['EMAHook', 'AdvBNHook']
    assert (cfg.load_from, cfg.train_cfg.max_epochs, cfg.expected) == ('b.pth', 1, dict(tolerance=2))
    assert Path(cfg.filename).name == 'own_shifted.py'


@pytest.mark.parametrize('schedulers', ['param_scheduler', 'param_scheduler[0]'])  # a list, or one
@pytest.mark.parametrize('unit, finetune, total', [
    ('max_epochs', 'dict(train_cfg=dict(max_epochs=2))', 11), ('max_iters', 'dict(train_cfg=dict(max_iters=2))', 11),
    ('max_iters', "dict(load_from='b.pth')", 18)])
def test_a_long_training_of_a_config_of_ones_own(source, schedulers, unit, finetune, total):
    path = source("param_scheduler = [dict(type='MultiStepLR', milestones=[3], end=9)]\n"
                  f'param_scheduler = {schedulers}\n'
                  f'train_cfg = dict({unit}=9, val_interval=3)\nfinetune = {finetune}\n')
    cfg = with_method(path, 'np_plus')
    assert cfg.train_cfg == {unit: total, 'val_interval': 3} and cfg.get('load_from') is None
    assert cfg.param_scheduler == [dict(type='MultiStepLR', milestones=[3], end=total)]


@pytest.mark.parametrize('kind, key', [('CosineAnnealingLR', 'T_max'), ('OneCycleLR', 'total_steps')])
def test_a_decay_after_a_warm_up_ends_with_the_long_training(source, kind, key):
    path = source("param_scheduler = [dict(type='LinearLR', end=2, convert_to_iter_based=True), "
                  f"dict(type='{kind}', begin=2, end=9, {key}=7)]\n"
                  "train_cfg = dict(max_epochs=9)\nfinetune = dict(train_cfg=dict(max_epochs=3))\n")
    warm_up, decay = with_method(path, 'np_plus').param_scheduler
    assert warm_up.end == 2 and decay == {'type': kind, 'begin': 2, 'end': 12, key: 10}


@pytest.mark.parametrize('key', ['custom_hooks', 'expected'])
def test_a_key_may_be_none(source, key):
    assert with_method(source(f"{key} = None\nfinetune = dict(load_from='b.pth')\n"), 'shifted').method == 'shifted'


@pytest.mark.parametrize('text', ['finetune = dict(train_cfg=None)', 'finetune = {}', 'train_cfg = dict(max_iters=9)',
                                  'train_cfg = dict(max_iters=9)\nfinetune = dict(train_cfg=dict(max_epochs=2))'])
def test_how_long_a_long_training_lasts_has_to_be_known(source, text):
    with pytest.raises(UserError, match=r"own.py: .*'long'.* as long as baseline .* add finetune.* or both max_iters"):
        with_method(source(text), 'np_plus')


PIPELINE = "[dict(type='LoadImageFromFile'), dict(type='RandomFlip'), dict(type='PackSegInputs')]"


@pytest.mark.parametrize('baseline', ['work_dirs/own_baseline/b.pth', 'b.pth', 'https://x.org/b.pth'])
def test_what_starts_from_photometric_augmentation_has_it_last_in_its_pipeline(source, baseline):
    cfg = with_method(source(f'train_dataloader = dict(dataset=dict(pipeline={PIPELINE}), batch_size=2)\n'
                             f'finetune = dict(load_from={baseline!r})\n'), 'photometric_advbn_two_places')
    assert [each.type for each in cfg.train_dataloader.dataset.pipeline] == [
        'LoadImageFromFile', 'RandomFlip', 'PhotoMetricDistortion', 'PackSegInputs']
    assert (cfg.train_dataloader.batch_size, cfg.load_from) == (2, 'work_dirs/own_photometric/b.pth')


@pytest.mark.parametrize('dataset, sentence', [
    ("dict(pipeline=[dict(type='mmseg.PhotoMetricDistortion'), dict(type='mmseg.PackSegInputs')])",
     r"has PhotoMetricDistortion in its training pipeline already"),
    ("dict(pipeline=[dict(type='PhotoMetricDistortion'), dict(type='PackSegInputs')])",
     r'own.py has PhotoMetricDistortion in its training pipeline already, .* a method without photometric in its name'),
    ("dict(type='ConcatDataset', datasets=[])", r"config's key 'photometric' .* end with PackSegInputs, .*, or add"),
    ("dict(pipeline=[dict(type='PackInputs')])", r"config's key 'photometric' .* end with PackSegInputs, .*, or add")])
def test_where_photometric_augmentation_goes_has_to_be_known(source, dataset, sentence):
    with pytest.raises(UserError, match=sentence):
        with_method(source(f'train_dataloader = dict(dataset={dataset})'), 'photometric')


def test_the_augmentation_goes_into_the_pipeline_of_the_fine_tuning(source):
    path = source(f'train_dataloader = dict(dataset=dict(pipeline={PIPELINE}))\nfinetune = dict(load_from="b.pth", '
                  f'train_dataloader=dict(dataset=dict(pipeline={PIPELINE.replace("RandomFlip", "RandomCrop")})))\n')
    assert [each.type for each in with_method(path, 'photometric_finetune').train_dataloader.dataset.pipeline] == [
        'LoadImageFromFile', 'RandomCrop', 'PhotoMetricDistortion', 'PackSegInputs']


def test_each_method_is_named_once_where_one_is_unknown():
    with pytest.raises(UserError) as refused:
        with_method(CONFIGS / 'camvid_day_baseline.py', 'nope')
    assert str(refused.value).count(' dsu,') == 1


def test_a_method_is_called_as_its_file(source):
    path = source("finetune = dict(load_from='b.pth')\n")
    (path.parent / 'methods' / 'own.py').write_text("recipe = 'finetune'\n")
    assert with_method(path, 'own').method == 'own'
    (path.parent / 'methods' / 'own.py').write_text("method = 'finetune'\nrecipe = 'finetune'\n")
    with pytest.raises(UserError, match=r"methods/own.py says method = 'finetune'.*: write method = 'own'"):
        with_method(path, 'own')


@pytest.mark.parametrize('text, method, sentence', [
    ('a = 1', 'shifted', r"own.py: the method 'shifted' changes what the config's key 'finetune'.* add finetune ="),
    ("method = 'advbn'", 'shifted', r"own.py has the method 'advbn' already: give --method the config of a baseline"),
    ("custom_hooks = [dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')]\nfinetune = {}", 'finetune',
     r'own.py has the hook AdvBNHook, which finetune would train with, too: give --method a config without'),
    ("custom_hooks = dict(type='EMAHook')", 'photometric', r'custom_hooks must be a list of dicts, found a ConfigDict'),
    ("custom_hooks = [dict(type='FrozenPrefixHook')]", 'photometric', r'own.py has the hook FrozenPrefixHook, which'),
    ('a = 1', 'photometric_shift', r'no methods/photometric_shift.py beside or above .*own.py: choose one of .*, or'),
    ('a = 1', 'shift', r'no methods/shift.py beside or above .*own.py: choose one of .*dsu, .*shifted, or write it')])
def test_what_does_not_compose_is_refused(source, text, method, sentence):
    with pytest.raises(UserError, match=sentence):
        with_method(source(text), method)


def test_a_decay_by_iterations_in_a_long_training_of_epochs_is_refused(source):
    path = source("param_scheduler = [dict(type='LinearLR', end=2, by_epoch=False), dict(type='PolyLR', end=90, "
                  'by_epoch=False)]\ntrain_cfg = dict(max_epochs=9)\nfinetune = dict(train_cfg=dict(max_epochs=3))\n')
    with pytest.raises(UserError, match="'np_plus' lasts longer than the baseline, and PolyLR would end before, as"):
        with_method(path, 'np_plus')
