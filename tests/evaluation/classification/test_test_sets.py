"""The sets of images: their folders, crops and norms, and what is wrong with them in one sentence."""
import shutil
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmpretrain.datasets.transforms import LoadImageFromFile, ResizeEdge

from advbn_seg.errors import UserError
from advbn_seg.evaluation import open_run
from advbn_seg.evaluation.classification import CLASSIFICATION
from advbn_seg.evaluation.classification.test_sets import (
    PAPER_SETS,
    check_classes,
    find_folders,
    number_of_classes,
    pipeline,
)


def cells(run, branch='paper', **folders):
    domains = [dict(name=name.replace('_', '-'), folder=str(folder)) for name, folder in folders.items()]
    return CLASSIFICATION.cells(open_run(run, branch, domains=domains))


def steps(cell):
    return [step['type'] for step in cell.config['pipeline']]


def test_crops_and_norms_follow_the_paper(advbn, sets):
    found = cells(advbn, **{each.name: sets / 'sketch' for each in PAPER_SETS if '-' not in each.name and
                            each.name != 'instagram'}, uci=sets / 'sketch')
    whole = ['LoadImageFromFile', 'ResizeEdge', 'CenterCrop', 'PackInputs']
    cropped = ['LoadImageFromFile', 'CenterCrop', 'PackInputs']
    assert {cell.name: (cell.branch, steps(cell)) for cell in found} == dict(
        imagenet=('main', whole), sketch=('aux', whole), stylized=('aux', cropped), advbn=('aux', cropped),
        reconstructed=('aux', cropped), uci=('main', whole))
    corrupted = cells(advbn, imagenet_c=sets / 'imagenet-c', instagram=sets / 'instagram')
    assert len(corrupted) == 77 and steps(corrupted[0]) == cropped and steps(corrupted[-1]) == whole
    assert {cell.branch for cell in corrupted} == {'main'}
    auto = cells(advbn, 'auto', sketch=sets / 'sketch', imagenet=sets / 'imagenet')
    assert {cell.branch for cell in auto} == {'auto'}


def test_a_file_of_sets_may_say_norms_and_crops(advbn, sets, tmp_path):
    entry = f"dict(name='new', folder='{sets}/sketch', branch='aux', resize=False)"
    (tmp_path / 'sets.py').write_text(f'domains = [{entry}]')
    cell, = CLASSIFICATION.cells(open_run(advbn, 'paper', domains=tmp_path / 'sets.py'))
    assert cell.branch == 'aux' and 'ResizeEdge' not in steps(cell)


def test_without_domains_the_flags_of_the_experiments_name_the_sets(advbn, sets):
    flags = dict(imagenet=str(sets / 'imagenet'), imagenet_c=str(sets / 'imagenet-c'), other=f'uci={sets}/sketch')
    found = CLASSIFICATION.cells(open_run(advbn, cfg_options=dict(test_sets=flags)))
    assert len(found) == 77 and [found[0].name, found[-1].name] == ['imagenet', 'uci']
    with pytest.raises(UserError, match='advbn: there is nothing to score it on; give at least one set'):
        CLASSIFICATION.cells(open_run(advbn))


@pytest.mark.parametrize('entry, message', [
    ("dict(name='new', folder='x', bracn='aux')",
     r"sets.py: domains\[0\] has the unknown key 'bracn', expected name, folder, branch, resize"),
    ("dict(name='new')", r"sets.py: domains\[0\] lacks the key 'folder'"),
    ("dict(name=3, folder='x')", r'sets.py: domains\[0\].name is 3, a string was expected'),
    ("'x'", r"sets.py: domains\[0\] is 'x', a dict was expected"),
    ("dict(name='a', folder='x'), dict(name='a', folder='y')", 'each name once, found'),
    ("dict(name='new', folder='nowhere')", 'nowhere: no such folder; new needs one of CLASS/IMAGE')])
def test_what_is_wrong_with_a_file_of_sets(advbn, tmp_path, entry, message):
    (tmp_path / 'sets.py').write_text(f'domains = [{entry}]')
    with pytest.raises(UserError, match=message) as error:
        CLASSIFICATION.cells(open_run(advbn, domains=tmp_path / 'sets.py'))
    assert '\n' not in str(error.value)


def test_a_folder_that_lacks_classes_is_refused(advbn, tmp_path):
    (tmp_path / 'few' / 'cat').mkdir(parents=True)
    with pytest.raises(UserError, match='has 1 class folders, but the model of .*tiny.py knows 3 classes'):
        cells(advbn, imagenet=tmp_path / 'few')


def test_classes_have_the_names_of_the_first_set(advbn, tmp_path):
    for folder in ('a/0', 'a/1', 'a/2', 'b/2', 'b/one', 'b/zero'):
        (tmp_path / folder).mkdir(parents=True)
    assert len(cells(advbn, imagenet=tmp_path / 'a', sketch=tmp_path / 'a')) == 2
    with pytest.raises(UserError, match="/a and .*/b differ in their class folders, such as '0': classes are numbered"):
        cells(advbn, imagenet=tmp_path / 'a', sketch=tmp_path / 'b')


@pytest.mark.parametrize('classes, stray', [
    ('cat cow dog .ipynb_checkpoints', '.ipynb_checkpoints'), ('cat cow __MACOSX', '__MACOSX')])
