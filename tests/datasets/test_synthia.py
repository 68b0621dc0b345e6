import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS

from advbn_seg.datasets import SynthiaSequences, write_splits
from advbn_seg.datasets.layout import image_folder, label_folder
from advbn_seg.errors import UserError

from .synthia_files import write_sequence

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadSynthiaLabels'), dict(type='PackSegInputs')]
pytestmark = pytest.mark.usefixtures('mmseg_scope')


def stems(dataset):
    return [dataset.get_data_info(i)['img_path'][-10:-4] for i in range(len(dataset))]


def test_every_frame_is_paired_by_stem_and_loads(tmp_path):
    write_sequence(tmp_path, num_frames=4)
    dataset = SynthiaSequences(tmp_path, split=None, pipeline=PIPELINE)
    assert stems(dataset) == ['000000', '000003', '000006', '000009']
    sample = dataset[2]
    assert sample['inputs'].shape == (3, 2, 4)
    assert sample['data_samples'].gt_sem_seg.data.squeeze().tolist() == [[255, 0, 1, 2], [7, 11, 12, 255]]


@pytest.mark.slow
def test_built_from_a_config_it_reads_the_split_of_its_domain(tmp_path):
    write_sequence(tmp_path, 'SYNTHIA-SEQS-02-SPRING')
    write_splits(tmp_path, 5, 2)
    parts = {split: DATASETS.build(Config(dict(dataset=dict(
        type='SynthiaSequences', data_root=str(tmp_path), scene='nyc', condition='spring', split=split,
        pipeline=PIPELINE))).dataset) for split in ('train', 'val')}
    assert [len(part) for part in parts.values()] == [5, 2]
    assert not set(stems(parts['train'])) & set(stems(parts['val']))
    assert parts['train'].metainfo['domain'] == 'nyc/spring'
    assert len(parts['train'].metainfo['classes']) == len(parts['train'].metainfo['palette']) == 13


def test_which_sequence_is_which_scene_is_an_option(tmp_path):
    write_sequence(tmp_path, 'SYNTHIA-SEQS-06-FOG', num_frames=1)
    dataset = SynthiaSequences(tmp_path, condition='fog', split=None, sequences=dict(highway='06'))
    assert len(dataset) == 1
    with pytest.raises(FileNotFoundError, match='SYNTHIA-SEQS-01-FOG'):
        SynthiaSequences(tmp_path, condition='fog', split=None)


def test_a_subset_of_classes_is_remapped(tmp_path):
    write_sequence(tmp_path, num_frames=1)
    classes = ('road', 'sky')
    dataset = SynthiaSequences(tmp_path, split=None, metainfo=dict(classes=classes), pipeline=PIPELINE)
    labels = dataset[0]['data_samples'].gt_sem_seg.data.squeeze().numpy()
    np.testing.assert_array_equal(labels, [[255, 1, 255, 0], [255, 255, 255, 255]])


def test_missing_data_says_what_was_looked_for_and_how_to_make_it(tmp_path):
    root = tmp_path / 'absent'
    with pytest.raises(FileNotFoundError, match=f'data root {root} .*prepare-synthia .*--out {root}.*'
                                                f'make-mini-synthia {root}'):
        SynthiaSequences(root)
    write_sequence(root)
    with pytest.raises(FileNotFoundError, match='SYNTHIA-SEQS-01-NIGHT is not there.*prepare-synthia'):
        SynthiaSequences(root, condition='night')
    with pytest.raises(FileNotFoundError, match='highway_dawn_val.txt is not there.*prepare-synthia'):
        SynthiaSequences(root, split='val')
    with pytest.raises(FileNotFoundError, match="Stereo_Right/Omni_F: .*view it has"):
        SynthiaSequences(root, split=None, view='Stereo_Right/Omni_F')


@pytest.mark.parametrize('wrong', [dict(scene='town'), dict(condition='hail'), dict(split='test')])
def test_unknown_choices_are_refused_with_the_known_ones(tmp_path, wrong):
    with pytest.raises(ValueError, match=f"Unknown {next(iter(wrong))} .* one of (highway|dawn|train), "):
        SynthiaSequences(tmp_path, **wrong)


def test_a_frame_without_its_partner_is_refused(tmp_path):
    sequence = write_sequence(tmp_path)
    (label_folder(sequence) / '000003.png').unlink()
    with pytest.raises(ValueError, match='000003.png has no label .*1 such frame'):
        SynthiaSequences(tmp_path, split=None)


def test_a_list_that_is_empty_or_of_other_frames_is_refused(tmp_path):
    sequence = write_sequence(tmp_path)
    train, val = write_splits(tmp_path, 6, 2)
    val.write_text('\n')
    with pytest.raises(ValueError, match=f'{val} is empty.*prepare-synthia'):
        SynthiaSequences(tmp_path, split='val')
    val.write_bytes('000000\n'.encode('utf-16'))  # as an editor may save it
    with pytest.raises(UserError, match=f'The split list {val} is not UTF-8: save it so, or remove it'):
        SynthiaSequences(tmp_path, split='val')
    assert write_splits(tmp_path, 6, 2)[1].read_text().split()
    for folder in (image_folder(sequence), label_folder(sequence)):
        (folder / f'{train.read_text().split()[0]}.png').unlink()
    with pytest.raises(ValueError, match=r'names 1 frame\(s\), such as .*does not have'):
        SynthiaSequences(tmp_path, split='train')
