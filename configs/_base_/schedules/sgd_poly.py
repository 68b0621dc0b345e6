# SGD with a polynomial decay to zero.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=80, convert_to_iter_based=True)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=80, val_interval=10)

# What methods change that start from the baseline of their source. The learning rate is our choice: a tenth of the
# baseline's, as in the paper's Section 5.1.
finetune = dict(
    starts_from='baseline',
    optim_wrapper=dict(optimizer=dict(lr=0.001)),
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=30, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=30))
