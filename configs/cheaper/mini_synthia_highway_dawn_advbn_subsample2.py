_base_ = ['../_base_/sources/mini_synthia_highway_dawn.py', '../methods/advbn_subsample2.py']
vars().update(_base_.finetune)
expected = dict(unseen=34.35)
