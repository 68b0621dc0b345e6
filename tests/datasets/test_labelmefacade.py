import os
import re
from collections import Counter

import numpy as np
import pytest

from advbn_seg.datasets import LabelMeFacade
from advbn_seg.datasets.labelmefacade_labels import CLASSES, DOOR, WINDOW
from advbn_seg.datasets.labelmefacade_places import PLACES, part_of, place_of
from advbn_seg.errors import UserError

from .labelmefacade_files import CAR, VARIOUS, write_photograph
from .synthia_files import write_png

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadLabelMeFacadeLabels'), dict(type='PackSegInputs')]
pytestmark = pytest.mark.usefixtures('mmseg_scope')


@pytest.fixture
def root(tmp_path):
    for series, number in (('boston_static_street', 5), ('static_houses_boston_2005', 3), ('static_street_palma', 4)):
        for index in range(number):
            write_photograph(tmp_path, f'{series}__p{index}')
    (tmp_path / 'images' / '._boston_static_street__p0.jpg').write_bytes(b'left by an archive')
    return tmp_path


def stems(dataset):
    return [os.path.basename(dataset.get_data_info(index)['img_path'])[:-4] for index in range(len(dataset))]


def labels(dataset, index=0):
    return dataset[index]['data_samples'].gt_sem_seg.data[0].tolist()


def test_photographs_are_taken_by_place_and_series(root):
    boston = ['boston_static_street__p0', 'boston_static_street__p1', 'boston_static_street__p2',
              'boston_static_street__p3', 'boston_static_street__p4', 'static_houses_boston_2005__p0',
              'static_houses_boston_2005__p1', 'static_houses_boston_2005__p2']
    assert stems(LabelMeFacade(root, ['boston'])) == boston
    assert stems(LabelMeFacade(root, ['boston'], 'val')) == boston[4:5]
    assert stems(LabelMeFacade(root, ['boston'], 'train')) == boston[:4] + boston[5:]
    both = LabelMeFacade(root, ['boston', 'mallorca'])
    assert len(both) == 12 and both.metainfo['domain'] == 'labelmefacade/boston+mallorca'


def test_colours_are_classes_and_what_is_labelled_in_part_is_building(root):
    write_photograph(root, 'static_paris__1', [*CLASSES.values(), WINDOW, DOOR, VARIOUS], size=(1, 9))
    dataset = LabelMeFacade(root, ['paris'], pipeline=PIPELINE)
    assert labels(dataset) == [[0, 1, 2, 3, 4, 5, 0, 0, 255]]
    assert dataset.metainfo['palette'][1] == list(CAR)


def test_classes_are_chosen_and_renamed(root):
    dataset = LabelMeFacade(root, ['boston'], pipeline=PIPELINE, rename=dict(vegetation='tree'),
                            metainfo=dict(classes=['vegetation', 'car']))
    assert dataset.metainfo['classes'] == ('tree', 'car')
    assert labels(dataset) == [[255, 1, 0, 255]] * 2
    with pytest.raises(UserError, match="rename=.* names the class 'tree', but the classes of LabelMeFacade are "):
        LabelMeFacade(root, rename=dict(tree='vegetation'))
    with pytest.raises(UserError, match="gives two classes of LabelMeFacade the name 'road': choose others; classes "):
        LabelMeFacade(root, rename=dict(pavement='road'))
    exchanged = LabelMeFacade(root, rename=dict(pavement='road', road='pavement')).metainfo['classes']
    assert exchanged[2:4] == ('road', 'pavement')
    with pytest.raises(UserError, match='reduce_zero_label=True takes the first class for void, and that of LabelMeFa'):
        LabelMeFacade(root, reduce_zero_label=True)


def test_mistakes_are_explained(root, tmp_path):
    with pytest.raises(FileNotFoundError, match='No LabelMeFacade in .*absent.*data/README.md'):
        LabelMeFacade(tmp_path / 'absent')
    with pytest.raises(UserError, match=r"has the places stock, .*; found places=\('atlantis',\)"):
        LabelMeFacade(root, ['atlantis'])
    with pytest.raises(UserError, match=r'; found places=\(\)'):
        LabelMeFacade(root, [])
    with pytest.raises(UserError, match='names one twice, whose frames would count twice'):
        LabelMeFacade(root, ['boston', 'boston'])
    with pytest.raises(UserError, match="split must be one of train, val, all, found 'test'"):
        LabelMeFacade(root, split='test')
    with pytest.raises(UserError, match=r"No photograph of \('london',\) with split='val' is in "):
        LabelMeFacade(root, ['london'], 'val')
    (root / 'labels' / 'boston_static_street__p3.png').unlink()
    with pytest.raises(UserError, match=r'1 frame\(s\), such as .*street__p3.jpg, have no label of the same name'):
        LabelMeFacade(root)
    (root / 'images' / 'static_street_palma__p0.jpg').rename(root / 'images' / 'static_street_palma__p0.JPG')
    with pytest.raises(UserError, match=r'1 frame\(s\), such as .*palma__p0.png, have no image of the same name'):
        LabelMeFacade(root, ['mallorca'], 'train')
    assert stems(LabelMeFacade(root, ['mallorca'], 'val')) == ['static_street_palma__p3']  # as with all images


