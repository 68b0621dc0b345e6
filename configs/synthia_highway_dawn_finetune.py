_base_ = ['_base_/sources/synthia_highway_dawn.py', 'methods/finetune.py']
vars().update(_base_.finetune)
