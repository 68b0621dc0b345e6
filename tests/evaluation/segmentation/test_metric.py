"""The numbers are mmseg's own."""
import math

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.evaluation import IoUMetric
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.evaluation import measure, open_run
from advbn_seg.evaluation.segmentation import SEGMENTATION
from advbn_seg.evaluation.segmentation.metric import DomainIoU, prediction_and_label


def test_each_class_equals_mmsegs_also_for_odd_labels():
    torch.manual_seed(0)
    predictions = torch.randint(0, 6, (5, 9, 7))  # 5: a model with more classes than the data
    labels = torch.randint(0, 8, (5, 9, 7), dtype=torch.uint8)  # 5 to 7: beyond the classes, and 7 is ignored
    predictions[predictions == 2], labels[labels == 2] = 0, 0  # class 2 is absent
    metric = DomainIoU(range(5), ignore_index=7)
    metric.dataset_meta = dict(classes='abcde')
    metric.process(None, [dict(pred_sem_seg=dict(data=p[None]), gt_sem_seg=dict(data=label[None]))
                          for p, label in zip(predictions, labels)])
    found = metric.evaluate(5)

    areas = [IoUMetric.intersect_and_union(p, label.long(), 5, 7) for p, label in zip(predictions, labels)]
    expected = IoUMetric.total_area_to_metrics(*map(sum, zip(*areas)))['IoU'] * 100
    assert found['images'] == 5
    assert found['per_image'].tolist() == [torch.stack([inter, predicted, labelled]).tolist()
                                           for inter, _, predicted, labelled in areas]
    counts = torch.tensor(found['confusion'])
    assert counts.shape == (6, 6) and counts.sum() == (labels != 7).sum()
    assert counts[0, 1] == ((labels == 0) & (predictions == 1)).sum()
    assert found['iou'][2] is None and math.isnan(expected[2])
    assert [value for value in found['iou'] if value is not None] == pytest.approx(
        [value for value in expected.tolist() if value == value], abs=1e-3)


def test_batches_do_not_matter_nor_do_sizes_within_one():
    torch.manual_seed(0)
    samples = [{key: dict(data=torch.randint(0, 3, (1, *size))) for key in ('pred_sem_seg', 'gt_sem_seg')}
               for size in [(4, 6), (5, 3), (2, 2)]]
    found = []
    for batches in ([samples], [samples[:1], samples[1:]]):
        metric = DomainIoU(range(3))
        metric.dataset_meta = dict(classes='abc')
        for batch in batches:
            metric.process(None, batch)
        found.append(metric.evaluate(3))
    first, second = (each.pop('per_image').tolist() for each in found)
    assert first == second and found[0] == found[1] and 0 < found[0]['miou'] < 100


@pytest.mark.parametrize('batch_size', [1, 2])
def test_a_cell_equals_runner_test_on_that_domain_alone(make_run, tmp_path, batch_size):
    run = make_run()
    matrix = measure(SEGMENTATION, [open_run(run, cfg_options={'test_dataloader.batch_size': batch_size})],
                     tmp_path / 'matrix.json')
    for scene, condition in [('nyc', 'dawn'), ('highway', 'fog')]:
        cfg = Config.fromfile(run / 'tiny_config.py')
        cfg.test_dataloader.dataset.update(scene=scene, condition=condition)
        cfg.test_dataloader.batch_size = batch_size
        cfg.update(load_from=str(run / 'epoch_1.pth'), work_dir=str(tmp_path / 'stock'))
        expected = Runner.from_cfg(cfg).test()['mIoU']
        cell = matrix.rows[0].cells[f'{scene}/{condition}']
        assert cell['images'] == 3
        assert 0 < expected < 100
        assert cell['miou'] == pytest.approx(expected, abs=0.0101)  # mmseg rounds to two digits


@pytest.mark.parametrize('label, message', [
    ({}, 'a.png has no label: have the test pipeline load them with LoadAnnotations, after Resize'),
    (dict(gt_sem_seg=dict(data=torch.zeros(1, 2, 3))),
     r'a.png has a label of \(2, 3\), but its prediction is of \(4, 6')])
def test_a_label_that_the_pipeline_lost_or_resized(label, message):
    metric = DomainIoU(range(1))
    metric.dataset_meta = dict(classes='ab')
    with pytest.raises(UserError, match=message):
        metric.process(None, [dict(label, img_path='a.png', pred_sem_seg=dict(data=torch.zeros(1, 4, 6)))])


@pytest.mark.parametrize('size, message', [
    ((8, 12), r'the label .*/b.png is of \(8, 12\), but its image a.png is of \(4, 6\), .*: give it a label of its'),
    ((6, 4), 'label of its own size. An EXIF tag may turn the image: then save it turned')])
def test_a_label_file_of_another_size(tmp_path, size, message):
    Image.fromarray(np.zeros(size, np.uint8)).save(tmp_path / 'b.png')
    sample = dict(img_path='a.png', seg_map_path=str(tmp_path / 'b.png'), ori_shape=(4, 6),
                  gt_sem_seg=dict(data=torch.zeros(1, *size)), pred_sem_seg=dict(data=torch.zeros(1, 4, 6)))
    with pytest.raises(UserError, match=message):
        prediction_and_label(sample)
