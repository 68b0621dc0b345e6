"""ImageNet-AdvBN of a folder of images: where the files are, what they hold, and going on where a call stopped."""
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.models.feature_adversary import FeatureAdversary
from advbn_seg.visualisation.advbn_images import make_advbn_images
from tests.evaluation import tiny_sets
from tests.models.tiny_autoencoder import autoencoder

KINDS = ('advbn', 'reconstructed')


@pytest.fixture
def root(tmp_path):
    folder = tiny_sets.write_set(tmp_path / 'val')
    (folder / 'gnu').mkdir()  # a class without images keeps its number
    return folder


def dataset_of(root):
    return DATASETS.build(dict(type='mmpretrain.CustomDataset', data_root=str(root),
                               pipeline=tiny_sets.config().test_dataloader.dataset.pipeline))


def make(root, out, steps=1, **options):
    model = autoencoder()
    return make_advbn_images(dataset_of(root), root, out, FeatureAdversary(model, steps), FeatureAdversary(model, 0),
                             **{**dict(batch_size=4, settings=dict(steps=steps)), **options})


def contents(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob('*.png')}


def test_the_layout_is_that_of_the_originals(root, tmp_path):
    assert make(root, tmp_path / 'out') == 12
    assert set(contents(tmp_path / 'out')) == {
        f'{kind}/{name}/{index}.png' for kind in KINDS for name in tiny_sets.CLASSES for index in (0, 1)}
    assert sorted(folder.name for folder in (tmp_path / 'out/advbn').iterdir()) == ['cat', 'dog', 'fox', 'gnu']


def test_batches_are_of_images_that_follow_each_other(root, tmp_path):
    make(root, tmp_path / 'out', steps=2)
    dataset, model = dataset_of(root), autoencoder()
    for block in (range(4), range(4, 6)):
        samples = pseudo_collate([dataset[index] for index in block])
        for kind, steps in zip(KINDS, (2, 0)):
            images = FeatureAdversary(model, steps)(samples).images
            for index, image in zip(block, images):
                file = tmp_path / 'out' / kind / tiny_sets.CLASSES[index // 2] / f'{index % 2}.png'
                pixels = torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)
                torch.testing.assert_close(pixels / 255, image, atol=0.51 / 255, rtol=0)


def test_an_interrupted_call_goes_on_and_makes_the_same(root, tmp_path):
    def stop(done, total):
        if done == 4:
            raise KeyboardInterrupt

    make(root, tmp_path / 'whole')
    with pytest.raises(KeyboardInterrupt):
        make(root, tmp_path / 'parts', progress=stop)
    assert len(contents(tmp_path / 'parts')) == 8
    (tmp_path / 'parts/advbn/cat/1.png').unlink()
    assert make(root, tmp_path / 'parts') == 4 + 4  # its batch of advbn, and the last of both
    assert contents(tmp_path / 'parts') == contents(tmp_path / 'whole')
    assert make(root, tmp_path / 'parts') == 0


def test_images_of_other_settings_are_not_mixed(root, tmp_path):
    make(root, tmp_path / 'out')
    with pytest.raises(UserError, match="was made with .*'steps': 1.*, not with .*'steps': 2.*; give another folder"):
        make(root, tmp_path / 'out', steps=2)
    with pytest.raises(UserError, match="'batch_size': 3"):
        make(root, tmp_path / 'out', batch_size=3)


def test_names_that_would_meet_are_refused(root, tmp_path):
    Image.open(root / 'cat/0.png').save(root / 'cat/0.jpg')
    with pytest.raises(UserError, match='two images that would both become cat/0.png; rename'):
        make(root, tmp_path / 'out')
