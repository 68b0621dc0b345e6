_base_ = 'classifier.py'
model = dict(
    backbone=dict(type='EfficientNet', arch='b0'),
    head=dict(in_channels=1280))
perturbed_layer = 'backbone.layers.2'  # the second block
early_layers = ['backbone.layers.0', 'backbone.layers.2']
