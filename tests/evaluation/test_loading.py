"""Which images of a data set are taken."""
from mmengine.dataset import BaseDataset, ConcatDataset

from advbn_seg.evaluation.loading import evenly_spaced


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
