_base_ = 'classifier.py'
model = dict(
    backbone=dict(type='ResNet', depth=50, num_stages=4, out_indices=(3,), style='pytorch'),
    head=dict(in_channels=2048))
perturbed_layer = 'backbone.layer1'  # after conv2_3
early_layers = ['backbone.maxpool', 'backbone.layer1']
