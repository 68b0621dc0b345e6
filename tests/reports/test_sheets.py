"""Sheets have the colours of the classes; changes are told by the truth."""
import base64
import re
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from advbn_seg.evaluation.segmentation.examples import Examples, Frame, Prediction
from advbn_seg.reports.matrix import matrix_page, matrix_report
from advbn_seg.reports.sheets import BETTER, WORSE, SheetHook, changed, coloured, unpacked

from ..evaluation.segmentation.test_matrix import matrix_of, row

pytestmark = pytest.mark.slow

PALETTE = [[255, 0, 0], [0, 0, 255]]
TRUTH = np.array([[0, 0, 1, 255]], np.uint8)
BEFORE, AFTER = np.array([[0, 1, 1, 0]], np.uint8), np.array([[1, 0, 1, 1]], np.uint8)


def text(picture, suffix='.png'):
    return base64.b64encode(cv2.imencode(suffix, picture)[1]).decode()


@pytest.fixture
def examples():
    predictions = [Prediction('nyc/spring', label, label, miou, text(classes))
                   for label, miou, classes in [('baseline', 50., BEFORE), ('advbn', 60., AFTER)]]
    frame = Frame('nyc/fog', '7.png', text(np.full((1, 4, 3), 90, np.uint8)), text(TRUTH), predictions)
    return Examples(['road', '$car$'], PALETTE, 'advbn', [frame], [frame], [])


def test_colours(examples):
    assert coloured(TRUTH, PALETTE).tolist() == [[[255, 0, 0], [255, 0, 0], [0, 0, 255], [0, 0, 0]]]
    frame = examples.frames[0]
    assert (unpacked(frame.truth) == TRUTH).all()
    grey = [141] * 3
    assert changed(frame, *frame.predictions).tolist() == [[list(WORSE), list(BETTER), grey, grey]]


def test_a_report_with_examples_has_sheets_and_frames(examples, tmp_path):
    matrix = matrix_of(*(row(method, [10] * 10) for method in ('baseline', 'finetune', 'advbn')))
    files = matrix_report(matrix, examples).write(tmp_path)
    assert [file.name for file in files[3:]] == ['matrix.png', 'examples.png', 'changes.png', 'report.html']
    assert tuple(PALETTE[0]) in set(Image.open(tmp_path / 'examples.png').convert('RGB').get_flattened_data())
    content = matrix_page(matrix, examples)
    frame, = content['examples']
    assert [(each['label'], each['text']) for each in frame['pictures']] == [
        (None, 'image'), (None, 'truth'), ('baseline', 'baseline: 50.0 mIoU'), ('advbn', 'AdvBN (paper): 60.0 mIoU'),
        ('advbn', 'AdvBN (paper) against baseline: blue is mended, orange is spoilt')]
    assert content['classes'][1] == dict(name='car', colour='rgb(0, 0, 255)')
    assert content['changes'][0]['caption'] == (
        'Gain of +10.0 mIoU by AdvBN (paper), trained on nyc/spring: 7.png of nyc/fog')


def test_the_tool_makes_them_and_keeps_them_from_json(make_run, call, tmp_path):
    runs = make_run('a', method='baseline'), make_run('b', seed=1, method='advbn')
    code, out, errors = call('cross_domain_matrix.py', *runs, '--examples', '--out', tmp_path / 'out')
    assert code == 0 and 'examples.png' in out, errors
    before = (tmp_path / 'out' / 'examples.png').read_bytes()
    call('cross_domain_matrix.py', '--from-json', tmp_path / 'out' / 'matrix.json')
    assert (tmp_path / 'out' / 'examples.png').read_bytes() == before
    code, _, errors = call('cross_domain_matrix.py', '--examples', '--from-json', tmp_path / 'out' / 'matrix.json')
    assert code == 2 and '--examples needs RUN...' in errors


def test_sheets_stay_in_their_folder_where_images_lie_high_up(tmp_path, monkeypatch):
    """Four folders above an image of an absolute path may reach the root."""
    class Sample(SimpleNamespace):
        def __contains__(self, key):
            return False

    data = SimpleNamespace(metainfo=dict(classes=('a', 'b')))
    monkeypatch.setattr('advbn_seg.reports.sheets.cv2.imread', lambda path: np.zeros((4, 4, 3), np.uint8))
    monkeypatch.setattr('advbn_seg.reports.sheets.draw_sheet', lambda *_: Figure())
    runner = SimpleNamespace(test_dataloader=SimpleNamespace(dataset=data))
    SheetHook(tmp_path / 'shown').after_test_iter(runner, 0, outputs=[Sample(img_path='/data/day/images/x.png')])
    assert [file.name for file in (tmp_path / 'shown').iterdir()] == ['data_day_images_x.png']


