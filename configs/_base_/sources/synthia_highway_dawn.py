# SYNTHIA, Highway/Dawn: 80 epochs, and 30 of fine-tuning (Table 3). Learning rate and decay are our choice; the paper
# does not say.
_base_ = ['../datasets/synthia.py', '../models/fcn_r50-d8.py', '../schedules/sgd_poly.py', '../default_runtime.py']
finetune = dict(
    load_from='work_dirs/synthia_highway_dawn_baseline/epoch_80.pth',
    model=dict(backbone=dict(type='AdvBNResNet', advbn_layer='conv2_3', init_cfg=None)))
