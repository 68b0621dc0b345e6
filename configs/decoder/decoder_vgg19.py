# VGG-19 to relu4_1, as in the paper's ImageNet-AdvBN-VGG, with mmpretrain's weights in the place of AdaIN's.
_base_ = ['../imagenet/_base_/classifier.py', '_base_/image_folder.py', '_base_/training.py']
encoder = dict(
    type='ImageClassifier',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=dict(type='VGG', depth=19, num_classes=1000),
    head=dict(type='ClsHead', loss=dict(type='CrossEntropyLoss'), topk=(1, 5)))
model = dict(_delete_=True, type='FeatureAutoencoder', encoder=encoder, layer='backbone.features.11',
             checkpoint='checkpoints/vgg19.pth')
