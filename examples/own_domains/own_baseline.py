# Your own domains: train on images of one condition, score on others. Put them here (class ids from 0; 255 is ignored):
#
#     data/own/train/images/0001.png    data/own/train/labels/0001.png    by day, to train on
#     data/own/day/images/...           data/own/day/labels/...           by day, others
#     data/own/night/images/...         data/own/night/labels/...         and as many domains as you have
#
# Then, beside this file:
#
#     advbn-seg configs copy camvid_day_baseline .
#     advbn-seg train own_baseline.py
#     advbn-seg train own_baseline.py --method finetune
#     advbn-seg train own_baseline.py --method advbn
#     advbn-seg matrix work_dirs/own_baseline work_dirs/own_finetune work_dirs/own_advbn
#
# The first command brings model, schedule and runtime, as _base_/. Any data set of mmseg serves as `dataset`.
_base_ = ['_base_/models/fcn_mobilenet-v2.py', '_base_/schedules/adamw_poly.py', '_base_/default_runtime.py']
load = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
dataset = dict(type='BaseSegDataset', data_root='data/own', img_suffix='.png', seg_map_suffix='.png',
               metainfo=dict(classes=('road', 'other'), palette=[[128, 64, 128], [0, 0, 0]]),
               pipeline=[*load, dict(type='PackSegInputs')])
model = dict(decode_head=dict(num_classes=2))


def images_of(folder):
    return dict(data_prefix=dict(img_path=f'{folder}/images', seg_map_path=f'{folder}/labels'))


# What a domain changes in the dataset of `test_dataloader`; the matrix has a column for each. A name is scene and
# condition, so that a gain in other light is told apart from one in another place.
domains = [dict(name=f'street/{light}', dataset=images_of(light)) for light in ('day', 'night')]
method = 'baseline'
source_domain = 'street/day'  # the one that is trained on: its column is marked, the others are unseen
finetune = dict(load_from='work_dirs/own_baseline/epoch_8.pth')  # what AdvBN and its control start from

train_dataloader = dict(
    batch_size=8, num_workers=2, persistent_workers=True, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(dataset, **images_of('train'),
                 pipeline=[*load, dict(type='RandomFlip', prob=0.5), dict(type='PackSegInputs')]))
val_dataloader = test_dataloader = dict(
    batch_size=8, num_workers=2, sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(dataset, **images_of('day')))
val_evaluator = test_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
