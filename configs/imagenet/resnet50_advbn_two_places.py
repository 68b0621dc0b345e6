# Ours: the recipe of docs/recipe.md, as in segmentation. The prefix trains too.
_base_ = ['_base_/resnet50.py', '_base_/imagenet.py', '_base_/sgd_finetune.py', '_base_/default_runtime.py',
          '../methods/advbn_two_places.py']
weights = dict(type='Pretrained', checkpoint='torchvision://resnet50')
model = dict(backbone=dict(init_cfg=weights), head=dict(init_cfg=weights))
