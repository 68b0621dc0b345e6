"""The picture of gains: rows, panels, and intervals where they belong."""
import numpy as np
import pandas as pd
import pytest

from advbn_seg.evaluation.segmentation.gains import MEAN
from advbn_seg.reports.gain_picture import forest

from .test_gain_table import gains_of


def several(*sources):
    """Return gains of two methods on some sources: `advbn (aux)` gains 2 unseen, `worse` 3 less."""
    gains = gains_of(3, True)
    one = gains.frame.loc['nyc/dawn']
    worse = one.loc[['advbn (aux)']].rename(index={'advbn (aux)': 'worse'})
    gains.frame = pd.concat({source: pd.concat([one, worse - 3]) for source in sources}, names=['source', 'label'])
    return gains


def drawn(axes):
    """Return [(gains, places, intervals)], each an array, of each source of a panel."""
    points = [line for line in axes.lines if line.get_label()[0] != '_']
    return [(line.get_xdata(), line.get_ydata(), np.array(bars.get_segments()))
            for line, bars in zip(points, axes.collections, strict=True)]


def test_a_row_for_each_method_the_most_gain_on_top_and_a_panel_for_each_kind_of_domain():
    figure = forest(several('nyc/dawn', 'highway/dawn', MEAN), {'advbn (aux)': 'AdvBN, aux', 'finetune': 'control'})
    assert [axes.get_title() for axes in figure.axes] == ['unseen', 'same scene', 'other scene', 'in-domain']
    assert [each.get_text() for each in figure.axes[0].get_yticklabels()] == ['worse', 'AdvBN, aux']
    assert [each.get_text() for each in figure.legends[0].get_texts()] == ['nyc/dawn', 'highway/dawn', MEAN]
    assert figure.get_supxlabel() == 'gain over control, points of mIoU'


def test_points_and_intervals_are_those_of_the_gains():
    figure = forest(several('nyc/dawn', 'highway/dawn', MEAN), {})
    places = []
    for points, rows, intervals in drawn(figure.axes[2]):
        assert points.tolist() == [1, 4]
        assert intervals[:, :, 0].tolist() == [[0.5, 1.5], [3.5, 4.5]]
        assert (intervals[:, :, 1] == rows[:, None]).all()
        places.append(rows)
    assert np.diff(places, axis=0).min() > 0, 'sources lie apart'
    assert np.allclose(np.mean(places, 0), [0, 1])
    assert abs(np.array(places) - [0, 1]).max() < 0.5, 'no source is nearer to another method'


def test_one_source_lies_at_the_name_of_its_method():
    (_, rows, _), = drawn(forest(several('nyc/dawn'), {}).axes[0])
    assert rows.tolist() == [0, 1]


def test_scenes_have_panels_only_where_a_source_has_unseen_domains_of_both():
    gains = several('nyc/dawn')
    gains.frame[[column for column in gains.frame if column.startswith('same scene')]] = float('nan')
    assert [axes.get_title() for axes in forest(gains, {}).axes] == ['unseen', 'in-domain']


def test_gains_without_intervals_and_outside_of_them_are_drawn(tmp_path):
    gains = several('nyc/dawn', MEAN)
    gains.frame.loc['nyc/dawn', ['unseen low', 'unseen high']] = float('nan')
    gains.frame.loc[(MEAN, 'worse'), 'unseen gain'] = -9  # a bootstrap may do this
    forest(gains, {'worse': '_worse $'}).savefig(tmp_path / 'gains.png')
    assert (tmp_path / 'gains.png').read_bytes()[:4] == b'\x89PNG'


@pytest.mark.parametrize('name', ['_hidden', 'a $price$', '\x1b[31mred'])
def test_names_are_text(name, tmp_path):
    gains = several('nyc/dawn')
    gains.frame = gains.frame.rename(index={'nyc/dawn': name, 'worse': name})
    figure = forest(gains, {})
    assert len(figure.legends[0].get_texts()) == 1
    figure.savefig(tmp_path / 'gains.png')


def test_a_method_without_a_number_is_at_the_bottom_and_no_number_at_all_is_a_picture_too():
    gains = several('nyc/dawn', MEAN)
    gains.frame.loc[(slice(None), 'advbn (aux)'), 'unseen gain'] = float('nan')
    assert [each.get_text() for each in forest(gains, {}).axes[0].get_yticklabels()] == ['advbn (aux)', 'worse']
    gains.frame.loc[:, [column for column in gains.frame if column[-4:] == 'gain']] = float('nan')
    assert [axes.get_title() for axes in forest(gains, {}).axes] == ['unseen']


@pytest.mark.parametrize(('sources', 'lines'), [
    (['nyc/dawn', 'highway/dawn', MEAN], 1),
    (['cityscapes', 'bdd100k', 'mapillary', 'gta5-with-a-long-name', 'synthia', 'acdc', 'dark-zurich', MEAN], 2)])
def test_the_legend_is_no_wider_than_the_figure(sources, lines):
    figure = forest(several(*sources), {})
    figure.draw_without_rendering()
    entries = [text.get_window_extent() for text in figure.legends[0].get_texts()]
    assert figure.legends[0].get_window_extent().x0 >= 0
    assert len({round(entry.y0 / 5) for entry in entries}) == lines
