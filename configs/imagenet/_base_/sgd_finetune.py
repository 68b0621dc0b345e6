# The paper's fine-tuning (Section 5.1): 20 epochs in batches of 256, a tenth of the learning rate after the tenth. Its
# code synchronises the norms of all GPUs, as here.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.001, momentum=0.9, weight_decay=1e-4))
param_scheduler = dict(type='MultiStepLR', by_epoch=True, milestones=[10], gamma=0.1)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20, val_interval=1)
sync_bn = 'torch'
