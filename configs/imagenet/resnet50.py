# Table 1, "Standard Training", as torchvision trained its weights: 90 epochs in batches of 256. The paper takes these
# weights as they are. This is also the config to score a released ResNet-50 with (SIN, MoEx, CutMix, AugMix):
#     advbn-seg convert resnet50-0676ba61.pth checkpoints/resnet50.pth
#     advbn-seg test imagenet/resnet50 checkpoints/resnet50.pth
_base_ = ['_base_/resnet50.py', '_base_/imagenet.py', '_base_/sgd_finetune.py', '_base_/default_runtime.py']
method = 'standard'
titles = dict(standard='standard training')
optim_wrapper = dict(optimizer=dict(lr=0.1))
param_scheduler = dict(milestones=[30, 60])
train_cfg = dict(max_epochs=90)
