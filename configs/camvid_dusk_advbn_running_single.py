_base_ = ['_base_/sources/camvid_dusk.py', 'methods/advbn_running_single.py']
vars().update(_base_.finetune)
