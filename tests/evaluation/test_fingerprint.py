"""What tells frames apart: their sizes, and of uncompressed ones the content; and what tells trainings apart."""
import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from advbn_seg.evaluation.fingerprint import (
    data_fingerprint,
    labels_fingerprint,
    network_fingerprint,
    training_fingerprint,
)


class Frames(list):
    """A data set of paths."""
    metainfo = dict(classes=('a',))

    def get_data_info(self, index):
        return dict(img_path=self[index])


@pytest.mark.parametrize('suffix', ['bmp', 'tif', 'ppm'])
def test_an_uncompressed_image_of_other_content_is_another(tmp_path, suffix):
    path = tmp_path / f'x.{suffix}'
    dataset = Frames([str(path)])
    seen = []
    for value in (1, 2, 1):
        Image.fromarray(np.full((4, 4, 3), value, np.uint8)).save(path)
        seen.append((path.stat().st_size, data_fingerprint(dataset)))
    assert len({size for size, _ in seen}) == 1
    assert seen[0] == seen[2] != seen[1]


def test_labels_differ_by_what_is_in_their_files(tmp_path):
    class Labels(Frames):
        def get_data_info(self, index):
            return dict(img_path=self[index], seg_map_path=self[index])

    file, found = tmp_path / 'x.png', []
    for text in ('1221', '2112', '1221'):
        file.write_text(text)
        found.append((data_fingerprint(Labels([str(file)])), labels_fingerprint(Labels([str(file)]))))
    assert found[0][0] == found[1][0] and found[0][1] == found[2][1] != found[1][1]
    assert labels_fingerprint(Frames([str(file)])) is None


@pytest.mark.parametrize('change, alike', [
    ({'train_dataloader.dataset.data_root': 'elsewhere'}, True), ({'train_dataloader.num_workers': 8}, True),
    ({'randomness.seed': 1}, True), ({'load_from': 'seed1.pth'}, True), ({'train_cfg.val_interval': 5}, True),
    ({'train_dataloader.dataset.ann_file': 'half.txt'}, False), ({'train_dataloader.batch_size': 4}, False),
    ({'train_cfg.max_epochs': 2}, False), ({'optim_wrapper.optimizer.lr': 0.2}, False)])
def test_trainings_differ_where_their_steps_do(change, alike):
    def cfg():
        return Config(dict(
            train_dataloader=dict(batch_size=2, num_workers=2, dataset=dict(data_root='data', ann_file='all.txt')),
            train_cfg=dict(max_epochs=1, val_interval=1), randomness=dict(seed=0), load_from='seed0.pth',
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1))))

    changed = cfg()
    changed.merge_from_dict(change)
    assert (training_fingerprint(cfg()) == training_fingerprint(changed)) is alike


def test_files_may_be_named_from_the_root_or_from_here(tmp_path, monkeypatch):
    class Pairs(Frames):
        def get_data_info(self, index):
            return dict(img_path=str(tmp_path / 'a.png'), seg_map_path=self[index])

    monkeypatch.chdir(tmp_path)
    for name in 'ab':
        (tmp_path / f'{name}.png').write_text(name)
    assert data_fingerprint(Pairs(['b.png'])) == data_fingerprint(Pairs([str(tmp_path / 'b.png')]))


@pytest.mark.parametrize('change, alike', [
    (dict(init_cfg=dict(checkpoint='b.pth')), True), (dict(depth=101), False), (dict(type='DenseNet'), False)])
def test_networks_differ_where_their_backbones_do(change, alike):
    first = dict(type='ResNet', depth=50, init_cfg=dict(checkpoint='a.pth'))
    found = [network_fingerprint(Config(dict(model=dict(type='ImageClassifier', backbone=backbone))))
             for backbone in (first, {**first, **change})]
    assert (found[0] == found[1]) is alike