def test_a_folder_that_is_no_class_is_refused_though_the_number_may_fit(advbn, tmp_path, classes, stray):
    for name in classes.split():
        (tmp_path / 'set' / name).mkdir(parents=True)
    with pytest.raises(UserError, match=f"set has the folder '{stray}' beside those of classes: move it away, as"):
        cells(advbn, imagenet=tmp_path / 'set')


def test_a_training_on_folders_may_give_classes_any_names(advbn, tmp_path):
    for name in ('n01440764', 'n01443537', 'other'):
        (tmp_path / 'set' / name).mkdir(parents=True)
    folders, imagenet = (Config(dict(train_dataloader=dict(dataset=dict(type=kind)), model={}))
                         for kind in ('CustomDataset', 'ImageNet'))
    check_classes(folders, [tmp_path / 'set'])
    with pytest.raises(UserError, match="the folder 'other' beside those of classes"):
        check_classes(imagenet, [tmp_path / 'set'])


def numbering(kind, classes, trained=()):
    run = SimpleNamespace(name='run', cfg=Config(dict(train_dataloader=dict(dataset=dict(type=kind)))))
    CLASSIFICATION.check_classes(run, SimpleNamespace(name='v2', classes=classes), trained)


def test_numbers_for_names_are_in_the_order_of_text_unless_the_training_had_them():
    numbers = sorted(map(str, range(12)))
    with pytest.raises(UserError, match="v2 has its class folder '11' before '2', .*: give them leading zeros, "
                                        "such as '02'"):
        numbering('ImageNet', numbers, ['tench', 'goldfish'])
    numbering('ImageNet', sorted(f'{number:02}' for number in range(12)))
    numbering('ImageNet', ['n01440764', 'n01443537'])
    numbering('CustomDataset', numbers, numbers)
    with pytest.raises(UserError, match="run was trained with '0' as class 0, but v2 has '00' there"):
        numbering('CustomDataset', [name.zfill(2) for name in numbers], numbers)


@pytest.mark.parametrize('settings, resized', [('{"seed": 0}', True), ('{"seed": 0, "crop": 224}', False), ('{', False),
                                               ('[]', False)])
def test_corrupted_images_that_were_kept_whole_are_resized(advbn, sets, tmp_path, settings, resized):
    shutil.copytree(sets / 'imagenet-c/fog', tmp_path / 'set/fog')
    (tmp_path / 'set/settings.json').write_text(settings)
    assert {'ResizeEdge' in steps(cell) for cell in cells(advbn, imagenet_c=tmp_path / 'set')} == {resized}


def test_imagenet_c_is_found_as_released_and_by_group(sets, tmp_path):
    folders = find_folders('imagenet-c', sets / 'imagenet-c')
    assert len(folders) == 75 and next(iter(folders)) == 'imagenet-c/gaussian_noise/1'
    with pytest.raises(UserError, match='has none of the 75 folders .* such as gaussian_noise/1'):
        find_folders('imagenet-c', tmp_path)
    for group, name in (('weather', 'fog'), ('blur', 'zoom_blur')):
        (tmp_path / group / name / '2').mkdir(parents=True)
    assert find_folders('imagenet-c', tmp_path) == {'imagenet-c/zoom_blur/2': tmp_path / 'blur/zoom_blur/2',
                                                    'imagenet-c/fog/2': tmp_path / 'weather/fog/2'}


def test_a_missing_folder_is_named_with_its_layout(tmp_path):
    with pytest.raises(UserError, match='no such folder; instagram needs one of FILTER/CLASS/IMAGE'):
        find_folders('instagram', tmp_path / 'nowhere')


def test_an_instagram_without_filters_is_refused(tmp_path):
    with pytest.raises(UserError, match='has no folders FILTER/CLASS/IMAGE, such as toaster/n01440764/1.jpg'):
        find_folders('instagram', tmp_path)


def test_the_folder_val_of_a_set_is_found(sets, tmp_path):
    (tmp_path / 'val').symlink_to(sets / 'imagenet')
    assert find_folders('stylized', tmp_path) == {'stylized': tmp_path / 'val'}


@pytest.mark.parametrize('model, number', [
    (dict(head=dict(num_classes=7)), 7), (dict(num_classes=6), 6), (dict(), None),
    (dict(type='FeatureAutoencoder', encoder=dict(head=dict(num_classes=8))), 8),
    (dict(backbone=dict(type='VGG', num_classes=5), head=dict(type='ClsHead')), 5),
    (dict(backbone=dict(type='VGG', num_classes=-1), head=dict(num_classes=4)), 4)])
def test_the_number_of_classes_is_that_of_the_head_or_of_a_backbone_with_its_own(model, number):
    assert number_of_classes(Config(dict(model=model))) == number


def test_a_pipeline_may_name_its_steps_by_their_classes():
    steps = [dict(type=LoadImageFromFile), dict(type=ResizeEdge, scale=8), dict(type='mmpretrain.CenterCrop')]
    cfg = Config(dict(test_dataloader=dict(dataset=dict(pipeline=[]))))
    cfg.test_dataloader.dataset.pipeline = steps
    assert pipeline(cfg, resize=True) == steps and pipeline(cfg, resize=False) == [steps[0], steps[2]]
