"""A segmentor and a data set small enough to train in a test, as mmengine configs."""
import copy

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import DATASETS
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmpretrain.structures import DataSample
from mmseg.structures import SegDataSample
from torch.utils.data import Dataset


@DATASETS.register_module()
class Stripes(Dataset):
    """Noisy images whose two classes are left and right."""
    METAINFO = metainfo = dict(classes=('left', 'right'), palette=[[255, 0, 0], [0, 255, 0]])

    def __init__(self, length=4, size=32):
        self.length, self.size = length, size

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        size = self.size
        label = torch.zeros(1, size, size, dtype=torch.long)
        label[..., size // 2 + index - 1:] = 1
        image = (label * 120 + torch.randint(120, (3, size, size), generator=generator)).to(torch.uint8)
        sample = SegDataSample(gt_sem_seg=PixelData(data=label), gt_edge_map=PixelData(data=label),
                               metainfo=dict(img_shape=(size, size), ori_shape=(size, size)))
        return dict(inputs=image, data_samples=sample)


@DATASETS.register_module()
class BrightAndDark(Dataset):
    """Noisy images of two classes, for classifiers."""
    METAINFO = metainfo = dict(classes=('dark', 'bright'))

    def __init__(self, length=4, size=32):
        self.length, self.size = length, size

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        image = torch.randint(120, (3, self.size, self.size), generator=generator) + 120 * (index % 2)
        return dict(inputs=image.to(torch.uint8), data_samples=DataSample().set_gt_label(index % 2))


def segmentor(norm='BN', **backbone):
    """A half-grown ResNet-18 with a decode head and an auxiliary head that reads from after layer1."""
    norm_cfg = dict(type=norm, requires_grad=True)
    if norm == 'GN':
        norm_cfg['num_groups'] = 2
    head = dict(type='FCNHead', num_classes=2, norm_cfg=norm_cfg, num_convs=1, concat_input=False, channels=8,
                align_corners=False, loss_decode=dict(type='CrossEntropyLoss'))
    return dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor', mean=[127.5] * 3, std=[60.] * 3, size_divisor=1,
                               seg_pad_val=255),
        backbone={**dict(type='ResNet', depth=18, base_channels=8, norm_cfg=norm_cfg, num_stages=3,
                         strides=(1, 2, 1), dilations=(1, 1, 2), out_indices=(1, 2)), **backbone},
        decode_head=dict(head, in_channels=32, in_index=1, dropout_ratio=0.1),
        auxiliary_head=dict(head, in_channels=16, in_index=0, dropout_ratio=0),
        train_cfg=dict(), test_cfg=dict(mode='whole'))


def config(work_dir, model=None, epochs=2, hooks=(), **changes):
    """A whole config: two steps an epoch, a checkpoint after each."""
    loader = dict(batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
                  dataset=dict(type='Stripes'), collate_fn=dict(type='pseudo_collate'))
    return Config({**dict(
        default_scope='mmseg', work_dir=str(work_dir), model=model or segmentor(), randomness=dict(seed=0),
        train_dataloader=loader, val_dataloader=copy.deepcopy(loader), test_dataloader=copy.deepcopy(loader),
        val_evaluator=dict(type='IoUMetric'), test_evaluator=dict(type='IoUMetric'),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        param_scheduler=[dict(type='PolyLR', begin=0, end=4, by_epoch=True)],
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs, val_interval=1),
        val_cfg=dict(type='ValLoop'), test_cfg=dict(type='TestLoop'),
        default_hooks=dict(logger=dict(type='LoggerHook', interval=1)), custom_hooks=list(hooks),
        experiment_name=f'{work_dir}'.replace('/', '_'), log_level='WARNING'), **changes})


def without_evaluation(cfg):
    """Take validation and test out of a config, whose data are not here."""
    for phase in ('val', 'test'):
        for part in ('dataloader', 'evaluator', 'cfg'):
            cfg.pop(f'{phase}_{part}')


def runner(*args, **kwargs):
    return Runner.from_cfg(config(*args, **kwargs))


class Snapshots(Hook):
    """Keeps a run's state dict as it was before training and after each step, and what each step logged."""
    priority = 'LOWEST'

    def before_train(self, runner):
        self.states, self.logs = [copy.deepcopy(runner.model.state_dict())], []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.states.append(copy.deepcopy(runner.model.state_dict()))
        self.logs.append({name: float(value) for name, value in outputs.items()})


def trained(cfg, snapshots=None):
    """(Runner, Snapshots) of a training."""
    run, snapshots = Runner.from_cfg(cfg), snapshots or Snapshots()
    run.register_hook(snapshots)
    run.train()
    return run, snapshots
