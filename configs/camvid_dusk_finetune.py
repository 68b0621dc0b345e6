_base_ = ['_base_/sources/camvid_dusk.py', 'methods/finetune.py']
vars().update(_base_.finetune)
