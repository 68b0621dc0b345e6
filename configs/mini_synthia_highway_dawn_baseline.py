# The embedded default: 8 epochs on 240 rendered frames.
_base_ = ['_base_/datasets/mini_synthia.py', '_base_/models/fcn_efficientnet-lite0.py', '_base_/schedules/sgd_poly.py',
          '_base_/default_runtime.py']
method = 'baseline'
benchmark = 'mini_synthia'
optim_wrapper = dict(optimizer=dict(lr=0.02))
param_scheduler = [dict(type='PolyLR', power=0.9, eta_min=0, by_epoch=True, begin=0, end=8, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=8, val_interval=8)
