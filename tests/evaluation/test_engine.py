"""Measuring: what is known is not measured again, what changed is, and what does not fit together is refused."""
import gc
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.evaluation import engine, open_run, open_runs
from advbn_seg.evaluation.segmentation import SEGMENTATION
from advbn_seg.evaluation.segmentation.domains import domain_cells
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix
from advbn_seg.evaluation.segmentation.published import TARGETS

from ..other_process import held_by_another_process

BATCH_SIZE = 'test_dataloader.batch_size'
THREE = ['nyc/dawn', 'nyc/fog', 'highway/fog']


@pytest.fixture
def measured(monkeypatch):
    """The names of the domains that were really measured, in order."""
    names, score = [], engine.score

    def recording(task, runner, target, batches):
        names.append(target.name)
        return score(task, runner, target, batches)

    monkeypatch.setattr(engine, 'score', recording)
    return names


def measure_matrix(runs, path, **options):
    return engine.measure(SEGMENTATION, runs, path, **options)


def test_all_ten_targets_are_measured_with_everything_needed_to_tell_them_apart(make_run, tmp_path):
    measure_matrix([open_run(make_run(method='baseline', domains=None))], tmp_path / 'matrix.json')
    content = json.loads((tmp_path / 'matrix.json').read_text())
    assert content['benchmark'] == 'tiny' and content['classes'] == ['road', 'car', 'sky', 'boat']
    row, = content['rows']
    assert (row['method'], row['source'], row['branch'], row['seed']) == ('baseline', 'nyc/dawn', 'main', 0)
    assert row['run'] == 'run' and len(row['sha256']) == 64
    assert list(row['cells']) == content['targets'] == list(TARGETS)
    cell = row['cells']['nyc/fog']
    assert cell['images'] == 3 and len(cell['iou']) == 4 and set(cell['versions']) >= {'torch', 'mmseg', 'advbn_seg'}


def test_known_cells_are_reused_without_loading_a_model(make_run, tmp_path, monkeypatch):
    first = measure_matrix([open_run(make_run())], tmp_path / 'matrix.json')
    monkeypatch.setattr(engine, 'load_model', lambda *args: pytest.fail('nothing was left to measure'))
    assert measure_matrix([open_run(tmp_path / 'run')], tmp_path / 'matrix.json') == first


def test_a_run_that_diverged_is_a_row_without_numbers(make_run, tmp_path):
    diverged = make_run('diverged', method='advbn', seed=1)
    (diverged / 'last_checkpoint').unlink()
    (diverged / 'run.json').write_text('{"diverged": "loss is nan in iteration 3"}')
    path = tmp_path / 'matrix.json'
    with pytest.raises(UserError, match='^diverged has diverged: loss is nan in iteration 3; give another run, too'):
        measure_matrix(open_runs([diverged], ['main', 'aux'], with_diverged=True), path)
    with pytest.raises(UserError, match='diverged has diverged: loss is nan in iteration 3; leave it out, or give'):
        open_runs([diverged], ['main'])
    matrix = measure_matrix(open_runs([diverged, make_run(method='finetune')], ['main'], with_diverged=True), path)
    assert [(row.label, len(row.cells)) for row in matrix.rows] == [('finetune', 3), ('advbn (diverged)', 0)]
    assert CrossDomainMatrix.load(path) == matrix
    line = matrix.summary().mean.loc['nyc/dawn', 'advbn (diverged)']
    assert line.isna().all()
    (diverged / 'last_checkpoint').write_text('epoch_1.pth')  # it was trained anew
    (diverged / 'run.json').unlink()
    matrix = measure_matrix(open_runs([diverged], ['main']), path)
    assert [row.label for row in matrix.rows] == ['finetune', 'advbn']


def test_what_the_caller_keeps_from_garbage_collections_stays_so(make_run, tmp_path):
    frozen = gc.get_freeze_count()
    measure_matrix([open_run(make_run())], tmp_path / 'matrix.json')
    assert gc.get_freeze_count() > frozen / 2  # some have gone by themselves


def test_collections_take_in_everything_again_afterwards(make_run, tmp_path):
    gc.unfreeze()
    try:
        measure_matrix([open_run(make_run())], tmp_path / 'matrix.json')
        assert gc.get_freeze_count() == 0
    finally:
        gc.freeze()  # as conftest.py has it


