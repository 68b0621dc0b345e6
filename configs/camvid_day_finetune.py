_base_ = ['_base_/sources/camvid_day.py', 'methods/finetune.py']
vars().update(_base_.finetune)
