# mini_synthia_standard with another network: MobileNetV2 at stride 8. Data and schedule are the same.
_base_ = ['../datasets/mini_synthia.py', '../models/fcn_mobilenet-v2.py', '../schedules/adamw_poly.py',
          '../default_runtime.py']
benchmark = 'mini_synthia_mobilenet'
model = dict(
    backbone=dict(strides=(1, 2, 2, 1, 1, 1, 1), dilations=(1, 1, 1, 2, 2, 4, 4)),
    decode_head=dict(num_classes=13))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=40, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=40, val_interval=5)
finetune = dict(
    load_from='work_dirs/mini_synthia_mobilenet_highway_dawn_baseline/epoch_40.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=15, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=15, val_interval=5))
