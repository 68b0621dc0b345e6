# AdamW with a ten times larger rate for the head, which starts from nothing, and a polynomial decay to zero.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.01),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=10))))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=8, convert_to_iter_based=True)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=8, val_interval=8)

# What methods change that start from the baseline of their source.
finetune = dict(
    starts_from='baseline',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=3, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=3, val_interval=3))
