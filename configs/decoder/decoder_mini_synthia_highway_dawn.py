# The baseline trained on highway at dawn, to the layer that AdvBN perturbs; learnt and shown on the source's frames.
_base_ = ['../_base_/datasets/mini_synthia.py', '../_base_/models/fcn_efficientnet-lite0.py', '_base_/training.py']
default_scope = 'mmseg'
model = dict(_delete_=True, type='FeatureAutoencoder', encoder=_base_.model, layer=_base_.perturbed_layer,
             checkpoint='work_dirs/mini_synthia_highway_dawn_baseline/epoch_8.pth')
data_preprocessor = None  # the encoder's own is in its config
train_dataloader = dict(sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True))
val_evaluator = dict(_delete_=True, type='SignalToNoise')
test_evaluator = val_evaluator
