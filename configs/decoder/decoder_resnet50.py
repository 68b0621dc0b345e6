# ResNet-50 to conv2_3, as in the paper's ImageNet-AdvBN-ResNet.
_base_ = ['../imagenet/_base_/resnet50.py', '_base_/image_folder.py', '_base_/training.py']
model = dict(_delete_=True, type='FeatureAutoencoder', encoder=_base_.model, layer=_base_.perturbed_layer,
             checkpoint='checkpoints/resnet50.pth')
