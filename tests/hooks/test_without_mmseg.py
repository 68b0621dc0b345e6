"""Classification needs no mmseg."""
import pytest

from tests.blocked import run_without

STEP = '''
import sys, tempfile
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS
from mmengine.runner import Runner
from mmpretrain.structures import DataSample

@DATASETS.register_module()
class Grey(torch.utils.data.Dataset):
    metainfo = dict(classes=('dark', 'bright'))

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return dict(inputs=torch.full((3, 32, 32), 99 * index, dtype=torch.uint8),
                    data_samples=DataSample().set_gt_label(index))

backbone = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8, num_stages=2, strides=(1, 2),
                dilations=(1, 1), out_indices=(1,))
with tempfile.TemporaryDirectory() as folder:
    runner = Runner.from_cfg(Config(dict(
        default_scope='mmpretrain', work_dir=folder, log_level='WARNING', randomness=dict(seed=0),
        custom_hooks=[dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1', num_steps=1)],
        model=dict(type='ImageClassifier', backbone=backbone, neck=dict(type='GlobalAveragePooling'),
                   data_preprocessor=dict(type='ClsDataPreprocessor', num_classes=2, mean=[127.5] * 3, std=[60.] * 3),
                   head=dict(type='LinearClsHead', num_classes=2, in_channels=16)),
        train_dataloader=dict(batch_size=2, num_workers=0, dataset=dict(type='Grey'), sampler=dict(
            type='DefaultSampler', shuffle=False)),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)))))
    runner.train()
    print(sorted(name for name in runner.message_hub.log_scalars if 'loss' in name))
print('mmseg' in sys.modules)
'''


@pytest.mark.slow
def test_a_classifier_trains_with_advbn_where_mmseg_is_not_installed():
    logged, imported = run_without(['mmseg'], STEP).splitlines()[-2:]
    assert logged == "['train/adv.loss', 'train/clean.loss', 'train/loss']" and imported == 'False'
