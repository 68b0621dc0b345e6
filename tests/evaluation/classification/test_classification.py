"""Scoring a classifier on ImageNet and its variants."""
import json
import shutil
import subprocess
import sys

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmpretrain.evaluation import Accuracy
from mmpretrain.registry import MODELS

from advbn_seg.errors import UserError
from advbn_seg.evaluation import engine, measure, open_run
from advbn_seg.evaluation.classification import CLASSIFICATION
from advbn_seg.evaluation.classification.metric import TopAccuracy
from advbn_seg.evaluation.loading import load_model, open_dataset
from advbn_seg.network.dual_norm import DualNorm

from ..tiny_sets import config, work_dir


@pytest.fixture
def evaluate(advbn, sets, tmp_path):
    """evaluate(*names, branch, run, progress, cfg_options) -> the row of a run on these sets."""
    def row(*names, branch='paper', run=advbn, progress=None, root=sets, **options):
        domains = [dict(name=name, folder=str(root / name)) for name in names]
        run = open_run(run, branch, domains=domains, **options)
        return measure(CLASSIFICATION, [run], tmp_path / 'robustness.json', progress=progress).rows[-1]
    return row


@pytest.fixture
def measured(monkeypatch):
    """The names of the cells that are really measured."""
    names, score = [], engine.score

    def noted(task, runner, target, batches):
        names.append(target.name)
        return score(task, runner, target, batches)

    monkeypatch.setattr(engine, 'score', noted)
    return names


def test_accuracy_is_that_of_the_models_own_predictions(evaluate, advbn, sets):
    row = evaluate('imagenet', 'instagram', branch='main')
    run = open_run(advbn, domains=[dict(name='imagenet', folder=str(sets / 'imagenet'))])
    cell, = CLASSIFICATION.cells(run)
    model = load_model(run.cfg, run.checkpoint, 'logs').model.eval()
    dataset = open_dataset(run.cfg, cell.name, cell.config)
    with torch.no_grad():
        predictions = model.test_step(pseudo_collate([dataset[index] for index in range(len(dataset))]))
    hits = [bool(sample.pred_label == sample.gt_label) for sample in predictions]
    assert row.cells['imagenet']['top1'] == pytest.approx(100 * sum(hits) / 6, abs=1e-3)
    assert (row.method, row.seed, row.branch, row.classes) == ('tiny', 3, 'main', 3)
    assert list(row.cells) == ['imagenet', 'instagram/rise', 'instagram/toaster']
    assert row.cells['imagenet']['images'] == 6 and row.cells['imagenet']['top5'] == 100
    assert row.cells['imagenet']['versions'].keys() == {'torch', 'mmpretrain', 'mmengine', 'advbn_seg'}


def test_the_metric_equals_mmpretrains():
    torch.manual_seed(0)
    samples = [dict(pred_score=torch.rand(7).softmax(0), gt_label=torch.tensor([index % 7])) for index in range(37)]
    samples[3]['pred_score'] = torch.zeros(7)  # no score above 0 is no hit
    theirs, ours = Accuracy(topk=(1, 5)), TopAccuracy()
    for metric in (theirs, ours):
        for first in (0, 20):
            metric.process(dict(inputs=[]), samples[first:first + 20])
    expected, found = theirs.evaluate(37), ours.evaluate(37)
    assert (found['top1'], found['top5']) == (round(expected['accuracy/top1'], 4), round(expected['accuracy/top5'], 4))
    assert 0 < found['top1'] < found['top5'] < 100


def test_sets_go_through_the_norms_of_the_paper_or_through_those_asked_for(evaluate, measured):
    rows = {branch: evaluate('imagenet', 'sketch', branch=branch) for branch in ('paper', 'main', 'aux', 'auto')}
    assert {name: cell['branch'] for name, cell in rows['paper'].cells.items()} == dict(imagenet='main', sketch='aux')
    for name, branch in (('imagenet', 'main'), ('sketch', 'aux')):
        assert rows['paper'].cells[name] == rows[branch].cells[name]
    assert measured == ['imagenet', 'sketch', 'sketch', 'imagenet', 'imagenet', 'sketch']  # each cell once
    assert rows['main'].cells != rows['aux'].cells


@pytest.mark.slow
def test_auto_tells_the_share_of_batches_that_it_sent_through_the_auxiliary_norms(evaluate, advbn, sets):
    """Each branch gets the statistics of one set: mixed batches of both are near to those that prevail."""
    run = open_run(advbn, domains=[dict(name=name, folder=str(sets / name)) for name in ('imagenet', 'sketch')])
    model = load_model(run.cfg, run.checkpoint, 'logs').model.eval()
    norm = next(module for module in model.modules() if isinstance(module, DualNorm))
    features = []
    norm.register_forward_pre_hook(lambda module, args: features.append(args[0]))
    for cell, branch in zip(CLASSIFICATION.cells(run), (norm.main, norm.aux)):
        dataset = open_dataset(run.cfg, cell.name, cell.config)
        with torch.no_grad():
            model.test_step(pseudo_collate([dataset[index] for index in range(len(dataset))]))
        var, mean = torch.var_mean(features[-1], (0, 2, 3))
        branch.running_mean.copy_(mean), branch.running_var.copy_(var)
    torch.save(dict(state_dict=model.state_dict()), advbn / 'epoch_1.pth')
    shares = {name: cell['aux_share'] for name, cell in evaluate('imagenet', 'sketch', branch='auto').cells.items()}
    assert shares == dict(imagenet=0, sketch=1)
    assert 'aux_share' not in evaluate('sketch', branch='aux').cells['sketch']


