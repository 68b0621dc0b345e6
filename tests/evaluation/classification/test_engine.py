"""Scoring a classifier on ImageNet and its variants."""
import pytest
import torch
from mmengine.dataset import pseudo_collate

from advbn_seg.errors import UserError
from advbn_seg.evaluation.classification import engine as module
from advbn_seg.evaluation.classification.engine import evaluate
from advbn_seg.evaluation.classification.measure import open_cell, pipeline
from advbn_seg.evaluation.classification.test_sets import VARIANTS, Variant, find_cells
from advbn_seg.evaluation.segmentation.measure import load_model

from .conftest import config

BY_NAME = {variant.name: variant for variant in VARIANTS}


def cells_of(sets, *names):
    return [cell for name in names for cell in find_cells(BY_NAME[name], sets / name)]


@pytest.fixture
def measured(monkeypatch):
    """The number of images of each cell that is really measured."""
    found = []

    def noted(runner, dataset, *args):
        found.append(len(dataset))
        return original(runner, dataset, *args)

    original = module.measure
    monkeypatch.setattr(module, 'measure', noted)
    return found


def test_accuracy_is_that_of_the_models_own_predictions(advbn, sets):
    cfg, checkpoint = advbn
    row = evaluate(cfg, checkpoint, cells_of(sets, 'imagenet', 'instagram'), 'main')
    cell, = cells_of(sets, 'imagenet')
    runner = load_model(cfg, checkpoint, 'logs')
    dataset = open_cell(cfg, cell)
    runner.model.eval()
    with torch.no_grad():
        predictions = runner.model.test_step(pseudo_collate([dataset[index] for index in range(len(dataset))]))
    hits = [bool(sample.pred_label == sample.gt_label) for sample in predictions]
    assert row.cells['imagenet']['top1'] == pytest.approx(100 * sum(hits) / 6, abs=1e-3)
    assert (row.method, row.seed, row.branch, row.classes) == ('tiny', 3, 'main', 3)
    assert list(row.cells) == ['imagenet', 'instagram/rise', 'instagram/toaster']
    assert row.cells['imagenet']['images'] == 6 and row.cells['imagenet']['top5'] == 100


def test_sets_go_through_the_norms_of_the_paper_or_through_those_asked_for(advbn, sets):
    cfg, checkpoint = advbn
    cells = cells_of(sets, 'imagenet', 'sketch')
    rows = {branch: evaluate(cfg, checkpoint, cells, branch) for branch in (None, 'main', 'aux', 'auto')}
    assert {name: cell['branch'] for name, cell in rows[None].cells.items()} == dict(imagenet='main', sketch='aux')
    for name, branch in (('imagenet', 'main'), ('sketch', 'aux')):
        assert rows[None].cells[name]['top1'] == rows[branch].cells[name]['top1']
    assert all(0 <= cell['aux_share'] <= 1 for cell in rows['auto'].cells.values())
    assert 'aux_share' not in rows['aux'].cells['sketch']


def test_a_model_without_auxiliary_norms_is_scored_through_those_it_has(advbn, sets):
    cfg, checkpoint = advbn
    plain = config()
    state = torch.load(checkpoint)['state_dict']
    torch.save({key: value for key, value in state.items() if '.aux.' not in key}, 'plain.pth')
    row = evaluate(plain, 'plain.pth', cells_of(sets, 'sketch'))
    assert row.cells['sketch']['branch'] == 'main'
    with pytest.raises(UserError, match='there are no auxiliary norms; leave out --norm-branch auto'):
        evaluate(plain, 'plain.pth', cells_of(sets, 'sketch'), 'auto')


def test_a_cell_is_measured_once_whoever_asks_for_it(advbn, sets, measured):
    cfg, checkpoint = advbn
    cells = cells_of(sets, 'imagenet', 'instagram', 'sketch')
    shares = [evaluate(cfg, checkpoint, cells[rank::2]) for rank in range(2)]
    assert [list(share.cells) for share in shares] == [['imagenet', 'instagram/toaster'], ['instagram/rise', 'sketch']]
    assert len(measured) == 4
    whole = evaluate(cfg, checkpoint, cells)
    assert len(measured) == 4
    assert whole.cells == {**shares[0].cells, **shares[1].cells}


def test_an_interrupted_call_goes_on_with_the_missing_cells(advbn, sets, measured):
    cfg, checkpoint = advbn
    cells = cells_of(sets, 'imagenet', 'instagram')

    def interrupt(images):
        if len(measured) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(cfg, checkpoint, cells, advance=interrupt)
    assert len(measured) == 2
    evaluate(cfg, checkpoint, cells)
    assert len(measured) == 4


@pytest.mark.parametrize('change', [
    dict(norm_branch='aux'), dict(cfg_options={'model.data_preprocessor.std': [61.] * 3}), dict(weights=0.5)])
def test_only_what_changed_is_measured_again(advbn, sets, measured, change):
    cfg, checkpoint = advbn
    cells = cells_of(sets, 'imagenet')
    evaluate(cfg, checkpoint, cells)
    cfg.merge_from_dict(change.get('cfg_options', {}))
    if 'weights' in change:
        content = torch.load(checkpoint)
        content['state_dict']['head.fc.weight'] *= change['weights']
        torch.save(content, checkpoint)
    evaluate(cfg, checkpoint, cells, change.get('norm_branch'))
    assert len(measured) == 2


def test_crops_follow_the_paper():
    types = {name: [step['type'] for step in pipeline(config(), variant)] for name, variant in BY_NAME.items()}
    whole = ['LoadImageFromFile', 'ResizeEdge', 'CenterCrop', 'PackInputs']
    cropped = ['LoadImageFromFile', 'CenterCrop', 'PackInputs']
    assert types == {'imagenet': whole, 'instagram': whole, 'sketch': whole,
                     'imagenet-c': cropped, 'stylized': cropped, 'advbn': cropped}


def test_a_folder_that_lacks_classes_is_refused(advbn, tmp_path):
    cfg, checkpoint = advbn
    (tmp_path / 'few' / 'cat').mkdir(parents=True)
    with pytest.raises(UserError, match='has 1 class folders, but the model of tiny.py knows 3 classes'):
        evaluate(cfg, checkpoint, find_cells(Variant('imagenet'), tmp_path / 'few'))


def test_imagenet_c_is_found_as_released_and_by_group(sets, tmp_path):
    cells = find_cells(BY_NAME['imagenet-c'], sets / 'imagenet-c')
    assert len(cells) == 75 and cells[0].name == 'imagenet-c/gaussian_noise/1'
    for group, name in (('weather', 'fog'), ('blur', 'zoom_blur')):
        (tmp_path / group / name / '2').mkdir(parents=True)
    with pytest.raises(UserError, match='lacks 73 of the 75 folders .* such as gaussian_noise/1'):
        find_cells(BY_NAME['imagenet-c'], tmp_path)


def test_a_missing_folder_is_named_with_its_layout(tmp_path):
    with pytest.raises(UserError, match='no such folder; instagram needs one of FILTER/CLASS/IMAGE'):
        find_cells(BY_NAME['instagram'], tmp_path / 'nowhere')


def test_the_folder_val_of_a_set_is_found(sets, tmp_path):
    (tmp_path / 'val').symlink_to(sets / 'imagenet')
    assert find_cells(BY_NAME['stylized'], tmp_path)[0].folder == tmp_path / 'val'
