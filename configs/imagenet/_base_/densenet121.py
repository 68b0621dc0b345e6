_base_ = 'classifier.py'
model = dict(
    backbone=dict(type='DenseNet', arch='121'),
    head=dict(in_channels=1024))
