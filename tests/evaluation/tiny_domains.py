"""A benchmark of ten tiny domains and untrained models on it, as mmengine leaves them in a work dir."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, init_default_scope
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS, MODELS
from PIL import Image
from torch import nn

from advbn_seg.evaluation.segmentation.published import TARGETS

NUM_IMAGES = 3
DOMAINS = [dict(name=f'{scene}/{condition}', dataset=dict(scene=scene, condition=condition))
           for scene, condition in [('nyc', 'dawn'), ('nyc', 'fog'), ('highway', 'fog')]]


@DATASETS.register_module()
class TinyScenes(BaseSegDataset):
    METAINFO = dict(classes=('road', 'car', 'sky', 'boat'), palette=[[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3]])

    def __init__(self, scene, condition, **kwargs):
        folder = f'{scene}/{condition}'
        super().__init__(img_suffix='.png', data_prefix=dict(img_path=f'{folder}/img', seg_map_path=f'{folder}/gt'),
                         **kwargs)


@MODELS.register_module()
class TinyBackbone(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU())

    def forward(self, x):
        return [super().forward(x)]


@HOOKS.register_module()
class TinyAdvBNHook(Hook):
    """Stands for AdvBNHook: its auxiliary branch answers with the classes in reverse."""

    norm_branches = True

    def __init__(self, norm_branch='main'):
        self.norm_branch = norm_branch

    def before_run(self, runner):
        if self.norm_branch == 'aux':
            head = runner.model.decode_head.conv_seg
            head.register_forward_hook(lambda module, inputs, logits: logits.flip(1))


@pytest.fixture(scope='session')
def data_root(tmp_path_factory):
    """Images whose colours hint at their labels, some pixels ignored, class 'boat' nowhere."""
    root = tmp_path_factory.mktemp('tiny')
    rng = np.random.default_rng(0)
    for target in TARGETS:
        for folder in ('img', 'gt'):
            (root / target / folder).mkdir(parents=True)
        for index in range(NUM_IMAGES):
            label = rng.choice([0, 1, 2, 255], size=(16, 24), p=[.4, .3, .2, .1]).astype(np.uint8)
            image = rng.integers(0, 200, size=(16, 24, 3), dtype=np.uint8) + 10 * (label[..., None] % 4)
            Image.fromarray(image).save(root / target / 'img' / f'{index}.png')
            Image.fromarray(label).save(root / target / 'gt' / f'{index}.png')
    return root


def dataset(data_root, source):
    scene, condition = source.split('/')
    pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
    return dict(type='TinyScenes', data_root=str(data_root), scene=scene, condition=condition, pipeline=pipeline,
                serialize_data=False)  # to serialise is slow, and refuses an empty dataset without naming it


def config(data_root, source, **changes):
    loader = dict(batch_size=1, num_workers=0, dataset=dataset(data_root, source),
                  sampler=dict(type='DefaultSampler', shuffle=False))
    norm = dict(type='BN')
    model = dict(type='EncoderDecoder', backbone=dict(type='TinyBackbone'), test_cfg=dict(mode='whole'),
                 data_preprocessor=dict(type='SegDataPreProcessor', mean=[100.] * 3, std=[50.] * 3, bgr_to_rgb=True),
                 decode_head=dict(type='FCNHead', in_channels=8, channels=8, num_convs=1, num_classes=4,
                                  norm_cfg=norm, loss_decode=dict(type='CrossEntropyLoss')))
    settings = {**dict(
        default_scope='mmseg', model=model, train_dataloader=loader, test_dataloader=loader, test_cfg=dict(),
        test_evaluator=dict(type='IoUMetric'), train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)), load_from='no/such/baseline.pth',
        visualizer=dict(type='SegLocalVisualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')]),
    ), **changes}
    return Config({key: value for key, value in settings.items() if value is not None})


@pytest.fixture
def make_run(data_root, tmp_path):
    """make_run(name, source, seed, **config changes) -> the path of a work dir, of three targets if not told else."""

    def make(name='run', source='nyc/dawn', seed=0, **changes):
        folder = tmp_path / name
        folder.mkdir()
        cfg = config(changes.pop('root', data_root), source, randomness=dict(seed=seed), benchmark='tiny',
                     **{'domains': DOMAINS, **changes})
        cfg.dump(folder / 'tiny_config.py')
        init_default_scope('mmseg')
        torch.manual_seed(seed)
        torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict(), meta={}), folder / 'epoch_1.pth')
        (folder / 'last_checkpoint').write_text('/where/it/was/trained/epoch_1.pth')
        return folder

    return make


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Path(tmp_path)