def test_a_label_has_the_size_of_its_image_and_the_colours_of_the_classes(root):
    label = root / 'labels' / 'boston_static_street__p0.png'
    write_png(label, np.full((2, 4, 3), (1, 2, 3), np.uint8))  # blue, green, red
    with pytest.raises(UserError, match=f'{label} has the colour 3:2:1, but LabelMeFacade has only nine of its own'):
        LabelMeFacade(root, pipeline=PIPELINE)[0]
    write_png(label, np.zeros((4, 2, 3), np.uint8))
    with pytest.raises(UserError, match=f'is 4x2 but {label} is 2x4: get both again'):
        LabelMeFacade(root)
    label.write_bytes(b'')
    with pytest.raises(UserError, match=f'{label} cannot be decoded'):
        LabelMeFacade(root)


@pytest.mark.parametrize('stem, place', [
    ('spatial_envelope_256x256_static_8outdoorcategories__street_boston397', 'stock'),
    ('static_outdoor_street_city_barcelona_spain_night__img_1', 'barcelona_night'),
    ('barcelona_static_street__p1010785', 'barcelona'), ('05june05_static_street_porter__p1010931', 'boston'),
    ('april21_static_outdoor_davis__img_0923', 'boston'), ('static_street_statacenter_cambridge__img_1', 'boston'),
    ('static_outdoor_street_city_cambridge_uk__IMG_8744', 'cambridge_uk'),
    ('static_palma_outdoor_august_2005_set2__img_1579', 'mallorca'), ('dec_static_street__p1010836', 'unknown')])
def test_places_by_name(stem, place):
    assert place_of(stem) == place


def test_train_and_val_are_the_whole_and_disjoint():
    names = [f'{series}__{index:02d}' for series in 'abc' for index in range({'a': 3, 'b': 8, 'c': 21}[series])]
    train, val = part_of(reversed(names), 'train'), part_of(names, 'val')
    assert sorted(train + val) == part_of(names, 'all') == names
    assert val == ['b__06', 'b__07', *(f'c__{index}' for index in range(16, 21))]


# of the original repository's photographs: all, train, val
NUMBER = {
    'stock': (188, 141, 47), 'barcelona_night': (12, 9, 3), 'barcelona': (51, 39, 12), 'boston': (291, 226, 65),
    'mallorca': (146, 113, 33), 'cambridge_uk': (81, 61, 20), 'coruna': (39, 30, 9), 'london': (17, 13, 4),
    'madrid': (10, 9, 1), 'paris': (8, 6, 2), 'elsewhere': (52, 47, 5), 'unknown': (50, 41, 9)}


@pytest.mark.skipif('ADVBN_LABELMEFACADE' not in os.environ, reason='set ADVBN_LABELMEFACADE to a LabelMeFacade folder')
def test_the_real_labelmefacade():
    root = os.environ['ADVBN_LABELMEFACADE']
    number = {place: tuple(len(part_of((name[:-4] for name in os.listdir(f'{root}/images')
                                        if place_of(name[:-4]) == place), split)) for split in ('all', 'train', 'val'))
              for place in [*PLACES, 'unknown']}
    assert number == NUMBER and sum(every for every, _, _ in number.values()) == 945
    seen = Counter()
    for place in PLACES:
        dataset = LabelMeFacade(root, [place], pipeline=PIPELINE)
        assert len(dataset) == number[place][0]
        for index in range(0, len(dataset), 5):
            seen.update(np.unique(dataset[index]['data_samples'].gt_sem_seg.data).tolist())
    assert seen.keys() == {*range(6), 255} and seen[0] > 100
    assert not any(re.search('boston', name) for name in stems(LabelMeFacade(root, [*PLACES][4:])))