def test_an_interrupted_call_goes_on_with_the_missing_cells(make_run, tmp_path, monkeypatch, measured):
    runs = [open_run(make_run('a')), open_run(make_run('b', seed=1))]

    def interrupted(total, text, images):
        if text == 'b on nyc/fog' and images:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_matrix(runs, tmp_path / 'matrix.json', progress=interrupted)
    assert [len(row.cells) for row in CrossDomainMatrix.load(tmp_path / 'matrix.json').rows] == [3, 1]
    assert measured == [*THREE, *THREE[:2]]
    measured.clear()
    measure_matrix(runs, tmp_path / 'matrix.json')
    assert measured == THREE[1:]


def test_only_what_changed_is_measured_again(make_run, tmp_path, measured):
    run = make_run()
    pipeline = [dict(type='LoadImageFromFile'), dict(type='Resize', scale=(12, 8)), dict(type='LoadAnnotations'),
                dict(type='PackSegInputs')]
    measure_matrix([open_run(run)], tmp_path / 'matrix.json')
    measured.clear()
    resized = open_run(run, cfg_options={'test_dataloader.dataset.pipeline': pipeline})
    measure_matrix([resized], tmp_path / 'matrix.json')
    assert measured == THREE  # another test pipeline
    measured.clear()
    torch.save(torch.load(run / 'epoch_1.pth') | dict(meta=dict(epoch=2)), run / 'epoch_1.pth')
    matrix = measure_matrix([open_run(run)], tmp_path / 'matrix.json')
    assert measured == THREE and len(matrix.rows) == 1  # trained again: the row is replaced


@pytest.mark.parametrize('change', [
    dict(optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.2))), dict(train_cfg=dict(by_epoch=True, max_epochs=2)),
    dict(param_scheduler=[dict(type='PolyLR')])])
def test_seeds_that_trained_otherwise_are_told_apart(make_run, tmp_path, change):
    runs = [open_run(make_run('a')), open_run(make_run('b', seed=1, train_cfg=dict(max_epochs=1, val_interval=5)))]
    matrix = measure_matrix(runs, tmp_path / 'matrix.json')
    assert matrix.labels() == ['tiny_config'] * 2  # how often a training validates is not how it trains
    matrix = measure_matrix([open_run(make_run('c', seed=2, **change))], tmp_path / 'matrix.json')
    assert matrix.labels() == [f'tiny_config [{name}]' for name in 'abc']
    assert CrossDomainMatrix.load(tmp_path / 'matrix.json').labels() == matrix.labels()


def test_rows_of_other_runs_and_branches_stay(make_run, tmp_path):
    hooks = [dict(type='TinyAdvBNHook')]
    make_run('a'), make_run('b', seed=1, custom_hooks=hooks)
    for name, branch in [('a', 'main'), ('b', 'main'), ('b', 'aux')]:
        matrix = measure_matrix([open_run(tmp_path / name, branch)], tmp_path / 'matrix.json')
    assert [(row.run, row.branch) for row in matrix.rows] == [('a', 'main'), ('b', 'main'), ('b', 'aux')]
    main, aux = matrix.rows[1].cells['nyc/dawn'], matrix.rows[2].cells['nyc/dawn']
    assert main['iou'] != aux['iou']


def test_the_choice_of_norms_for_a_batch_depends_on_the_batches(make_run, tmp_path, measured):
    run = make_run(custom_hooks=[dict(type='TinyAdvBNHook')])
    for branch, again in (('main', []), ('auto', THREE)):
        measure_matrix([open_run(run, branch, {BATCH_SIZE: 1})], tmp_path / 'matrix.json')
        measured.clear()
        measure_matrix([open_run(run, branch)], tmp_path / 'matrix.json')
        assert measured == []  # the config's batch size
        measure_matrix([open_run(run, branch, {BATCH_SIZE: 2})], tmp_path / 'matrix.json')
        assert measured == again


def test_numbers_reach_the_visualiser_of_each_run_and_its_folder_stays(make_run, tmp_path):
    runs = [make_run('a'), make_run('b', seed=1)]
    before = {file: file.read_bytes() for run in runs for file in run.iterdir()}
    matrix = measure_matrix([open_run(run) for run in runs], tmp_path / 'matrix.json')
    for row in matrix.rows:
        scalars, = (tmp_path / 'logs' / row.sha256[:16]).glob('*/vis_data/scalars.json')
        logged = {}
        for line in scalars.read_text().splitlines():
            logged |= json.loads(line)
        assert logged['highway/fog/mIoU'] == row.cells['highway/fog']['miou']
        assert {f'{target}/mIoU' for target in THREE} <= logged.keys()
    assert {file: file.read_bytes() for run in runs for file in run.iterdir()} == before


