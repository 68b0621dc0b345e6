"""The picture of the matrix: names that can be read."""
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from advbn_seg.reports.heatmap import heatmap

from ..evaluation.segmentation.test_matrix import matrix_of, row


@pytest.mark.parametrize('conditions', [['dawn', 'fog'], ['barcelona_night', 'cambridge_uk'], ['x' * 40, 'y' * 40]])
def test_no_name_of_a_target_lies_over_another_or_over_its_scene(conditions):
    targets = [f'nyc/{each}' for each in conditions]
    axes = heatmap(matrix_of(row('baseline', [50, 40], source='nyc/spring', targets=targets), targets=targets)).axes[0]
    FigureCanvasAgg(axes.figure).draw()
    names = axes.get_xticklabels()
    assert [each.get_text() for each in names] == [*conditions, 'mean']
    boxes = [each.get_window_extent() for each in names]
    angle = np.radians(names[0].get_rotation())
    if angle:
        steps = np.diff([box.x0 for box in boxes]) * np.sin(angle)  # from one line of text to the next
        assert steps.min() > names[0].get_fontsize() * axes.figure.dpi / 72
    else:
        assert all(one.x1 < other.x0 for one, other in zip(boxes, boxes[1:]))
    scenes = [each for each in axes.texts if each.get_text() in ('nyc', 'unseen')]
    assert len(scenes) == 2
    assert min(each.get_window_extent().y0 for each in scenes) > max(box.y1 for box in boxes)


def test_no_name_of_a_scene_lies_over_another():
    targets = ['cityscapes/day', 'cityscapes/rain', 'acdc_zurich/fog', 'mapillary/night', 'bdd100k_berkeley/snow']
    made = matrix_of(row('baseline', range(5), source='cityscapes/day', targets=targets), targets=targets)
    axes = heatmap(made).axes[0]
    FigureCanvasAgg(axes.figure).draw()
    scenes = [each for each in axes.texts if each.get_weight() == 'bold' and each.get_rotation() != 90]
    names = [each.get_text() for each in scenes]
    assert names == ['cityscapes', 'acdc_zurich', 'mapillary', 'bdd100k_berkeley', 'unseen']
    steps = np.diff([each.get_window_extent().x0 for each in scenes]) * np.sin(np.radians(scenes[0].get_rotation()))
    assert steps.min() > scenes[0].get_fontsize() * axes.figure.dpi / 72
