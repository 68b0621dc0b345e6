# How a decoder is trained, on whatever images. The authors released neither rate, nor batch, nor length; AdaIN trains
# by Adam at 1e-4, for 160,000 batches of 8. A tenth of the images at a rate ten times as high restores fine detail too.
method = 'decoder'
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=4000)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=4000, val_interval=1000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
custom_imports = dict(imports=['advbn_seg.datasets', 'advbn_seg.hooks', 'advbn_seg.models'], allow_failed_imports=False)
log_processor = dict(by_epoch=False)
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1000, max_keep_ckpts=1),
    sampler_seed=dict(type='DistSamplerSeedHook'))
env_cfg = dict(cudnn_benchmark=True)
randomness = dict(seed=0)
