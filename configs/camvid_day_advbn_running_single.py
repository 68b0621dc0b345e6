_base_ = ['_base_/sources/camvid_day.py', 'methods/advbn_running_single.py']
vars().update(_base_.finetune)
