import pytest
from mmengine.config import Config

from advbn_seg.errors import UserError
from advbn_seg.runtime.config_keys import change

STEPS = [dict(type='LoadImageFromFile'), dict(type='RandomResize', scale=(480, 360))]
LOADER = dict(dataset=dict(data_root='here', pipeline=STEPS))


@pytest.fixture
def cfg():
    return Config(dict(data_root='here', scale=(480, 360), train_pipeline=STEPS, mine=STEPS[:1], work_dir='out',
                       train_dataloader=LOADER, val_dataloader=LOADER))


@pytest.mark.parametrize('option, meant', [
    ('data_root', 'change train_dataloader.dataset.data_root and val_dataloader.dataset.data_root$'),
    ('scale', 'change train_dataloader.dataset.pipeline.1.scale and val_dataloader'),
    ('train_pipeline.1.scale', 'change train_dataloader.dataset.pipeline and val_dataloader.dataset.pipeline$')])
def test_a_variable_of_the_file_is_no_option(cfg, option, meant):
    with pytest.raises(UserError, match=f'--cfg-options {option}: .* would do nothing; {meant}'):
        change(cfg, {option: 'there'})


def test_a_key_that_somebody_may_read_is_one(cfg):
    change(cfg, {'mine': 1, 'work_dir': 'there', 'train_dataloader.dataset.pipeline.1.scale': (64, 48)})
    assert (cfg.mine, cfg.work_dir) == (1, 'there') and cfg.train_dataloader.dataset.pipeline[1].scale == (64, 48)
