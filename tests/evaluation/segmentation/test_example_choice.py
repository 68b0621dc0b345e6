"""Which frames are shown: by the rules that the module states, from numbers that the runs have on these frames."""
import base64

import cv2
import numpy as np
import pytest
import torch

from advbn_seg.errors import UserError
from advbn_seg.evaluation import measure, open_run
from advbn_seg.evaluation.segmentation import SEGMENTATION
from advbn_seg.evaluation.segmentation.example_choice import KeptMaps, changes, choose_examples, middle, small
from advbn_seg.evaluation.segmentation.examples import Examples, default_palette

HASHES = dict.fromkeys([('s', 'baseline'), ('t', 'baseline'), ('s', 'advbn')], 'hash')


@pytest.fixture
def runs(make_run):
    return [open_run(make_run('b', method='advbn', seed=1)), open_run(make_run('a', method='baseline'))]


def test_examples_of_runs_are_those_of_a_file_and_of_the_runs_alone(runs, tmp_path):
    matrix = measure(SEGMENTATION, runs, tmp_path / 'matrix.json')
    seen = []
    examples = choose_examples(runs, 'cpu', seen.append)
    assert seen == ['a', 'b'] and examples.method == 'advbn' and examples.classes == ['road', 'car', 'sky', 'boat']
    assert [frame.target for frame in examples.frames] == matrix.targets
    frame = examples.frames[0]
    assert [each.label for each in frame.predictions] == ['baseline', 'advbn']
    truth = cv2.imdecode(np.frombuffer(base64.b64decode(frame.truth), np.uint8), cv2.IMREAD_UNCHANGED)
    assert truth.shape == (16, 24) and set(np.unique(truth)) == {0, 1, 2, 255}
    examples.save(tmp_path)
    assert Examples.load(tmp_path, matrix) == examples
    matrix.rows[0].sha256 = 'trained anew'
    assert Examples.load(tmp_path, matrix) is None
    assert Examples.load(tmp_path / 'nowhere', matrix) is None
    (tmp_path / 'examples.json').write_text('{"classes": 1}')
    with pytest.raises(UserError, match='examples.json is no examples.json of this tool: .*delete it'):
        Examples.load(tmp_path, matrix)


def test_the_miou_of_a_frame_is_that_of_its_maps(runs):
    frame = choose_examples(runs, 'cpu').frames[1]
    truth, prediction = (torch.from_numpy(cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), -1))
                         for text in (frame.truth, frame.predictions[0].classes))
    valid = truth != 255
    pairs = [(truth == name, prediction == name) for name in range(4)]
    iou = [100 * (one & other).sum() / (valid & (one | other)).sum() for one, other in pairs if (one | other).any()]
    assert frame.predictions[0].miou == pytest.approx(float(sum(iou) / len(iou)), abs=1e-3)


def test_the_picture_is_of_what_the_network_was_given(make_run, data_root):
    pipeline = [dict(type='LoadImageFromFile'), dict(type='mmpretrain.datasets.Invert', prob=1.),
                dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
    runs = [open_run(make_run(name, method=name), cfg_options={'test_dataloader.dataset.pipeline': pipeline})
            for name in ('baseline', 'advbn')]
    frame = choose_examples(runs, 'cpu').frames[0]
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(frame.image), np.uint8), -1).astype(int)
    file = cv2.imread(str(data_root / frame.target / 'img' / frame.name))
    assert 2 * abs(shown - (255 - file)).mean() < abs(shown - file).mean()  # JPEG keeps noise only roughly


def test_a_method_needs_a_baseline(make_run):
    with pytest.raises(UserError, match='--examples shows a method beside a baseline, and there is no'):
        choose_examples([open_run(make_run(method='baseline'))])


def test_the_example_is_in_the_middle_by_the_mean_of_the_baselines():
    candidates = {name: {('s', 'baseline'): (one,), ('t', 'baseline'): (two,), ('s', 'advbn'): (99 - one,)}
                  for name, one, two in [('a', 10, 90), ('b', 60, 20), ('c', 30, 40), ('d', 70, 10)]}
    assert middle(candidates, {'s', 't'})[0] == 'b'  # means are 50, 40, 35, 40; of the two in the middle the lower
    assert middle(candidates, {'s'})[0] == 'c'
    with pytest.raises(UserError, match='have them in different folders, one at a; give all runs one data_root'):
        middle(dict(a={('s', 'baseline'): (50,)}, b={('t', 'baseline'): (50,)}), {'s', 't'})


def test_changes_are_the_extremes_on_unseen_targets():
    classes = np.zeros((4, 6), np.uint8)
    found = {}
    for target, name, change in [('x', 'a', 3), ('x', 'b', -2), ('y', 'c', 5), ('s', 'seen', 50), ('y', 'd', 0)]:
        found.setdefault(target, {})[f'/{name}.png'] = {('s', 'baseline'): (20, 'picture', classes, classes),
                                                        ('s', 'advbn'): (20 + change, 'other', classes, classes)}
    gains, losses = changes(found, {'s'}, 'advbn', HASHES)
    assert [frame.name for frame in gains] == ['c.png', 'a.png'] and [frame.name for frame in losses] == ['b.png']
    assert [each.label for each in gains[0].predictions] == ['baseline', 'advbn'] and gains[0].image == 'picture'


def test_large_maps_become_small_and_keep_their_ids():
    assert small(np.tile(np.arange(6, dtype=np.uint8), (500, 200))).shape == (200, 480)
    assert set(np.unique(small(np.tile(np.array([3, 255], np.uint8), (40, 600))))) <= {3, 255}
    assert len(np.unique(default_palette(20), axis=0)) == 20


@pytest.mark.parametrize(('channels', 'shown'), [(1, [0, 0, 0]), (3, [0, 80, 160]), (4, [0, 80, 160])])
def test_pictures_have_three_channels(channels, shown):
    kept = KeptMaps(255)
    kept.dataset_meta = dict(classes=['road', 'car'])
    maps = torch.zeros(1, 8, 8, dtype=torch.long)
    image = torch.arange(channels)[:, None, None] * 80. * torch.ones(8, 8)
    kept.process(dict(inputs=[image]), [dict(img_path='a', pred_sem_seg=dict(data=maps), gt_sem_seg=dict(data=maps))])
    (_, _, picture, *_), = kept.evaluate(1)['frames']
    found = cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), cv2.IMREAD_UNCHANGED)
    assert found.shape == (8, 8, 3) and np.allclose(found, shown, atol=4)
