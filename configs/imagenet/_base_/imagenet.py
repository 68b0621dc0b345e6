# ImageNet (ILSVRC 2012) as folders of classes, data/imagenet/{train,val}/n01440764/*.JPEG, with the crops and flips of
# the paper's code, made by Pillow as torchvision's are. A batch of 256, as on four GPUs:
#     torchrun --nproc_per_node 4 -m advbn_seg train imagenet/resnet50_advbn --launcher pytorch
# and on one, train_dataloader.batch_size=256, or optim_wrapper.accumulative_counts=4 where that does not fit.
data_root = 'data/imagenet'

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomResizedCrop', scale=224, backend='pillow'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
# the fixed policy of https://arxiv.org/abs/1805.09501
autoaugment_pipeline = [*train_pipeline[:-1], dict(type='AutoAugment', policies='imagenet'), dict(type='PackInputs')]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='ResizeEdge', scale=256, edge='short', backend='pillow'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]

train_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='ImageNet', data_root=data_root, split='train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='ImageNet', data_root=data_root, split='val', pipeline=test_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(type='Accuracy', topk=(1, 5))
test_evaluator = val_evaluator