def test_own_domains(make_run, tmp_path):
    domains = [dict(name='day', dataset=dict(condition='spring')), dict(name='dusk', dataset=dict(condition='night'))]
    run = open_run(make_run(source='highway/night', domains=domains))
    matrix = measure_matrix([run], tmp_path / 'matrix.json')
    row, = matrix.rows
    assert row.source == 'dusk' and matrix.targets == list(row.cells) == ['day', 'dusk']


def test_a_domain_changes_the_data_set_as_a_config_its_base(make_run):
    run = open_run(make_run(domains=[
        dict(name='cropped', dataset=dict(metainfo=dict(palette=[[0, 0, 0]]))),
        dict(name='other', dataset=dict(_delete_=True, type='Other'))]))
    base = run.cfg.test_dataloader.dataset.to_dict()
    cropped, other = (cell.config for cell in domain_cells(run))
    assert cropped == {**base, 'metainfo': {**base.get('metainfo', {}), 'palette': [[0, 0, 0]]}} != base
    assert other == dict(type='Other') and run.cfg.test_dataloader.dataset.to_dict() == base


def test_runs_that_do_not_fit_together(make_run, tmp_path, data_root):
    make_run('a')
    make_run('b')
    few = dict(name='nyc/dawn', dataset=dict(scene='nyc', condition='dawn'))
    make_run('few', domains=[few])
    turned, fewer = ({'test_dataloader.dataset.metainfo': dict(classes=classes)}
                     for classes in (('boat', 'car', 'sky', 'road'), ('road', 'car')))
    named = dict(turned, **{'train_dataloader.dataset.metainfo': dict(classes=('boat', 'car', 'sky', 'road'))})
    cases = [(open_run(tmp_path / 'b', cfg_options=dict(benchmark='other')), 'benchmark other but .* tiny'),
             (open_run(tmp_path / 'few'), 'targets nyc/dawn but .* highway/fog'),
             (open_run(tmp_path / 'b', cfg_options=named), 'classes of nyc.dawn boat, car, .* but .* road, car'),
             (open_run(tmp_path / 'b', cfg_options=turned), r'b was trained on the classes road, car, sky, boat, but '
              'nyc/dawn has boat, car, sky, road: give'),
             (open_run(tmp_path / 'b', cfg_options=fewer), r'b: its model knows 4 classes, but nyc/dawn has 2 \(road')]
    for other, message in cases:
        with pytest.raises(UserError, match=message):
            measure_matrix([open_run(tmp_path / 'a'), other], tmp_path / 'matrix.json')
    assert not (tmp_path / 'matrix.json').exists()


def test_a_data_set_that_changed_under_another_row(make_run, tmp_path, data_root):
    copy = tmp_path / 'copy'
    copy.symlink_to(data_root)
    make_run('a'), make_run('moved', seed=1, root=copy)
    measure_matrix([open_run(tmp_path / 'a'), open_run(tmp_path / 'moved')], tmp_path / 'matrix.json')
    fewer = open_run(tmp_path / 'moved', cfg_options={'test_dataloader.dataset.indices': 2})
    with pytest.raises(UserError, match='nyc/dawn: the frames of moved and of a are not the same'):
        measure_matrix([fewer], tmp_path / 'matrix.json')


def test_labels_that_were_put_right_are_scored_again(make_run, tmp_path, data_root, measured):
    root = shutil.copytree(data_root, tmp_path / 'data')
    run, label = open_run(make_run(root=root)), root / 'nyc/fog/gt/0.png'
    for again, ids in enumerate(([0, 1, 2], [1, 0, 2])):
        Image.fromarray(np.resize(np.uint8(ids), (16, 24))).save(label, compress_level=0)  # of one size
        measure_matrix([run], tmp_path / 'matrix.json')
        assert measured[-1] == 'nyc/fog' if again else len(measured) == 3
    assert len(measured) == 4


def test_domains_that_share_images_are_refused(make_run, tmp_path):
    twice = [dict(name=name, dataset=dict(scene='nyc', condition='dawn')) for name in ('day', 'night')]
    with pytest.raises(UserError, match='run: day and night share images, such as .*/nyc/dawn/img/0.png: give each'):
        measure_matrix([open_run(make_run('run', domains=twice, source_domain='day'))], tmp_path / 'matrix.json')


