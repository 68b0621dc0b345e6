import pytest

from advbn_seg.datasets import splits
from advbn_seg.datasets.splits import too_few_frames, write_splits

from .synthia_files import write_sequence


@pytest.fixture
def root(tmp_path):
    for name in ('SYNTHIA-SEQS-01-DAWN', 'SYNTHIA-SEQS-02-NIGHT'):
        write_sequence(tmp_path, name, num_frames=12)
    return tmp_path


def read(paths):
    return {path.name: path.read_text().splitlines() for path in paths}


def test_lists_are_disjoint_sorted_and_of_the_sizes_asked_for(root):
    lists = read(write_splits(root, 7, 4))
    assert list(lists) == ['highway_dawn_train.txt', 'highway_dawn_val.txt',
                           'nyc_night_train.txt', 'nyc_night_val.txt']
    for domain in ('highway_dawn', 'nyc_night'):
        train, val = lists[f'{domain}_train.txt'], lists[f'{domain}_val.txt']
        assert (len(train), len(val), len({*train, *val})) == (7, 4, 11)
        assert train == sorted(train) and val == sorted(val)
        assert {*train, *val} < {f'{3 * i:06d}' for i in range(12)}


def test_the_seed_alone_decides_and_running_again_touches_nothing(root):
    paths = write_splits(root, 7, 4)
    before, times = read(paths), [path.stat().st_mtime_ns for path in paths]
    assert [path.stat().st_mtime_ns for path in write_splits(root, 7, 4)] == times
    assert read(write_splits(root, 7, 4, seed=1)) != before
    assert read(write_splits(root, 7, 4, seed=0)) == before
    # Known to the letter: a list must be the same on every machine and under every Python version.
    assert before['highway_dawn_val.txt'] == ['000009', '000012', '000018', '000027']
    assert before['nyc_night_val.txt'] != before['highway_dawn_val.txt']


def test_half_of_old_lists_and_half_of_new_ones_are_never_there(root, monkeypatch):
    write_splits(root, 7, 4)
    write = splits.write_text

    def full(path, text):
        if 'val' in path.name:
            raise OSError('No space left on device')
        write(path, text)

    monkeypatch.setattr(splits, 'write_text', full)
    with pytest.raises(OSError):
        write_splits(root, 7, 4, seed=1, domains=[('highway', 'dawn')])
    assert {path.name for path in (root / 'splits').iterdir()} == {
        'highway_dawn_train.txt', 'nyc_night_train.txt', 'nyc_night_val.txt'}


def test_more_or_fewer_frames_put_no_validation_frame_into_the_training(root):
    val = {name: stems for name, stems in read(write_splits(root, 4, 4)).items() if 'val' in name}
    for sizes in ((8, 4), (7, 3), (8, 2)):
        lists = read(write_splits(root, *sizes))
        for name, stems in val.items():
            assert set(lists[name]) <= set(stems)
            assert set(lists[name.replace('val', 'train')]).isdisjoint(stems)


def test_a_domain_that_is_too_short_is_named_with_sizes_that_fit_and_nothing_is_written(root):
    write_sequence(root, 'SYNTHIA-SEQS-01-FOG', num_frames=10)
    with pytest.raises(ValueError, match=r'highway/fog has 10 frames, fewer than 8 train \+ 4 val: .*at most '
                                         '10, such as 6 and 4'):
        write_splits(root, 8, 4)
    assert not (root / 'splits').exists()
    assert len(write_splits(root, 6, 4)) == 6


def test_sizes_that_fit_do_so_for_the_shortest_of_all_domains():
    short = too_few_frames({('nyc', 'fog'): 1000, ('nyc', 'dawn'): 719, ('nyc', 'night'): 1451}, 900, 500)
    assert list(short) == [('nyc', 'fog'), ('nyc', 'dawn')]
    assert all('at most 719, such as 462 and 257' in sentence for sentence in short.values())


def test_mistakes(root, tmp_path):
    with pytest.raises(ValueError, match='at least one frame on each side, not 3 train and 0 val'):
        write_splits(root, 3, 0)
    with pytest.raises(FileNotFoundError, match='No SYNTHIA-SEQS-NN-CONDITION folder .*nowhere'):
        write_splits(tmp_path / 'nowhere')
    with pytest.raises(FileNotFoundError, match='No sequence folder of nyc/fog'):
        write_splits(root, 7, 4, domains=[('nyc', 'fog')])
