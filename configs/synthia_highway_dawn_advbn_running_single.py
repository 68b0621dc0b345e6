_base_ = ['_base_/sources/synthia_highway_dawn.py', 'methods/advbn_running_single.py']
vars().update(_base_.finetune)