def test_a_model_without_auxiliary_norms_is_scored_through_those_it_has(evaluate, advbn, tmp_path):
    state = torch.load(advbn / 'epoch_1.pth')['state_dict']
    plain = work_dir(tmp_path / 'plain', config(), {key: value for key, value in state.items() if '.aux.' not in key})
    assert evaluate('sketch', run=plain).cells['sketch']['branch'] == 'main'
    with pytest.raises(UserError, match='there are no auxiliary norms; leave out --norm-branch auto'):
        evaluate('sketch', run=plain, branch='auto')


def test_sets_measured_one_by_one_gather_in_one_row(evaluate, measured):
    evaluate('imagenet')
    row = evaluate('instagram', 'sketch')
    assert list(row.cells) == ['imagenet', 'instagram/rise', 'instagram/toaster', 'sketch'] and len(measured) == 4
    assert evaluate('imagenet', 'sketch').cells == row.cells and len(measured) == 4


def test_an_interrupted_call_goes_on_with_the_missing_cells(evaluate, measured):
    def interrupt(total, text, images):
        if len(measured) == 2 and images:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate('imagenet', 'instagram', progress=interrupt)
    evaluate('imagenet', 'instagram')
    assert measured == ['imagenet', 'instagram/rise', 'instagram/rise', 'instagram/toaster']


@pytest.mark.parametrize('change', [
    dict(branch='aux'), dict(cfg_options={'model.data_preprocessor.std': [61.] * 3}), dict(weights=0.5)])
def test_only_what_changed_is_measured_again(evaluate, advbn, measured, change):
    evaluate('imagenet')
    if weights := change.pop('weights', None):
        content = torch.load(advbn / 'epoch_1.pth')
        content['state_dict']['head.fc.weight'] *= weights
        torch.save(content, advbn / 'epoch_1.pth')
    evaluate('imagenet', **change)
    assert measured == ['imagenet'] * 2


def test_moved_data_is_known_and_other_data_is_refused_beside_it(evaluate, sets, tmp_path, measured):
    evaluate('imagenet', branch='main')
    (tmp_path / 'imagenet').symlink_to(sets / 'imagenet')
    evaluate('imagenet', branch='paper', root=tmp_path)
    assert len(measured) == 1
    (tmp_path / 'imagenet').unlink()
    (tmp_path / 'imagenet').symlink_to(sets / 'sketch')
    with pytest.raises(UserError, match='imagenet: the frames of advbn and of .*advbn/epoch_1.pth are not the same'):
        evaluate('imagenet', branch='aux', root=tmp_path)


def test_a_folder_without_images(evaluate, tmp_path):
    for name in ('cat', 'dog', 'fox'):
        (tmp_path / 'empty' / name).mkdir(parents=True)
    with pytest.raises(UserError, match='domain empty has no frames to score in .*empty'):
        evaluate('empty', root=tmp_path)


WITHOUT_MMSEG = '''
import sys
import advbn_seg
sys.modules.update({name: None for name in ['mmseg', *sys.modules] if name.split('.')[0] == 'mmseg'})  # import fails
from advbn_seg.commands import main
main(['robustness', 'plain', '--imagenet', sys.argv[1], '--norm-branch', 'main', '--out', 'out', '--device', 'cpu'])
'''


@pytest.mark.slow
def test_a_classifier_is_scored_without_mmseg(sets, tmp_path):
    cfg = config(custom_imports=dict(imports=[]))
    init_default_scope('mmpretrain')
    work_dir(tmp_path / 'plain', cfg, MODELS.build(Config(cfg.to_dict()).model).state_dict())
    done = subprocess.run([sys.executable, '-c', WITHOUT_MMSEG, sets / 'imagenet'], cwd=tmp_path, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    row, = json.loads((tmp_path / 'out/robustness.json').read_text())['rows']
    assert row['cells']['imagenet']['images'] == 6 and 'mmseg' not in row['cells']['imagenet']['versions']


def with_classes(run, tmp_path, *names):
    """A copy of a run whose checkpoint says that it was trained on folders of these names."""
    folder = shutil.copytree(run, tmp_path / 'named')
    path = next(folder.glob('*.pth'))
    checkpoint = torch.load(path, weights_only=False)
    checkpoint['meta'] = {**(checkpoint.get('meta') or {}), 'dataset_meta': dict(classes=names)}
    torch.save(checkpoint, path)
    return folder


def test_class_folders_have_the_names_of_the_training(evaluate, advbn, sets, tmp_path):
    classes = sorted(each.name for each in (sets / 'imagenet').rglob('*') if each.is_dir())
    evaluate('imagenet', run=with_classes(advbn, tmp_path / 'right', *classes))
    other = with_classes(advbn, tmp_path / 'other', 'zero', 'one', 'two')
    with pytest.raises(UserError, match=f"trained with 'zero' as class 0, but imagenet has '{classes[0]}' there"):
        evaluate('imagenet', run=other)
    named = {'train_dataloader.dataset.type': 'ImageNet'}  # its classes are called otherwise than its folders
    evaluate('imagenet', run=other, cfg_options=named)


def test_images_of_several_sizes_are_not_padded_without_a_word():
    metric = TopAccuracy()
    with pytest.raises(UserError, match=r'have several sizes, such as \(4, 4\) and \(8, 8\), and would be padded'):
        metric.process(dict(inputs=[torch.zeros(3, 8, 8), torch.zeros(3, 4, 4)]), [])


def test_a_segmentor_is_refused(advbn):
    run = open_run(advbn, domains=[dict(name='imagenet', folder='nowhere')], cfg_options=dict(default_scope='mmseg'))
    with pytest.raises(UserError, match='is a segmentor, and these are sets for a classifier: use advbn-seg matrix'):
        CLASSIFICATION.cells(run)
