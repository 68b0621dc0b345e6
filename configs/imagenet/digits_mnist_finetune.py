_base_ = ['_base_/sources/digits_mnist.py', '../methods/finetune.py']
vars().update(_base_.finetune)