def test_copies_of_a_run_are_refused(make_run, tmp_path):
    make_run('a')
    shutil.copytree(tmp_path / 'a', tmp_path / 'b')
    with pytest.raises(UserError, match='/a/epoch_1.pth and .*/b/epoch_1.pth have the same weights: leave one of them'):
        measure_matrix([open_run(tmp_path / 'a'), open_run(tmp_path / 'b')], tmp_path / 'matrix.json')
    assert not (tmp_path / 'matrix.json').exists()


def test_a_domain_that_is_made_by_its_pipeline_is_made_alike_for_all_rows(make_run, tmp_path, measured):
    def darker(delta):
        return [dict(name='nyc/dark', dataset=dict(scene='nyc', condition='dawn', pipeline=[
            dict(type='LoadImageFromFile'), dict(type='PhotoMetricDistortion', brightness_delta=delta),
            dict(type='LoadAnnotations'), dict(type='PackSegInputs')]))]

    a, b = make_run('a', source_domain='nyc/dawn'), make_run('b', seed=1, source_domain='nyc/dawn')
    measure_matrix([open_run(a, domains=darker(1))], tmp_path / 'matrix.json')
    with pytest.raises(UserError, match='nyc/dark: the pipelines of b and of a are not the same; use the same for all'):
        measure_matrix([open_run(b, domains=darker(90))], tmp_path / 'matrix.json')
    assert measured == ['nyc/dark']
    measure_matrix([open_run(run, domains=darker(90)) for run in (a, b)], tmp_path / 'matrix.json')
    own = {'test_dataloader.dataset.pipeline': darker(5)[0]['dataset']['pipeline']}  # a model's, not the domain's
    measure_matrix([open_run(a), open_run(b, cfg_options=own)], tmp_path / 'other.json')


@pytest.mark.parametrize('plan, meta, said', [
    (dict(max_epochs=8), dict(epoch=3, iter=90), 'epoch_1.pth is of epoch 3, and its training has 8: it is scored as'),
    (dict(max_iters=100), dict(epoch=0, iter=90), 'epoch_1.pth is of iter 90, and its training has 100: it is'),
    (dict(max_epochs=3), dict(epoch=3, iter=90), ''), (dict(max_epochs=3), {}, '')])
def test_a_training_that_has_not_ended_is_scored_with_a_warning(make_run, tmp_path, recwarn, plan, meta, said):
    run = make_run(train_cfg=plan)
    torch.save(torch.load(run / 'epoch_1.pth') | dict(meta=meta), run / 'epoch_1.pth')
    measure_matrix([open_run(run)], tmp_path / 'matrix.json')
    found = ' '.join(str(each.message) for each in recwarn)
    assert said in found and ('it is scored' in found) == bool(said)


def test_a_domain_without_frames(make_run, tmp_path):
    (tmp_path / 'empty/nyc/dawn/img').mkdir(parents=True)
    with pytest.raises(UserError, match='domain nyc/dawn has no frames to score in .*empty'):
        measure_matrix([open_run(make_run(root=tmp_path / 'empty'))], tmp_path / 'matrix.json')


def test_a_checkpoint_of_another_model(make_run, tmp_path):
    run = make_run()
    torch.save(dict(state_dict={'backbone.0.bias': torch.zeros(8)}), run / 'epoch_1.pth')
    with pytest.raises(UserError, match='epoch_1.pth is of another architecture: .* such as backbone.0.weight'):
        measure_matrix([open_run(run)], tmp_path / 'matrix.json')


def test_one_evaluation_at_a_time_writes_into_a_folder(make_run, tmp_path, monkeypatch):
    run = open_run(make_run())
    with held_by_another_process(tmp_path / 'out') as other:
        with pytest.raises(UserError, match=f'out is in use: process {other.pid} .*writes there; .* another --out'):
            measure_matrix([run], tmp_path / 'out/matrix.json')
    assert len(measure_matrix([run], tmp_path / 'out/matrix.json').rows) == 1
    assert not (tmp_path / 'out/.lock').exists()


def test_classes_stand_where_the_checkpoint_says_that_they_stood(make_run, tmp_path):
    folder = make_run()
    checkpoint = torch.load(folder / 'epoch_1.pth')
    checkpoint['meta'] = dict(dataset_meta=dict(classes=('car', 'road', 'sky', 'boat')))
    torch.save(checkpoint, folder / 'epoch_1.pth')
    with pytest.raises(UserError, match='trained on the classes car, road, sky, boat, but nyc/dawn has road, car'):
        measure_matrix([open_run(folder)], tmp_path / 'matrix.json')
