_base_ = ['_base_/sources/digits_mnist.py', '../methods/baseline.py']
