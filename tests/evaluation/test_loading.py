"""Which images of a data set are taken, and what is said of a checkpoint that a config does not fit."""
import warnings

import pytest
from mmengine.config import ConfigDict
from mmengine.dataset import BaseDataset, ConcatDataset

from advbn_seg.evaluation.loading import evenly_spaced, warn_of_another_training


class Numbers(BaseDataset):
    METAINFO = dict(classes=('road', 'car'))

    def __init__(self, *numbers):
        self.numbers = numbers
        super().__init__()

    def load_data_list(self):
        return [dict(number=number) for number in self.numbers]


def test_images_are_at_equal_distances_of_one_data_set_and_of_several():
    for dataset in Numbers(*range(10)), ConcatDataset([Numbers(*range(7)), Numbers(7, 8, 9)]):
        taken = evenly_spaced(dataset, 4)
        assert [image['number'] for image in taken] == [0, 3, 6, 9] and len(taken) == 4
        assert taken.metainfo['classes'] == ('road', 'car')
        assert [image['number'] for image in evenly_spaced(dataset, 99)] == list(range(10))


CHECKPOINT = dict(meta=dict(seed=3, cfg="model = dict(method='x')\nmethod = 'advbn'\nbenchmark = 'camvid'\n"))


@pytest.mark.parametrize('config, said', [
    (dict(method='baseline'), "was trained with method 'advbn', but the config, and so the row, say 'baseline'"),
    (dict(method='advbn', randomness=dict(seed=7)), 'was trained with seed 3, but the config, and so the row, say 7')])
def test_a_config_of_another_training(config, said):
    with pytest.warns(UserWarning, match=said):
        warn_of_another_training(ConfigDict(config), 'a.pth', CHECKPOINT)


@pytest.mark.parametrize('config', [
    {}, dict(method='advbn', randomness=dict(seed=3)), dict(randomness=dict(seed=None))])
def test_a_config_that_fits_or_does_not_say(config):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        warn_of_another_training(ConfigDict(config), 'a.pth', CHECKPOINT)
        warn_of_another_training(ConfigDict(method='other', randomness=dict(seed=7)), 'a.pth', {})
