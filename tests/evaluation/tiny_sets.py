"""A classifier and its sets of images small enough to score in a test."""
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from PIL import Image

from advbn_seg.adversarial import AdvBN
from advbn_seg.synthetic.corruptions import CORRUPTIONS, SEVERITIES

CLASSES = ('cat', 'dog', 'fox')


def write_set(root, shift=0, per_class=2):
    """Images of 40x48 pixels whose colour hints at their class, brighter by `shift`."""
    for label, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for index in range(per_class):
            pixels = np.random.default_rng([label, index]).integers(0, 120, (40, 48, 3)) + shift
            pixels[..., label] += 40
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(root / name / f'{index}.png')
    return root


@pytest.fixture(scope='session')
def sets(tmp_path_factory):
    """A folder with imagenet, imagenet-c, instagram (two filters) and sketch."""
    root = tmp_path_factory.mktemp('sets')
    write_set(root / 'imagenet')
    write_set(root / 'sketch', shift=100)
    for index, name in enumerate(('rise', 'toaster')):
        write_set(root / 'instagram' / name, shift=30 * index)
    for name in CORRUPTIONS:
        for severity in SEVERITIES:
            write_set(root / 'imagenet-c' / name / str(severity), shift=10 * severity, per_class=1)
    return root


def config(**changes):
    norm = dict(type='BN')
    pipeline = [dict(type='LoadImageFromFile'), dict(type='ResizeEdge', scale=32, edge='short'),
                dict(type='CenterCrop', crop_size=24), dict(type='PackInputs')]
    loader = dict(batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
                  dataset=dict(type='CustomDataset', data_root='unused', pipeline=pipeline))
    model = dict(type='ImageClassifier', data_preprocessor=dict(mean=[127.] * 3, std=[60.] * 3, to_rgb=True),
                 backbone=dict(type='ResNet_CIFAR', depth=18, stem_channels=4, base_channels=4, num_stages=2,
                               strides=(2, 2), dilations=(1, 1), out_indices=(1,), norm_cfg=norm),
                 neck=dict(type='GlobalAveragePooling'),
                 head=dict(type='LinearClsHead', num_classes=len(CLASSES), in_channels=8,
                           loss=dict(type='CrossEntropyLoss'), topk=(1,)))
    return Config({**dict(default_scope='mmpretrain', method='tiny', model=model, train_dataloader=loader,
                          test_dataloader=loader, test_evaluator=dict(type='Accuracy'), test_cfg=dict(),
                          train_cfg=dict(by_epoch=True, max_epochs=1),
                          optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)), randomness=dict(seed=3),
                          custom_imports=dict(imports=['advbn_seg.hooks'])), **changes})


@pytest.fixture
def advbn(tmp_path):
    """The work dir of a classifier with auxiliary norms that expect another kind of features."""
    cfg = config(custom_hooks=[dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')])
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    AdvBN(model, 'backbone.layer1')
    state = model.state_dict()
    for key, value in state.items():
        if '.aux.running_mean' in key:
            value += 1
        if '.aux.weight' in key:
            value *= -1
    return work_dir(tmp_path / 'advbn', cfg, state)


def work_dir(folder, cfg, state):
    """What a training leaves behind."""
    folder.mkdir()
    cfg.dump(folder / 'tiny.py')
    torch.save(dict(state_dict=state, meta={}), folder / 'epoch_1.pth')
    (folder / 'last_checkpoint').write_text('epoch_1.pth')
    return folder
