_base_ = ['_base_/sources/camvid_day.py', 'methods/advbn.py']
vars().update(_base_.finetune)
