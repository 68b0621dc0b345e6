_base_ = 'classifier.py'
model = dict(
    backbone=dict(type='DenseNet', arch='121'),
    head=dict(in_channels=1024))
perturbed_layer = 'backbone.transitions.0'  # the first block with its transition, as in the authors' code
early_layers = ['backbone.stem', 'backbone.transitions.0']
