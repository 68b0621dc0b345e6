# SYNTHIA, Highway/Dawn: 80 epochs, and 30 of fine-tuning (Table 3). For the rest the paper refers to IBN-Net. Rate and
# decay are those of its followers, 0.01 and poly, but there is no auxiliary head.
_base_ = ['../datasets/synthia.py', '../models/fcn_r50-d8.py', '../schedules/sgd_poly.py', '../default_runtime.py']
finetune = dict(
    load_from='work_dirs/synthia_highway_dawn_baseline/epoch_80.pth',
    perturbed_layer=None,  # the backbone names it
    model=dict(backbone=dict(type='AdvBNResNet', advbn_layer='conv2_3')))
