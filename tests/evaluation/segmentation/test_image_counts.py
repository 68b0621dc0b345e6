"""The counts of each image lie beside the matrix, add up to its cells, and are refused where they do not."""
import numpy as np
import pytest
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.evaluation import measure, open_run
from advbn_seg.evaluation.segmentation import SEGMENTATION, image_counts
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix, MatrixRow

COUNTS = np.arange(2 * 3 * 2, dtype=np.int32).reshape(2, 3, 2)


def row_of(branch='main', sha256='a' * 64, **cells):
    return MatrixRow('advbn', 'nyc', branch, 0, 'runs/a', 'epoch_1.pth', sha256, cells)


def cell_of(confusion):
    return dict(images=2, miou=50., iou=[50., None], confusion=confusion)


def test_images_are_in_the_order_of_the_data_set_and_add_up_to_the_cell(make_run, data_root, tmp_path):
    run = open_run(make_run(), cfg_options={'test_dataloader.batch_size': 2})
    row, = measure(SEGMENTATION, [run], tmp_path / 'matrix.json').rows
    counts = image_counts.load(tmp_path, row)
    assert counts.keys() == row.cells.keys() == {'nyc/dawn', 'nyc/fog', 'highway/fog'}
    for target, found in counts.items():
        labels = [np.array(Image.open(data_root / target / 'gt' / f'{index}.png')) for index in range(3)]
        assert found[:, 2].tolist() == [[(label == name).sum() for name in range(4)] for label in labels]
        intersection, predicted, labelled = found.sum(0)
        with np.errstate(invalid='ignore'):
            iou = 100 * intersection / (predicted + labelled - intersection)
        assert [None if value != value else pytest.approx(value, abs=1e-3) for value in iou] == row.cells[target]['iou']


def test_both_branches_of_a_run_share_a_file_and_another_matrix_takes_it_over(make_run, tmp_path):
    run = make_run(custom_hooks=[dict(type='TinyAdvBNHook')])
    for branch, folder in (('main', 'a'), ('aux', 'b'), ('aux', 'c')):
        measure(SEGMENTATION, [open_run(run, branch)], tmp_path / folder / 'matrix.json')
    main, aux = (CrossDomainMatrix.load(tmp_path / folder / 'matrix.json').rows[0] for folder in 'ab')
    image_counts.carry(tmp_path / 'a', main, tmp_path / 'c')
    assert len(list((tmp_path / 'c' / 'counts').iterdir())) == 1
    for row, folder in ((main, 'a'), (aux, 'b')):
        np.testing.assert_equal(image_counts.load(tmp_path / 'c', row), image_counts.load(tmp_path / folder, row))
        assert len(image_counts.load(tmp_path / 'c', row)) == 3


def test_a_matrix_without_counts_has_none(tmp_path):
    row = row_of(nyc=cell_of([[3, 0, 0], [1, 0, 0], [0, 0, 0]]))
    assert image_counts.load(tmp_path, row) == image_counts.load(tmp_path, row_of(sha256='../../x')) == {}
    image_counts.carry(tmp_path, row, tmp_path / 'other')
    assert not list(tmp_path.iterdir())


def test_an_array_that_is_measured_anew_takes_the_place_of_the_old_one_only(tmp_path):
    for branch, target, factor in (('main', 'nyc', 1), ('main', 'old', 2), ('aux', 'nyc', 3), ('main', 'nyc', 4)):
        image_counts.keep(tmp_path, row_of(branch), target, factor * COUNTS)
    arrays = image_counts.read(image_counts.file_of(tmp_path, row_of()))
    np.testing.assert_equal(arrays, {'main/nyc': 4 * COUNTS, 'main/old': 2 * COUNTS, 'aux/nyc': 3 * COUNTS})


@pytest.mark.parametrize('damage', ['cut', 'flipped', 'text', 'pickle', 'floats'])
def test_a_damaged_file_is_one_sentence_and_measuring_begins_it_anew(damage, tmp_path):
    row = row_of(nyc=cell_of([[0, 0, 0]] * 3))
    image_counts.keep(tmp_path, row, 'nyc', COUNTS)
    file = image_counts.file_of(tmp_path, row)
    content = file.read_bytes()
    if damage in ('pickle', 'floats'):
        array = np.array([dict()], dtype=object) if damage == 'pickle' else COUNTS.astype(float)
        np.savez(file, **{'main/nyc': array})
    else:
        file.write_bytes(dict(cut=content[:-30], text=b'{}', flipped=content[:60] + b'?' + content[61:])[damage])
    with pytest.raises(UserError, match=r'aaaa\.npz.*delete') as caught:
        image_counts.load(tmp_path, row)
    assert '\n' not in str(caught.value)
    image_counts.keep(tmp_path, row, 'nyc', COUNTS)
    np.testing.assert_equal(image_counts.read(file), {'main/nyc': COUNTS})


def test_counts_of_another_measurement_are_refused(tmp_path):
    row = row_of(nyc=cell_of([[6, 2, 0], [4, 8, 0], [6, 4, 0]]))
    image_counts.keep(tmp_path, row, 'nyc', COUNTS)
    with pytest.raises(UserError, match='main/nyc does not add up to the cell of runs/a'):
        image_counts.load(tmp_path, row)
