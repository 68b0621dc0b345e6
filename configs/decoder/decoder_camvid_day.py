# The baseline trained on CamVid by day, to the layer that AdvBN perturbs; learnt on day, shown on dusk.
_base_ = ['../_base_/datasets/camvid.py', '../_base_/models/fcn_mobilenet-v2.py', '_base_/training.py']
default_scope = 'mmseg'
model = dict(_delete_=True, type='FeatureAutoencoder', encoder=_base_.model, layer=_base_.perturbed_layer,
             checkpoint='work_dirs/camvid_day_baseline/epoch_8.pth')
data_preprocessor = None  # the encoder's own is in its config
train_dataloader = dict(sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True))
val_evaluator = dict(_delete_=True, type='SignalToNoise')
test_evaluator = val_evaluator