def test_show_dir_has_a_sheet_of_each_frame(make_run, call, tmp_path):
    run = make_run(default_hooks=dict(visualization=dict(type='SegVisualizationHook')))
    code, _, errors = call('test.py', run / 'tiny_config.py', run / 'epoch_1.pth', '--show-dir', tmp_path / 'shown',
                           '--work-dir', tmp_path / 'work')
    assert code == 0, errors
    assert 'Sheet' not in (tmp_path / 'work/test/tiny_config.py').read_text()  # which a matrix would read
    assert [file.name[-16:] for file in sorted((tmp_path / 'shown').iterdir())] == [
        f'c_dawn_img_{index}.png' for index in range(3)]


def test_show_dir_needs_no_hook_for_pictures_and_out_takes_a_list_of_metrics(make_run, call, tmp_path):
    metrics = [dict(type='mmseg.IoUMetric', prefix='again'), dict(type='IoUMetric')]
    run = make_run(test_evaluator=metrics)
    paths = run / 'tiny_config.py', run / 'epoch_1.pth'
    code, _, errors = call('test.py', *paths, '--show-dir', tmp_path / 'shown', '--out', tmp_path / 'maps',
                           '--work-dir', tmp_path / 'work')
    assert code == 0, errors
    assert len(list((tmp_path / 'shown').iterdir())) == len(list((tmp_path / 'maps').iterdir())) == 3
    code, _, errors = call('test.py', *paths, '--show')
    assert code == 2 and errors == (
        f"error: {paths[0]}: default_hooks has no visualization, and --show needs one; add visualization=dict(type="
        "'SegVisualizationHook')\n")
    code, _, errors = call('test.py', *paths, '--out', tmp_path / 'maps', '--cfg-options',
                           'test_evaluator.0.type=DumpResults', 'test_evaluator.1.type=DumpResults')
    assert code == 2 and errors == (f'error: {paths[0]}: --out needs a metric that saves label maps; test_evaluator '
                                    'has none of type IoUMetric or CityscapesMetric\n')


def test_predictions_of_images_of_one_name_are_refused_before_one_overwrites_the_other(make_run, call, tmp_path):
    run = make_run()
    with open(run / 'tiny_config.py', 'a') as config:
        config.write("\ndawn = test_dataloader['dataset']\ntest_dataloader['dataset'] = dict(type='ConcatDataset', "
                     "datasets=[dawn, dict(dawn, condition='fog')])\n")
    code, _, errors = call('test.py', run / 'tiny_config.py', run / 'epoch_1.pth', '--out', tmp_path / 'maps')
    assert code == 2 and re.fullmatch(
        f'error: .*/nyc/dawn/img/0.png and .*/nyc/fog/img/0.png would both have their prediction in {tmp_path}/maps/'
        '0.png: rename one of them, or test their folders one by one, .*\n', errors)
    assert not (tmp_path / 'maps').exists()


def test_pictures_of_a_classifier_are_refused_where_one_would_overwrite_another(advbn, sets, call, tmp_path):
    options = [f'test_dataloader.dataset.data_root={sets}/imagenet',
               'default_hooks.visualization.type=VisualizationHook']
    words = ['test.py', advbn / 'tiny.py', advbn / 'epoch_1.pth', '--show-dir', tmp_path / 'shown', '--work-dir',
             tmp_path / 'work', '--cfg-options', *options]
    code, _, errors = call(*words)
    assert code == 2 and re.fullmatch('error: .*/cat/0.png and .*/dog/0.png would both have their prediction in '
                                      f'{tmp_path}/shown/0.png_0.png: rename one of them, .*\n', errors)
    assert not (tmp_path / 'shown').exists()


def test_sheets_of_frames_that_share_four_folders_are_refused(make_run, call, tmp_path):
    run, deep = make_run(), 'seq/images/left/rect'
    for part in ('day', 'night'):
        for folder in ('img', 'gt'):
            write_frame(tmp_path / 'data' / folder / part / deep / '1.png')
    with open(run / 'tiny_config.py', 'a') as config:
        config.write("\ntest_dataloader['dataset'] = dict(type='BaseSegDataset', img_suffix='.png', "
                     f"data_root='{tmp_path}/data', data_prefix=dict(img_path='img', seg_map_path='gt'), "
                     "metainfo=dict(classes=('road', 'car', 'sky', 'boat')), pipeline=[])\n")
    code, _, errors = call('test.py', run / 'tiny_config.py', run / 'epoch_1.pth', '--show-dir', tmp_path / 'shown')
    assert code == 2 and re.search('would both have their prediction in .*/shown/seq_images_left_rect_1.png', errors)


def write_frame(file):
    file.parent.mkdir(parents=True)
    Image.new('L', (24, 16)).save(file)
