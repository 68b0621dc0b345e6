_base_ = ['_base_/sources/camvid_dusk.py', 'methods/advbn.py']
vars().update(_base_.finetune)
