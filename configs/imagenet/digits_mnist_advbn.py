_base_ = ['_base_/sources/digits_mnist.py', '../methods/advbn.py']
vars().update(_base_.finetune)
