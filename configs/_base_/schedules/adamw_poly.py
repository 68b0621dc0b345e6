# AdamW with a ten times larger rate for the head, which starts from nothing, and a polynomial decay to zero over the
# run; configs set the learning rate and the number of epochs.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.01),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=10))))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=8, convert_to_iter_based=True)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=8, val_interval=8)
